"""Each test is the symptom of a real bug in another tool, told in the thread it names.

They are kept apart from the rules' own tests so that whoever changes the calendar sees what
people have suffered from. All examples are worked out by hand.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars import (
    Closure,
    OpenCalendar,
    add_open_time,
    due_at,
    next_open,
    open_time_between,
    public_holidays,
    recompute,
    subtract_open_time,
)
from bridge.clocks import Clock
from bridge.errors import NeverOpens
from bridge.hours import WeekHours, parse_hours
from bridge.milestones import CalendarSource, MilestoneType
from tests.unit.calendar_places import BERLIN, NEW_YORK, at, hours


def opening(text: str, zone: ZoneInfo = NEW_YORK, **more: object) -> OpenCalendar:
    return OpenCalendar(name="store 12", zone=zone, week=parse_hours(text), **more)  # type: ignore[arg-type]


def test_the_night_is_not_counted_as_waiting() -> None:
    """chatwoot/chatwoot #13392: "only during business hours" was a setting that breaches ignored."""
    store = opening("Mon-Fri: 09:00-17:00")
    asked = at(NEW_YORK, 2025, 6, 6, 16, 30)

    due = due_at(store, asked, hours(1))

    assert due == at(NEW_YORK, 2025, 6, 9, 9, 30)
    assert open_time_between(store, asked, at(NEW_YORK, 2025, 6, 9, 9)) < hours(1)


def test_one_day_has_a_morning_and_an_afternoon() -> None:
    """chatwoot/chatwoot #14009: several business hour periods on the same day."""
    split = opening("Mon-Sat: 10:00-13:00, 16:00-20:00, 21:00-23:00")

    assert due_at(split, at(NEW_YORK, 2025, 6, 2, 12), hours(5.5)) == at(NEW_YORK, 2025, 6, 2, 21, 30)
    assert next_open(split, at(NEW_YORK, 2025, 6, 2, 14)) == at(NEW_YORK, 2025, 6, 2, 16)


def test_the_clock_stands_still_at_lunch() -> None:
    """frappe/helpdesk #2212: pause the SLA during lunch hours; a weekday could be given only once."""
    store = opening("Mon-Fri: 9-12, 1-6")

    assert open_time_between(
        store, at(NEW_YORK, 2025, 6, 2, 11, 30), at(NEW_YORK, 2025, 6, 2, 13, 30)
    ) == hours(1)
    assert due_at(store, at(NEW_YORK, 2025, 6, 2, 11, 30), hours(1)) == at(NEW_YORK, 2025, 6, 2, 13, 30)


def test_time_on_hold_around_a_holiday_is_open_time_not_clock_time() -> None:
    """frappe/helpdesk #2449: hold time was added to the creation time and so fell into holidays.

    Held from Wednesday 15:00 over Thanksgiving to Friday 11:00 is two open hours on Wednesday
    and two on Friday; the four hours that were promised end four open hours later, at 13:00.
    """
    store = opening("Mon-Fri: 09:00-17:00", holidays=public_holidays("US", "MN"))
    begun = at(NEW_YORK, 2025, 11, 26, 13)
    held, resumed = at(NEW_YORK, 2025, 11, 26, 15), at(NEW_YORK, 2025, 11, 28, 11)

    pause = open_time_between(store, held, resumed)

    assert pause == hours(4)
    assert due_at(store, begun, hours(4) + pause) == at(NEW_YORK, 2025, 11, 28, 13)
    assert due_at(store, resumed, hours(4) - open_time_between(store, begun, held)) == at(
        NEW_YORK, 2025, 11, 28, 13
    )


