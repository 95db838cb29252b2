"""On a real Bluesky network: from a complaint that mentions nobody to the outcome in its thread.

Nothing of Bluesky is played here: accounts, posts, search, notifications and threads are the network's
own programs. `make bluesky` runs this.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge import codes, db
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.going_out import Message, Purpose, Result
from bridge.channels.registry import channel
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, SavedSearch, Thread
from bridge.queries import channel_accounts as account_queries
from bridge.services import capturing, channel_accounts, polling, reading_in, sending, telling_back
from bridge.services.capturing import Captured
from bridge.services.claims import claim
from bridge.settings import settings
from tests.cast import Cast, acting, decide, promise, vault
from tests.channels.stage import connect, message, say, texts, threads
from tests.peers.bluesky.network import Network, Somebody, running

pytestmark = [pytest.mark.peers, pytest.mark.timeout(600)]
SHOWS_WITHIN_SECONDS = 40
COMPLAINT = "My Northlight heels from the Lakeside shop snapped on day one."


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with running(tmp_path_factory.mktemp("bluesky")) as started:
        yield started


@dataclass
class Stage:
    """The brand's account on the network, connected to the bridge, and a customer."""

    cast: Cast
    brand: Somebody
    customer: Somebody
    account: ChannelAccount
    minutes: int = 0

    def now(self) -> datetime:
        """The stage's clock, which every poll moves on."""
        return utc_now() + timedelta(minutes=self.minutes)

    def ask(self, call: Call | None = None) -> dict[str, int]:
        """One poll, a minute after the last, and everything read."""
        self.minutes += 1
        at = self.now()
        count = dict(polling.poll_due(settings(), clock=lambda: at, call=call))
        while reading_in.read_due(settings(), clock=lambda: at):
            pass
        return count

    def until(self, seen: Callable[[], Any]) -> Any:
        """Poll until something is to be seen: the network shows what is new a moment later."""
        ends = time.monotonic() + SHOWS_WITHIN_SECONDS
        while time.monotonic() < ends:
            self.ask()
            found = seen()
            if found:
                return found
            time.sleep(0.5)
        raise AssertionError("it never came")

    def send(self, call: Call | None = None, *, minutes: int = 0) -> dict[str, int]:
        at = self.now() + timedelta(minutes=minutes)
        return dict(sending.send_due(settings(), clock=lambda: at, call=call))


@pytest.fixture
def stage(network: Network, cast: Cast) -> Stage:
    brand, customer = network.join("care"), network.join("upset")
    account = connect(
        cast,
        "bluesky",
        base_url=network.pds,
        values={"identifier": brand.handle, "app_password": brand.app_password()},
    )
    return Stage(cast, brand, customer, account)


def first_thread() -> Thread | None:
    return next(iter(threads()), None)


def look_for(cast: Cast, *words: str) -> None:
    with db.transaction() as session:
        session.add(
            SavedSearch(
                brand_id=cast.brand.id,
                name="Broken shoes",
                any_words=list(words),
                also_words=["snapped", "broke"],
                not_words=["giveaway"],
            )
        )


def answers(stage: Stage, uri: str, count: int) -> list[dict[str, Any]]:
    """The replies in the customer's thread, once there are that many."""
    ends = time.monotonic() + SHOWS_WITHIN_SECONDS
    while len(found := stage.customer.answers_to(uri)) < count and time.monotonic() < ends:
        time.sleep(0.3)
    assert len(found) == count
    return found


