"""Rows of HQ's queue: one open row for each case and reason."""

from datetime import timedelta

from sqlmodel import select

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided
from bridge.lifecycle import Action
from bridge.models import Review
from bridge.promises import DeclineReason
from bridge.queries.reviews import cases_alike, open_reviews
from bridge.reasons import EntryReason
from bridge.reviewing import NewReview
from bridge.services import undoing
from bridge.settings import settings
from tests.cast import Cast, acting, decide, once, promise


def _new(cast: Cast, escalation_id: object, reason: EntryReason = EntryReason.NO_ACK) -> NewReview:
    return NewReview(
        brand_id=cast.brand.id,
        escalation_id=escalation_id,  # type: ignore[arg-type]  # an id from the cast
        store_id=cast.store_12.id,
        entry_reason=reason,
        opened_at=utc_now(),
        facts={"step": 3},
    )


def _open(*wanted: NewReview) -> list[NewReview]:
    with db.act() as act:
        newly = open_reviews(act, wanted)
        act.commit()
    return newly


def test_a_case_comes_before_hq_once_for_each_reason(cast: Cast) -> None:
    case = promise(cast).id
    first = _open(_new(cast, case), _new(cast, case, EntryReason.BREACH))

    again = _open(_new(cast, case), _new(cast, case, EntryReason.HIGH_VALUE))

    assert {new.entry_reason for new in first} == {EntryReason.NO_ACK, EntryReason.BREACH}
    assert [new.entry_reason for new in again] == [EntryReason.HIGH_VALUE]
    with db.transaction() as session:
        assert len(session.exec(select(Review)).all()) == 3


def test_the_same_reason_twice_in_one_call_opens_one_row(cast: Cast) -> None:
    case = promise(cast).id

    newly = _open(_new(cast, case), _new(cast, case))

    assert len(newly) == 1


def test_a_closed_row_does_not_keep_a_new_one_out(cast: Cast) -> None:
    case = promise(cast).id
    _open(_new(cast, case))
    with db.transaction() as session:
        row = session.exec(select(Review)).one()
        row.state, row.finding, row.closed_at = "closed", "noted", utc_now()

    again = _open(_new(cast, case))

    assert len(again) == 1


def test_declines_of_one_kind_at_one_store_are_counted_without_the_undone(cast: Cast) -> None:
    _decline_and_undo(cast)
    for reason in (DeclineReason.OUT_OF_STOCK, DeclineReason.OUT_OF_STOCK, DeclineReason.MANAGER_DISAGREES):
        case = promise(cast)
        decide(cast, cast.sam, escalation_id=case.id, action=Action.DECLINE, reason=reason)
    now = utc_now()

    with db.act() as act:
        values = {"store_id": cast.store_12.id, "since": now - timedelta(days=14), "now": now}
        alike = cases_alike(act, reason=DeclineReason.OUT_OF_STOCK.value, **values)
        before = cases_alike(
            act, reason="D06", store_id=cast.store_12.id, since=now, now=now + timedelta(days=1)
        )

    assert alike == 2
    assert before == 0


def _decline_and_undo(cast: Cast) -> None:
    case = promise(cast)
    declined = decide(
        cast,
        cast.sam,
        escalation_id=case.id,
        action=Action.DECLINE,
        reason=DeclineReason.OUT_OF_STOCK,
    )
    assert isinstance(declined, Decided)
    assert declined.decision_id is not None
    with db.act() as act:
        undone = undoing.undo(
            act,
            acting(cast.sam),
            declined.decision_id,
            reason_text="",
            once=once("undo"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
        )
    assert isinstance(undone, Decided)
