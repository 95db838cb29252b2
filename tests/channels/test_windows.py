"""Nothing goes out later than the network allows, and late only with a signed-in person's name on it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.registry import channel
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.errors import Conflict, NotFound, NotPermitted
from bridge.models import ChannelMessage, Thread
from bridge.queries.releasing import listed
from bridge.roles import THE_CLOCK, Actor
from bridge.services import releasing
from tests.cast import Cast, acting
from tests.channels.answers import answer
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, message, read_all, say, send, texts, threads

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
pytestmark = pytest.mark.usefixtures("toy")


class Strict:
    """The toy network with Meta's windows. `sent` keeps what it took, with who released it late."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.says: Told | None = None

    def __call__(self, request: Request) -> Answered | Failed:
        return answer(200, {"posts": []})

    def send(self, _account: object, said: Message, *, call: object) -> Told:
        told, self.says = self.says, None
        if told is None or told.result is Result.SENT:
            self.sent.append((said.text, said.released_by if said.is_late else ""))
        return told or Told(result=Result.SENT, external_id=f"b{len(self.sent)}", status_code=200)


@pytest.fixture
def network(toy: None, monkeypatch: pytest.MonkeyPatch) -> Strict:
    strict, its = Strict(), channel("toy")
    can = replace(
        its.capabilities,
        private_window_hours=24,
        human_window_hours=168,
        one_shot_private_reply=True,
        private_reply_hours=168,
    )
    monkeypatch.setattr(its, "capabilities", can)
    monkeypatch.setattr(its, "send", strict.send, raising=False)
    return strict


def spoke(cast: Cast, ago: timedelta = timedelta(0), kind: str = "direct", **more: object) -> Thread:
    """The customer wrote that long ago."""
    if not hasattr(spoke, "account") or more.pop("fresh", True):
        spoke.account = connect(cast)  # type: ignore[attr-defined]
    told = event(kind, at=(utc_now() - ago).isoformat(), **more)
    come_in(spoke.account, delivery(told, at=utc_now()))  # type: ignore[attr-defined]
    read_all()
    return threads()[-1]


def write(
    cast: Cast, thread: Thread, text: str = "Your heels are exchanged.", **more: object
) -> ChannelMessage:
    return say(cast, thread, text, purpose=more.pop("purpose", Purpose.PRIVATE_MESSAGE), **more)


def release(who: Actor, one: ChannelMessage, *, now: datetime | None = None) -> None:
    with db.transaction() as session:
        releasing.release(session, who, one.id, now=now or utc_now())


def test_within_a_day_it_goes_out_by_itself(cast: Cast, network: Strict) -> None:
    write(cast, spoke(cast, timedelta(hours=23)))
    assert send(network) == {"sent": 1}
    assert network.sent == [("Your heels are exchanged.", "")]


def test_after_a_day_it_waits_for_a_person_with_its_deadline(cast: Cast, network: Strict) -> None:
    thread = spoke(cast, timedelta(hours=30))
    said = write(cast, thread)
    assert (said.state, said.next_at) == ("waiting", None)
    assert said.release_until is not None
    assert abs(said.release_until - (thread.first_post_at + WEEK)) < timedelta(seconds=1)
    with db.statement() as connection:
        rows = listed(connection, cast.brand.id, states=["waiting"], limit=9)
        assert [(one.id, one.last_error) for one in rows] == [(said.id, "late")]
        assert not listed(connection, said.id, states=["waiting"], limit=9)
    release(acting(cast.kim), said)
    assert send(network) == {"sent": 1}
    assert network.sent == [("Your heels are exchanged.", acting(cast.kim).name)]
    assert message(said.id).released_by == acting(cast.kim).id


def test_no_unattended_job_ever_sends_what_waits(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=30)))
    for hours in range(0, 24 * 7, 5):
        assert not send(network, at=utc_now() + timedelta(hours=hours))
    assert message(said.id).state == "failed_final"
    assert message(said.id).last_error == "not_released"
    assert not network.sent


def test_only_a_person_who_signed_in_lets_it_go(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=30)))
    ana = acting(cast.ana)
    for nobody in (
        THE_CLOCK,
        Actor(kind="integration", id=None, name="a program", brand_id=ana.brand_id),
        replace(ana, scopes=frozenset({"messages.write"})),
        acting(cast.lee),
        acting(cast.sam),
    ):
        with pytest.raises(NotPermitted):
            release(nobody, said)
    with pytest.raises(NotFound):
        release(replace(ana, brand_id=said.id), said)
    assert not send(network)
    assert message(said.id).released_by is None
    release(ana, said)
    release(ana, said)
    with pytest.raises(Conflict):
        release(acting(cast.kim), said)
    assert send(network) == {"sent": 1}


def test_a_message_that_grew_old_while_it_waited_is_not_sent(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=23)))
    assert send(network, at=utc_now() + timedelta(hours=2)) == {"waiting": 1}
    stored = message(said.id)
    assert (stored.state, stored.last_error, stored.attempts) == ("waiting", "late", 0)
    assert stored.first_tried_at is None
    assert stored.release_until is not None
    assert not network.sent
    release(acting(cast.ana), said)
    assert send(network, at=utc_now() + timedelta(hours=2)) == {"sent": 1}
    assert network.sent == [("Your heels are exchanged.", acting(cast.ana).name)]


