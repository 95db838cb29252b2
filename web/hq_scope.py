"""What HQ's pages are asked for: the filter in the address, checked, and said in words."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import request
from marshmallow import ValidationError

from bridge.errors import MalformedRequest
from bridge.queries.reports import Scope
from bridge.roles import Permission, reach
from schemas.reports import StoresFilter
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.sessions import visitor

PERIODS_DAYS = (7, 28, 90, 365)
USUAL_DAYS = 28
_UNITS = ("region_id", "district_id", "store_number")


def asked(*, apart_from: Iterable[str] = ()) -> tuple[Scope, dict[str, str]]:
    """The stores asked for, and the filter as it stands in the address.

    Raises MalformedRequest for a name or a value that no filter has; `apart_from` are the page's own.
    """
    given = {name: value for name, value in request.args.items() if value and name not in set(apart_from)}
    try:
        found = StoresFilter().load(given)
    except ValidationError as error:
        raise MalformedRequest("this filter is none of ours") from error
    return scope_of(found), given


def scope_of(found: Mapping[str, Any]) -> Scope:
    """The stores of a checked filter, within what the visitor may see."""
    actor = visitor().actor
    units = tuple(found[name] for name in ("district_id", "region_id") if name in found)
    return Scope(actor.brand_id, reach(actor, Permission.REPORTS_READ), found.get("store_number"), units)


def days() -> int:
    """How many days back the page looks."""
    given = request.args.get("days") or str(USUAL_DAYS)
    if given not in {str(count) for count in PERIODS_DAYS}:
        raise MalformedRequest("this filter is none of ours")
    return int(given)


def chosen(name: str, allowed: Iterable[str], usual: str) -> str:
    """One of the page's own choices from the address. Raises MalformedRequest."""
    given = request.args.get(name) or usual
    if given not in set(allowed):
        raise MalformedRequest("this filter is none of ours")
    return given


def periods() -> list[tuple[int, str]]:
    """The choices of a period."""
    return [(count, ngettext("%(num)s day", "%(num)s days", count)) for count in PERIODS_DAYS]


def period(count: int) -> timedelta:
    """A number of days as a span."""
    return timedelta(days=count)


def where(given: Mapping[str, str], units: Iterable[Any]) -> str:
    """The filter's stores in words: "North, Lakes, store 12"; empty for all of them."""
    names = {str(unit.id): unit.name for unit in units}
    said = [names.get(given[name], "?") for name in _UNITS[:2] if given.get(name)]
    if given.get("store_number"):
        said.append(_("store %(number)s", number=given["store_number"]))
    return ", ".join(said)
