"""The promise form: from what the agent typed to what the service wants, with each problem at its field.

The shapes and lengths are the API's own (`schemas.promises`); here are only the things that a
plain form writes differently: amounts with decimals, dates without a time, up to three lines, and a
template that fills what was left empty in the first of them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request
from marshmallow import ValidationError
from sqlmodel import Session

from bridge.hours import closing_time_on, week_hours
from bridge.models.directory import Store
from bridge.promises import Level, PriorChannel, PromiseLine, PromiseType, SecondFact, StoreScope
from bridge.queries import directory
from bridge.queries.directory import StoreFound
from bridge.roles import Actor
from bridge.services import desk
from bridge.services.issuing import Wanted
from schemas.promises import PromiseRequest
from web import forms, promise_start
from web.forms import Problems
from web.languages import language
from web.languages import say as _

LINES = (1, 2, 3)
SPANISH = "Hablamos Español"
"""The service by which a store's directory says so."""
_LINE_FIELDS = ("type", "item", "amount", "percent", "conditions")
_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?")


@dataclass
class Reading:
    """A form that was read: `wanted` when it is complete, else problems and stores to choose from."""

    problems: Problems = field(default_factory=Problems)
    stores: Sequence[StoreFound] = ()
    wanted: Wanted | None = None


def read(
    session: Session,
    actor: Actor,
    thread_id: UUID,
    *,
    currency: str,
    facts: Mapping[str, str],
    now: datetime,
) -> Reading:
    """Read the posted form. Looks the store up, since its clock decides when a day ends.

    `facts` fill the variables of the template: customer, agent, brand, order.
    """
    reading = Reading()
    store = _store(session, actor, reading, now=now)
    zone = ZoneInfo(store.zone) if store else UTC
    start = promise_start.chosen(
        session, actor, reading.problems, facts={**facts, "store": store.name if store else ""}
    )
    lines = _lines(reading.problems, currency, start)
    note = forms.text("note_for_store") or start.get("note_for_store", "")
    promise_start.require_filled(reading.problems, lines, note)
    raw: dict[str, Any] = {
        "thread_id": str(thread_id),
        "store_scope": forms.text("scope", default=StoreScope.ONE.value),
        "lines": lines,
        "prior_contacts": _contacts(reading.problems),
        "note_for_store": note,
        "note_internal": forms.text("note_internal"),
        "order_ref": forms.text("order_ref"),
        "bought_by_other": forms.truth("bought_by_other"),
    }
    if raw["store_scope"] == StoreScope.ONE.value:
        raw["store_number"] = store.number if store else "?"
    if raw["store_scope"] == StoreScope.GROUP.value:
        raw["group_unit_id"] = forms.text("group_unit_id")
    if locale := forms.text("locale"):
        raw["locale"] = locale
    if reason := forms.text("second_promise_reason"):
        raw["second_promise_reason"] = reason
    if forms.text("second_fact_kind") or forms.text("second_fact_value"):
        raw["second_fact"] = {
            "kind": forms.text("second_fact_kind"),
            "value": forms.text("second_fact_value"),
        }
    if until := _until(reading.problems, store, zone):
        raw["valid_until"] = until.isoformat()
    if priority := forms.text("priority"):
        raw["priority"] = priority
    if needed := _needed_by(reading.problems, zone):
        raw["needed_by"] = needed.isoformat()
    try:
        asked = PromiseRequest().load(raw)
    except ValidationError as error:
        reading.problems.add_all(error.messages, names=field_of)
    reading.problems.found = dict(sorted(reading.problems.found.items(), key=_place_on_page))
    if not reading.problems:
        reading.wanted = _wanted(asked)
    return reading


def field_of(path: tuple[str, ...]) -> str:
    """The form's name for a field of the API."""
    match path:
        case ("lines", "0", "type", *_):
            return "template"
        case ("lines", number, name, *_):
            return f"l{int(number) + 1}_{'amount' if name == 'amount_minor' else name}"
        case ("lines",):
            return "l1_type"
        case ("prior_contacts", *_):
            return "contacts"
        case ("second_fact", "value" | "_schema", *_) | ("second_fact",):
            return "second_fact_value"
        case ("second_fact", *_):
            return "second_fact_kind"
        case ("store_number", *_):
            return "store"
        case ("store_scope", *_):
            return "scope"
        case ("valid_until", *_):
            return "use_by"
    return path[0] if path else ""


def find_stores(session: Session, actor: Actor, text: str, *, now: datetime) -> list[StoreFound]:
    """Stores for the picker, by what the form or the address asks for."""
    asked = request.values
    return desk.find_stores(
        session,
        actor,
        text,
        now=now,
        near=asked.get("near", "")[:12],
        only_open="open" in asked,
        service=SPANISH if "spanish" in asked else "",
        locale=language(),
    )


def _place_on_page(problem: tuple[str, str]) -> int:
    """Lines first, then the place, then the rest, as the page has them."""
    name = problem[0]
    if name == "template":
        return 0
    if name[:1] == "l" and name[1:2].isdecimal():
        return int(name[1])
    return len(LINES) + (1 if name in {"scope", "store", "group_unit_id"} else 2)