def test_the_holidays_that_moved_the_time_are_named() -> None:
    """zammad/zammad #390: 48 hours took six days; right, but St. Martin's Day came from an unseen feed.

    The thread's own sum: created 9 November 2016 at 23:00, twelve hours a day, two holidays.
    """
    holidays = {date(2016, 11, 11): "St. Martin", date(2016, 11, 13): "Volkstrauertag"}
    desk = opening("Mon-Sun: 09:00-21:00", BERLIN, holidays=holidays)

    due = add_open_time(desk, at(BERLIN, 2016, 11, 9, 23), hours(48))

    assert due.at == at(BERLIN, 2016, 11, 15, 21)
    assert due.trace["skipped"] == [
        {"on": "2016-11-11", "why": "St. Martin"},
        {"on": "2016-11-13", "why": "Volkstrauertag"},
    ]
    assert recompute(due.trace) == due.at


def test_round_the_clock_is_not_closed_for_a_minute_at_midnight() -> None:
    """zammad/zammad #3180: 00:00 to 23:59 was closed for a minute, and 24:00 could not be entered."""
    for text in ("Mon-Sun: 00:00-23:59", "Mon-Sun: 00:00-24:00", "Mon-Sun: 0-11:59"):
        store = opening(text)
        evening = at(NEW_YORK, 2025, 6, 2, 23, 30)

        assert due_at(store, evening, hours(1)) == evening + hours(1)
        assert next_open(store, at(NEW_YORK, 2025, 6, 2, 23, 59)) == at(NEW_YORK, 2025, 6, 2, 23, 59)
        assert open_time_between(store, evening, evening + timedelta(days=7)) == timedelta(days=7)


def test_a_day_that_closes_at_midnight_is_no_endless_loop() -> None:
    """zammad/zammad #2497: hours of 09:00 to 00:00 made the calculation run for ever."""
    store = opening("Mon-Thu: 09:00-00:00; Sat: 09:00-00:00")

    assert due_at(store, datetime(2019, 2, 5, 21, 40, 28, tzinfo=UTC), hours(2)) == datetime(
        2019, 2, 5, 23, 40, 28, tzinfo=UTC
    )
    assert due_at(store, at(NEW_YORK, 2019, 2, 7, 23), hours(2)) == at(NEW_YORK, 2019, 2, 9, 10)
    with pytest.raises(NeverOpens):
        next_open(
            OpenCalendar(name="none", zone=NEW_YORK, week=WeekHours(((),) * 7)), at(NEW_YORK, 2019, 2, 5)
        )


def test_a_warning_one_hour_before_is_not_at_midnight() -> None:
    """glpi-project/glpi #22678: four hours from Monday 17:00 are due on Tuesday at 11:00, and the
    warning an hour before came on Tuesday at 00:00 instead of 10:00."""
    desk = opening("Mon-Fri: 08:00-18:00")

    due = due_at(desk, at(NEW_YORK, 2026, 1, 12, 17), hours(4))

    assert due == at(NEW_YORK, 2026, 1, 13, 11)
    assert subtract_open_time(desk, due, hours(1)) == at(NEW_YORK, 2026, 1, 13, 10)
    assert subtract_open_time(desk, due, hours(3)) == at(NEW_YORK, 2026, 1, 13, 8)
    assert subtract_open_time(desk, due, hours(3.5)) == at(NEW_YORK, 2026, 1, 12, 17, 30)


def test_a_weekend_in_between_makes_it_later_never_sooner() -> None:
    """django-helpdesk/django-helpdesk, escalate_tickets.py: excluded days were subtracted from the
    wait, so that five days over a weekend escalated after three."""
    weekdays = opening("Mon-Fri: 24 hours")
    thursday = at(NEW_YORK, 2025, 6, 5, 12)

    due = due_at(weekdays, thursday, timedelta(days=5))

    assert due == at(NEW_YORK, 2025, 6, 12, 12)
    assert (
        due > due_at(opening("Mon-Sun: 24 hours"), thursday, timedelta(days=5)) > thursday + timedelta(days=3)
    )