def test_a_complaint_without_a_mention_is_found_promised_honoured_and_told(stage: Stage) -> None:
    cast, customer = stage.cast, stage.customer
    look_for(cast, "Moonwalkers")
    customer.post("Moonwalkers giveaway! Mine snapped up at once.")
    uri = customer.post("Day one, and the heel of my Moonwalkers snapped. Lakeside, never again.")["uri"]

    thread = stage.until(first_thread)
    assert (thread.external_id, thread.mention_type, thread.matched_on) == (uri, "untagged", "Broken shoes")
    assert len(threads()) == 1, "the giveaway is none of ours"

    with db.transaction() as session:
        claim(session, acting(cast.ana), thread.id, utc_now())
    made = promise(cast, thread_id=thread.id)
    assert made.code is not None
    say(cast, thread, f"@{customer.handle} Sorry about that! An exchange waits for you at our Lakeside shop.")
    assert stage.send() == {"sent": 1}
    (reply,) = answers(stage, uri, 1)
    assert reply["author"]["did"] == stage.brand.did
    assert not codes.contains_code(reply["record"]["text"])
    assert reply["record"]["facets"][0]["features"][0]["did"] == customer.did
    told = customer.ask("app.bsky.notification.listNotifications")["notifications"]
    assert reply["uri"] in {one["uri"] for one in told}, "and the customer is told of it"

    decide(cast, cast.sam, code=made.code)
    later = stage.now() + timedelta(seconds=settings().undo_window_seconds + 30)
    assert telling_back.tell_due(settings(), clock=lambda: later) == {"written": 1}
    assert stage.send(minutes=5) == {"sent": 1}
    outcome = next(one for one in answers(stage, uri, 2) if one["uri"] != reply["uri"])
    assert outcome["record"]["text"] == texts(thread)[-1][1]
    assert made.code not in str(stage.brand.posts())
    assert telling_back.tell_due(settings(), clock=lambda: later + timedelta(minutes=5)) == {"told": 1}
    stage.ask()
    assert len(texts(thread)) == 3, "our own replies, seen again, are not a second one"


def test_a_mention_comes_in_at_the_thread_that_an_agent_pasted_and_goes_when_it_is_deleted(
    stage: Stage,
) -> None:
    cast, customer = stage.cast, stage.customer
    handle = f"@{stage.brand.handle}"
    mention = {
        "index": {"byteStart": 0, "byteEnd": len(handle)},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": stage.brand.did}],
    }
    uri = customer.post(f"{handle} {COMPLAINT}", facets=[mention])["uri"]
    page = f"https://bsky.app/profile/{customer.handle}/post/{uri.rpartition('/')[2]}"
    with db.transaction() as session:
        pasted = Captured(
            handle=customer.handle, text=f"{handle} {COMPLAINT}", posted_at=utc_now(), permalink=page
        )
        capturing.capture(session, acting(cast.ana), pasted, utc_now())

    thread = stage.until(lambda: next((one for one in threads() if one.external_id == uri), None))
    assert len(threads()) == 1
    assert texts(thread) == [("customer", f"{handle} {COMPLAINT}")]
    say(cast, thread, "On our way.")
    assert stage.send() == {"sent": 1}
    (reply,) = answers(stage, uri, 1)

    further = customer.post(
        "Hello?",
        reply={
            "root": {"uri": uri, "cid": reply["record"]["reply"]["root"]["cid"]},
            "parent": {"uri": reply["uri"], "cid": reply["cid"]},
        },
    )
    stage.until(lambda: len(texts(thread)) == 3)
    assert len(threads()) == 1
    assert ("customer", "Hello?") in texts(thread)

    customer.delete(further["uri"])
    customer.delete(uri)
    stage.until(lambda: [text for kind, text in texts(thread) if kind == "customer"] == ["", ""])
    assert ("brand", "On our way.") in texts(thread), "our own words stay"


def test_the_same_record_key_twice_makes_one_post(stage: Stage) -> None:
    cast, customer = stage.cast, stage.customer
    thread = mentioned(stage)
    said = say(cast, thread, "One answer, and no more.")
    tried: list[tuple[str, int]] = []
    ask = channel_accounts.caller(settings())

    def losing_answers(request: Request) -> Answered | Failed:
        """The network does what it is asked, and we never hear of it."""
        told = ask(request)
        assert isinstance(told, Answered)
        tried.append((request.url.rpartition(".")[2].partition("?")[0], told.status_code))
        return Failed("timeout", 1.0)

    assert stage.send(losing_answers) == {"unknown": 1}
    assert tried == [("createRecord", 200)]
    assert len(stage.brand.posts()) == 1
    assert stage.send(minutes=1) == {"sent": 1}
    assert len(stage.brand.posts()) == 1
    assert message(said.id).external_id == stage.brand.posts()[0]["uri"]

    # And without the look that the bridge takes: the network itself refuses the key a second time.
    its = channel("bluesky")
    with db.statement() as connection:
        opened = channel_accounts.opened(connection, [stage.account.id], vault=vault(), now=stage.now())
    account = opened[stage.account.id].account
    posted = stage.brand.posts()[0]
    repeat = _message(said.id, posted, thread)
    told = its.send(account, repeat, call=ask)
    assert (told.result, told.status_code) == (Result.UNKNOWN, 500)
    assert its.find(account, repeat, call=ask).external_id == posted["uri"]
    assert its.find(account, replace(repeat, text="Other words"), call=ask).error == "another_record"
    assert len(stage.brand.posts()) == 1
    assert len(answers(stage, thread.external_id, 1)) == 1
    assert customer.did in thread.external_id


