"""Complaints of other tools' users about deadlines and ladders, each as a test of ours.

The calendar's own are in tests/unit/test_calendar_symptoms.py.
"""

from datetime import timedelta
from itertools import pairwise

import pytest
from psycopg.types.json import Jsonb

from bridge import db, metrics
from bridge.calendars import recompute
from bridge.lifecycle import Action
from bridge.milestones import MilestoneState
from bridge.models import Post
from bridge.services import answering, watching
from tests.cast import Cast, claimed_thread, decide, promise
from tests.clockwork import (
    MONDAY_NOON,
    act_as,
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


def thread_clocks(thread_id: object) -> dict[tuple[str, int], str]:
    found = rows("SELECT type, round, state FROM milestones WHERE thread_id = %(id)s", id=thread_id)
    return {(row.type, row.round): row.state for row in found}


def post(thread_id: object, kind: str, at: object) -> None:
    number = rows("SELECT count(*) AS n FROM posts")[0].n
    with db.transaction() as session:
        session.add(
            Post(
                thread_id=thread_id,
                network="x",
                external_id=f"post-{number}",
                author_kind=kind,
                author_handle="somebody",
                posted_at=at,
                text="?",
                text_sha256=b"x" * 32,
            )
        )
    with db.statement() as connection:
        connection.execute("UPDATE threads SET attend_at = %(at)s", {"at": at})


def publish_ladder(cast: Cast, *steps: dict[str, object]) -> None:
    """Let the brand have this ladder, and no other, from now on."""
    values = {"brand": cast.brand.id, "at": MONDAY_NOON, "definition": Jsonb({"steps": list(steps)})}
    with db.statement() as connection:
        connection.execute("UPDATE ladder_versions SET retired_at = %(at)s WHERE retired_at IS NULL", values)
        connection.execute(
            "INSERT INTO ladders (id, brand_id, name, created_at) "
            "VALUES (gen_random_uuid(), %(brand)s, 'own', %(at)s)",
            values,
        )
        connection.execute(
            "INSERT INTO ladder_versions (id, ladder_id, version, definition, note, created_at) "
            "SELECT gen_random_uuid(), l.id, 1, %(definition)s, '', %(at)s FROM ladders l WHERE l.name = 'own'",
            values,
        )


def test_a_due_time_says_why_and_can_be_recomputed(cast: Cast) -> None:
    """frappe/helpdesk #2214: the resolution time was wrong and nobody could see why."""
    made = promise(cast)

    sweep(MONDAY_NOON)

    clock = clocks_of(made.id)["store_ack"]
    assert clock.trace["policy_version"] == 1
    assert clock.trace["zone"] == "America/Chicago"
    assert recompute(clock.trace) == clock.due_at


def test_a_new_case_is_not_shown_as_failed(cast: Cast) -> None:
    """frappe/erpnext #38745: a banner without a time zone said failed right after creation."""
    made = promise(cast)

    sweep(MONDAY_NOON + timedelta(seconds=1))

    assert {row.state for row in clocks_of(made.id).values()} == {MilestoneState.RUNNING}


def test_one_deadline_does_not_hide_another(cast: Cast) -> None:
    """zammad/zammad #5177: the update time overruled the escalation of a later first response."""
    thread = claimed_thread(cast)
    post(thread.id, "customer", MONDAY_NOON)
    post(thread.id, "brand", MONDAY_NOON + minutes(5))
    post(thread.id, "customer", MONDAY_NOON + minutes(10))

    answering.sweep(MONDAY_NOON + timedelta(hours=5))

    states = thread_clocks(thread.id)
    assert states["first_response", 1] == MilestoneState.MET
    assert states["next_response", 1] == MilestoneState.MISSED_OPEN
    assert states["promise_issued", 1] == MilestoneState.MISSED_OPEN


def test_a_thread_that_we_answered_waits_for_the_customer(cast: Cast) -> None:
    """zammad/zammad #3140: update times escalated tickets whose agent had responded. Whose turn is it?"""
    thread = claimed_thread(cast)
    post(thread.id, "customer", MONDAY_NOON)
    post(thread.id, "brand", MONDAY_NOON + minutes(5))

    answering.sweep(MONDAY_NOON + timedelta(days=3))

    assert ("next_response", 1) not in thread_clocks(thread.id)


def test_the_stores_clock_stands_still_while_the_agent_is_asked(cast: Cast) -> None:
    """zammad/zammad #3140 at the counter: it is the agent's turn, so the store's clock is paused."""
    made = promise(cast)
    with db.statement() as connection:
        connection.execute(
            "UPDATE escalations SET presented_at = %(at)s, attend_at = %(at)s", {"at": MONDAY_NOON}
        )
    act_as(cast.sam, made.id, Action.ASK_AGENT, now=MONDAY_NOON + minutes(5), is_live=False)
    act_as(cast.ana, made.id, Action.ANSWER, now=MONDAY_NOON + minutes(35))
    decide(cast, cast.sam, code=made.code, now=MONDAY_NOON + minutes(45))

    sweep(MONDAY_NOON + minutes(46))

    clock = clocks_of(made.id)["counter_decision"]
    assert (clock.state, clock.elapsed_seconds, clock.stopped_seconds, clock.actual_seconds) == (
        MilestoneState.MET,
        45 * 60,
        30 * 60,
        15 * 60,
    )


def test_deadlines_follow_every_event_from_one_place(cast: Cast) -> None:
    """zammad/zammad #2082: escalation_at was not updated correctly; each kind of change forgot another one."""
    made = promise(cast)
    sweep(MONDAY_NOON)
    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + minutes(10))
    act_as(cast.sam, made.id, Action.LAPSE, now=MONDAY_NOON + minutes(20))

    sweep(MONDAY_NOON + minutes(21))

    clock = clocks_of(made.id)["store_ack"]
    assert (clock.round, clock.due_at) == (2, MONDAY_NOON + minutes(20 + 120))