def test_the_stores_day_does_not_begin_at_midnight_in_utc() -> None:
    """grafana-cold-storage/oncall #2781, #2817, #5512: a range said to be in UTC and typed by the local
    clock held at another time than the one that was meant."""
    store = opening("Mon-Fri: 09:00-21:00")
    monday_evening = datetime(2025, 6, 3, 0, 30, tzinfo=UTC)  # Monday, 20:30 in New York.

    assert next_open(store, monday_evening) == monday_evening
    assert next_open(store, datetime(2025, 6, 7, 0, 30, tzinfo=UTC)) == datetime(
        2025, 6, 7, 0, 30, tzinfo=UTC
    )
    assert next_open(store, datetime(2025, 6, 7, 1, tzinfo=UTC)) == datetime(2025, 6, 9, 13, tzinfo=UTC)


def test_nine_in_the_morning_stays_nine_after_the_clocks_change() -> None:
    """grafana-cold-storage/oncall #3261: shifts and ranges went an hour back when summer time ended."""
    store = opening("Mon-Sun: 09:00-17:00")

    before = next_open(store, at(NEW_YORK, 2025, 3, 8, 7))
    after = next_open(store, at(NEW_YORK, 2025, 3, 9, 7))

    assert (before.hour, after.hour) == (14, 13)
    assert due_at(store, at(NEW_YORK, 2025, 3, 8, 16), hours(2)) == at(NEW_YORK, 2025, 3, 9, 10)
    assert due_at(store, at(NEW_YORK, 2025, 11, 1, 16), hours(2)) == at(NEW_YORK, 2025, 11, 2, 10)


def test_a_holiday_added_after_the_start_moves_what_is_left() -> None:
    """zammad/zammad #2082: the stored time was not recomputed; ours is a function of the start."""
    plain = opening("Mon-Fri: 09:00-17:00")
    changed = opening("Mon-Fri: 09:00-17:00", holidays={date(2025, 6, 3): "Mourning"})
    begun = at(NEW_YORK, 2025, 6, 2, 15)

    assert due_at(plain, begun, hours(4)) == at(NEW_YORK, 2025, 6, 3, 11)
    assert due_at(changed, begun, hours(4)) == at(NEW_YORK, 2025, 6, 4, 11)


def test_a_burst_pipe_does_not_count_against_the_store() -> None:
    """zammad/zammad #4432: reminders went out at midnight and at weekends, when nobody could act."""
    pipe = Closure(at(NEW_YORK, 2025, 6, 6, 15), at(NEW_YORK, 2025, 6, 7, 12), "Burst pipe")
    store = opening("Mon-Fri: 09:00-17:00", closures=[pipe])

    assert due_at(store, at(NEW_YORK, 2025, 6, 6, 14), hours(2)) == at(NEW_YORK, 2025, 6, 9, 10)
    assert next_open(store, at(NEW_YORK, 2025, 6, 6, 16)) == at(NEW_YORK, 2025, 6, 9, 9)


def test_a_closure_without_an_end_does_not_hurry_the_store() -> None:
    """Ours: a store shut until further notice "never opened", its clock counted the nights instead,
    and what was due on Tuesday at 10:00 was missed on Monday at 18:00."""
    begun = at(NEW_YORK, 2026, 11, 23, 16)

    def due(*closures: Closure) -> datetime | None:
        clock = Clock(
            id=uuid4(),
            type=MilestoneType.STORE_ACK,
            round=1,
            policy_version=1,
            source=CalendarSource.STORE,
            store_id=None,
            target=hours(2),
            started_at=begun,
        )
        clock.set_due(opening("Mon-Fri: 9am-5pm", closures=closures))
        return clock.due_at

    assert due() == at(NEW_YORK, 2026, 11, 24, 10)
    assert due(Closure(begun, None, "Burst pipe")) == at(NEW_YORK, 2026, 12, 8, 10)
    assert due(Closure(begun, begun + hours(20), "Burst pipe")) == at(NEW_YORK, 2026, 11, 24, 14)
