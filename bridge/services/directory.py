"""The retailer as it is: brands, the tree of units, stores, official handles, people and roles.

Changed by administrators; read by everybody through `bridge.queries.directory`. Every change is
a link in the `directory` or `accounts` stream. A store file comes in by `store_import`; passwords
and keys are in `accounts`. Nothing commits.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge.channels.guard import check_url
from bridge.errors import Conflict, IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.models.accounts import Person, RoleAssignment
from bridge.models.directory import Brand, OfficialHandle, OrgUnit, Store
from bridge.mutual_links import Result
from bridge.names import plain_handle, plain_name, plain_network
from bridge.queries import directory as queries
from bridge.queries import new_rows
from bridge.roles import BRAND_WIDE, Actor, Role
from bridge.services import audit

STREAM: Final = "directory"
PEOPLE_STREAM: Final = "accounts"
HQ_NAME: Final = "Headquarters"
SERVICES_MAX: Final = 100
SITE_MAX_CHARACTERS: Final = 300

# Brands and units.


def get_or_create_brand(
    session: Session, name: str, *, actor: Actor, now: datetime, currency: str = "USD", locale: str = "en"
) -> Brand:
    """The brand of that name, made with its headquarters unit when it is new. Safe to run at once."""
    name = plain_name(name, field_name="brand", longest=80)
    new = Brand(name=name, default_locale=locale, currency=currency, created_at=now)
    created = new_rows.insert_if_new(session, "brands", new.model_dump())
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
    created = new_rows.insert_if_new(session, "org_units", new.model_dump())
    unit = next(
        unit for unit in queries.units_of(session, parent.brand_id) if (unit.kind, unit.name) == (kind, name)
    )
    if unit.parent_id != parent_id:
        raise Conflict(f"There is a {kind} called {name} elsewhere in the organisation.")
    if created:
        facts: dict[str, object] = {"unit_id": unit.id, "kind": kind, "name": name, "parent_id": parent_id}
        _record(session, "unit.created", actor, now, facts)
    return unit


# Stores.


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


def wanted_store(*, phone: str, services: Sequence[str], has_counter: bool, accepts: bool) -> dict[str, Any]:
    """What people may change of a store by hand, as its columns.

    Raises InvalidInput for a name that cannot be, and IllegalAction for promises without a counter.
    """
    if accepts and not has_counter:
        raise IllegalAction("This store has no staff counter.", allowed=[])
    if len(services) > SERVICES_MAX:
        raise InvalidInput("too many", fields={"services": [f"at most {SERVICES_MAX}"]})
    names = [plain_name(one, field_name="services", longest=80) for one in services]
    return {
        "phone": plain_name(phone, field_name="phone", longest=40, shortest=0),
        "services": list(dict.fromkeys(names)),
        "has_counter": has_counter,
        "accepts_escalations": accepts,
    }


def change_store(
    session: Session, store: Store, wanted: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Set what `wanted_store` made; what is as before is not written."""
    changed = {name: value for name, value in wanted.items() if getattr(store, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(store, name, value)
    store.updated_at = now
    session.add(store)
    _record(session, "store.changed", actor, now, {"store_id": store.id, **changed})


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
    site_url: str = "",
) -> OfficialHandle:
    """Enter an account as ours. Raises Conflict when the handle or its id is in the list already."""
    name = plain_handle(handle)
    new = OfficialHandle(
        brand_id=brand_id,
        network=plain_network(network),
        handle=name,
        external_id=plain_name(external_id, field_name="external_id", longest=80) if external_id else None,
        site_url=plain_site(site_url),
        check_at=now,
        kind=kind,
        owner_unit_id=owner_unit_id,
        official_since=official_since or now,
    )
    if kind not in {"team", "person"}:
        raise InvalidInput("The kind is not valid.", fields={"kind": ["team or person."]})
    if owner_unit_id is not None:
        _unit_of(session, brand_id, owner_unit_id)
    if not new_rows.insert_if_new(session, "official_handles", new.model_dump()):
        raise Conflict(f"{name} on {network}, or its id, is in the list already.")
    added = session.get_one(OfficialHandle, new.id)
    facts: dict[str, object] = {"handle_id": added.id, "network": network, "handle": name, "kind": kind}
    _record(session, "handle.added", actor, now, facts)
    return added


def bind_handle(
    session: Session,
    handle: OfficialHandle,
    *,
    external_id: str | None,
    site_url: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Set the network's lasting id and our page that links to it; both are looked at again soon.

    Raises IllegalAction when it is retired, Conflict when the id is another account's of ours, UnsafeAddress
    for a page that we would not call.
    """
    if handle.status == "retired":
        raise IllegalAction("This handle is retired.", status=handle.status, allowed=[])
    wanted = {
        "external_id": plain_name(external_id, field_name="external_id", longest=80) if external_id else None,
        "site_url": plain_site(site_url),
    }
    changed = {name: value for name, value in wanted.items() if getattr(handle, name) != value}
    if not changed:
        return
    if changed.get("external_id") and queries.handle_with_id(session, handle.network, wanted["external_id"]):
        raise Conflict("This id is another account's in the list.")
    fresh = {"check_at": now, "check_result": "", "check_reason": "", "last_checked_at": None}
    queries.update_rows(session, "official_handles", [{"id": handle.id, **changed, **fresh}])
    session.refresh(handle)
    _record(session, "handle.bound", actor, now, {"handle_id": handle.id, **changed})


def plain_site(url: str) -> str:
    """A page of ours as it is stored. Raises UnsafeAddress for one that we would not call, InvalidInput."""
    url = url.strip()
    if url:
        check_url(url)
    if len(url) > SITE_MAX_CHARACTERS:
        raise InvalidInput(
            "The address is too long.", fields={"site_url": [f"at most {SITE_MAX_CHARACTERS}"]}
        )
    return url


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
    """Whether an account is ours. Never raises for an odd name: it is unknown.

    So is a handle that by now belongs to another id of the network. The public asks `services/official.py`.
    """
    try:
        network, name = plain_network(network), plain_handle(handle)
    except InvalidInput:
        return HandleStatus("unknown", handle, network)
    found = queries.handle_named(session, network, name)
    if found is None or found.official_since > at or found.check_result == Result.OTHER_ID:
        return HandleStatus("unknown", name, network)
    return HandleStatus(found.status, found.handle, found.network, found.official_since)


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
    if not new_rows.insert_if_new(session, "people", new.model_dump()):
        raise Conflict("Somebody with this e-mail exists already.")
    facts: dict[str, object] = {"person_id": new.id, "status": status}
    _record(session, "person.created", actor, now, facts, stream=PEOPLE_STREAM)
    return session.get_one(Person, new.id)


def require_role(
    session: Session,
    person: Person,
    role: Role,
    unit_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> OrgUnit:
    """The unit, if the role may be given there.

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
    if valid_to is not None and valid_to <= max(now, valid_from or now):
        raise InvalidInput("The role would end before it begins.", fields={"valid_to": ["A later moment."]})
    return unit


def give_role(
    session: Session,
    person: Person,
    role: Role,
    unit_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> RoleAssignment:
    """Give a role at a unit, from now or from a later moment; the one held already is returned as it is.

    Refuses what `require_role` refuses.
    """
    require_role(
        session, person, role, unit_id, actor=actor, now=now, valid_from=valid_from, valid_to=valid_to
    )
    begins = max(now, valid_from or now)
    for held in queries.roles_held(session, person.id, begins):
        if (held.role, held.org_unit_id, held.valid_to) == (role, unit_id, valid_to):
            return held
    given = RoleAssignment(
        person_id=person.id,
        role=role,
        org_unit_id=unit_id,
        valid_from=begins,
        valid_to=valid_to,
        granted_by=actor.id if actor.kind == "person" else None,
    )
    session.add(given)
    session.flush()  # So that a role given twice in one transaction is found.
    facts: dict[str, object] = {"person_id": person.id, "role": role.value, "unit_id": unit_id}
    _record(session, "role.given", actor, now, facts, stream=PEOPLE_STREAM)
    return given


def end_role(session: Session, assignment: RoleAssignment, *, actor: Actor, now: datetime) -> None:
    """End a role now; it stays in the table for the history. One that ended before stays as it is, and
    one that would begin later never begins.
    """
    if assignment.valid_to is not None and assignment.valid_to <= now:
        return
    assignment.valid_from = min(assignment.valid_from, now)
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
