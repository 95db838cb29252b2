"""The retailer as it is: brands, the tree of units, stores, official handles, people and roles.

Changed by administrators and by the import of a store file; read by everybody through
`bridge.queries.directory`. Every change is a link in the `directory` or `accounts` stream.
Passwords and keys are not here. Nothing commits.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from sqlmodel import Session
from tzfpy import get_tz

from bridge.errors import BridgeError, Conflict, IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.hours import parse_hours
from bridge.models.accounts import Person, RoleAssignment
from bridge.models.base import new_id
from bridge.models.directory import Brand, OfficialHandle, OrgUnit, Store
from bridge.queries import directory as queries
from bridge.roles import BRAND_WIDE, Actor, Role
from bridge.services import audit

STREAM: Final = "directory"
PEOPLE_STREAM: Final = "accounts"
HQ_NAME: Final = "Headquarters"

Progress = Callable[[int], None]

# Marks that turn the direction of what follows: in a name they make another name of it.
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain_name(text: str, *, field_name: str, longest: int, shortest: int = 1) -> str:
    """A name or handle in NFC with single spaces.

    Raises InvalidInput for direction marks, controls and other invisible signs, half characters,
    and lengths outside the column. Source: trust.md S-16.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    name = re.sub(r" {2,}", " ", name)
    problem = ""
    if any(sign in _BIDI for sign in name):
        problem = "Marks that change the direction of writing are not allowed in names."
    elif any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in name):
        problem = "Control signs are not allowed in names."
    elif not shortest <= len(name) <= longest:
        problem = f"Between {shortest} and {longest} signs are needed."
    elif name and all(unicodedata.category(sign) in {"Cf", "Mn", "Me", "Zs"} for sign in name):
        problem = "Something to be seen is needed."
    if problem:
        raise InvalidInput(
            f"The {field_name.replace('_', ' ')} is not valid.", fields={field_name: [problem]}
        )
    return name


def plain_handle(handle: str) -> str:
    """A handle as networks show it, without the leading @. Raises InvalidInput like `plain_name`."""
    name = plain_name(handle.strip().removeprefix("@"), field_name="handle", longest=80)
    if " " in name:
        raise InvalidInput("The handle is not valid.", fields={"handle": ["A handle has no spaces."]})
    return name


# Brands and units.


def get_or_create_brand(
    session: Session, name: str, *, actor: Actor, now: datetime, currency: str = "USD", locale: str = "en"
) -> Brand:
    """The brand of that name, made with its headquarters unit when it is new. Safe to run at once."""
    name = plain_name(name, field_name="brand", longest=80)
    new = Brand(name=name, default_locale=locale, currency=currency, created_at=now)
    created = queries.insert_if_new(session, "brands", new.model_dump())
    brand = queries.brand_by_name(session, name)
    assert brand is not None
    if created:
        hq = OrgUnit(brand_id=brand.id, kind="hq", name=HQ_NAME, valid_from=now)
        session.add(hq)
        session.flush()  # Other units of this transaction point at it.
        _record(session, "brand.created", actor, now, {"brand_id": brand.id, "name": name})
    return brand


def get_or_create_unit(
    session: Session, *, parent_id: UUID, kind: str, name: str, actor: Actor, now: datetime
) -> OrgUnit:
    """The unit of that kind and name beneath `parent_id`.

    Raises NotFound without the parent, and Conflict when the unit stands elsewhere in the tree.
    """
    parent = session.get(OrgUnit, parent_id)
    if parent is None:
        raise NotFound("There is no such unit.")
    name = plain_name(name, field_name="unit_name", longest=120)
    new = OrgUnit(brand_id=parent.brand_id, kind=kind, name=name, parent_id=parent_id, valid_from=now)
    created = queries.insert_if_new(session, "org_units", new.model_dump())
    unit = next(
        unit for unit in queries.units_of(session, parent.brand_id) if (unit.kind, unit.name) == (kind, name)
    )
    if unit.parent_id != parent_id:
        raise Conflict(f"There is a {kind} called {name} elsewhere in the organisation.")
    if created:
        facts: dict[str, object] = {"unit_id": unit.id, "kind": kind, "name": name, "parent_id": parent_id}
        _record(session, "unit.created", actor, now, facts)
    return unit


# The import of a store file.