def test_what_the_clock_writes_does_not_wake_the_clock(cast: Cast) -> None:
    """zammad/zammad #5841: the SLA's own write-back fired the business triggers a second time."""
    promise(cast)
    sweep(MONDAY_NOON)

    again = sweep(MONDAY_NOON)

    assert again["looked"] == 0


def test_silence_climbs_by_itself(cast: Cast) -> None:
    """chatwoot/chatwoot #6889: no automation based on SLA rules, so nobody hears of a missed one."""
    made = promise(cast)

    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(days=2), step=minutes(30))

    assert ("case_climbed", "inbox", "Dora") in notices_of(made.id)
    assert reviews_of(made.id) == {"no_ack": "open"}


def test_a_ladder_that_waits_for_opening_goes_on_after_a_restart(cast: Cast) -> None:
    """grafana/oncall #1206: an escalation paused by a time range step was lost over a restart."""
    publish_ladder(
        cast,
        {"do": "wait", "minutes": 600},
        {"do": "continue_if_open"},
        {"do": "notify", "role": "store_manager", "channels": ["inbox"]},
    )
    made = promise(cast)
    sweep(MONDAY_NOON)

    # Each sweep is a process of its own; 570 open minutes end at closing time, 30 more next morning.
    for hour in range(1, 30):
        sweep(MONDAY_NOON + timedelta(hours=hour))

    assert steps_of(made.id)[:2] == [("continue_if_open", "done"), ("notify", "done")]
    told = rows("SELECT at FROM ladder_steps_taken WHERE kind = 'notify'")[0].at
    assert told == MONDAY_NOON + timedelta(hours=23), "the first sweep after half past ten on Tuesday"


def test_the_watchdog_that_is_off_is_seen(cast: Cast) -> None:
    """grafana/oncall #724: the task that checks the checker was off because its query was slow.

    The metric is the moment of the last watch, so its age grows when nobody watches.
    """
    with db.statement() as connection:
        watching.watch(connection, MONDAY_NOON)

    watched = metrics.REGISTRY.get_sample_value("bridge_heartbeat_timestamp_seconds", {"name": "watchdog"})
    assert watched == MONDAY_NOON.timestamp()


def test_a_condition_on_hours_is_in_the_stores_own_time(cast: Cast) -> None:
    """grafana/oncall #2781, #2817, #5512, #3261: ranges in UTC, local daytime, daylight saving."""
    publish_ladder(cast, {"do": "continue_if_open"}, {"do": "notify", "role": "store_manager"})
    made = promise(cast)
    nine_in_the_morning = MONDAY_NOON + timedelta(hours=21)
    with db.statement() as connection:
        connection.execute(
            "UPDATE escalations SET attend_at = %(at)s WHERE id = %(id)s",
            {"at": nine_in_the_morning, "id": made.id},
        )

    sweep(nine_in_the_morning)

    assert steps_of(made.id) == []
    assert case(made.id).attend_at == MONDAY_NOON + timedelta(hours=22)


def test_acknowledging_stops_the_ladder_and_what_was_still_to_be_said(cast: Cast) -> None:
    """grafana/oncall #4654: notifications did not stop when the escalation was done."""
    made = promise(cast)
    sweep(MONDAY_NOON)
    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + minutes(1))

    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(hours=9), step=minutes(15))

    run = rows("SELECT state, stop_reason FROM ladder_runs WHERE escalation_id = %(id)s", id=made.id)[0]
    assert (run.state, run.stop_reason) == ("stopped", "acknowledged")
    waiting = rows(
        "SELECT DISTINCT stops_on FROM notices WHERE template = 'case_waiting' AND state = 'queued'"
    )
    assert [row.stops_on for row in waiting] == ["acknowledge"]


def test_a_wait_is_not_cut_short_by_new_events(cast: Cast) -> None:
    """grafana/oncall #934: wait steps were ignored when an escalation chain got new events."""
    made = promise(cast)
    for minute in range(0, 50, 10):
        with db.statement() as connection:
            at = {"at": MONDAY_NOON + minutes(minute)}
            connection.execute("UPDATE escalations SET attend_at = %(at)s", at)
        sweep(MONDAY_NOON + minutes(minute))

    assert steps_of(made.id) == [("notify", "done"), ("notify", "done")]


