"""The clocks of a case under every history that the life allows: nothing without a state, no breach taken back."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import sla
from bridge.calendars import ALWAYS
from bridge.clocks import Clock, Pause
from bridge.following import PAUSED, PRESENTED, RESUMED, Clocks, Event, Subject
from bridge.lifecycle import LIVE, TRANSITIONS, Action, Back, Status
from bridge.milestones import CalendarSource, MilestoneState, MilestoneType
from bridge.reasons import PauseReason, Priority

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
POLICY = sla.read(sla.STARTING, version=1)
STORE = UUID(int=12)
OVER = {Status.CLOSED, Status.REJECTED, Status.CANCELLED}


def clocks_of_a_case(**subject: object) -> Clocks:
    ids = (UUID(int=number) for number in itertools.count(1))
    values = {
        "kind": "promise",
        "priority": Priority.NORMAL,
        "store_id": STORE,
        "needed_by": None,
        "since": NOON,
    }
    return Clocks(
        [],
        subject=Subject(**{**values, **subject}),  # type: ignore[arg-type]  # a test names real fields
        policy=POLICY,
        calendar_of=lambda _source, _store: ALWAYS,
        new_id=lambda: next(ids),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A legal walk through the table of the life, with time between the steps."""
    status, before, at = Status.DRAFT, None, NOON
    events = []
    for _ in range(draw(st.integers(1, 14))):
        possible = [
            (action, to)
            for (source, action), to in TRANSITIONS.items()
            if source is status and not (to is Back.BEFORE and before is None)
        ]
        if not possible:
            break
        action, to = draw(st.sampled_from(possible))
        now = status if to is Back.SAME else before if to is Back.BEFORE else to
        assert isinstance(now, Status)
        at += timedelta(minutes=draw(st.integers(0, 3000)))
        facts = {"is_live": True} if draw(st.booleans()) else {}
        events.append(Event(at, action.value, status, now, facts))
        if now in LIVE and draw(st.booleans()):
            events.append(Event(at, PRESENTED, now, now))
        if now is not status:
            status, before = now, status
    return events


@settings(max_examples=400)
@given(history=histories(), need=st.none() | st.integers(1, 20_000))
def test_no_history_leaves_a_clock_without_a_state(history: list[Event], need: int | None) -> None:
    clocks = clocks_of_a_case(needed_by=None if need is None else NOON + timedelta(minutes=need))
    breached: dict[UUID, datetime] = {}

    for event in history:
        clocks.follow(event)
        for clock in clocks.held:
            assert breached.get(clock.id, clock.breached_at) == clock.breached_at
            if clock.breached_at is not None:
                breached[clock.id] = clock.breached_at
                assert clock.breached_at == clock.due_at
            if not clock.is_open:
                assert clock.elapsed is not None
                assert timedelta() <= clock.stopped <= clock.elapsed
                assert clock.completed_at is not None
    last = history[-1].now
    if last in OVER:
        assert [clock.type for clock in clocks.held if clock.is_open] == []
    if last is Status.ISSUED:
        # A decision, a part or one that was taken back, is the store's sign of life.
        acted = {Action.HONOUR_PART, Action.UNDO, Action.ANNUL} & {event.action for event in history}
        assert clocks.is_open(MilestoneType.STORE_ACK) or acted
    if last is Status.AWAITING_AGENT:
        assert clocks.is_open(MilestoneType.AGENT_ANSWER)
    if last is Status.TRANSFERRING:
        assert clocks.is_open(MilestoneType.TRANSFER_ACCEPT)
    for milestone in MilestoneType:
        assert sum(clock.is_open for clock in clocks.held if clock.type is milestone) <= 1


@settings(max_examples=200)
@given(history=histories(), cuts=st.lists(st.integers(0, 40), max_size=5))
def test_looking_more_often_gives_the_same_clocks(history: list[Event], cuts: list[int]) -> None:
    seldom, often = clocks_of_a_case(), clocks_of_a_case()
    end = history[-1].at + timedelta(days=3)

    for event in history:
        seldom.follow(event)
    seldom.tick(end)
    at = NOON
    for number, event in enumerate(history):
        for cut in sorted(cuts):
            step = at + (event.at - at) * cut / 40
            often.tick(step)
        often.follow(event)
        at = event.at
        if number % 2:
            often.tick(at)
    often.tick(end)

    def shape(clocks: Clocks) -> list[object]:
        return [
            (
                c.type,
                c.round,
                c.state,
                c.started_at,
                c.due_at,
                c.breached_at,
                c.completed_at,
                c.elapsed,
                c.stopped,
            )
            for c in clocks.held
        ]

    assert shape(seldom) == shape(often)


