"""What we say goes out once: never twice, never lost, and never with a code in public."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Purpose
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput
from bridge.models import ChannelAccount, MessageAttempt, Thread
from bridge.services import polling, sending
from bridge.settings import settings
from tests.cast import Cast
from tests.channels.answers import answer
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, message, read_all, say, send, texts, threads

pytestmark = pytest.mark.usefixtures("toy")


class Network:
    """The toy network: keeps what is posted, and fails on request after or before keeping it."""

    def __init__(self) -> None:
        self.posts: list[dict[str, object]] = []
        self.fault: Answered | Failed | None = None
        self.keeps_it = True

    def __call__(self, request: Request) -> Answered | Failed:
        if request.method == "GET":
            return answer(200, {"posts": self.posts})
        assert isinstance(request.json, dict)
        fault, self.fault = self.fault, None
        if fault is None or self.keeps_it:
            self.posts.append({"id": f"b{len(self.posts) + 1}", **request.json})
        return fault or answer(201, {"id": self.posts[-1]["id"]})


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def thread(toy: None, cast: Cast) -> Thread:
    account = connect(cast)
    come_in(account, delivery(event(at=utc_now().isoformat()), at=utc_now()))
    read_all()
    return threads()[0]


def test_a_reply_goes_out_and_stands_in_the_thread(cast: Cast, thread: Thread, network: Network) -> None:
    said = say(cast, thread)
    assert send(network) == {"sent": 1}
    assert network.posts == [{"id": "b1", "text": "We have sent you a message.", "in_reply_to": "p1"}]
    stored = message(said.id)
    assert (stored.state, stored.external_id, stored.attempts) == ("sent", "b1", 1)
    assert texts(thread)[-1] == ("brand", "We have sent you a message.")
    assert threads()[0].triage.value == "replied"
    assert not send(network)


def test_an_account_whose_channel_was_taken_away_stops_no_other(
    cast: Cast, thread: Thread, network: Network
) -> None:
    gone = say(cast, thread)
    with db.transaction() as session:
        session.get_one(ChannelAccount, gone.account_id).channel = "gone"
    other = connect(cast, name="Another")
    come_in(other, delivery(event(id="p9", thread="p9", at=utc_now().isoformat()), at=utc_now()))
    read_all()
    said = say(cast, threads()[-1], "To somebody else.")
    assert send(network) == {"sent": 1}
    assert (message(said.id).state, message(gone.id).state, message(gone.id).attempts) == (
        "sent",
        "queued",
        0,
    )
    assert sum(polling.poll_due(settings(), call=network).values()) == 1, (
        "the other one is asked, and no more"
    )


def test_the_same_thing_is_never_said_twice(cast: Cast, thread: Thread, network: Network) -> None:
    assert (
        say(cast, thread, dedup_key="outcome").id == say(cast, thread, "Other words", dedup_key="outcome").id
    )
    send(network)
    assert len(network.posts) == 1


@pytest.mark.parametrize("fault", [Failed("timeout", 1.0), answer(500), answer(200, b"{not json")])
def test_a_fault_after_the_side_effect_ends_as_one_post(
    cast: Cast, thread: Thread, network: Network, fault: Answered | Failed
) -> None:
    said = say(cast, thread)
    network.fault = fault
    assert send(network) == {"unknown": 1}
    assert not send(network), "the first look waits a moment"
    assert send(network, at=utc_now() + timedelta(seconds=10)) == {"sent": 1}
    assert len(network.posts) == 1
    assert message(said.id).external_id == "b1"


def test_a_fault_before_the_side_effect_is_tried_again_after_a_look(
    cast: Cast, thread: Thread, network: Network
) -> None:
    said = say(cast, thread)
    network.fault, network.keeps_it = answer(502), False
    assert send(network) == {"unknown": 1}
    assert send(network, at=utc_now() + timedelta(seconds=10)) == {"sent": 1}
    assert len(network.posts) == 1
    with db.transaction() as session:
        tries = session.exec(
            select(MessageAttempt)
            .where(MessageAttempt.message_id == said.id)
            .order_by(col(MessageAttempt.id))
        ).all()
        assert [(one.is_look, one.result) for one in tries] == [
            (False, "unknown"),
            (True, "not_there"),
            (False, "sent"),
        ]


def test_without_the_look_there_would_be_two_posts(
    cast: Cast, thread: Thread, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = sending.queries.claim
    monkeypatch.setattr(
        sending.queries,
        "claim",
        lambda *args, **more: [replace(one, may_have_been_sent=False) for one in original(*args, **more)],
    )
    say(cast, thread)
    network.fault = Failed("timeout", 1.0)
    send(network)
    send(network, at=utc_now() + timedelta(seconds=10))
    assert len(network.posts) == 2


def test_a_worker_that_died_while_sending_is_looked_after(
    cast: Cast, thread: Thread, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say(cast, thread)
    with monkeypatch.context() as patch:
        patch.setattr(sending._Turn, "_settle", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            send(network)
    assert (message(said.id).state, len(network.posts)) == ("sending", 1)
    assert not send(network)
    assert send(network, at=utc_now() + timedelta(minutes=3)) == {"sent": 1}
    assert len(network.posts) == 1


def test_too_many_requests_pause_the_account_and_lose_nothing(
    cast: Cast, thread: Thread, network: Network
) -> None:
    say(cast, thread, "One")
    say(cast, thread, "Two")
    network.fault, network.keeps_it = answer(429, retry_after="90"), False
    assert send(network) == {"queued": 1, "put_back": 1}
    assert not send(network, at=utc_now() + timedelta(seconds=60))
    assert send(network, at=utc_now() + timedelta(seconds=120)) == {"sent": 2}
    assert [post["text"] for post in network.posts] == ["One", "Two"]


def test_a_dead_token_stops_the_account_until_somebody_signs_in(
    cast: Cast, thread: Thread, network: Network
) -> None:
    said = say(cast, thread)
    network.fault, network.keeps_it = answer(401), False
    assert send(network) == {"queued": 1}
    assert not send(network, at=utc_now() + timedelta(days=1))
    with db.transaction() as session:
        account = session.get_one(ChannelAccount, said.account_id)
        assert account.token_state == "signed_out"
        account.token_state = "ok"
    assert send(network) == {"sent": 1}


def test_a_refusal_is_final_and_says_why(cast: Cast, thread: Thread, network: Network) -> None:
    said = say(cast, thread)
    network.fault, network.keeps_it = answer(403, {"error": "blocked"}), False
    assert send(network) == {"failed_final": 1}
    assert message(said.id).last_error == "status_403"


@pytest.mark.parametrize(
    "written", ["K7QF-3MXW-9R4{}", "k7qf3mxw9r4{}", "K 7 Q F 3 M X W 9 R 4 {}", "Your code:K7QF-3MXW-9R4{}!"]
)
def test_a_public_text_with_a_code_is_refused_however_it_is_written(
    cast: Cast, thread: Thread, written: str
) -> None:
    from bridge.codes import check_character

    text = written.format(check_character("K7QF3MXW9R4"))
    with pytest.raises(InvalidInput, match="holds a code"):
        say(cast, thread, text)
    assert say(cast, thread, text, purpose=Purpose.PRIVATE_MESSAGE).state == "queued"


def test_a_private_code_is_masked_where_the_thread_shows_it(
    cast: Cast, thread: Thread, network: Network
) -> None:
    from bridge.codes import check_character

    code = f"K7QF-3MXW-9R4{check_character('K7QF3MXW9R4')}"
    say(cast, thread, f"Show {code} at store 12.", purpose=Purpose.PRIVATE_MESSAGE)
    send(network)
    assert network.posts[0]["text"] == f"Show {code} at store 12."
    assert code not in texts(thread)[-1][1]


def test_empty_and_too_long_texts_and_what_no_account_carries_are_refused(cast: Cast, thread: Thread) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        say(cast, thread, "  ")
    with pytest.raises(InvalidInput, match="too long"):
        say(cast, thread, "x" * 10_001)
    with pytest.raises(Conflict, match="no connected account"):
        say(cast, thread, "A note", purpose=Purpose.NOTE)


def test_the_network_s_echo_settles_what_was_unclear(cast: Cast, thread: Thread, network: Network) -> None:
    said = say(cast, thread)
    network.fault = Failed("timeout", 1.0)
    send(network)
    with db.transaction() as session:
        account = session.get_one(ChannelAccount, said.account_id)
    ours = event(
        "ours",
        id="b1",
        thread="p1",
        at=utc_now().isoformat(),
        author={"id": "toy-1", "name": "northlight"},
        text=said_text(),
    )
    come_in(account, delivery(ours, at=utc_now()))
    read_all()
    stored = message(said.id)
    assert (stored.state, stored.external_id) == ("sent", "b1")
    assert not send(network, at=utc_now() + timedelta(minutes=5))


def said_text() -> str:
    return "We have sent you a message."
