"""What a month of simulated life found: things that happened, and that the clock never looked at."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bridge.db import transaction
from bridge.lifecycle import Action
from bridge.reasons import TransferReason
from bridge.services import answering, capturing, claims, transferring
from tests.api.life_stage import acted
from tests.cast import Cast, acting, promise
from tests.clockwork import MONDAY_NOON, case, clocks_of, minutes, reviews_of, rows, sweep
from tests.services.test_counter import look


@pytest.fixture
def cast(monday: Cast) -> Cast:
    return monday


def captured(cast: Cast, text: str, at: datetime, *, author_kind: str = "customer") -> UUID:
    post = capturing.Captured(
        network="x",
        external_id="the-thread",
        handle="NorthlightCare" if author_kind == "brand" else "maria",
        customer_handle="maria",
        author_kind=author_kind,
        text=text,
        posted_at=at,
    )
    with transaction() as session:
        return capturing.capture(session, acting(cast.ana), post, at).thread.id


def thread_clocks(thread_id: UUID) -> dict[str, str]:
    found = rows("SELECT type, round, state FROM milestones WHERE thread_id = %(id)s", id=thread_id)
    return {f"{row.type} {row.round}": row.state for row in found}


def test_a_customer_who_writes_again_after_our_answer_is_waited_for(cast: Cast) -> None:
    thread_id = captured(cast, "help", MONDAY_NOON)
    captured(cast, "we look", MONDAY_NOON + minutes(5), author_kind="brand")
    answering.sweep(MONDAY_NOON + minutes(6))
    assert thread_clocks(thread_id) == {"first_response 1": "met"}

    captured(cast, "and now?", MONDAY_NOON + minutes(20))
    answering.sweep(MONDAY_NOON + minutes(20))

    assert thread_clocks(thread_id)["next_response 1"] == "running"


def test_a_post_that_lies_between_the_first_and_the_last_is_seen_too(cast: Cast) -> None:
    thread_id = captured(cast, "help", MONDAY_NOON)
    captured(cast, "one moment", MONDAY_NOON + minutes(30), author_kind="brand")
    answering.sweep(MONDAY_NOON + minutes(31))

    captured(cast, "we look", MONDAY_NOON + minutes(5), author_kind="brand")

    assert answering.sweep(MONDAY_NOON + minutes(32)) == 1
    assert thread_clocks(thread_id) == {"first_response 1": "met"}


def test_who_claims_a_conversation_owes_a_promise_from_then_on(cast: Cast) -> None:
    thread_id = captured(cast, "help", MONDAY_NOON)
    captured(cast, "we look", MONDAY_NOON + minutes(5), author_kind="brand")
    answering.sweep(MONDAY_NOON + minutes(6))

    with transaction() as session:
        claims.claim(session, acting(cast.ana), thread_id, MONDAY_NOON + minutes(10))
    answering.sweep(MONDAY_NOON + minutes(10))
    assert thread_clocks(thread_id)["promise_issued 1"] == "running"

    with transaction() as session:
        claims.release(session, acting(cast.ana), thread_id, "", MONDAY_NOON + minutes(12))
    answering.sweep(MONDAY_NOON + minutes(12))
    assert thread_clocks(thread_id)["promise_issued 1"] == "cancelled"


def test_an_offer_that_was_taken_back_before_the_sweep_does_not_stop_the_case(cast: Cast) -> None:
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
    )
    acted(transferring.withdraw, cast.sam, offered.subject_id, note="")

    count = sweep(MONDAY_NOON + timedelta(minutes=1))

    assert count["failed"] == 0
    assert clocks_of(made.id)["transfer_accept"].state == "cancelled"


def test_a_customer_whom_only_the_associate_saw_was_seen(cast: Cast) -> None:
    made = promise(cast, valid_until=MONDAY_NOON + timedelta(hours=2))
    look(cast.lee, made.code)

    sweep(MONDAY_NOON + minutes(1))
    assert clocks_of(made.id)["counter_decision"].state == "running"
    sweep(MONDAY_NOON + timedelta(hours=3))

    assert case(made.id).status == "expired"
    assert "expired_unseen" not in reviews_of(made.id)


def test_an_offer_that_was_refused_before_the_sweep_does_not_stop_the_case(cast: Cast) -> None:
    made = promise(cast)
    offered = acted(
        transferring.offer,
        cast.sam,
        made.id,
        by_store=True,
        to_number="40",
        reason=TransferReason.NO_STOCK,
        note="",
    )
    acted(transferring.decide, cast.mia, offered.subject_id, Action.REFUSE_TRANSFER, note="")

    assert sweep(MONDAY_NOON + timedelta(minutes=1))["failed"] == 0
    assert clocks_of(made.id)["transfer_accept"].state == "met"
