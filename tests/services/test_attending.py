"""What the clock makes of a case: from the store's silence to HQ, and everything that stops it."""

from datetime import timedelta

import pytest

from bridge import db
from bridge.errors import InvalidInput
from bridge.lifecycle import Action
from bridge.milestones import MilestoneState
from bridge.promises import DeclineReason, Level
from bridge.reasons import PauseReason
from bridge.services import pausing, verifying, watching
from bridge.settings import settings
from tests.cast import Cast, decide, line, once, promise
from tests.clockwork import (
    MONDAY_NOON,
    act_as,
    actor_of,
    case,
    clocks_of,
    minutes,
    notices_of,
    reviews_of,
    rows,
    steps_of,
    sweep,
    sweep_until,
)


@pytest.fixture
def cast(monday: Cast) -> Cast:
    return monday


def test_a_silent_store_is_asked_then_its_district_its_region_care_and_hq(cast: Cast) -> None:
    made = promise(cast)

    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(days=2))

    told = [(template, name) for template, channel, name in notices_of(made.id) if channel == "inbox"]
    climbed = [name for template, name in told if template.startswith("case_")]
    assert sorted(climbed[:2]) == ["Lee", "Sam"]
    assert climbed[2:] == ["Sam", "Dora", "Rhea", "Kim", "Hana"]
    assert ("offer_other_store", "Ana") in told
    assert reviews_of(made.id) == {"no_ack": "open"}


def test_a_promise_in_hqs_queue_for_silence_can_still_be_honoured(cast: Cast) -> None:
    made = promise(cast)
    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(days=2), step=minutes(30))

    decide(cast, cast.sam, code=made.code, now=MONDAY_NOON + timedelta(days=2))

    assert case(made.id).status == "honoured"


def test_an_acknowledgement_stops_every_further_notice(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)
    before = notices_of(made.id)

    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + minutes(30))
    sweep_until(MONDAY_NOON + minutes(30), MONDAY_NOON + timedelta(hours=9))

    since = notices_of(made.id)[len(before) :]
    assert since == [("customer_can_go", "inbox", "Ana")]
    assert clocks_of(made.id)["store_ack"].state == MilestoneState.MET


def test_a_step_that_is_due_is_not_taken_after_an_acknowledgement_that_the_sweep_has_not_seen(
    cast: Cast,
) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)

    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + minutes(59))
    sweep(MONDAY_NOON + minutes(70))

    assert steps_of(made.id) == [("notify", "done"), ("notify", "done")]


def test_an_acknowledgement_without_action_lapses_and_the_ladder_goes_on(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)
    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + minutes(10))

    sweep_until(MONDAY_NOON + minutes(10), MONDAY_NOON + timedelta(days=3), step=minutes(20))

    actions = [row.action for row in rows("SELECT action FROM timeline WHERE action = 'lapse'")]
    assert actions == ["lapse"]
    assert case(made.id).status == "issued"
    assert clocks_of(made.id)["store_ack"].round == 2
    assert ("acknowledgement_lapsed", "inbox", "Sam") in notices_of(made.id)
    assert len(steps_of(made.id)) > 2


def test_an_acknowledgement_does_not_lapse_once_the_customer_is_there(cast: Cast) -> None:
    made = promise(cast)
    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON)
    with db.statement() as connection:
        connection.execute(
            "UPDATE escalations SET presented_at = %(at)s WHERE id = %(id)s",
            {"at": MONDAY_NOON + minutes(5), "id": made.id},
        )

    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(days=4), step=minutes(60))

    assert case(made.id).status == "acknowledged"


def test_what_the_customer_needs_in_time_does_not_wait_for_the_ladder(cast: Cast) -> None:
    made = promise(cast, needed_by=MONDAY_NOON + minutes(60))
    sweep(MONDAY_NOON)
    assert len(steps_of(made.id)) == 2

    sweep(MONDAY_NOON + minutes(46))

    assert steps_of(made.id)[2] == ("notify", "done")


def test_passing_the_customers_need_is_a_fact_and_the_outcome_too_late(cast: Cast) -> None:
    made = promise(cast, needed_by=MONDAY_NOON + minutes(60), valid_until=MONDAY_NOON + timedelta(hours=5))

    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(hours=6))

    need = clocks_of(made.id)["customer_need"]
    assert need.breached_at == MONDAY_NOON + minutes(60)
    assert case(made.id).outcome == "too_late"


def test_an_expired_promise_gives_its_value_back_and_the_books_agree(cast: Cast) -> None:
    made = promise(cast, valid_until=MONDAY_NOON + timedelta(hours=2))

    sweep(MONDAY_NOON + timedelta(hours=2, minutes=14))
    assert case(made.id).status == "issued"
    sweep(MONDAY_NOON + timedelta(hours=2, minutes=15))

    assert (case(made.id).status, case(made.id).remaining_minor) == ("under_review", 0)
    with db.reading() as connection:
        assert list(verifying.reconcile(connection)) == []


def test_a_promise_that_the_store_never_saw_goes_to_hq_when_it_expires(cast: Cast) -> None:
    unseen = promise(cast, valid_until=MONDAY_NOON + timedelta(hours=2))
    seen = promise(cast, valid_until=MONDAY_NOON + timedelta(hours=2))
    act_as(cast.sam, seen.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + minutes(1))

    sweep(MONDAY_NOON + timedelta(hours=3))

    assert "expired_unseen" in reviews_of(unseen.id)
    assert case(unseen.id).status == "under_review"
    assert "expired_unseen" not in reviews_of(seen.id)
    assert (case(seen.id).status, case(seen.id).outcome) == ("expired", "customer_no_show")


