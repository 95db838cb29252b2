"""Places with opening hours, and moments on their walls, for tests of the calendars."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bridge.calendars import Closure, DatedHours, OpenCalendar
from bridge.hours import WeekHours, parse_hours

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # Moves by half an hour.
CHICAGO = ZoneInfo("America/Chicago")
ZONES = (NEW_YORK, BERLIN, LORD_HOWE)

WEEKS = {
    "usual": parse_hours("Mon-Fri: 10-9; Sat: 9-10; Sun: 11-7"),
    "office": parse_hours("Mon-Fri: 09:00-17:00"),
    "lunch": parse_hours("Mon-Fri: 9-12, 1-6; Sat: 9-12, 1-4"),
    "night": parse_hours("Mon-Sun: 6pm-2am"),
    "overlap": parse_hours("Fri: 20:00-04:00; Sat: 02:00-10:00"),
    "always": parse_hours("Mon-Sun: 24 hours"),
    "dawn": parse_hours("Mon-Sun: 1am-2:15am, 2:45am-4am"),
    "weekend": parse_hours("Sun: 11:00-19:00"),
}
CLOSED = WeekHours(((),) * 7)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def at(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    """A moment by what a wall clock there shows."""
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


def place(
    week: str = "usual",
    zone: ZoneInfo = NEW_YORK,
    *,
    holidays: dict[date, str] | None = None,
    dated: Iterable[DatedHours] = (),
    closures: Iterable[Closure] = (),
) -> OpenCalendar:
    """A store that is open in one of the weeks above, but for what is given."""
    return OpenCalendar(
        name=week, zone=zone, week=WEEKS[week], holidays=holidays or {}, dated=dated, closures=closures
    )


starts = st.integers(0, 3 * 365 * 86_400_000_000).map(
    lambda micro: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=micro)
)
amounts = st.one_of(
    st.just(timedelta()),
    st.integers(0, 40 * 60).map(minutes),
    st.integers(0, 60 * 3600 * 1_000_000).map(lambda micro: timedelta(microseconds=micro)),
)
places = st.builds(place, st.sampled_from(sorted(WEEKS)), st.sampled_from(ZONES))


def days_after(start: datetime, most: int = 20) -> st.SearchStrategy[date]:
    """Dates around a moment and up to so many days after it."""
    return st.integers(-2, most).map(lambda days: start.date() + timedelta(days=days))