def _store(session: Session, actor: Actor, reading: Reading, *, now: datetime) -> Store | None:
    """The store that was picked, or that the typed text can only mean.

    A pick counts while the text stands as it stood when the pick was shown.
    """
    assert actor.brand_id is not None
    if forms.text("scope", default=StoreScope.ONE.value) != StoreScope.ONE.value:
        return None
    typed, picked = forms.text("store"), forms.text("store_number")
    if forms.text("step") == "find":
        reading.stores = find_stores(session, actor, typed, now=now)
        if not reading.stores:
            reading.problems.add("store", _("No store fits. Try its number, city or zip."))
        return None
    if typed and typed != forms.text("store_shown", default=typed):
        picked = ""
    number = picked or typed.upper()
    store = directory.store_by_number(session, actor.brand_id, number) if number else None
    if store is None:
        reading.stores = find_stores(session, actor, typed, now=now)
        said = _("Choose one of these stores.") if reading.stores else _("Name the store, or its number.")
        reading.problems.add("store", said)
    elif picked:
        reading.stores = find_stores(session, actor, picked, now=now)
    return store


def _lines(problems: Problems, currency: str, start: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines; the first one begins with what the template gives."""
    lines = []
    for number in LINES:
        given = {name: forms.text(f"l{number}_{name}") for name in _LINE_FIELDS}
        if number > 1 and not any(given.values()):
            continue
        if number == 1:
            given |= {name: given[name] or start.get(name, "") for name in ("type", "item", "conditions")}
        first = start if number == 1 else {}
        line: dict[str, Any] = {
            "type": given["type"],
            "level": forms.text(f"l{number}_level") or first.get("level", Level.AUTHORISE.value),
            "item": given["item"],
            "conditions": given["conditions"],
            "waives": request.form.getlist(f"l{number}_waives") or first.get("waives", []),
            "quantity": _quantity(problems, f"l{number}_quantity"),
        }
        if given["type"] not in set(PromiseType):
            problems.add(f"l{number}_type" if number > 1 else "template", _("Choose what is promised."))
        if not given["item"]:
            problems.add(f"l{number}_item", _("Say which item or matter it is about."))
        if given["amount"]:
            minor = forms.minor_units(given["amount"], currency)
            if minor is None:
                problems.add(f"l{number}_amount", forms.amount_problem(currency))
            line["amount_minor"] = minor or 0
        elif first.get("amount_minor"):
            line["amount_minor"] = first["amount_minor"]
        if not given["percent"] and first.get("percent_hundredths"):
            line["percent_hundredths"] = first["percent_hundredths"]
        elif given["percent"] or given["type"] == PromiseType.DISCOUNT_PERCENT:
            line["percent_hundredths"] = _percent(problems, f"l{number}_percent")
        lines.append(line)
    return lines


def _quantity(problems: Problems, name: str) -> int:
    given = forms.text(name, default="1") or "1"
    if re.fullmatch(r"[0-9]{1,4}", given) and 1 <= int(given) <= 1000:
        return int(given)
    problems.add(name, _("Write a number from 1 to 1000."))
    return 1


def _percent(problems: Problems, name: str) -> int | None:
    match = _PERCENT.fullmatch(forms.text(name))
    hundredths = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
    if 1 <= hundredths <= 10_000:
        return hundredths
    problems.add(name, _("Write a percentage from 0.01 to 100."))
    return None


def _contacts(problems: Problems) -> list[dict[str, Any]]:
    contacts = []
    for channel in PriorChannel:
        tries, result = forms.text(f"contact_{channel}_tries"), forms.text(f"contact_{channel}_result")
        if not tries and not result:
            continue
        if not re.fullmatch(r"[0-9]{0,3}", tries) or tries.strip("0") == "" != tries:
            problems.add("contacts", _("Write how often the customer tried, as a whole number."))
        contacts.append(
            {"channel": channel.value, "tries": int(tries) if tries.isdecimal() else 1, "result": result}
        )
    return contacts


def _until(problems: Problems, store: Store | None, zone: Any) -> datetime | None:
    """The end of the chosen day: when the store closes, else midnight."""
    given = forms.text("use_by")
    if not given:
        return None
    try:
        chosen = date.fromisoformat(given)
        noon = datetime.combine(chosen, time(12), tzinfo=zone)
        closing = closing_time_on(week_hours(store.hours), zone, noon) if store else None
        return closing or datetime.combine(chosen, time(23, 59), tzinfo=zone)
    except (ValueError, OverflowError):
        problems.add("use_by", _("Write the day like 2030-12-31."))
        return None


def _needed_by(problems: Problems, zone: Any) -> datetime | None:
    given = forms.text("needed_by")
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        problems.add("needed_by", _("Write day and time like 2030-12-31T17:00."))
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _wanted(asked: dict[str, Any]) -> Wanted:
    fact = asked.pop("second_fact", None)
    contacts = asked.pop("prior_contacts")
    lines = [PromiseLine(**{**line, "waives": frozenset(line["waives"])}) for line in asked.pop("lines")]
    return Wanted(
        **asked,
        lines=lines,
        second_fact=(SecondFact(fact["kind"]), fact["value"]) if fact else None,
        prior_contacts=[(PriorChannel(c["channel"]), c["tries"], c["result"]) for c in contacts],
    )