# The Census Bureau's four regions. The file names neither districts nor regions, so a state is a
# district and these are the regions; units of 30 stores are what district managers look after.
_REGIONS: Final = {
    state: region
    for region, states in {
        "Northeast": "CT ME MA NH RI VT NJ NY PA",
        "Midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
        "South": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
        "West": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
        "Territories": "PR VI GU AS MP",
    }.items()
    for state in states.split()
}
ELSEWHERE: Final = "Elsewhere"
WITHOUT_COUNTER: Final = frozenset({"express"})
"""Express units are vending machines: 24 hours, no services, no staff counter."""

_NUMBER: Final = re.compile(r"[0-9A-Z][0-9A-Z-]{0,11}", re.ASCII)
_ZONES: Final = available_timezones()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was left out: which one in the file (from 1), its number if it had one, and why."""

    line: int
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do when it was a dry run."""

    read: int
    created: int
    updated: int
    unchanged: int
    refused: list[Refusal] = field(default_factory=list)
    without_counter: int = 0
    dry_run: bool = False


class _Unfit(Exception):
    """A record cannot be taken; the message is its line in the report."""


def import_stores(
    session: Session,
    brand: Brand,
    records: Iterable[Any],
    *,
    dry_run: bool = False,
    now: datetime,
    actor: Actor,
    progress: Progress | None = None,
    source: str = "",
) -> ImportReport:
    """Bring the brand's stores in line with a file's records, in these steps:

    1. Read every record; one that cannot be taken becomes a Refusal and stops nothing.
    2. Take the brand's import lock. Raises Conflict when another import runs.
    3. Make missing regions and districts.
    4. Insert new stores; write back only those whose own record changed.

    A store that the file does not name stays as it is. A store keeps the district that somebody
    gave it until its state changes. Running it twice changes nothing and writes nothing; a dry
    run only compares. `progress` is called with 1 after each record.
    """
    wanted, refused, read = _read_records(records, progress)
    if not queries.try_lock_import(session, brand.id):
        raise Conflict("Another import of this brand's stores is running. Try again when it has ended.")
    tree = _Tree(session, brand.id, now)
    created: list[dict[str, Any]] = []
    updated: list[dict[str, Any]] = []
    existing = queries.stores_by_number(session, brand.id)
    for number, store in wanted.items():
        before = existing.get(number)
        after = _placed(store, before, tree, now=now, brand_id=brand.id, source=source)
        if before is None:
            created.append(after)
        elif any(after[name] != before[name] for name in after):
            updated.append({**after, "updated_at": now})
    report = ImportReport(
        read=read,
        created=len(created),
        updated=len(updated),
        unchanged=len(wanted) - len(created) - len(updated),
        refused=refused,
        without_counter=sum(not store["has_counter"] for store in wanted.values()),
        dry_run=dry_run,
    )
    if not dry_run and (created or updated or tree.changed):
        tree.write()
        queries.insert_rows(session, "stores", created)
        queries.update_rows(session, "stores", updated)
        session.expire_all()  # Rows were written past the session.
        facts = {
            "brand_id": brand.id,
            "source": source,
            "read": report.read,
            "created": report.created,
            "refused": len(refused),
            "updated": [store["number"] for store in updated],
        }
        _record(session, "stores.imported", actor, now, facts)
    return report


def _read_records(
    records: Iterable[Any], progress: Progress | None
) -> tuple[dict[str, dict[str, Any]], list[Refusal], int]:
    wanted: dict[str, dict[str, Any]] = {}
    refused: list[Refusal] = []
    read = 0
    for record in records:
        read += 1
        number = ""
        try:
            number = _number(record, taken=wanted)
            wanted[number] = _store_columns(number, record)
        except (_Unfit, BridgeError) as problem:
            refused.append(Refusal(read, number, _reason(problem)))
        if progress is not None:
            progress(1)
    return wanted, refused, read


def _reason(problem: Exception) -> str:
    fields = problem.details.get("fields") if isinstance(problem, BridgeError) else None
    if not isinstance(fields, Mapping):
        return str(problem)
    return "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())


def _number(record: Any, *, taken: Container[str]) -> str:
    if not isinstance(record, Mapping):
        raise _Unfit("a store is an object with id, name, address, location and hours")
    given = record.get("id")
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise _Unfit("id: a store needs a number")
    number = str(given).strip().upper() if isinstance(given, str) or 0 <= given < 10**12 else ""
    if not _NUMBER.fullmatch(number):
        raise _Unfit("id: a number has 1 to 12 digits or letters")
    if number in taken:
        raise _Unfit(f"id: number {number} was in the file before")
    return number


