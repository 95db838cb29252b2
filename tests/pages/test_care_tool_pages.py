"""From a care tool to the promise: a bookmark or link, and the page that the tool shows inside itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.clock import utc_now
from bridge.models import Brand, ChannelAccount
from bridge.services import care_tools, channel_accounts
from bridge.services.care_tools import conversation_name
from tests.cast import Cast, Member
from tests.channels.answers import answer
from tests.channels.cases import chatwoot
from tests.channels.stage import threads
from tests.channels.test_care_tools import changed, connect, told
from tests.pages.browser import Browser

As = Callable[[Member], Browser]


@dataclass
class Tool:
    """The care tool's side: what it was asked, and what it answers."""

    asked: list[Request] = field(default_factory=list)
    answers: Callable[[Request], Answered] = chatwoot.side

    def __call__(self, request: Request) -> Answered:
        self.asked.append(request)
        return self.answers(request)


def a_message(request: Request) -> Answered:
    """The conversation, with one message of the customer."""
    if request.url.endswith("/messages"):
        said = chatwoot.created(created_at=int(utc_now().timestamp()), message_type=0)
        return answer(200, {"meta": {}, "payload": [said]})
    return chatwoot.side(request)


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Tool:
    side = Tool(answers=a_message)
    monkeypatch.setattr(channel_accounts, "caller", lambda _config: side)
    return side


@pytest.fixture
def account(people: Cast) -> ChannelAccount:
    return connect(people)


def bookmark(account: ChannelAccount, conversation: str = "812") -> str:
    return f"/escalations/new?tool=chatwoot&account={account.id}&conversation={conversation}"


def test_a_bookmark_reads_the_conversation_and_opens_the_promise(
    people: Cast, as_: As, account: ChannelAccount, tool: Tool
) -> None:
    ana = as_(people.ana)
    asks = ana.open(bookmark(account))
    assert not tool.asked, "opening an address changes nothing and asks nobody"
    assert not threads()
    opened = asks.press("Read the conversation")
    (thread,) = threads()
    assert opened.path.startswith(f"/threads/{thread.id}")
    assert "heels from your Leeds shop snapped on day one" in opened.text
    assert "Open in Chatwoot" in opened.text
    assert "Make the promise" in opened.html
    tool.asked.clear()
    again = ana.open(bookmark(account))
    assert again.path.startswith(f"/threads/{thread.id}"), "what we know is opened without a question"
    assert not tool.asked
    assert len(threads()) == 1


def test_the_same_form_twice_is_one_thread(
    people: Cast, as_: As, account: ChannelAccount, tool: Tool
) -> None:
    form = as_(people.ana).open(bookmark(account))
    form.press("Read the conversation")
    form.press("Read the conversation")
    assert len(threads()) == 1
    assert tool.asked


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (answer(404), "has no such conversation"),
        (answer(401), "does not take our token"),
        (answer(500), "did not answer"),
        (answer(200, b"<html>"), "did not answer"),
        (answer(302), "did not answer"),
        (answer(200, {"payload": [], "id": 812}), "No customer has written"),
    ],
)
def test_what_the_tool_cannot_give_is_said_in_words(
    people: Cast, as_: As, account: ChannelAccount, tool: Tool, answered: Answered, said: str
) -> None:
    tool.answers = lambda _request: answered
    page = as_(people.ana).open(bookmark(account)).press("Read the conversation")
    assert (page.status, said in page.text) == (422, True), page.text
    assert not threads()


def test_a_conversation_of_another_brand_stays_there(
    people: Cast, as_: As, account: ChannelAccount, tool: Tool
) -> None:
    told(account)
    with db.transaction() as session:
        other = Brand(name="Southlight", currency="USD")
        session.add(other)
        session.flush()
        session.get_one(ChannelAccount, account.id).brand_id = other.id
    ana = as_(people.ana)
    page = ana.open(bookmark(account))
    assert page.path.startswith("/escalations/new")
    assert "No care tool is connected" in page.text
    assert not tool.asked


def test_a_store_has_no_such_page_and_nobody_signs_in_first(
    people: Cast, as_: As, nobody: Browser, account: ChannelAccount
) -> None:
    assert as_(people.sam).open(bookmark(account)).status == 403
    page = nobody.open(bookmark(account))
    assert page.path.startswith("/sign-in")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("812", "812"),
        (" #812 ", "812"),
        ("https://chat.example/app/accounts/1/conversations/812", "812"),
        ("https://example.zendesk.com/agent/tickets/4711?brand=1", "4711"),
        ("https://zammad.example/#ticket/zoom/81", "81"),
        ("https://help.example/desk/tickets/7/", "7"),
    ],
)
def test_a_number_or_an_address_names_the_conversation(given: str, name: str) -> None:
    assert conversation_name(given) == name


@pytest.mark.parametrize("given", ["", "  ", "/", "a b", "é", "9" * 61])
def test_what_can_be_no_name_is_refused_in_words(
    people: Cast, as_: As, account: ChannelAccount, tool: Tool, given: str
) -> None:
    form = as_(people.ana).open(f"/escalations/new?account={account.id}")
    page = form.press("Read the conversation", conversation=given)
    assert page.status == 422
    assert "Write the number of the conversation" in page.text
    assert not tool.asked


# The page inside the tool.


def test_only_the_tool_s_own_pages_may_show_the_panel(
    people: Cast, as_: As, nobody: Browser, account: ChannelAccount
) -> None:
    page = nobody.open(f"/tools/{account.id}/panel")
    assert page.status == 200
    assert "frame-ancestors https://chat.example" in page.headers["Content-Security-Policy"]
    assert 'data-origin="https://chat.example"' in page.html
    assert "<form" not in page.html, "it fills in a link and does nothing"
    assert f'href="/escalations/new?tool=chatwoot&amp;account={account.id}"' in page.html
    other = as_(people.ana).open(bookmark(account))
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert other.headers["X-Frame-Options"] == "DENY"


def test_without_a_panel_there_is_no_such_page(
    people: Cast, nobody: Browser, account: ChannelAccount
) -> None:
    other = connect(people, "zammad")
    assert nobody.open(f"/tools/{other.id}/panel").status == 404
    assert nobody.open("/tools/00000000-0000-7000-8000-000000000000/panel").status == 404
    with db.transaction() as session:
        session.get_one(ChannelAccount, account.id).enabled = False
    assert nobody.open(f"/tools/{account.id}/panel").status == 404


def test_an_address_that_cannot_stand_in_a_header_has_no_panel(
    people: Cast, nobody: Browser, account: ChannelAccount
) -> None:
    with db.transaction() as session:
        session.get_one(ChannelAccount, account.id).base_url = "https://chat.example; script-src *"
    assert nobody.open(f"/tools/{account.id}/panel").status == 404
    assert people


# The queue says why.


def test_a_tagged_conversation_says_so_in_the_queue_and_on_its_page(
    people: Cast, as_: As, account: ChannelAccount
) -> None:
    told(account)
    ana = as_(people.ana)
    assert "Store asked for" not in ana.open("/queue").text
    changed(account, labels=["store_problem"])
    assert "Store asked for" in ana.open("/queue").text
    (thread,) = threads()
    page = ana.open(f"/threads/{thread.id}")
    assert "marked this in the care tool as a problem of a store" in page.text
    with db.transaction() as session:
        assert [door.state for door in care_tools.doors_of(session, thread.id)] == ["open"]