@pytest.mark.parametrize("level", [Level.INSTRUCT, Level.AUTHORISE])
def test_declining_what_binds_the_store_is_before_hq_within_one_sweep(cast: Cast, level: Level) -> None:
    made = promise(cast, by=cast.kim, lines=[line(2_000, level=level)])
    decide(
        cast,
        cast.sam,
        code=made.code,
        action=Action.DECLINE,
        reason=DeclineReason.MANAGER_DISAGREES,
        reason_text="no",
        now=MONDAY_NOON,
    )

    sweep(MONDAY_NOON + timedelta(seconds=5))

    assert reviews_of(made.id) == {"wrongful_decline": "open"}
    assert case(made.id).status == "declined"
    sweep(MONDAY_NOON + timedelta(seconds=61))
    assert case(made.id).status == "under_review"


def test_declining_a_recommendation_is_the_stores_own_choice(cast: Cast) -> None:
    made = promise(cast, lines=[line(2_000, level=Level.RECOMMEND)])
    decide(
        cast,
        cast.sam,
        code=made.code,
        action=Action.DECLINE,
        reason=DeclineReason.MANAGER_DISAGREES,
        reason_text="no",
        now=MONDAY_NOON,
    )

    sweep(MONDAY_NOON + timedelta(minutes=5))

    assert reviews_of(made.id) == {}
    assert case(made.id).status == "declined"


def test_many_looks_at_the_same_moment_change_nothing_more(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON + minutes(61))
    before = (steps_of(made.id), notices_of(made.id), case(made.id).head_seq)

    for _ in range(5):
        with db.statement() as connection:
            connection.execute("UPDATE escalations SET attend_at = %(at)s", {"at": MONDAY_NOON})
        sweep(MONDAY_NOON + minutes(61))

    assert (steps_of(made.id), notices_of(made.id), case(made.id).head_seq) == before


def test_a_sweep_that_was_away_for_a_day_catches_up_with_the_times_at_which_things_happened(
    cast: Cast,
) -> None:
    made = promise(cast)
    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + minutes(30))
    decide(cast, cast.sam, code=made.code, now=MONDAY_NOON + minutes(40))

    sweep(MONDAY_NOON + timedelta(days=1))

    clocks = clocks_of(made.id)
    assert clocks["store_ack"].state == MilestoneState.MET
    assert clocks["store_ack"].elapsed_seconds == 30 * 60
    assert clocks["resolution"].elapsed_seconds == 40 * 60
    assert steps_of(made.id) == []


def test_a_case_that_cannot_be_looked_at_is_put_aside_and_the_others_are_not(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    broken, fine = promise(cast), promise(cast)
    with db.statement() as connection:
        connection.execute(
            "UPDATE escalations SET attended_seq = -5, head_seq = 0 WHERE id = %(id)s", {"id": broken.id}
        )

    count = sweep(MONDAY_NOON + minutes(1))

    assert (count["looked"], count["failed"]) == (1, 1)
    assert case(fine.id).attended_seq > 0
    assert case(broken.id).attend_failures == 1
    assert case(broken.id).attend_at == MONDAY_NOON + minutes(2)


def test_the_watchdog_wakes_a_case_that_nobody_would_look_at_again(cast: Cast) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)
    with db.statement() as connection:
        connection.execute("UPDATE escalations SET attend_at = NULL")

        assert watching.watch(connection, MONDAY_NOON + minutes(1)) == 1
        assert watching.watch(connection, MONDAY_NOON + minutes(1)) == 0

    sweep(MONDAY_NOON + minutes(61))
    assert len(steps_of(made.id)) == 3


def test_the_watchdog_finds_a_step_that_is_long_past(cast: Cast) -> None:
    promise(cast)
    sweep(MONDAY_NOON)
    with db.statement() as connection:
        connection.execute("UPDATE escalations SET attend_at = '2099-01-01'")

        assert watching.watch(connection, MONDAY_NOON + minutes(61)) == 0
        assert watching.watch(connection, MONDAY_NOON + minutes(63)) == 1


def test_the_history_stays_whole_and_the_books_agree(cast: Cast) -> None:
    for _ in range(3):
        promise(cast)

    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(days=9), step=timedelta(hours=2))

    with db.reading() as connection:
        assert list(verifying.verify(connection, settings=settings())) == []
        assert list(verifying.reconcile(connection)) == []


def test_nothing_climbs_while_a_disaster_stops_the_clock_and_the_pause_has_a_limit(cast: Cast) -> None:
    made = promise(cast, valid_until=MONDAY_NOON + timedelta(days=30))
    sweep(MONDAY_NOON)
    with db.act() as act:
        pausing.pause(
            act,
            actor_of(cast.kim),
            made.id,
            reason=PauseReason.DISASTER,
            once=once("pause"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=MONDAY_NOON + minutes(1),
        )

    sweep_until(MONDAY_NOON + minutes(2), MONDAY_NOON + timedelta(days=6), step=timedelta(hours=3))
    assert len(steps_of(made.id)) == 2
    sweep_until(MONDAY_NOON + timedelta(days=6), MONDAY_NOON + timedelta(days=16), step=timedelta(hours=3))

    pause = rows("SELECT p.limit_at, p.ended_at FROM clock_pauses p ORDER BY p.limit_at LIMIT 1")[0]
    assert pause.ended_at == pause.limit_at


def test_a_reason_that_belongs_to_somebody_else_stops_no_clock(cast: Cast) -> None:
    made = promise(cast)

    with db.act() as act, pytest.raises(InvalidInput):
        pausing.pause(
            act,
            actor_of(cast.ana),
            made.id,
            reason=PauseReason.AWAITING_AGENT,
            once=once("pause"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=MONDAY_NOON,
        )