def test_released_and_then_held_up_past_the_week_it_fails_and_says_why(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=30)))
    release(acting(cast.ana), said)
    assert send(network, at=utc_now() + WEEK) == {"failed_final": 1}
    stored = message(said.id)
    assert (stored.last_error, stored.released_by) == ("over", acting(cast.ana).id)
    assert not network.sent


def test_after_a_week_it_is_refused_and_nothing_is_written(cast: Cast, network: Strict) -> None:
    thread = spoke(cast, timedelta(days=8))
    with pytest.raises(Conflict, match="too long ago") as refused:
        write(cast, thread)
    assert refused.value.details["why"] == "over"
    with db.transaction() as session:
        assert not session.exec(select(ChannelMessage)).all()


def test_the_deadline_ends_the_release(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=30)))
    with pytest.raises(Conflict, match="over"):
        release(acting(cast.ana), said, now=utc_now() + WEEK)


def test_called_off_it_never_goes_out(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=30)))
    with db.transaction() as session:
        releasing.give_up(session, acting(cast.ana), said.id, reason="She phoned.", now=utc_now())
    with pytest.raises(Conflict):
        release(acting(cast.ana), said)
    assert not send(network, at=utc_now() + WEEK)


def test_a_public_comment_opens_no_private_window(cast: Cast, network: Strict) -> None:
    with pytest.raises(Conflict, match="not written to us in private"):
        write(cast, spoke(cast, kind="mention"))


def test_the_private_conversation_of_the_same_customer_carries_it(cast: Cast, network: Strict) -> None:
    spoke(cast, kind="direct", id="d1", thread="dm-u7")
    public = spoke(cast, kind="mention", id="p1", fresh=False)
    assert public.visibility == "public"
    said = write(cast, public)
    private = next(one for one in threads() if one.visibility == "private")
    assert said.thread_id == private.id
    assert send(network) == {"sent": 1}
    assert texts(private)[-1] == ("brand", "Your heels are exchanged.")


def test_a_new_word_of_the_customer_opens_the_window_again(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=30), id="d1", thread="dm-u7"))
    spoke(cast, id="d2", thread="dm-u7", fresh=False)
    assert write(cast, threads()[-1], "Hello again").state == "queued"
    release(acting(cast.ana), said)
    assert send(network) == {"sent": 2}
    assert {late for _, late in network.sent} == {""}, "within the window it needs no late tag"


def test_the_network_s_own_too_late_waits_for_a_person_once(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=23)))
    network.says = Told(result=Result.TOO_LATE, error="outside_window", status_code=400)
    assert send(network) == {"waiting": 1}
    assert message(said.id).attempts == 1
    release(acting(cast.ana), said)
    network.says = Told(result=Result.TOO_LATE, error="outside_window", status_code=400)
    assert send(network, at=utc_now() + timedelta(hours=3)) == {"failed_final": 1}
    assert not network.sent


def test_an_unclear_late_try_is_looked_for_and_keeps_its_release(cast: Cast, network: Strict) -> None:
    said = write(cast, spoke(cast, timedelta(hours=30)))
    release(acting(cast.ana), said)
    network.says = Told(result=Result.UNKNOWN, error="timeout")
    assert send(network) == {"unknown": 1}
    assert send(network, at=utc_now() + timedelta(seconds=10)) == {"sent": 1}
    assert network.sent == [("Your heels are exchanged.", acting(cast.ana).name)]


def test_a_post_has_one_private_answer_whatever_it_is_called(cast: Cast, network: Strict) -> None:
    thread = spoke(cast, timedelta(days=6), kind="mention")
    first = write(cast, thread, "Show your code", purpose=Purpose.PRIVATE_REPLY, dedup_key="code")
    again = write(cast, thread, "Show your code", purpose=Purpose.PRIVATE_REPLY, dedup_key="code")
    assert first.id == again.id
    for attempt in ("other", "once more"):
        with pytest.raises(Conflict, match="one private answer"):
            write(cast, thread, "Another", purpose=Purpose.PRIVATE_REPLY, dedup_key=attempt)
    assert send(network) == {"sent": 1}
    with pytest.raises(Conflict, match="one private answer"):
        write(cast, thread, "Another", purpose=Purpose.PRIVATE_REPLY, dedup_key="later")
    assert len(network.sent) == 1


def test_a_private_answer_is_neither_written_nor_sent_after_its_week(cast: Cast, network: Strict) -> None:
    thread = spoke(cast, timedelta(days=6, hours=23), kind="mention")
    said = write(cast, thread, purpose=Purpose.PRIVATE_REPLY)
    assert said.state == "queued"
    assert send(network, at=utc_now() + timedelta(hours=2)) == {"failed_final": 1}
    assert message(said.id).last_error == "post_too_old"
    spoke(cast, timedelta(days=7, hours=1), kind="mention", id="p9", fresh=False)
    old = next(one for one in threads() if one.external_id == "p9")
    with pytest.raises(Conflict, match="too old"):
        write(cast, old, "Too late", purpose=Purpose.PRIVATE_REPLY)
    assert not network.sent


def test_what_pauses_the_account_pauses_it_even_after_success(cast: Cast, network: Strict) -> None:
    thread = spoke(cast)
    write(cast, thread, "One")
    write(cast, thread, "Two")
    network.says = Told(result=Result.SENT, external_id="b1", status_code=200, pause_seconds=720)
    assert send(network) == {"sent": 1, "put_back": 1}
    assert not send(network, at=utc_now() + timedelta(seconds=700))
    assert send(network, at=utc_now() + timedelta(seconds=730)) == {"sent": 1}
