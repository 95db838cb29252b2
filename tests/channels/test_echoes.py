"""What our own account says comes back as an echo: once in the thread, whoever typed it and whatever came first."""

from datetime import timedelta
from typing import Any

import pytest

from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Purpose
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelMessage, Thread
from bridge.services import sending
from tests.cast import Cast
from tests.channels.answers import answer
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, message, read_all, say, send, texts, threads

pytestmark = pytest.mark.usefixtures("toy")
OURS = {"id": "toy-1", "name": "northlight"}
# X names conversation and parent; Meta's echo names the thread alone; Bluesky's record names root and parent,
# and where only the parent is known the thread is found by it.
SHAPES = {
    "like X": {"thread": "p1", "parent": "p1"},
    "like Meta": {"thread": "p1"},
    "like Bluesky": {"parent": "p1"},
}


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


@pytest.fixture
def thread(account: ChannelAccount) -> Thread:
    come_in(account, delivery(event(at=utc_now().isoformat()), at=utc_now()))
    read_all()
    return threads()[0]


def echo(account: ChannelAccount, post_id: str, text: str, **more: object) -> None:
    told = event("ours", id=post_id, at=utc_now().isoformat(), author=OURS, text=text, **more)
    come_in(account, delivery(told, at=utc_now()))
    read_all()


def side(request: Request) -> Answered:
    return answer(200, {"posts": []}) if request.method == "GET" else answer(201, {"id": "b1"})


def ours(thread: Thread) -> list[str]:
    return [text for who, text in texts(thread) if who == "brand"]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_an_answer_given_outside_the_bridge_is_recognised(
    account: ChannelAccount, thread: Thread, shape: dict[str, object]
) -> None:
    echo(account, "b7", "We are on it, outside", **shape)
    echo(account, "b7", "We are on it, outside", **shape)
    assert ours(thread) == ["We are on it, outside"]
    assert threads()[0].triage.value == "replied"
    assert len(threads()) == 1


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_the_echo_of_what_we_sent_makes_no_second_post(
    cast: Cast, account: ChannelAccount, thread: Thread, shape: dict[str, object]
) -> None:
    said = say(cast, thread)
    send(side)
    echo(account, "b1", "We have sent you a message.", **shape)
    assert ours(thread) == ["We have sent you a message."]
    assert message(said.id).external_id == "b1"


def test_an_echo_that_overtakes_the_answer_to_our_sending_is_the_one_post(
    cast: Cast, account: ChannelAccount, thread: Thread
) -> None:
    said = say(cast, thread)

    def slow(request: Request) -> Answered:
        echo(account, "b1", "We have sent you a message.", thread="p1")
        return side(request)

    send(slow)
    assert ours(thread) == ["We have sent you a message."]
    assert (message(said.id).state, message(said.id).external_id) == ("sent", "b1")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_an_unclear_one_that_comes_back_stands_in_the_thread(
    cast: Cast, account: ChannelAccount, thread: Thread, shape: dict[str, object]
) -> None:
    said = say(cast, thread)
    send(lambda _request: Failed("timeout", 1.0))  # type: ignore[arg-type,return-value]
    assert not ours(thread)
    echo(account, "b1", "We have sent you a message.", **shape)
    assert (message(said.id).state, ours(thread)) == ("sent", ["We have sent you a message."])
    assert not send(side, at=utc_now() + timedelta(minutes=5))


def test_one_that_a_person_sent_by_hand_is_known_by_its_echo(
    cast: Cast, account: ChannelAccount, thread: Thread
) -> None:
    said = say(cast, thread)
    with db.transaction() as session:
        handed: Any = session.get_one(ChannelMessage, said.id)
        handed.state, handed.next_at = "handed_off", None
    echo(account, "b9", "We have sent you a message.", thread="p1", parent="p1")
    assert (message(said.id).state, message(said.id).external_id) == ("sent", "b9")
    assert ours(thread) == ["We have sent you a message."]


def test_a_network_that_does_not_name_the_new_post_names_it_by_its_echo(
    cast: Cast, account: ChannelAccount, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say(cast, thread, purpose=Purpose.PRIVATE_MESSAGE)
    toy = sending.channel_named("toy")
    original = type(toy).send
    with monkeypatch.context() as patch:

        def nameless(self: Any, *args: Any, **more: Any) -> Any:
            told = original(self, *args, **more)
            return sending.replace(told, external_id="")

        patch.setattr(type(toy), "send", nameless)
        send(side)
    assert message(said.id).external_id is None
    assert ours(thread) == ["We have sent you a message."]
    echo(account, "b4", "We have sent you a message.", thread="p1")
    assert ours(thread) == ["We have sent you a message."]
    assert message(said.id).external_id == "b4"


def test_what_another_account_says_is_a_customer_s_post(account: ChannelAccount, thread: Thread) -> None:
    told = event(id="p8", thread="p1", at=utc_now().isoformat(), text="We have sent you a message.")
    come_in(account, delivery(told, at=utc_now()))
    read_all()
    assert not ours(thread)
