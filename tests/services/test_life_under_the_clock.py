"""The acts of the middle of a life and the clock see the same case: what one does, the other learns."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge import db
from bridge.lifecycle import Action
from bridge.reasons import Question, RevokeReason, TransferReason
from bridge.services import appealing, asking, closing, extending, revoking, transferring, verifying
from bridge.settings import settings
from tests.api.life_stage import acted
from tests.cast import Cast, decide, promise, vault
from tests.clockwork import MONDAY_NOON, case, clocks_of, minutes, notices_of, reviews_of, sweep, sweep_until
from tests.services.test_counter import look


@pytest.fixture
def cast(monday: Cast) -> Cast:
    return monday


@pytest.fixture(autouse=True)
def nothing_was_put_aside(cast: Cast) -> object:
    """The clock could look at every case, and history and books are whole."""
    yield
    with db.reading() as snapshot:
        failed = snapshot.execute("SELECT count(*) FROM escalations WHERE attend_failures > 0").fetchone()
        found = [*verifying.reconcile(snapshot), *verifying.verify(snapshot, settings=settings())]
    assert (failed[0], found) == (0, [])


def ask(cast: Cast, case_id: Any, at: datetime, *, is_live: bool = False) -> Any:
    return acted(
        asking.ask,
        cast.lee,
        case_id,
        question=Question.EQUAL_ITEM,
        text="",
        is_live=is_live,
        now=at,
        settings=settings(),
    )


def test_a_question_starts_the_agent_s_clock_and_the_answer_meets_it(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)

    ask(cast, made.id, MONDAY_NOON + minutes(1))
    sweep(MONDAY_NOON + minutes(2))
    assert clocks_of(made.id)["agent_answer"].state == "running"
    acted(
        asking.answer,
        cast.ana,
        made.id,
        text="Yes.",
        valid_until=made.valid_until + timedelta(days=2),
        now=MONDAY_NOON + minutes(5),
        settings=settings(),
    )
    sweep(MONDAY_NOON + minutes(6))

    assert clocks_of(made.id)["agent_answer"].state == "met"
    assert case(made.id).status == "issued"


def test_a_live_question_that_nobody_answers_ends_after_ten_minutes(cast: Cast) -> None:
    made = promise(cast)

    ask(cast, made.id, MONDAY_NOON + minutes(1), is_live=True)
    sweep_until(MONDAY_NOON + minutes(1), MONDAY_NOON + minutes(13), step=minutes(1))

    assert case(made.id).status == "issued"
    assert "question_lapsed" in {template for template, _, _ in notices_of(made.id)}
    with db.statement() as connection:
        row = connection.execute("SELECT state FROM info_requests").fetchone()
    assert row == ("lapsed",)


def test_an_accepted_move_starts_the_other_store_s_clock_anew(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)
    offered = acted(
        transferring.offer,
        cast.sam,
        made.id,
        by_store=True,
        to_number="40",
        reason=TransferReason.NO_STOCK,
        note="",
        now=MONDAY_NOON + minutes(10),
    )
    sweep(MONDAY_NOON + minutes(11))
    assert clocks_of(made.id)["transfer_accept"].state == "running"

    acted(
        transferring.decide,
        cast.mia,
        offered.subject_id,
        Action.ACCEPT_TRANSFER,
        note="",
        now=MONDAY_NOON + minutes(20),
    )
    sweep(MONDAY_NOON + minutes(21))

    clocks = clocks_of(made.id)
    assert clocks["transfer_accept"].state == "met"
    assert clocks["store_ack"].started_at == MONDAY_NOON + minutes(20)
    assert clocks["store_ack"].store_id == cast.store_40.id


def test_a_withdrawn_promise_leaves_no_clock_running(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)

    acted(
        revoking.revoke,
        cast.kim,
        made.id,
        reason=RevokeReason.FRAUD,
        text="",
        if_version=None,
        now=MONDAY_NOON + minutes(3),
    )
    sweep(MONDAY_NOON + minutes(4))

    store_clocks = {name: clock.state for name, clock in clocks_of(made.id).items() if name == "store_ack"}
    assert store_clocks == {"store_ack": "cancelled"}
    assert case(made.id).outcome == "fraud_stopped"


def test_what_expired_is_extended_and_lives_under_the_clock_again(cast: Cast) -> None:
    made = promise(cast, valid_until=MONDAY_NOON + timedelta(hours=2))
    look(cast.sam, made.code)
    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(hours=3))
    assert (case(made.id).status, case(made.id).remaining_minor) == ("expired", 0)

    again = acted(
        extending.extend,
        cast.ana,
        made.id,
        valid_until=MONDAY_NOON + timedelta(days=2),
        if_version=None,
        now=MONDAY_NOON + timedelta(hours=3),
        settings=settings(),
        vault=vault(),
    )
    sweep(MONDAY_NOON + timedelta(hours=3, minutes=1))

    assert again.code is not None
    assert clocks_of(made.id)["store_ack"].state == "running"


def test_an_appeal_stands_before_hq_and_a_second_life_runs_its_own_clocks(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)
    decide(cast, cast.sam, code=made.code, now=MONDAY_NOON + minutes(5), amount_minor=100, keep_rest=False)
    later = MONDAY_NOON + minutes(10)
    link = acted(appealing.make_link, cast.ana, made.id, now=later, settings=settings()).link
    assert link is not None
    with db.act() as act:
        assert appealing.file(act, link.rsplit("/", 1)[1], text="Only a part!", now=later + minutes(1))
    sweep(later + minutes(2))

    assert reviews_of(made.id) == {"appeal": "open"}
    assert clocks_of(made.id)["hq_review"].state == "running"


def test_a_reopened_case_counts_from_its_reopening(cast: Cast) -> None:
    """Reopen counted from the first creation: a case reopened after days was late at once."""
    made = promise(cast)
    sweep(MONDAY_NOON)
    acted(
        revoking.revoke,
        cast.kim,
        made.id,
        reason=RevokeReason.ERROR_IN_PROMISE,
        text="",
        if_version=None,
        now=MONDAY_NOON + minutes(3),
    )
    closed_at = MONDAY_NOON + minutes(5)
    acted(closing.close, cast.ana, made.id, cause=None, if_version=None, now=closed_at, settings=settings())
    sweep(closed_at)
    days_later = MONDAY_NOON + timedelta(days=3)

    acted(
        closing.reopen,
        cast.ana,
        made.id,
        reason="It was right after all.",
        valid_until=None,
        if_version=None,
        now=days_later,
        settings=settings(),
        vault=vault(),
    )
    sweep(days_later + minutes(1))

    clock = clocks_of(made.id)["store_ack"]
    assert (clock.state, clock.started_at, clock.breached_at) == ("running", days_later, None)
