"""Deciding: what is given is booked once, refusals are kept, and a minute is there to undo."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from bridge import codes, db
from bridge.clock import utc_now
from bridge.decision import Asked, Decided, Refusal
from bridge.errors import Conflict, IdempotencyKeyReused, InvalidInput, NotFound, NotPermitted
from bridge.idempotency import Replayed
from bridge.lifecycle import Action, Status
from bridge.promises import DeclineReason, Level, PromiseType, SecondFact
from bridge.queries.callers import identify
from bridge.services import decisions, undoing
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.cast import Cast, Member, decide, line, once, promise

Owner = psycopg.Connection[tuple[object, ...]]
pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


def undo(
    by: Member, decision_id: UUID | None, *, after: timedelta = timedelta(), key: str | None = None
) -> object:
    assert decision_id is not None
    with db.statement() as connection:
        found = identify(connection, by.token, now=utc_now(), settings=settings())
    assert found is not None
    with db.act() as act:
        return undoing.undo(
            act,
            found[0],
            decision_id,
            reason_text="the wrong customer",
            once=once("undo", key),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now() + after,
            settings=settings(),
        )


def taken(result: object) -> Decided:
    assert isinstance(result, Decided), result
    return result


def refused(result: object) -> Refusal:
    assert isinstance(result, Refusal), result
    return result


def test_honouring_writes_the_decision_the_books_the_history_and_what_is_owed(
    cast: Cast, owner: Owner
) -> None:
    made = promise(cast)

    done = taken(decide(cast, cast.sam, code=made.code, receipt_ref="R-1001"))

    assert done.escalation.status is Status.HONOURED
    row = owner.execute("SELECT action, amount_minor, receipt_ref FROM decisions").fetchone()
    assert row == ("honour", 4_000, "R-1001")
    entries = owner.execute(
        "SELECT account, sum(amount_minor) FROM ledger_entries GROUP BY account ORDER BY 2"
    ).fetchall()
    assert [(str(account).split(":")[0], total) for account, total in entries] == [
        ("authority", -4_000),
        ("promise", 0),
        ("store", 4_000),
    ]
    board = owner.execute("SELECT topic, payload ->> 'amount_minor' FROM outcomes").fetchall()
    assert board == [("escalation.honoured", "4000")]


def test_a_look_up_stands_for_the_code(cast: Cast) -> None:
    from tests.services.test_counter import look

    seen = look(cast.sam, promise(cast).code)

    assert taken(decide(cast, cast.sam, look_up_id=seen.look_up_id)).amount_minor == 4_000


def test_a_look_up_of_somebody_else_does_not(cast: Cast) -> None:
    from tests.services.test_counter import look

    seen = look(cast.lee, promise(cast).code)

    assert refused(decide(cast, cast.sam, look_up_id=seen.look_up_id)).verdict is Verdict.UNKNOWN


def test_an_old_look_up_is_worth_nothing(cast: Cast) -> None:
    from tests.services.test_counter import look

    seen = look(cast.sam, promise(cast).code)
    late = utc_now() + timedelta(minutes=14)

    assert taken(decide(cast, cast.sam, look_up_id=seen.look_up_id, now=late, amount_minor=100))
    later = utc_now() + timedelta(minutes=31)
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE credentials SET last_seen_at = now() + interval '30 minutes'"
        )
    assert refused(decide(cast, cast.sam, look_up_id=seen.look_up_id, now=later)).verdict is Verdict.UNKNOWN


def test_nobody_honours_from_the_list_without_the_customer_s_code(cast: Cast) -> None:
    made = promise(cast)

    with pytest.raises(InvalidInput):
        decide(cast, cast.sam, escalation_id=made.id)


def test_a_refused_attempt_is_stored(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code)

    again = refused(decide(cast, cast.sam, code=made.code))

    assert again.why == "just_done"
    rows = owner.execute("SELECT verdict FROM look_ups WHERE source = 'decision'").fetchall()
    assert rows == [("just_done",)]


def test_a_rest_may_be_given_up(cast: Cast) -> None:
    made = promise(cast)

    done = taken(decide(cast, cast.sam, code=made.code, amount_minor=1_000, keep_rest=False))

    assert (done.escalation.status, done.escalation.remaining_minor) == (Status.PART_HONOURED, 0)
    assert done.escalation.outcome == "honoured_part"


def test_more_than_what_is_left_is_refused(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=3_000)

    assert refused(decide(cast, cast.sam, code=made.code, amount_minor=1_001)).why == "over_remaining"


def test_a_promise_without_value_is_honoured_by_doing_it(cast: Cast) -> None:
    made = promise(cast, lines=[line(0, type=PromiseType.CALL_BACK, level=Level.INFORM)])

    done = taken(decide(cast, cast.sam, code=made.code))

    assert (done.escalation.status, done.escalation.outcome) == (Status.HONOURED, "answered")


def test_a_decline_needs_a_reason_and_closes_the_value(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    with pytest.raises(InvalidInput):
        decide(cast, cast.sam, code=made.code, action=Action.DECLINE)
    with pytest.raises(InvalidInput):
        decide(cast, cast.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OTHER)

    done = taken(
        decide(
            cast, cast.sam, escalation_id=made.id, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK
        )
    )

    assert (done.escalation.status, done.escalation.remaining_minor) == (Status.DECLINED, 0)
    assert owner.execute("SELECT payload ->> 'reason' FROM outcomes").fetchone() == ("D06",)


def test_an_associate_acknowledges_and_cannot_honour(cast: Cast) -> None:
    made = promise(cast)

    done = taken(
        decide(cast, cast.lee, escalation_id=made.id, action=Action.ACKNOWLEDGE, set_aside_note="shelf B")
    )

    assert (done.escalation.status, done.escalation.set_aside_note) == (Status.ACKNOWLEDGED, "shelf B")
    with pytest.raises(NotPermitted):
        decide(cast, cast.lee, code=made.code)


def test_a_second_acknowledgement_is_refused_with_the_status(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.lee, escalation_id=made.id, action=Action.ACKNOWLEDGE)

    again = refused(decide(cast, cast.lee, escalation_id=made.id, action=Action.ACKNOWLEDGE))

    assert again.why == "illegal_action"


def test_mia_of_store_40_can_do_nothing_with_store_12_s_promise(cast: Cast) -> None:
    made = promise(cast)

    for asked in (
        {"code": made.code},
        {"escalation_id": made.id, "action": Action.ACKNOWLEDGE},
        {"escalation_id": made.id, "action": Action.DECLINE, "reason": DeclineReason.OUT_OF_STOCK},
    ):
        assert refused(decide(cast, cast.mia, **asked)).verdict is Verdict.OTHER_STORE


def test_a_wrong_second_fact_three_times_freezes_the_record_and_not_the_store(
    cast: Cast, owner: Owner
) -> None:
    made = promise(cast, second_fact=(SecondFact.ORDER_DIGITS, "417"))
    other = promise(cast)

    assert refused(decide(cast, cast.sam, code=made.code)).why == "second_fact_missing"
    whys = [refused(decide(cast, cast.sam, code=made.code, second_fact="999")).why for _ in range(3)]

    assert whys == ["second_fact_wrong", "second_fact_wrong", "second_fact_frozen"]
    assert refused(decide(cast, cast.sam, code=made.code, second_fact="417")).verdict is Verdict.LOCKED_CODE
    assert owner.execute("SELECT topic FROM outcomes").fetchall() == [("escalation.frozen",)]
    assert taken(decide(cast, cast.sam, code=other.code))


def test_the_right_second_fact_opens_the_promise(cast: Cast) -> None:
    made = promise(cast, second_fact=(SecondFact.AGREED_WORD, "Blue  Heron"))

    assert taken(decide(cast, cast.sam, code=made.code, second_fact="blue heron"))


def test_advice_is_honoured_up_to_the_manager_s_own_limit(cast: Cast) -> None:
    made = promise(cast, lines=[line(8_000, type=PromiseType.REPAIR, level=Level.RECOMMEND)])

    assert refused(decide(cast, cast.sam, code=made.code)).verdict is Verdict.NEEDS_APPROVAL
    assert taken(decide(cast, cast.sam, code=made.code, amount_minor=5_000)).amount_minor == 5_000


def test_what_was_given_before_counts_against_the_manager_s_own_limit(cast: Cast) -> None:
    made = promise(cast, lines=[line(8_000, type=PromiseType.REPAIR, level=Level.RECOMMEND)])
    assert taken(decide(cast, cast.sam, code=made.code, amount_minor=4_000, keep_rest=True))

    assert refused(decide(cast, cast.sam, code=made.code, amount_minor=1_001)).why == "needs_approval"
    assert taken(decide(cast, cast.sam, code=made.code, amount_minor=1_000)).amount_minor == 1_000


def test_an_own_limit_in_another_currency_is_none(cast: Cast, owner: Owner) -> None:
    made = promise(cast, lines=[line(8_000, type=PromiseType.REPAIR, level=Level.RECOMMEND)])
    owner.execute("UPDATE authority_grants SET currency = 'JPY' WHERE 'recommend' = ANY (levels)")

    assert refused(decide(cast, cast.sam, code=made.code, amount_minor=100)).why == "needs_approval"


def test_two_long_keys_that_begin_alike_are_two_decisions(cast: Cast) -> None:
    made = promise(cast)
    begin = "k" * 64

    first, second = (
        decide(cast, cast.sam, code=made.code, amount_minor=100, nonce=decisions.nonce_of(begin + end))
        for end in ("1", "2")
    )

    assert (taken(first).amount_minor, taken(second).amount_minor) == (100, 100)


def test_the_same_key_gives_the_same_answer_and_another_payload_is_refused(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, key="one", code=made.code, amount_minor=100)

    replayed = decide(cast, cast.sam, key="one", code=made.code, amount_minor=100)

    assert isinstance(replayed, Replayed)
    with db.act() as act, pytest.raises(IdempotencyKeyReused):
        decisions.decide(
            act,
            cast.sam.token,
            Asked(Action.HONOUR, "n", code=made.code),
            once=once("decisions", "one", fingerprint=b"another"),  # type: ignore[arg-type]
            now=utc_now(),
            settings=settings(),
        )


def test_a_device_s_own_id_is_good_for_one_decision_for_ever(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=100, nonce="till-3-0001")

    with pytest.raises(Conflict):
        decide(cast, cast.sam, code=made.code, amount_minor=100, nonce="till-3-0001")


def test_a_decision_on_what_was_read_before_a_change_is_refused(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=100)

    assert refused(decide(cast, cast.sam, code=made.code, if_version=made.version)).why == "changed"


def test_undo_brings_the_value_back_with_a_row_of_its_own(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    done = taken(decide(cast, cast.sam, code=made.code))

    back = undo(cast.sam, done.decision_id)

    assert isinstance(back, Decided)
    assert (back.escalation.status, back.escalation.remaining_minor) == (Status.ISSUED, 4_000)
    assert owner.execute("SELECT count(*) FROM decisions").fetchone() == (2,)
    assert taken(decide(cast, cast.sam, code=made.code)).amount_minor == 4_000


def test_undo_of_a_second_part_shows_the_first_part_again(cast: Cast) -> None:
    made = promise(cast)
    first = taken(decide(cast, cast.sam, code=made.code, amount_minor=1_000))
    second = taken(decide(cast, cast.sam, code=made.code, amount_minor=2_000))

    back = undo(cast.sam, second.decision_id)

    assert isinstance(back, Decided)
    assert back.escalation.last_decision is not None
    assert back.escalation.last_decision["id"] == str(first.decision_id)


def test_both_parts_can_be_undone_when_the_second_had_waited_longer_for_its_turn(
    cast: Cast, owner: Owner
) -> None:
    made, now = promise(cast), utc_now()
    first = decide(cast, cast.sam, code=made.code, amount_minor=1_000, now=now + timedelta(seconds=2))
    second = decide(cast, cast.sam, code=made.code, amount_minor=1_000, now=now + timedelta(seconds=1))
    assert isinstance(first, Decided)
    assert isinstance(second, Decided)

    undo(cast.sam, second.decision_id)
    undo(cast.sam, first.decision_id)

    assert owner.execute("SELECT remaining_minor, last_decision FROM escalations").fetchone() == (4_000, None)


def test_undo_of_a_decline_makes_the_promise_live_again(cast: Cast) -> None:
    made = promise(cast)
    done = taken(
        decide(cast, cast.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.TILL_CANNOT)
    )

    back = undo(cast.sam, done.decision_id)

    assert isinstance(back, Decided)
    assert (back.escalation.status, back.escalation.remaining_minor) == (Status.ISSUED, 4_000)


def test_undo_is_for_the_same_device_and_one_minute_and_once(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    done = taken(decide(cast, cast.sam, code=made.code))

    with pytest.raises(NotFound):
        undo(cast.mia, done.decision_id)
    with pytest.raises(Conflict):
        undo(cast.sam, done.decision_id, after=timedelta(seconds=61))
    assert isinstance(undo(cast.sam, done.decision_id, key="u1"), Decided)
    assert isinstance(undo(cast.sam, done.decision_id, key="u1"), Replayed)
    with pytest.raises(Conflict):
        undo(cast.sam, done.decision_id, key="u2")


def test_the_database_holds_no_code(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=100)
    assert made.code is not None
    tables = [
        str(row[0]) for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]

    dump = "\n".join(str(owner.execute(f"SELECT row_to_json(t) FROM {name} t").fetchall()) for name in tables)

    assert made.code not in dump
    assert codes.grouped(made.code) not in dump
