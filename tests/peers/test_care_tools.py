"""Local care tools, which the community's own clients are content with, and the bridge against every fault.

`chatwoot-sdk`, `zenpy` and `zammad-py` write and read notes; then the bridge does, and whatever happens
ends as one note.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests
from chatwoot import ChatwootClient
from requests.adapters import HTTPAdapter
from sqlmodel import select
from zammad_py import ZammadAPI
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket

from bridge import db
from bridge.channels.calling import Answered, Request, call
from bridge.channels.going_out import Purpose, Result, Told
from bridge.channels.guard import Limits
from bridge.channels.registry import channel
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelMessage, Thread
from bridge.services import care_tools
from bridge.settings import settings
from tests.cast import Cast, acting
from tests.channels import stage
from tests.channels.stage import threads
from tests.peers.servers import chatwoot, zammad, zendesk
from tests.peers.servers.tool import Tool, serving

pytestmark = pytest.mark.peers
LIMITS = Limits(allow_private=True, connect_seconds=1, read_seconds=0.4, response_max_bytes=4 * 1024 * 1024)
NOTE = "Promise no. 12: the store did it.\nStore: 12 Lakeside"


def out(request: Request) -> Answered | Failed:
    """The real way out, with a short patience."""
    return call(request, limits=LIMITS)


@dataclass(frozen=True)
class Side:
    """One tool: its server, how the bridge signs in, its conversation, and its notes."""

    make: Callable[[], Tool]
    values: Mapping[str, str]
    conversation: str
    notes: Callable[[Any], list[str]]


SIDES = {
    "chatwoot": Side(
        chatwoot.Chatwoot,
        {"account_id": "1", "access_token": chatwoot.TOKEN},
        "812",
        lambda tool: [one["content"] for one in tool.messages if one["private"]],
    ),
    "zendesk": Side(
        zendesk.Zendesk,
        {"email": zendesk.EMAIL, "access_token": zendesk.TOKEN},
        "4711",
        lambda tool: [one["body"] for one in tool.comments if not one["public"]],
    ),
    "zammad": Side(
        zammad.Zammad,
        {"access_token": zammad.TOKEN},
        "81",
        lambda tool: [one["body"] for one in tool.articles if one["internal"]],
    ),
}


@pytest.fixture(params=list(SIDES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def tool(name: str) -> Any:
    made: Any = SIDES[name].make()
    if isinstance(made, chatwoot.Chatwoot):
        made.write("heels snapped on day one")
    return made


@pytest.fixture
def address(tool: Tool) -> Iterator[str]:
    with serving(tool) as url:
        yield url


@pytest.fixture
def thread(cast: Cast, name: str, address: str) -> Thread:
    """The conversation, opened by an agent through the tool's API."""
    side = SIDES[name]
    account = stage.connect(
        cast,
        name,
        base_url=address,
        values={**side.values, "webhook_secret": "tool-secret-of-16-signs"},
        is_bare=True,
    )
    opening = care_tools.open_conversation(
        settings(), acting(cast.ana), account.id, side.conversation, call=out, now=utc_now()
    )
    (found,) = threads()
    assert found.id == opening.thread_id
    return found


# The clients of others.


def test_chatwoot_sdk_is_content() -> None:
    tool = chatwoot.Chatwoot()
    tool.write("heels snapped")
    with serving(tool) as url, ChatwootClient(base_url=url, api_token=chatwoot.TOKEN) as client:
        made = client.messages.create(account_id=1, conversation_id=812, content=NOTE, private=True)
        assert made.private
        listed = client.messages.list(account_id=1, conversation_id=812)
        assert [(one.content, one.private) for one in listed] == [("heels snapped", False), (NOTE, True)]
        assert client.conversations.get(account_id=1, conversation_id=812).can_reply