def _store_columns(number: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a record decides. Raises _Unfit or InvalidInput with the reason."""
    lat, lon = _position(record.get("location"))
    hours_text = _text(record, "hours", longest=400)
    week = parse_hours(hours_text)
    kind = _text(record, "type", longest=40, needed=False)
    return {
        "number": number,
        "name": _text(record, "name", longest=107),
        "kind": kind,
        "address": _text(record, "address", longest=200),
        "address2": _text(record, "address2", longest=200, needed=False),
        "city": _text(record, "city", longest=120),
        "state": _text(record, "state", longest=40).upper(),
        "postcode": _text(record, "zip", longest=20, needed=False),
        "country": _text(record, "country", longest=2, needed=False).upper() or "US",
        "phone": _text(record, "phone", longest=40, needed=False),
        "lat": lat,
        "lon": lon,
        "zone": _zone(lat, lon),
        "hours": queries.stored_hours(week),
        "hours_text": hours_text,
        "services": _services(record.get("services")),
        "has_counter": kind.lower() not in WITHOUT_COUNTER,
    }


def _text(record: Mapping[str, Any], name: str, *, longest: int, needed: bool = True) -> str:
    given = record.get(name)
    if given is None and not needed:
        return ""
    if not isinstance(given, str):
        raise _Unfit(f"{name}: a text is needed")
    return plain_name(given, field_name=name, longest=longest, shortest=1 if needed else 0)


def _position(location: Any) -> tuple[float, float]:
    if not isinstance(location, Mapping):
        raise _Unfit("location: lat and lon are needed")
    found = []
    for name, bound in (("lat", 90), ("lon", 180)):
        given = location.get(name)
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise _Unfit(f"location: {name} is not a number")
        if not (math.isfinite(given) and -bound <= given <= bound):
            raise _Unfit(f"location: {name} is not between -{bound} and {bound}")
        found.append(float(given))
    return found[0], found[1]


def _zone(lat: float, lon: float) -> str:
    """The time zone at a place. Raises _Unfit at sea, where a store's clock cannot be known."""
    zone = get_tz(lon, lat)
    if zone not in _ZONES or zone.startswith("Etc/"):
        raise _Unfit("location: there is no time zone here; is this place at sea?")
    return str(zone)


def _services(given: Any) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > 100:
        raise _Unfit("services: a list of at most 100 names is needed")
    if not all(isinstance(service, str) for service in given):
        raise _Unfit("services: every service is a text")
    names = [plain_name(service, field_name="services", longest=80) for service in given]
    return list(dict.fromkeys(names))


class _Tree:
    """The brand's units while an import runs; new and renamed ones are written at the end."""

    def __init__(self, session: Session, brand_id: UUID, now: datetime) -> None:
        self._session, self._brand_id, self._now = session, brand_id, now
        self._by_id = queries.units_by_id(session, brand_id)
        self._by_name = {(unit["kind"], unit["name"]): unit for unit in self._by_id.values()}
        self._new: list[dict[str, Any]] = []
        self._moved: dict[UUID, dict[str, Any]] = {}

    @property
    def changed(self) -> bool:
        return bool(self._new or self._moved)

    def district(self, country: str, state: str) -> UUID:
        """The unit that stands for a state, with its region."""
        region = _REGIONS.get(state, ELSEWHERE) if country == "US" else ELSEWHERE
        name = state if country == "US" else f"{country}-{state}"
        known = self._by_name.get(("district", name))
        if known is not None:
            return _id(known)
        above = self._by_name.get(("region", region)) or self._add("region", region, self._hq())
        return _id(self._add("district", name, _id(above)))

    def store(self, unit_id: UUID | None, name: str, parent_id: UUID) -> UUID:
        """The store's own unit, made, renamed or moved as needed."""
        if unit_id is None:
            return _id(self._add("store", name, parent_id))
        unit = self._by_id[unit_id]
        if (unit["name"], unit["parent_id"]) != (name, parent_id):
            unit["name"], unit["parent_id"] = name, parent_id
            self._moved[unit_id] = {"id": unit_id, "name": name, "parent_id": parent_id}
        return unit_id

    def parent(self, unit_id: UUID) -> UUID:
        """The unit above."""
        parent_id = self._by_id[unit_id]["parent_id"]
        assert isinstance(parent_id, UUID)
        return parent_id

    def path(self, unit_id: UUID) -> list[UUID]:
        """The unit and all above it, nearest first."""
        path: list[UUID] = []
        at: UUID | None = unit_id
        while at is not None and at not in path:
            path.append(at)
            at = self._by_id[at]["parent_id"]
        return path

    def write(self) -> None:
        """Insert what is new, those above first, and write back what was renamed or moved."""
        queries.insert_rows(self._session, "org_units", self._new)
        queries.update_rows(self._session, "org_units", list(self._moved.values()))

    def _hq(self) -> UUID:
        for unit in self._by_id.values():
            if unit["kind"] == "hq":
                return _id(unit)
        # Only the dry run for a brand that does not exist yet comes here.
        return _id(self._add("hq", HQ_NAME, None))

    def _add(self, kind: str, name: str, parent_id: UUID | None) -> dict[str, Any]:
        unit = {
            "id": new_id(),
            "brand_id": self._brand_id,
            "kind": kind,
            "name": name,
            "parent_id": parent_id,
            "valid_from": self._now,
            "valid_to": None,
        }
        self._new.append(unit)
        self._by_id[_id(unit)] = self._by_name[kind, name] = unit
        return unit


def _id(row: Mapping[str, Any]) -> UUID:
    found = row["id"]
    assert isinstance(found, UUID)
    return found


def _placed(
    store: dict[str, Any],
    before: Mapping[str, Any] | None,
    tree: _Tree,
    *,
    now: datetime,
    brand_id: UUID,
    source: str,
) -> dict[str, Any]:
    """The store's columns with its place in the tree; a new one with everything else it needs."""
    # The number has no space, so no other store can get the same unit name.
    name = f"{store['number']} {store['name']}"
    moved = before is None or (before["country"], before["state"]) != (store["country"], store["state"])
    if before is None:
        unit_id = tree.store(None, name, tree.district(store["country"], store["state"]))
    else:
        unit_id = before["org_unit_id"]
        district = tree.district(store["country"], store["state"]) if moved else tree.parent(unit_id)
        tree.store(unit_id, name, district)
    placed = {**store, "unit_path": tree.path(unit_id)}
    if before is not None:
        return {"id": before["id"], **placed}
    return {
        "id": new_id(),
        "brand_id": brand_id,
        "org_unit_id": unit_id,
        "accepts_escalations": store["has_counter"],
        "imported_from": source[:80],
        "created_at": now,
        "updated_at": now,
        **placed,
    }


def set_accepts_escalations(
    session: Session, store: Store, *, accepts: bool, actor: Actor, now: datetime
) -> None:
    """Open or close a store for new promises. Raises IllegalAction for one without a counter."""
    if accepts and not store.has_counter:
        raise IllegalAction("This store has no staff counter.", allowed=[])
    if store.accepts_escalations != accepts:
        store.accepts_escalations, store.updated_at = accepts, now
        session.add(store)
        facts: dict[str, object] = {"store_id": store.id, "accepts_escalations": accepts}
        _record(session, "store.changed", actor, now, facts)


# Official handles.


@dataclass(frozen=True, slots=True)
class HandleStatus:
    """Whether an account is ours: active, suspended, retired, or unknown with nothing else."""

    status: str
    handle: str
    network: str
    official_since: datetime | None = None

    @property
    def is_official(self) -> bool:
        """True only for an account that speaks for us now."""
        return self.status == "active"


def add_handle(
    session: Session,
    *,
    brand_id: UUID,
    network: str,
    handle: str,
    actor: Actor,
    now: datetime,
    kind: str = "team",
    external_id: str | None = None,
    owner_unit_id: UUID | None = None,
    official_since: datetime | None = None,
) -> OfficialHandle:
    """Enter an account as ours. Raises Conflict when the network's handle is in the list already."""
    name = plain_handle(handle)
    new = OfficialHandle(
        brand_id=brand_id,
        network=plain_network(network),
        handle=name,
        external_id=external_id,
        kind=kind,
        owner_unit_id=owner_unit_id,
        official_since=official_since or now,
    )
    if kind not in {"team", "person"}:
        raise InvalidInput("The kind is not valid.", fields={"kind": ["team or person."]})
    if owner_unit_id is not None:
        _unit_of(session, brand_id, owner_unit_id)
    if not queries.insert_if_new(session, "official_handles", new.model_dump()):
        raise Conflict(f"{name} on {network} is in the list already.")
    added = session.get_one(OfficialHandle, new.id)
    facts: dict[str, object] = {"handle_id": added.id, "network": network, "handle": name, "kind": kind}
    _record(session, "handle.added", actor, now, facts)
    return added


def suspend_handle(session: Session, handle: OfficialHandle, *, actor: Actor, now: datetime) -> None:
    """Say that the account does not speak for us for the time being. Raises IllegalAction when retired."""
    _set_handle(session, handle, "suspended", actor=actor, now=now, possible={"active", "suspended"})


def reactivate_handle(session: Session, handle: OfficialHandle, *, actor: Actor, now: datetime) -> None:
    """End a suspension. Raises IllegalAction when the handle is retired."""
    _set_handle(session, handle, "active", actor=actor, now=now, possible={"active", "suspended"})


def retire_handle(session: Session, handle: OfficialHandle, *, actor: Actor, now: datetime) -> None:
    """Give the account up for good; it stays in the list so that it cannot be taken for ours again."""
    _set_handle(session, handle, "retired", actor=actor, now=now, possible={"active", "suspended", "retired"})


def _set_handle(
    session: Session, handle: OfficialHandle, to: str, *, actor: Actor, now: datetime, possible: set[str]
) -> None:
    if handle.status not in possible:
        raise IllegalAction(f"This handle is {handle.status}.", status=handle.status, allowed=[])
    if handle.status != to:
        facts: dict[str, object] = {"handle_id": handle.id, "from": handle.status, "to": to}
        # Not `.status =`, which a check keeps for escalations alone.
        queries.update_rows(session, "official_handles", [{"id": handle.id, "status": to}])
        session.refresh(handle)
        _record(session, f"handle.{to}", actor, now, facts)


def handle_status(session: Session, network: str, handle: str, *, at: datetime) -> HandleStatus:
    """Whether an account is ours, for anybody who asks. Never raises for an odd name: it is unknown."""
    try:
        network, name = plain_network(network), plain_handle(handle)
    except InvalidInput:
        return HandleStatus("unknown", handle, network)
    found = queries.handle_named(session, network, name)
    if found is None or found.official_since > at:
        return HandleStatus("unknown", name, network)
    return HandleStatus(found.status, found.handle, found.network, found.official_since)


def plain_network(network: str) -> str:
    """A network's name: "x", "bluesky". Raises InvalidInput for anything but a short small word."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", network, re.ASCII):
        raise InvalidInput("The network is not valid.", fields={"network": ["A short word is needed."]})
    return network


# People and their roles.

_AT_A_PLACE: Final = frozenset({Role.STORE_ASSOCIATE, Role.STORE_MANAGER, Role.DISTRICT_MANAGER})


def create_person(
    session: Session,
    *,
    brand_id: UUID,
    display_name: str,
    actor: Actor,
    now: datetime,
    email: str | None = None,
    locale: str = "en",
    status: str = "active",
) -> Person:
    """Enter a member of staff, without a password. Raises Conflict when the e-mail is taken."""
    name = plain_name(display_name, field_name="display_name", longest=80)
    address = None
    if email is not None:
        address = plain_name(email, field_name="email", longest=254)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise InvalidInput("The e-mail is not valid.", fields={"email": ["name@example.org"]})
    new = Person(
        brand_id=brand_id, display_name=name, email=address, locale=locale, status=status, created_at=now
    )
    if not queries.insert_if_new(session, "people", new.model_dump()):
        raise Conflict("Somebody with this e-mail exists already.")
    facts: dict[str, object] = {"person_id": new.id, "status": status}
    _record(session, "person.created", actor, now, facts, stream=PEOPLE_STREAM)
    return session.get_one(Person, new.id)


def give_role(
    session: Session,
    person: Person,
    role: Role,
    unit_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    valid_to: datetime | None = None,
) -> RoleAssignment:
    """Give a role at a unit; the one held already is returned as it is.

    A store's role at headquarters would count in every store, so it is refused (InvalidInput).
    Nobody gives a role to themselves (NotPermitted); people who left get none (IllegalAction).
    """
    unit = _unit_of(session, person.brand_id, unit_id)
    if actor.id == person.id:
        raise NotPermitted("Nobody gives a role to themselves.")
    if person.status == "left":
        raise IllegalAction(f"{person.display_name} has left.", status=person.status, allowed=[])
    if role is Role.INTEGRATION or (role in _AT_A_PLACE and unit.kind in BRAND_WIDE):
        raise InvalidInput(
            "This role cannot be held here.", fields={"unit_id": [f"{role.value} at {unit.kind}"]}
        )
    if valid_to is not None and valid_to <= now:
        raise InvalidInput("The role would end before it begins.", fields={"valid_to": ["A later moment."]})
    for held in queries.roles_held(session, person.id, now):
        if (held.role, held.org_unit_id, held.valid_to) == (role, unit_id, valid_to):
            return held
    given = RoleAssignment(
        person_id=person.id,
        role=role,
        org_unit_id=unit_id,
        valid_from=now,
        valid_to=valid_to,
        granted_by=actor.id if actor.kind == "person" else None,
    )
    session.add(given)
    session.flush()  # So that a role given twice in one transaction is found.
    facts: dict[str, object] = {"person_id": person.id, "role": role.value, "unit_id": unit_id}
    _record(session, "role.given", actor, now, facts, stream=PEOPLE_STREAM)
    return given


def end_role(session: Session, assignment: RoleAssignment, *, actor: Actor, now: datetime) -> None:
    """End a role now; it stays in the table for the history. One that ended before stays as it is."""
    if assignment.valid_to is not None and assignment.valid_to <= now:
        return
    assignment.valid_to = now
    session.add(assignment)
    session.flush()  # Whoever asks for the roles held in this transaction sees the end.
    facts: dict[str, object] = {
        "person_id": assignment.person_id,
        "role": assignment.role.value,
        "unit_id": assignment.org_unit_id,
    }
    _record(session, "role.ended", actor, now, facts, stream=PEOPLE_STREAM)


def suspend_person(session: Session, person: Person, *, actor: Actor, now: datetime) -> None:
    """Shut a person out. Every session and key fails from the next request on, as all ask for the status."""
    _set_person(session, person, "suspended", actor=actor, now=now, possible={"active"})


def reactivate_person(session: Session, person: Person, *, actor: Actor, now: datetime) -> None:
    """Let an invited or suspended person in. Raises IllegalAction for one who left: enter them anew."""
    possible = {"invited", "suspended"}
    _set_person(session, person, "active", actor=actor, now=now, possible=possible)


def leave_person(session: Session, person: Person, *, actor: Actor, now: datetime) -> None:
    """Record that a person left: no sign-in, no roles. The row stays, because history names it."""
    possible = {"invited", "active", "suspended"}
    _set_person(session, person, "left", actor=actor, now=now, possible=possible)
    for held in queries.roles_held(session, person.id, now):
        end_role(session, held, actor=actor, now=now)


def _set_person(
    session: Session, person: Person, to: str, *, actor: Actor, now: datetime, possible: set[str]
) -> None:
    if actor.id == person.id:
        raise NotPermitted("Nobody changes their own standing.")
    # In the database, so that two administrators at once cannot both be right.
    before = person.status
    changed = queries.change_standing(session, person.id, to, possible=possible)
    session.refresh(person)
    if not changed and person.status != to:
        raise IllegalAction(f"{person.display_name} is {person.status}.", status=person.status, allowed=[])
    if changed:
        facts: dict[str, object] = {"person_id": person.id, "from": before, "to": to}
        _record(session, f"person.{to}", actor, now, facts, stream=PEOPLE_STREAM)


def _unit_of(session: Session, brand_id: UUID, unit_id: UUID) -> OrgUnit:
    unit = session.get(OrgUnit, unit_id)
    if unit is None or unit.brand_id != brand_id:
        raise NotFound("There is no such unit.")
    return unit


def _record(
    session: Session,
    action: str,
    actor: Actor,
    now: datetime,
    facts: dict[str, object],
    *,
    stream: str = STREAM,
) -> None:
    session.flush()  # The chain's own statement must come after what it tells.
    plain = {name: str(value) if isinstance(value, UUID) else value for name, value in facts.items()}
    audit.record(session, stream=stream, action=action, actor=actor, facts=plain, now=now)
