"""From a store's decline to HQ's finding, with the real clock in between."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action, Status
from bridge.models import EscalationRow, MilestoneRow
from bridge.promises import DeclineReason, Level
from bridge.queries import review_case, review_queue
from bridge.reviewing import Finding
from bridge.services import review
from bridge.services.attending import Sweeper
from bridge.settings import settings
from tests.before_hq import CAUSE
from tests.cast import Cast, acting, decide, line, once, promise, vault


def sweep(*, after: timedelta = timedelta()) -> None:
    done = Sweeper(settings()).sweep(utc_now() + after)
    assert not done["failed"], done


def declined(cast: Cast, level: Level) -> UUID:
    made = promise(cast, by=cast.kim, lines=[line(level=level)])
    decide(
        cast,
        cast.sam,
        escalation_id=made.id,
        action=Action.DECLINE,
        reason=DeclineReason.MANAGER_DISAGREES,
        reason_text="We never heard of this.",
        customer_text="Just social media, that could be anybody.",
    )
    return made.id


def rows_of(cast: Cast, case: UUID) -> list[tuple[str, str]]:
    with db.statement() as connection:
        rows = review_queue.of_case(connection, case, brand_id=cast.brand.id, reach=None)
    return [(row.entry_reason, row.state) for row in rows]


@pytest.mark.parametrize(
    ("level", "found"),
    [
        (Level.INSTRUCT, [("wrongful_decline", "open")]),
        (Level.AUTHORISE, [("wrongful_decline", "open")]),
        (Level.RECOMMEND, []),
    ],
)
def test_a_decline_is_before_hq_within_one_sweep_unless_it_was_a_recommendation(
    cast: Cast, level: Level, found: list[tuple[str, str]]
) -> None:
    case = declined(cast, level)

    sweep()

    assert rows_of(cast, case) == found
    with db.statement() as connection:
        sides = review_case.both_sides(connection, case)
    assert [(said.reason_text, said.customer_text) for said in sides.decisions] == [
        ("We never heard of this.", "Just social media, that could be anybody.")
    ]


def test_hq_decides_when_the_time_to_undo_is_over_and_its_clocks_end(cast: Cast) -> None:
    case = declined(cast, Level.INSTRUCT)
    sweep()
    sweep(after=timedelta(minutes=5))
    with db.statement() as connection:
        [row] = review_queue.of_case(connection, case, brand_id=cast.brand.id, reach=None)
    assert row.status == Status.UNDER_REVIEW

    with db.act() as act:
        review.find(
            act,
            acting(cast.hana),
            row.id,
            review.Judgement(Finding.UPHELD, "Sold out since June.", CAUSE),
            if_version=row.version,
            once=once("find"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now() + timedelta(minutes=6),
            settings=settings(),
            vault=vault(),
        )
    sweep(after=timedelta(minutes=7))

    with db.transaction() as session:
        assert session.get_one(EscalationRow, case).status is Status.CLOSED
        clocks = {
            str(clock.type): (str(clock.state), clock.completed_at is not None)
            for clock in session.exec(select(MilestoneRow).where(col(MilestoneRow.escalation_id) == case))
        }
    assert clocks["hq_review"] == ("met", True)
    assert clocks["cause_coded"] == ("met", True)
