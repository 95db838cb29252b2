"""An outcome goes back to where it was promised: once, in private, after the store can take nothing back."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from bridge import codes, db
from bridge.channels.abilities import Kind
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channels
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.models import ChannelAccount, ChannelMessage, EscalationRow, Outcome, Thread
from bridge.promises import DeclineReason
from bridge.queries import records
from bridge.reasons import RevokeReason
from bridge.services import revoking, telling_back, undoing, writing
from bridge.services.claims import claim
from bridge.settings import settings
from tests.cast import Cast, acting, decide, once, promise, vault
from tests.channels.answers import answer
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, read_all, send, texts, threads

pytestmark = pytest.mark.usefixtures("toy")
SOON = timedelta(seconds=70)
_numbers = itertools.count(1)


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


@pytest.fixture
def thread(account: ChannelAccount, cast: Cast) -> Thread:
    return a_thread(cast, account)


def a_thread(cast: Cast, account: ChannelAccount, **changes: object) -> Thread:
    """A conversation that came in by the account, and that Ana holds."""
    number = next(_numbers)
    told = event(
        id=f"back-{number}",
        at=utc_now().isoformat(),
        author={"id": f"u-{number}", "name": f"shopper_{number}"},
        **changes,
    )
    come_in(account, delivery(told, at=utc_now()))
    read_all()
    found = next(one for one in threads() if one.external_id == f"back-{number}")
    with db.transaction() as session:
        claim(session, acting(cast.ana), found.id, utc_now())
    return found


@pytest.fixture
def can() -> Iterator[Any]:
    """Change what the toy channel can do, for one test."""
    toy = channels()["toy"]
    before = toy.capabilities

    def change(**changes: object) -> None:
        toy.capabilities = replace(before, **changes)  # type: ignore[arg-type]  # a test names real fields

    yield change
    toy.capabilities = before


def side(request: Request) -> Answered:
    """The network, in good health."""
    return (
        answer(200, {"posts": []}) if request.method == "GET" else answer(201, {"id": f"b{next(_numbers)}"})
    )


def written() -> list[ChannelMessage]:
    with db.transaction() as session:
        return list(
            session.exec(
                select(ChannelMessage).order_by(col(ChannelMessage.created_at), col(ChannelMessage.id))
            )
        )


def tell(after: timedelta = SOON) -> dict[str, int]:
    return dict(telling_back.tell_due(settings(), clock=lambda: utc_now() + after))


def send_later() -> dict[str, int]:
    return send(side, at=utc_now() + SOON * 2)


def words(message: ChannelMessage) -> str:
    return writing.text_of(message, vault())


def case(escalation_id: UUID) -> EscalationRow:
    with db.transaction() as session:
        return session.get_one(EscalationRow, escalation_id)


def revoke(cast: Cast, escalation_id: UUID) -> None:
    with db.act() as act:
        revoking.revoke(
            act,
            acting(cast.kim),
            escalation_id,
            reason=RevokeReason.ERROR_IN_PROMISE,
            text="",
            if_version=None,
            once=once("revoke"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
        )


def test_an_honoured_promise_is_told_in_private_and_the_list_empties(cast: Cast, thread: Thread) -> None:
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    assert tell() == {"written": 1}
    (message,) = written()
    assert (message.purpose, message.state, message.topic) == ("private_message", "queued", "outcome")
    assert "Lakeside" in words(message)
    assert tell() == {}, "and nothing is written twice"
    send_later()
    assert tell() == {"told": 1}
    assert case(made.id).told_at is not None
    assert tell() == {}
    with db.statement() as connection:
        told = [link for link in records.timeline(connection, made.id) if link.action == "tell_customer"]
    assert [records.facts_of(link)["channel"] for link in told] == ["private"]
    with db.transaction() as session:
        topics = session.exec(select(Outcome.topic).where(Outcome.person_id == cast.ana.person.id)).all()
    assert "escalation.customer_told" in topics


@pytest.mark.parametrize("end", ["declined", "revoked"])
def test_a_bad_end_waits_for_a_person(cast: Cast, thread: Thread, end: str) -> None:
    made = promise(cast, thread_id=thread.id)
    if end == "declined":
        decide(cast, cast.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)
    else:
        revoke(cast, made.id)
    assert tell() == {"written": 1}
    (message,) = written()
    assert (message.state, message.purpose) == ("waiting", "private_message")
    assert message.next_at is None
    assert not send_later()
    assert case(made.id).told_at is None


@pytest.mark.parametrize(
    ("sends", "action", "state"),
    [
        ("all", Action.DECLINE, "queued"),
        ("none", Action.HONOUR, "waiting"),
        ("good", Action.HONOUR, "queued"),
    ],
)
def test_the_account_says_what_goes_by_itself(
    cast: Cast, account: ChannelAccount, thread: Thread, sends: str, action: Action, state: str
) -> None:
    with db.transaction() as session:
        session.get_one(ChannelAccount, account.id).sends_outcomes = sends
    made = promise(cast, thread_id=thread.id)
    decide(
        cast,
        cast.sam,
        code=made.code,
        action=action,
        **({"reason": DeclineReason.OUT_OF_STOCK} if action is Action.DECLINE else {}),
    )
    tell()
    assert [one.state for one in written()] == [state]


def test_an_undone_decision_was_never_told(cast: Cast, thread: Thread) -> None:
    made = promise(cast, thread_id=thread.id)
    pressed = utc_now()
    decided = decide(cast, cast.sam, code=made.code, now=pressed)
    told = telling_back.tell_due(settings(), clock=lambda: pressed + timedelta(seconds=59))
    assert not told, "while it can be undone nothing is said"
    with db.act() as act:
        undoing.undo(
            act,
            acting(cast.sam),
            decided.decision_id,  # type: ignore[attr-defined]
            reason_text="",
            once=once("undo"),  # type: ignore[arg-type]
            now=utc_now(),
            settings=settings(),
        )
    assert tell() == {}
    assert not written()


def test_without_waiting_the_undone_decision_would_be_told(cast: Cast, thread: Thread) -> None:
    hasty = settings().model_copy(update={"undo_window_seconds": 0})
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    assert telling_back.tell_due(hasty, clock=lambda: utc_now() + timedelta(seconds=59)) == {"written": 1}


def test_what_is_annulled_before_it_was_sent_is_taken_back(cast: Cast, thread: Thread) -> None:
    made = promise(cast, thread_id=thread.id)
    decided = decide(cast, cast.sam, code=made.code)
    tell()
    with db.act() as act:
        undoing.annul(
            act,
            acting(cast.sam),
            decided.decision_id,  # type: ignore[attr-defined]
            reason_text="The wrong customer",
            once=once("annul"),  # type: ignore[arg-type]
            now=utc_now() + timedelta(minutes=5),
            settings=settings(),
        )
    assert tell() == {"cancelled": 1}
    assert [(one.state, one.last_error) for one in written()] == [("cancelled", "case_changed")]
    assert not send_later()


def test_two_sweeps_that_saw_the_same_case_write_one_message(
    cast: Cast, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the list before either wrote; the key alone keeps it one. Without it there are two."""
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    due = seen_by_a_sweep()
    for _ in range(2):
        telling_back._write_one(due, settings(), utc_now() + SOON)
    assert len(written()) == 1
    monkeypatch.setattr(telling_back, "dedup_key", lambda *_: f"another-{next(_numbers)}")
    telling_back._write_one(due, settings(), utc_now() + SOON)
    assert len(written()) == 2


