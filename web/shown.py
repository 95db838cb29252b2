"""How values look on a page: money with its currency, times relative and absolute, states as tags.

Filters for templates. A time is always shown in a named zone, except on a store's own pages,
where the store's clock is meant.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta, get_timezone_name
from babel.numbers import format_decimal
from flask import Flask, g
from markupsafe import Markup

from bridge.clock import utc_now
from bridge.hours import clock_text
from bridge.texts import money as written_money
from bridge.wording import FORMS
from web import words
from web.desk_shown import short
from web.forms import new_key
from web.languages import language
from web.languages import say as _

A_MOMENT = timedelta(seconds=45)
MILES_IN_A_KM = 0.621371
NEAR = 10
"""Below ten miles or kilometres a decimal helps; above it only pretends."""


def register(app: Flask) -> None:
    """Give templates the filters and the word lists."""
    app.jinja_env.filters.update(
        money=money,
        when=when,
        by_when=by_when,
        is_past=is_past,
        at=at,
        day=day,
        ago=ago,
        age=age,
        counted=counted,
        wait=wait,
        distance=distance,
        word=word,
        pair=pair,
        span=span,
    )
    app.jinja_env.globals.update(words=words, new_key=new_key, number_locale=number_locale)


def word(value: object, words_of: dict[Any, Any]) -> str:
    """A value's word from a list of `web.words`; the value itself when the list is older than it."""
    return str(words_of.get(value, value))


def pair(value: object, words_of: dict[Any, Any]) -> tuple[str, str]:
    """A value and its word, as a choice in a form."""
    return str(value), word(value, words_of)


def money(minor: int, currency: str) -> str:
    """An amount in the reader's way of writing, always with its currency and two decimals."""
    return written_money(minor, currency, language())


def moment(text: str | datetime) -> datetime:
    """An instant out of a stored JSON value."""
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def at(value: str | datetime, zone: str | None = None) -> str:
    """The absolute time: "9:30 pm" today, "Sat, Jun 7, 9 pm" else; the zone unless it is the reader's."""
    own = _own_zone()
    place = ZoneInfo(zone or own or "UTC")
    local = moment(value).astimezone(place)
    form = FORMS[language()]
    written = clock_text(local.hour * 60 + local.minute, language())
    today = utc_now().astimezone(place).date()
    if local.date() != today:
        written = f"{_day_of(local, today)}, {written}"
    if own != place.key:
        written += f" {get_timezone_name(local, width='short', locale=form.babel)}"
    return written.replace("\u202f", "\u00a0")


def day(value: str | datetime, zone: str | None = None) -> str:
    """The date alone, in words."""
    place = ZoneInfo(zone or _own_zone() or "UTC")
    local = moment(value).astimezone(place)
    return _day_of(local, utc_now().astimezone(place).date())


def ago(value: str | datetime) -> str:
    """The relative time: "2 hours ago", "just now", "in a few seconds", "in 3 days"."""
    distance = moment(value) - utc_now()
    if abs(distance) < A_MOMENT:
        return _("in a few seconds") if distance > timedelta(0) else _("just now")
    return format_timedelta(distance, add_direction=True, threshold=0.9, locale=FORMS[language()].babel)


def counted(number: int) -> str:
    """A count in the reader's way of writing: 50,000."""
    return str(format_decimal(number, locale=FORMS[language()].babel))


def number_locale() -> str:
    """The reader's way of writing numbers, named as browsers name it: en-US."""
    return FORMS[language()].babel.replace("_", "-")


def age(value: str | datetime) -> str:
    """How old something is, short enough for a table: "3 d", "40 min"."""
    return short(utc_now() - moment(value))


def when(value: str | datetime, zone: str | None = None) -> Markup:
    """Both together, for people and machines."""
    instant = moment(value)
    return Markup('<time datetime="{}">{}, {}</time>').format(
        instant.isoformat(timespec="seconds"), ago(instant), at(instant, zone)
    )


def by_when(value: str | datetime, zone: str | None = None) -> Markup:
    """Both together after "until" or "since", which want the hour first: "Wed, Dec 2, 9 pm (in 4 days)"."""
    instant = moment(value)
    return Markup('<time datetime="{}">{} ({})</time>').format(
        instant.isoformat(timespec="seconds"), at(instant, zone), ago(instant)
    )


def is_past(value: str | datetime) -> bool:
    """Whether it lies behind us: what counted until then does not count any more."""
    return moment(value) <= utc_now()


def wait(seconds: int) -> str:
    """A pause in words: "4 min 30 s"."""
    minutes, rest = divmod(max(1, int(seconds)), 60)
    if not minutes:
        return _("%(seconds)s s", seconds=rest)
    return _("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=rest)


def distance(km: float, country: str) -> str:
    """How far a store is, in the measure of its country, without false precision."""
    far = km * MILES_IN_A_KM if country == "US" else km
    count = f"{far:.0f}" if far >= NEAR else f"{far:.1f}"
    written = _("%(count)s mi", count=count) if country == "US" else f"{count} km"
    return written.replace(" ", "\u00a0")


def span(seconds: float | None) -> str:
    """A measured time in words, in its largest unit; a dash for none."""
    if seconds is None:
        return "\u2013"
    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=FORMS[language()].babel)


def _own_zone() -> str | None:
    visitor = g.get("visitor")
    return visitor.facts["store_zone"] if visitor is not None else None


def _day_of(local: datetime, today: Any) -> str:
    form = FORMS[language()]
    pattern = form.date if local.year == today.year else f"{form.date}, y"
    return format_date(local.date(), pattern, locale=form.babel)
