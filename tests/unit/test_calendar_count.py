"""The calendars beside an independent count of a wall clock, minute by minute."""

import random
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from bridge.calendars import Closure, DatedHours, OpenCalendar, due_at, open_time_between, subtract_open_time
from bridge.hours import ALL_DAY, WeekHours, Windows
from tests.unit.calendar_places import ZONES, minutes

SPAN_DAYS = 12
NIGHTS = [
    (2025, 3, 5),
    (2025, 3, 26),
    (2025, 4, 2),
    (2025, 10, 1),
    (2025, 10, 22),
    (2025, 10, 29),
    (2025, 7, 1),
]


@cache
def wall_minutes(zone: ZoneInfo, first: tuple[int, int, int]) -> list[tuple[date, int]]:
    """What the wall clock shows in every minute of twelve days: the date and the minute of the day."""
    begin = datetime(*first, tzinfo=UTC)
    walls = ((begin + minutes(count)).astimezone(zone) for count in range(SPAN_DAYS * 1440))
    return [(wall.date(), wall.hour * 60 + wall.minute) for wall in walls]


def open_minutes(
    walls: list[tuple[date, int]], hours_of: dict[date, Windows], closed: list[tuple[int, int]]
) -> bytearray:
    """One byte a minute. A window runs from the first minute at which the clock shows its opening or
    later to the first at which it shows its closing or later; clocks that go back do not reopen it."""
    ordinals = [on.toordinal() * 1440 + minute for on, minute in walls]
    first_seen, most = {}, -1
    for count, wall in enumerate(ordinals):
        for shown in range(max(most + 1, wall - 90), wall + 1):
            first_seen.setdefault(shown, count)
        most = max(most, wall)
    marks = bytearray(len(walls))
    for on, windows in hours_of.items():
        for opens, closes in windows:
            begin = first_seen.get(on.toordinal() * 1440 + opens)
            end = first_seen.get(on.toordinal() * 1440 + closes)
            if begin is not None and end is not None:
                for count in range(begin, end):
                    marks[count] = 1
    for begin, end in closed:
        for count in range(begin, end):
            marks[count] = 0
    return marks


def test_a_thousand_random_cases_agree_with_a_minute_by_minute_count() -> None:
    chance = random.Random(20251122)
    compared = 0
    while compared < 1000:
        zone, first = chance.choice(ZONES), chance.choice(NIGHTS)
        walls, begin = wall_minutes(zone, first), datetime(*first, tzinfo=UTC)
        week = WeekHours(tuple(random_windows(chance) for _ in range(7)))
        dates = sorted({on for on, _ in walls})
        feasts = {on: "Feast" for on in dates if chance.random() < 0.1}
        changed = {on: random_windows(chance) for on in dates if chance.random() < 0.1}
        closed = [
            (count, count + chance.randrange(900))
            for count in chance.sample(range(15_000), chance.randrange(3))
        ]
        calendar = OpenCalendar(
            name="random",
            zone=zone,
            week=week,
            holidays=feasts,
            dated=[DatedHours(on, windows, "Dated") for on, windows in changed.items()],
            closures=[Closure(begin + minutes(a), begin + minutes(b), "Closed") for a, b in closed],
        )
        hours_of = {
            on: changed[on] if on in changed else () if on in feasts else week.days[on.weekday()]
            for on in dates
        }
        marks = open_minutes(walls, hours_of, closed)
        for _ in range(10):
            # The first and last three days are where windows may begin or end outside the count.
            start = chance.randrange(3 * 1440, 8 * 1440)
            end = chance.randrange(start, 9 * 1440)
            count = sum(marks[start:end])
            measured = open_time_between(calendar, begin + minutes(start), begin + minutes(end))
            assert measured == minutes(count), (zone, first, start, end)
            if count:
                reached = [at_ for at_ in range(start, end) if marks[at_]]
                due = due_at(calendar, begin + minutes(start), minutes(count))
                assert due == begin + minutes(reached[-1] + 1), (zone, first, start, count)
                back = subtract_open_time(calendar, begin + minutes(end), minutes(count))
                assert back == begin + minutes(reached[0]), (zone, first, end, count)
            compared += 1


def random_windows(chance: random.Random) -> Windows:
    """Up to three windows, often at odd minutes and at night, the last perhaps past midnight."""
    if chance.random() < 0.15:
        return ()
    if chance.random() < 0.1:
        return ALL_DAY
    edges = sorted(chance.sample(range(1440), 2 * chance.randrange(1, 4)))
    windows = list(zip(edges[::2], edges[1::2], strict=True))
    if chance.random() < 0.3:
        windows[-1] = (windows[-1][0], chance.randrange(1440, 1440 + 600))
    return tuple(windows)