class _Local(HTTPAdapter):
    """Zenpy knows https alone: what it asks of its host goes to the local server."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        asked = request.url
        request.url = self.url + asked.partition("zendesk.com")[2]
        answered = super().send(request, *args, **more)
        request.url = answered.url = asked
        return answered


def test_zenpy_is_content() -> None:
    tool = zendesk.Zendesk()
    with serving(tool) as url, requests.Session() as session:
        session.mount("https://", _Local(url))
        client = Zenpy(subdomain="northlight", email=zendesk.EMAIL, token=zendesk.TOKEN, session=session)
        assert client.tickets(id=4711).subject == "Snapped heels"
        audit = client.tickets.update(Ticket(id=4711, comment=Comment(body=NOTE, public=False)))
        assert audit.audit.events[0]["type"] == "Comment"
        assert [one.body for one in client.tickets.comments(ticket=4711)][-1] == NOTE
        assert SIDES["zendesk"].notes(tool) == [NOTE]


def test_zammad_py_is_content() -> None:
    tool = zammad.Zammad()
    with serving(tool) as url:
        client = ZammadAPI(url=f"{url}/api/v1/", http_token=zammad.TOKEN)
        assert client.ticket.find(81)["title"] == "Snapped heels"
        told = {"ticket_id": 81, "body": NOTE, "type": "note", "internal": True}
        assert client.ticket_article.create(told)["internal"]
        assert [one["body"] for one in client.ticket.articles(81)][-1] == NOTE
        assert SIDES["zammad"].notes(tool) == [NOTE]


# The bridge.


def until_settled(message: ChannelMessage) -> ChannelMessage:
    """Let the worker come back whenever it is due, as time goes by."""
    for _ in range(8):
        found = stage.message(message.id)
        if found.state in {"sent", "failed_final", "handed_off"} or found.next_at is None:
            return found
        with db.transaction() as session:
            row = session.exec(select(ChannelAccount)).one()
            paused = row.paused_until
        stage.send(out, at=max(found.next_at, paused or found.next_at) + timedelta(seconds=1))
    return stage.message(message.id)


@pytest.mark.parametrize(
    "faults",
    [
        [],
        ["status_500"],
        ["status_502", "status_500"],
        ["silence"],
        ["hang_up"],
        ["malformed"],
        ["empty"],
        ["huge"],
        ["429_seconds"],
        ["429_date"],
        ["429_reset"],
        ["429_ratelimit", "status_500"],
    ],
    ids=lambda faults: " ".join(faults) or "none",
)
def test_whatever_happens_it_ends_as_one_note(
    cast: Cast, name: str, tool: Tool, thread: Thread, faults: list[str]
) -> None:
    tool.faults = list(faults)
    note = until_settled(stage.say(cast, thread, NOTE, purpose=Purpose.NOTE))
    assert note.state == "sent", note.last_error
    assert SIDES[name].notes(tool) == [NOTE]
    assert note.external_id


def test_a_channel_that_did_not_look_would_write_two(
    cast: Cast, name: str, tool: Tool, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what keeps it one is the look."""
    monkeypatch.setattr(type(channel(name)), "find", lambda *_args, **_more: Told(result=Result.NOT_THERE))
    tool.faults = ["status_500"]
    until_settled(stage.say(cast, thread, NOTE, purpose=Purpose.NOTE))
    assert SIDES[name].notes(tool) == [NOTE, NOTE]


@pytest.mark.parametrize("fault", ["status_403", "redirect"])
def test_a_refusal_is_final_and_leaves_nothing(
    cast: Cast, name: str, tool: Tool, thread: Thread, fault: str
) -> None:
    tool.faults = [fault]
    assert until_settled(stage.say(cast, thread, NOTE, purpose=Purpose.NOTE)).state == "failed_final"
    assert SIDES[name].notes(tool) == []


def test_a_dead_token_stops_the_account_and_the_note_waits(
    cast: Cast, name: str, tool: Tool, thread: Thread
) -> None:
    tool.faults = ["status_401"]
    note = stage.say(cast, thread, NOTE, purpose=Purpose.NOTE)
    stage.send(out)
    assert stage.message(note.id).state == "queued"
    with db.transaction() as session:
        assert session.exec(select(ChannelAccount)).one().token_state == "signed_out"
    assert SIDES[name].notes(tool) == []


def test_the_customer_is_answered_in_private(cast: Cast, name: str, tool: Tool, thread: Thread) -> None:
    answer = stage.say(cast, thread, "Come to store 12.", purpose=Purpose.PRIVATE_MESSAGE)
    settled = until_settled(answer)
    assert (settled.state, settled.visibility) == ("sent", "private")
    assert SIDES[name].notes(tool) == []