def seen_by_a_sweep() -> Any:
    now = utc_now() + SOON
    with db.statement() as connection:
        (due,) = telling_back.queries.due(
            connection,
            since=now - timedelta(days=1),
            before=now,
            channels=["toy"],
            after=(now - timedelta(days=1), UUID(int=0)),
            limit=9,
        )
    return due


def test_nothing_is_lost_when_we_die_before_the_commit(
    cast: Cast, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    with monkeypatch.context() as patch:
        original = telling_back._write_messages

        def dies(*args: Any) -> Any:
            original(*args)
            raise KeyboardInterrupt

        patch.setattr(telling_back, "_write_messages", dies)
        with pytest.raises(KeyboardInterrupt):
            tell()
    assert not written()
    assert tell() == {"written": 1}
    send_later()
    with monkeypatch.context() as patch:
        patch.setattr(
            telling_back.closing, "note_told", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            tell()
    assert tell() == {"told": 1}
    assert len(written()) == 1


def test_where_no_private_message_can_go_the_public_one_tells_nothing(
    cast: Cast, thread: Thread, can: Any
) -> None:
    can(can_send_private=False)
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)
    tell()
    (message,) = written()
    assert message.purpose == Purpose.PUBLIC_REPLY
    assert "Please write to us" in words(message), "it promises no private message"
    for secret in ("Lakeside", "40", "stock", "CD box", made.code):
        assert secret not in words(message)


def test_the_one_private_answer_carries_it_and_once_used_the_public_text_goes(
    cast: Cast, account: ChannelAccount, can: Any
) -> None:
    can(can_send_private=True, private_window_hours=24, one_shot_private_reply=True)
    first, second = a_thread(cast, account), a_thread(cast, account)
    with db.transaction() as session:
        writing.write(
            session,
            acting(cast.ana),
            second,
            purpose=Purpose.PRIVATE_REPLY,
            text="Your code",
            dedup_key="code",
            vault=vault(),
            now=utc_now(),
        )
    for thread in (first, second):
        made = promise(cast, thread_id=thread.id)
        decide(cast, cast.sam, code=made.code)
    tell()
    purposes = {one.thread_id: one.purpose for one in written() if one.topic == "outcome"}
    assert purposes == {first.id: "private_reply", second.id: "public_reply"}


def test_a_care_tool_gets_a_note_with_the_facts_and_the_customer_a_reply(
    cast: Cast, thread: Thread, can: Any
) -> None:
    can(kind=Kind.CARE_TOOL, can_write_note=True)
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    assert tell() == {"written": 2}
    by_purpose = {one.purpose: one for one in written()}
    note = words(by_purpose["note"])
    assert f"no. {made.number}" in note
    assert "12 Lakeside" in note
    assert f"/escalations/{made.id}" in note
    assert not codes.contains_code(note)
    assert set(by_purpose) == {"note", "private_message"}


def test_a_note_alone_tells_no_customer(cast: Cast, thread: Thread, can: Any) -> None:
    can(kind=Kind.CARE_TOOL, can_write_note=True, can_reply_public=False, can_send_private=False)
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    tell()
    send_later()
    assert tell() == {}
    assert [one.state for one in written()] == ["sent"]
    assert case(made.id).told_at is None, "its agent still has to"
    assert [who for who, _ in texts(thread)] == ["customer"]


@pytest.mark.parametrize(
    ("language", "says"), [("es", "Gracias por su visita"), ("fr-CA", "Merci de votre visite")]
)
def test_it_speaks_the_thread_s_language(cast: Cast, thread: Thread, language: str, says: str) -> None:
    with db.transaction() as session:
        session.get_one(Thread, thread.id).language = language
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    tell()
    assert says in words(written()[0])


def test_what_was_told_by_hand_is_not_said_again(cast: Cast, thread: Thread) -> None:
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)
    tell()
    with db.transaction() as session:
        session.get_one(EscalationRow, made.id).told_at = utc_now()
    assert tell() == {"cancelled": 1}
    assert [one.last_error for one in written()] == ["told_otherwise"]


def test_what_ended_long_ago_and_what_no_account_knows_is_left_to_its_agent(
    cast: Cast, thread: Thread
) -> None:
    made = promise(cast, thread_id=thread.id)
    decide(cast, cast.sam, code=made.code)
    assert tell(timedelta(days=8)) == {}
    other = promise(cast)
    decide(cast, cast.sam, code=other.code)
    assert tell() == {"written": 1}
    assert [one.escalation_id for one in written()] == [made.id]
