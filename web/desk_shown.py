"""How a conversation looks on the desk: what is due and how late it is, and who is on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from flask import Flask

from bridge.clock import utc_now
from bridge.queries.presence import Present
from bridge.services.presence import REPLYING
from web.languages import say as _
from web.polling import tag_of

_SOON = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline in words, with the family that gives its icon and colour."""

    text: str
    family: str


@dataclass(frozen=True, slots=True)
class OnIt:
    """Somebody on a conversation, in words. `since` is when they began; None where that says nothing."""

    text: str
    since: datetime | None
    is_busy: bool


def register(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(
        due_chip=due, short=short, on_it=on_it, tag_of=tag_of, plain_amount=plain_amount
    )


def due(deadline: datetime) -> Due:
    """ "Due in 40 min", or "3 h late"."""
    left = deadline - utc_now()
    if left < timedelta():
        return Due(_("%(time)s late", time=short(-left)), "stop")
    return Due(_("Due in %(time)s", time=short(left)), "care" if left <= _SOON else "wait")


def short(span: timedelta) -> str:
    """A stretch in its largest unit; never zero."""
    seconds = max(1, int(span.total_seconds()))
    if seconds < 60:
        return _("%(count)s s", count=seconds)
    if seconds < 3600:
        return _("%(count)s min", count=seconds // 60)
    if seconds < 48 * 3600:
        return _("%(count)s h", count=seconds // 3600)
    return _("%(count)s d", count=seconds // 86_400)


def plain_amount(minor: int, currency: str) -> str:
    """An amount as it is typed into a form: 15.00."""
    places = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def on_it(row: Any, others: Iterable[Present], me: UUID | None) -> OnIt | None:
    """Who is on it: who writes first, then who holds it, then who looks. `row` names the holder."""
    present = list(others)
    writing = [one for one in present if one.doing == REPLYING]
    if writing:
        return OnIt(_("%(name)s is replying", name=_names(writing)), writing[0].since, is_busy=True)
    if row.holder_id is not None and row.holder_id != me:
        name = row.holder_name
        said = _("%(name)s is replying", name=name) if row.is_soft else _("%(name)s is on it", name=name)
        return OnIt(said, row.held_since, is_busy=True)
    if present:
        return OnIt(_("%(name)s is looking", name=_names(present)), present[0].since, is_busy=False)
    if row.holder_id is not None:
        return OnIt(_("You are on it"), None, is_busy=False)
    return None


def _names(people: list[Present]) -> str:
    """The first of them, and how many more."""
    return people[0].name if len(people) == 1 else f"{people[0].name} +{len(people) - 1}"