def test_a_dead_token_is_renewed_and_a_withdrawn_app_password_stops_the_account(stage: Stage) -> None:
    thread = mentioned(stage)
    spoil(stage, "access_token")
    say(stage.cast, thread, "Still here.")
    assert stage.send() == {"sent": 1}
    spoil(stage, "access_token", "refresh_token")
    assert "failed" not in stage.ask(), "begun anew with the app password"
    for one in stage.brand.ask("com.atproto.server.listAppPasswords")["passwords"]:
        stage.brand.act("com.atproto.server.revokeAppPassword", name=one["name"])
    spoil(stage, "access_token", "refresh_token")
    assert stage.ask()["failed"] == 1
    with db.transaction() as session:
        assert session.get_one(ChannelAccount, stage.account.id).token_state == "signed_out"


def test_an_answer_given_in_another_program_counts_as_one(stage: Stage) -> None:
    thread = mentioned(stage)
    stage.ask()
    post = stage.brand.ask("app.bsky.feed.getPosts", uris=[thread.external_id])["posts"][0]
    root = {"uri": post["uri"], "cid": post["cid"]}
    stage.brand.post("Answered by hand.", reply={"root": root, "parent": root})
    stage.until(lambda: len(texts(thread)) == 2)
    assert texts(thread)[-1] == ("brand", "Answered by hand.")
    assert threads()[0].triage.value == "replied"


def test_more_than_fits_is_refused_by_the_network_in_one_word(stage: Stage) -> None:
    thread = mentioned(stage)
    said = say(stage.cast, thread, "x")
    its = channel("bluesky")
    with db.statement() as connection:
        opened = channel_accounts.opened(connection, [stage.account.id], vault=vault(), now=stage.now())
    root = {"uri": thread.external_id, "cid": "bafyreihxiizaahy2t5t5tpr52n6isvvse2wnl5ap7xsjquw4njtn3y7gpy"}
    too_long = replace(_message(said.id, {"value": {"reply": {"root": root}}}, thread), text="é" * 301)
    told = its.send(opened[stage.account.id].account, too_long, call=channel_accounts.caller(settings()))
    assert (told.result, told.error) == (Result.FINAL, "InvalidRequest")
    assert "301" in told.excerpt


def mentioned(stage: Stage) -> Thread:
    """A conversation that began with a mention."""
    handle = f"@{stage.brand.handle}"
    mention = {
        "index": {"byteStart": 0, "byteEnd": len(handle)},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": stage.brand.did}],
    }
    stage.customer.post(f"{handle} {COMPLAINT}", facets=[mention])
    return stage.until(first_thread)


def spoil(stage: Stage, *names: str) -> None:
    """Put tokens in the place of the good ones that the network does not know."""
    with db.work() as act:
        for name in names:
            channel_accounts._store_secret(
                act, stage.account.id, name, "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", vault=vault(), now=stage.now()
            )
        account_queries.signed_in(act, stage.account.id, token_expires_at=None)


def _message(message_id: UUID, posted: dict[str, Any], thread: Thread) -> Message:
    root = posted["value"]["reply"]["root"]
    return Message(
        id=message_id,
        purpose=Purpose.PUBLIC_REPLY,
        text=str(posted["value"].get("text", "")),
        thread_id=thread.external_id,
        reply_to=root["uri"],
        reference={"uri": root["uri"], "cid": root["cid"], "root_uri": root["uri"], "root_cid": root["cid"]},
        since=utc_now(),
    )
