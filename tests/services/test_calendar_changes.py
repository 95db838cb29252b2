"""Changing when stores and desks are open: what counts afterwards, who is woken, what is written down."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlmodel import Session, col, select

from bridge import db
from bridge.calendars import OpenCalendar, next_open
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotPermitted
from bridge.models import CalendarException, Closure, EscalationRow, OrgUnit, Store, Thread, TimelineEntry
from bridge.reasons import PauseReason
from bridge.roles import Actor, Assignment, Permission, Role
from bridge.services import calendar_changes as changes
from bridge.services import directory, verifying
from bridge.services.calendars import load_calendars
from bridge.settings import settings
from tests.cast import Cast, Member, promise

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)  # A Tuesday, noon in Chicago.
THANKSGIVING = date(2026, 11, 26)
Change = Callable[[Session], object]


def ada(cast: Cast) -> Actor:
    return Actor(kind="person", id=cast.ada.person.id, name="Ada", brand_id=cast.brand.id)


def made(work: Change) -> object:
    with db.transaction() as session:
        return work(session)


def unit(session: Session, unit_id: UUID) -> OrgUnit:
    return session.get_one(OrgUnit, unit_id)


def calendar(cast: Cast, store: Store) -> OpenCalendar:
    with db.statement() as connection:
        return load_calendars(connection, store_ids=[store.id])[store.id]


def on(
    cast: Cast, unit_id: UUID, day: date = THANKSGIVING, hours: str = "closed", label: str = "Thanksgiving"
) -> Change:
    return lambda session: changes.set_hours_on(
        session, unit(session, unit_id), day, hours=hours, label=label, actor=ada(cast), now=NOW
    )


def shut(cast: Cast, store: Store, **more: object) -> Change:
    values = {"label": "Burst pipe", "actor": ada(cast), "now": NOW, **more}
    return lambda session: changes.declare_closure(session, session.get_one(Store, store.id), **values)  # type: ignore[arg-type]  # real names


def recorded() -> list[TimelineEntry]:
    with db.transaction() as session:
        query = select(TimelineEntry).where(TimelineEntry.stream == "calendars")
        return list(session.exec(query.order_by(col(TimelineEntry.seq))))


# What counts afterwards.


def test_a_closed_day_for_everybody_and_another_one_for_a_store(cast: Cast) -> None:
    made(on(cast, cast.hq.id))
    made(on(cast, cast.store_12.org_unit_id, hours="5pm-12am", label="Doorbusters"))

    assert calendar(cast, cast.store_40).windows_on(THANKSGIVING) == ()
    assert calendar(cast, cast.store_12).windows_on(THANKSGIVING) == ((1020, 1440),)
    assert calendar(cast, cast.store_12).closed_because(THANKSGIVING) == "Doorbusters"


def test_the_last_word_on_a_date_counts_and_can_be_taken_back(cast: Cast) -> None:
    made(on(cast, cast.hq.id))
    second = made(on(cast, cast.hq.id, hours="9-12, 1-6", label="Short day"))
    assert isinstance(second, CalendarException)
    assert calendar(cast, cast.store_12).windows_on(THANKSGIVING) == ((540, 720), (780, 1080))

    for _ in range(2):
        made(
            lambda session: changes.remove_hours_on(
                session, session.get_one(CalendarException, second.id), actor=ada(cast), now=NOW
            )
        )

    assert calendar(cast, cast.store_12).closed_because(THANKSGIVING) is None
    assert [entry.action for entry in recorded()] == ["hours.dated"] * 2 + ["hours.dated_removed"]


@pytest.mark.parametrize(
    ("day", "hours", "label", "field"),
    [
        (date(2026, 11, 22), "closed", "Over", "on"),
        (date(2029, 11, 22), "closed", "Too far", "on"),
        (THANKSGIVING, "ten to four", "Words", "hours"),
        (THANKSGIVING, "4-2", "Backwards", "hours"),
        (THANKSGIVING, "1pm-5pm, 2pm-6pm", "Overlap", "hours"),
        (THANKSGIVING, "closed", "", "label"),
        (THANKSGIVING, "closed", "x" * 81, "label"),
    ],
)
def test_dated_hours_that_make_no_sense_are_refused(
    cast: Cast, day: date, hours: str, label: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        made(on(cast, cast.hq.id, day, hours, label))

    assert field in refused.value.details["fields"]  # type: ignore[operator]
    assert recorded() == []


def test_the_day_that_still_runs_in_hawaii_can_be_changed(cast: Cast) -> None:
    late = datetime(2026, 11, 25, 8, tzinfo=UTC)  # The 24th, 22:00 in Honolulu.

    made(
        lambda session: changes.set_hours_on(
            session,
            unit(session, cast.hq.id),
            date(2026, 11, 24),
            hours="closed",
            label="x",
            actor=ada(cast),
            now=late,
        )
    )


def test_holidays_count_for_every_store_of_a_district(cast: Cast) -> None:
    def observe(session: Session) -> int:
        lakes = unit(session, cast.district.id)
        return changes.observe_holidays(session, lakes, observes=True, actor=ada(cast), now=NOW)

    assert (made(observe), made(observe)) == (2, 0)
    assert calendar(cast, cast.store_10).closed_because(THANKSGIVING) == "Thanksgiving Day"
    assert calendar(cast, cast.store_40).closed_because(THANKSGIVING) is None
    assert [entry.action for entry in recorded()] == ["holidays.observed"]


def test_a_closure_holds_until_it_is_ended(cast: Cast) -> None:
    closure = made(shut(cast, cast.store_12, ends_at=NOW + timedelta(hours=3)))
    assert isinstance(closure, Closure)
    assert next_open(calendar(cast, cast.store_12), NOW) == NOW + timedelta(hours=3)
    assert next_open(calendar(cast, cast.store_40), NOW) == NOW

    for minutes in (60, 61):
        made(
            lambda session, at=NOW + timedelta(minutes=minutes): changes.end_closure(
                session, session.get_one(Closure, closure.id), actor=ada(cast), now=at
            )
        )

    assert next_open(calendar(cast, cast.store_12), NOW) == NOW + timedelta(hours=1)
    assert [entry.action for entry in recorded()] == ["closure.declared", "closure.ended"]


def test_a_closure_that_is_ended_at_once_leaves_no_hole(cast: Cast) -> None:
    closure = made(shut(cast, cast.store_12))
    assert isinstance(closure, Closure)

    made(
        lambda session: changes.end_closure(
            session, session.get_one(Closure, closure.id), actor=ada(cast), now=NOW
        )
    )

    assert next_open(calendar(cast, cast.store_12), NOW) <= NOW + timedelta(microseconds=1)


def test_a_store_is_closed_once_at_a_time(cast: Cast) -> None:
    made(shut(cast, cast.store_12))

    with pytest.raises(Conflict):
        made(shut(cast, cast.store_12))
    made(shut(cast, cast.store_40, reason=PauseReason.DISASTER))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"starts_at": NOW + timedelta(minutes=1)}, "starts_at"),
        ({"starts_at": NOW - timedelta(days=8)}, "starts_at"),
        ({"ends_at": NOW}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=91)}, "ends_at"),
        ({"reason": PauseReason.AWAITING_CUSTOMER}, "reason"),
        ({"label": " "}, "label"),
    ],
)
def test_a_closure_that_makes_no_sense_is_refused(cast: Cast, more: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        made(shut(cast, cast.store_12, **more))

    assert field in refused.value.details["fields"]  # type: ignore[operator]


def desk(cast: Cast, unit_id: UUID, **more: object) -> Change:
    values = {"zone": "America/Chicago", "hours": "Mon-Fri: 8am-8pm", "actor": ada(cast), "now": NOW, **more}
    return lambda session: changes.set_unit_hours(session, unit(session, unit_id), **values)  # type: ignore[arg-type]  # real names


def test_a_desk_gets_hours_and_changes_them(cast: Cast) -> None:
    def found() -> OpenCalendar:
        with db.statement() as connection:
            return load_calendars(connection, unit_ids=[cast.care.id])[cast.care.id]

    made(desk(cast, cast.care.id, state="MN"))
    assert found().windows_on(date(2026, 11, 24)) == ((480, 1200),)
    assert found().closed_because(THANKSGIVING) == "Thanksgiving Day"
    made(desk(cast, cast.care.id, zone="Europe/Madrid", hours="Mon-Sun: 24 hours", observes_holidays=False))
    assert found().zone.key == "Europe/Madrid"

    assert found().closed_because(THANKSGIVING) is None
    assert [entry.action for entry in recorded()] == ["unit_hours.set"] * 2


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"zone": "Chicago"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"hours": "always"}, "hours"),
        ({"hours": "Mon: closed"}, "hours"),
    ],
)
def test_hours_of_a_desk_that_make_no_sense_are_refused(
    cast: Cast, more: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        made(desk(cast, cast.care.id, **more))

    assert field in refused.value.details["fields"]  # type: ignore[operator]


def test_a_store_gets_no_desk_hours(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        made(desk(cast, cast.store_12.org_unit_id))


# Who is woken.


@pytest.fixture
def asleep(cast: Cast, owner: psycopg.Connection[tuple[object, ...]]) -> Callable[[], set[str]]:
    """Cases at stores 10, 12 and 40 that sleep until next year; tells which are awake at NOW."""
    names: dict[UUID, str] = {}
    for number in ("10", "12", "40"):
        names[promise(cast, store_number=number).id] = number
    later = NOW + timedelta(days=365)
    owner.execute("UPDATE escalations SET attend_at = %s", [later])
    owner.execute("UPDATE threads SET attend_at = %s", [later])

    def awake() -> set[str]:
        with db.transaction() as session:
            rows = list(session.exec(select(EscalationRow).where(col(EscalationRow.attend_at) <= NOW)))
            threads = session.exec(select(Thread).where(col(Thread.attend_at) <= NOW)).first()
        return {names[row.id] for row in rows} | ({"threads"} if threads else set())

    assert awake() == set()
    return awake


@pytest.mark.parametrize(
    ("who", "woken"),
    [
        ("store_12", {"12"}),
        ("district", {"10", "12"}),
        ("hq", {"10", "12", "40", "threads"}),
    ],
)
def test_dated_hours_wake_the_cases_they_concern(
    cast: Cast, asleep: Callable[[], set[str]], who: str, woken: set[str]
) -> None:
    place = getattr(cast, who)

    made(on(cast, place.org_unit_id if who.startswith("store") else place.id))

    assert asleep() == woken


def test_a_closure_and_its_end_wake_the_store_s_cases(
    cast: Cast, asleep: Callable[[], set[str]], owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    closure = made(shut(cast, cast.store_12))
    assert isinstance(closure, Closure)
    assert asleep() == {"12"}

    # A clock that waits for an end nobody knows may have nothing due at all.
    owner.execute("UPDATE escalations SET attend_at = NULL")
    made(
        lambda session: changes.end_closure(
            session, session.get_one(Closure, closure.id), actor=ada(cast), now=NOW
        )
    )

    assert asleep() == {"12"}


def test_a_case_that_was_offered_to_a_store_is_woken_with_it(
    cast: Cast, asleep: Callable[[], set[str]], owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    owner.execute(
        "INSERT INTO transfers (id, escalation_id, from_store_id, to_store_id, reason, note, state, offered_at, "
        "decided_note) SELECT gen_random_uuid(), id, store_id, %s, 'no_stock', '', 'offered', now(), '' "
        "FROM escalations WHERE store_id = %s",
        [cast.store_40.id, cast.store_12.id],
    )

    made(shut(cast, cast.store_40))

    assert asleep() == {"12", "40"}


def test_a_desk_s_hours_wake_every_case_of_the_brand(cast: Cast, asleep: Callable[[], set[str]]) -> None:
    made(desk(cast, cast.care.id))

    assert asleep() == {"10", "12", "40", "threads"}


def test_what_is_over_stays_asleep_and_who_is_awake_is_not_put_off(
    cast: Cast, asleep: Callable[[], set[str]], owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    earlier = NOW - timedelta(hours=5)
    owner.execute(
        "UPDATE escalations SET status = 'closed', attend_at = NULL WHERE store_id = %s", [cast.store_10.id]
    )
    owner.execute("UPDATE escalations SET attend_at = %s WHERE store_id = %s", [earlier, cast.store_12.id])

    made(on(cast, cast.district.id))
    made(on(cast, cast.hq.id))

    assert asleep() == {"12", "40", "threads"}
    with db.transaction() as session:
        row = session.exec(select(EscalationRow).where(EscalationRow.store_id == cast.store_12.id)).one()
    assert row.attend_at == earlier


def test_another_brand_s_cases_are_left_alone(cast: Cast, asleep: Callable[[], set[str]]) -> None:
    def elsewhere(session: Session) -> object:
        rival = directory.get_or_create_brand(session, "Rival", actor=ada(cast), now=NOW)
        hq = session.exec(select(OrgUnit).where(OrgUnit.brand_id == rival.id)).one()
        return changes.set_hours_on(
            session, hq, THANKSGIVING, hours="closed", label="x", actor=ada(cast), now=NOW
        )

    made(elsewhere)

    assert asleep() == set()


# Who may, and what is written down.


def actor_of(member: Member, role: Role, unit_id: UUID, kind: str) -> Actor:
    return Actor(kind="person", id=member.person.id, name="x", assignments=(Assignment(role, unit_id, kind),))


def test_a_right_counts_at_its_own_place_alone(cast: Cast) -> None:
    sam = actor_of(cast.sam, Role.STORE_MANAGER, cast.store_12.org_unit_id, "store")
    district = actor_of(cast.sam, Role.DISTRICT_MANAGER, cast.district.id, "district")
    admin = actor_of(cast.ada, Role.ADMIN, cast.hq.id, "hq")

    changes.permit(sam, Permission.COUNTER_CLOSE, cast.store_12.unit_path)
    changes.permit(district, Permission.COUNTER_CLOSE, cast.store_10.unit_path)
    changes.permit(admin, Permission.DIRECTORY_WRITE, cast.store_40.unit_path)
    for who, permission, store in (
        (sam, Permission.COUNTER_CLOSE, cast.store_40),
        (district, Permission.COUNTER_CLOSE, cast.store_40),
        (sam, Permission.DIRECTORY_WRITE, cast.store_12),
        (admin, Permission.COUNTER_CLOSE, cast.store_12),
    ):
        with pytest.raises(NotPermitted):
            changes.permit(who, permission, store.unit_path)


def test_the_history_tells_who_and_what_and_stays_whole(cast: Cast) -> None:
    made(on(cast, cast.hq.id))
    made(shut(cast, cast.store_12, ends_at=NOW + timedelta(hours=3)))
    dated, closed = recorded()

    assert dated.actor_id == closed.actor_id == cast.ada.person.id
    assert "Burst pipe" not in str(closed.body)
    with db.reading() as connection:
        assert list(verifying.verify(connection, settings=settings())) == []


def test_a_manager_who_was_overtaken_by_a_moment_is_refused_too(cast: Cast) -> None:
    """The other one pressed later, and was stored first: that closure begins after this press."""
    made(shut(cast, cast.store_12, now=NOW + timedelta(milliseconds=5)))

    with pytest.raises(Conflict):
        made(shut(cast, cast.store_12))


def test_only_one_of_two_managers_closes_the_store(cast: Cast) -> None:
    """The second waits for the first one's row and is refused; without the lock both would hold."""
    started = threading.Barrier(2)
    results: list[str] = []

    def declare() -> None:
        started.wait()
        try:
            made(shut(cast, cast.store_12, now=utc_now()))
            results.append("closed")
        except Conflict:
            results.append("refused")

    both = [threading.Thread(target=declare) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert sorted(results) == ["closed", "refused"]