def test_a_rung_that_reaches_nobody_is_passed_at_once_and_named(cast: Cast) -> None:
    """grafana/oncall #1326: members without notification modes; the directors were woken instead.

    The rung's wait is passed with it, the next one is told at once, and the fault is on record.
    """
    publish_ladder(
        cast,
        {"do": "notify", "role": "store_manager", "channels": ["sms"]},
        {"do": "wait", "minutes": 60},
        {"do": "notify", "role": "district_manager", "channels": ["inbox"]},
        {"do": "wait", "minutes": 60},
        {"do": "open_review"},
    )
    made = promise(cast)

    sweep(MONDAY_NOON + minutes(1))

    assert steps_of(made.id) == [("notify", "no_recipient"), ("notify", "done")]
    faults = rows("SELECT detail FROM ladder_steps_taken WHERE result = 'no_recipient'")
    assert [row.detail["role"] for row in faults] == ["store_manager"]


def test_a_running_case_keeps_its_version_and_says_which(cast: Cast) -> None:
    """grafana/oncall #3138: users do not expect the snapshot; so the version is on record with the run."""
    old = promise(cast)
    sweep(MONDAY_NOON)
    publish_ladder(cast, {"do": "open_review"})
    new = promise(cast)

    sweep_until(MONDAY_NOON + minutes(1), MONDAY_NOON + minutes(90))

    assert steps_of(old.id)[:3] == [("notify", "done")] * 3
    assert steps_of(new.id) == [("open_review", "done")]
    kept = rows("SELECT DISTINCT ladder_version_id FROM ladder_runs")
    assert len(kept) == 2


def test_nothing_waits_in_the_broker(cast: Cast) -> None:
    """celery/celery #2599, #3270, #4766, #4400, kombu #337: a long ETA on Redis runs several times.

    Whatever comes later is a row: due, found by every sweep, and taken once however often it is asked.
    """
    made = promise(cast)

    for _ in range(4):
        sweep(MONDAY_NOON + minutes(61))

    keys = rows("SELECT run_id, round, step FROM ladder_steps_taken")
    assert len(keys) == len(set(keys))
    assert sum(kind == "notify" for kind, _ in steps_of(made.id)) == 2


def test_a_store_that_never_opens_has_a_deadline_all_the_same(cast: Cast) -> None:
    """Ours: a directory with an empty week must not leave a promise without a clock."""
    with db.statement() as connection:
        connection.execute("UPDATE stores SET hours = %(none)s", {"none": Jsonb({"days": [[]] * 7})})
    made = promise(cast, valid_until=MONDAY_NOON + timedelta(days=3))

    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(hours=13), step=minutes(30))

    clock = clocks_of(made.id)["store_ack"]
    assert clock.trace["never_opens"].startswith("store 12")
    assert clock.breached_at == MONDAY_NOON + minutes(120)
    assert "no_ack" in reviews_of(made.id)


def test_every_clock_has_a_state_and_no_breach_was_ever_taken_back(cast: Cast) -> None:
    """Ours: a breach is a fact with its instant; what ends later ends late."""
    made = promise(cast)
    sweep(MONDAY_NOON + timedelta(hours=3))
    breached_at = clocks_of(made.id)["store_ack"].breached_at

    act_as(cast.sam, made.id, Action.ACKNOWLEDGE, now=MONDAY_NOON + timedelta(hours=4))
    sweep(MONDAY_NOON + timedelta(hours=4))

    clock = clocks_of(made.id)["store_ack"]
    assert (clock.state, clock.breached_at) == (MilestoneState.MET_LATE, breached_at)
    assert breached_at == MONDAY_NOON + minutes(120)


def test_links_of_the_clock_are_in_order(cast: Cast) -> None:
    """Ours: what the clock writes has the moment of writing, whatever moment it speaks of."""
    made = promise(cast)
    sweep_until(MONDAY_NOON, MONDAY_NOON + timedelta(days=3), step=timedelta(hours=1))

    ats = [
        row.at for row in rows("SELECT at FROM timeline WHERE stream = %(s)s ORDER BY seq", s=str(made.id))
    ]

    assert all(earlier <= later for earlier, later in pairwise(ats))


@pytest.mark.parametrize("settle", [Action.REFUSE_TRANSFER, Action.WITHDRAW_TRANSFER, Action.REVOKE])
def test_an_offer_that_came_and_went_between_two_sweeps_does_not_stop_the_clock(
    cast: Cast, settle: Action
) -> None:
    made = promise(cast)
    sweep(MONDAY_NOON)
    moved = {"to_store_id": str(cast.store_40.id)}
    act_as(cast.sam, made.id, Action.OFFER_TRANSFER, now=MONDAY_NOON + minutes(1), **moved)
    act_as(cast.kim, made.id, settle, now=MONDAY_NOON + minutes(2))

    count = sweep(MONDAY_NOON + minutes(3))

    assert (count["looked"], count["failed"]) == (1, 0)
    assert clocks_of(made.id)["transfer_accept"].store_id == cast.store_40.id