def clock(**changes: object) -> Clock:
    values = {
        "id": UUID(int=1),
        "type": MilestoneType.STORE_ACK,
        "round": 1,
        "policy_version": 1,
        "source": CalendarSource.ALWAYS,
        "store_id": None,
        "target": timedelta(minutes=100),
        "started_at": NOON,
        "warn_percents": (50, 75, 90),
        **changes,
    }
    made = Clock(**values)  # type: ignore[arg-type]  # a test names real fields
    made.set_due(ALWAYS)
    return made


def test_warnings_ring_at_half_at_three_quarters_and_at_nine_tenths() -> None:
    one = clock()

    rang = [
        ring.percent for minute in range(120) for ring in one.tick(NOON + timedelta(minutes=minute), ALWAYS)
    ]

    assert rang == [50, 75, 90, 100]


def test_of_warnings_that_passed_at_once_only_the_highest_rings() -> None:
    one = clock()

    assert [ring.percent for ring in one.tick(NOON + timedelta(minutes=95), ALWAYS)] == [90]


def test_a_pause_ends_at_its_limit_and_moves_the_deadline_by_as_much() -> None:
    one = clock()
    one.pause(
        Pause(
            UUID(int=2),
            PauseReason.AWAITING_AGENT,
            NOON + timedelta(minutes=10),
            NOON + timedelta(minutes=40),
        )
    )

    assert one.tick(NOON + timedelta(minutes=129), ALWAYS) == [] or one.warned_percent == 90
    assert one.due_at == NOON + timedelta(minutes=130)
    assert one.stopped == timedelta(minutes=30)
    assert [ring.at for ring in one.tick(NOON + timedelta(minutes=131), ALWAYS)] == [
        NOON + timedelta(minutes=130)
    ]


def test_what_ends_after_a_breach_ends_late_and_what_is_cancelled_then_stays_missed() -> None:
    late, missed, early = clock(), clock(), clock()
    after = NOON + timedelta(minutes=101)
    late.tick(after, ALWAYS)
    missed.tick(after, ALWAYS)

    late.end(after, ALWAYS)
    missed.cancel(after, ALWAYS)
    early.cancel(NOON, ALWAYS)

    assert (late.state, missed.state, early.state) == (
        MilestoneState.MET_LATE,
        MilestoneState.MISSED_FINAL,
        MilestoneState.CANCELLED,
    )


def test_a_decision_that_is_undone_starts_its_clocks_again_from_then() -> None:
    clocks = clocks_of_a_case()
    clocks.follow(Event(NOON, Action.SUBMIT, Status.DRAFT, Status.ISSUED))
    clocks.follow(Event(NOON + timedelta(hours=1), Action.HONOUR, Status.ISSUED, Status.HONOURED))
    clocks.follow(Event(NOON + timedelta(hours=2), Action.ANNUL, Status.HONOURED, Status.ISSUED))

    newest = [one for one in clocks.held if one.type is MilestoneType.RESOLUTION][-1]
    assert (newest.round, newest.started_at) == (2, NOON + timedelta(hours=2))


def test_a_disaster_stops_the_stores_clocks_and_never_the_customers_need() -> None:
    clocks = clocks_of_a_case(needed_by=NOON + timedelta(hours=1))
    clocks.follow(Event(NOON, Action.SUBMIT, Status.DRAFT, Status.ISSUED))

    clocks.follow(Event(NOON, PAUSED, Status.ISSUED, Status.ISSUED, {"reason": "disaster"}))

    assert clocks.stands_still(MilestoneType.STORE_ACK)
    assert not clocks.stands_still(MilestoneType.CUSTOMER_NEED)
    clocks.follow(
        Event(NOON + timedelta(hours=2), RESUMED, Status.ISSUED, Status.ISSUED, {"reason": "disaster"})
    )
    ack = next(one for one in clocks.held if one.type is MilestoneType.STORE_ACK)
    assert (ack.stopped, ack.due_at) == (timedelta(hours=2), NOON + timedelta(hours=4))
