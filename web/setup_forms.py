"""Reading what the set-up's forms share: days, units by name, amounts, lists of ticks."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request
from sqlmodel import Session

from bridge.errors import InvalidInput, NotFound
from bridge.names import plain_name
from bridge.services import contacts
from web import forms
from web.desk_shown import plain_amount
from web.languages import say as _
from web.sessions import visitor


def needed(name: str, longest: int, problems: forms.Problems) -> str:
    """A text of one line that has to be there, as it is stored."""
    given = forms.text(name)
    if not given:
        problems.add(name, _("Fill this in."))
        return ""
    try:
        return plain_name(given, field_name=name, longest=longest)
    except InvalidInput:
        if len(given) > longest:
            problems.add(name, forms.worded(f"Longer than maximum length {longest}."))
        else:
            problems.add(name, _("Remove the invisible characters."))
        return ""


def day_begins(name: str, problems: forms.Problems) -> datetime | None:
    """The first moment (UTC) of the day in a field; None when it is empty."""
    found = _day(name, problems)
    return datetime(found.year, found.month, found.day, tzinfo=UTC) if found else None


def day_ends(name: str, problems: forms.Problems) -> datetime | None:
    """The moment (UTC) at which the day in a field is over; None when it is empty."""
    begins = day_begins(name, problems)
    return begins + timedelta(days=1) if begins else None


def _day(name: str, problems: forms.Problems) -> date | None:
    given = forms.text(name)
    if not given:
        return None
    try:
        found = date.fromisoformat(given)
    except ValueError:
        problems.add(name, _("Write the day like 2026-06-30."))
        return None
    if not 2000 <= found.year <= 2100:
        problems.add(name, _("Choose a day in this century."))
        return None
    return found


def unit(session: Session, name: str, problems: forms.Problems) -> UUID | None:
    """The unit that a field names: a store by its number, any other by its name."""
    given = forms.text(name)
    if not given:
        problems.add(name, _("Fill this in."))
        return None
    try:
        _person, unit_id = contacts.find_owner(session, visitor().actor, given)
    except NotFound:
        unit_id = None
    if unit_id is None:
        problems.add(name, _("No store has this number, and no unit is called that."))
    return unit_id


def chosen(name: str, vocabulary: Any, problems: forms.Problems) -> Any:
    """One of a closed list."""
    given = forms.text(name)
    for one in vocabulary:
        if str(one) == given:
            return one
    problems.add(name, _("Choose one."))
    return None


def ticked(name: str, vocabulary: Any) -> list[Any]:
    """Those of a closed list that are ticked, in the list's order."""
    given = set(request.form.getlist(name))
    return [one for one in vocabulary if str(one) in given]


def amount(name: str, currency: str, problems: forms.Problems) -> int | None:
    """An amount in minor units; None when the field is empty: no limit."""
    given = forms.text(name)
    if not given:
        return None
    found = forms.minor_units(given, currency)
    if found is None:
        problems.add(name, forms.amount_problem(currency))
    return found


def written_amount(minor: int | None, currency: str) -> str:
    """An amount as it stands in a field; empty for none."""
    return "" if minor is None else plain_amount(minor, currency)


def percent(name: str, problems: forms.Problems) -> int | None:
    """A percentage in hundredths, from 0.01 to 100; None when the field is empty."""
    given = forms.text(name)
    if not given:
        return None
    match = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?", given)
    found = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
    if not 1 <= found <= 10_000:
        problems.add(name, _("Write a percentage from 0.01 to 100."))
        return None
    return found
