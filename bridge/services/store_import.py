"""The import of a store file: bring a brand's stores and units in line with it, in one transaction.

Called by the command line. A record that cannot be taken is reported and stops nothing; running
the same file twice writes nothing. Nothing commits.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
from sqlmodel import Session

from bridge.errors import BridgeError, Conflict
from bridge.models.base import new_id
from bridge.models.directory import Brand
from bridge.queries import directory as queries
from bridge.roles import Actor
from bridge.services import audit
from bridge.services.directory import HQ_NAME, STREAM
from bridge.services.store_records import Unfit, number_of, reason_of, store_columns

Progress = Callable[[int], None]

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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was left out: which one in the file (from 1), its number if it had one, and why."""

    line: int
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A store that is new or changed: its record in the file (from 1), and what differs, before and after."""

    line: int
    number: str
    name: str
    is_new: bool
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do when it was a dry run.

    `plan` is a hash of every change and of nothing else: two runs that would write the same have
    the same plan.
    """

    read: int
    created: int
    updated: int
    unchanged: int
    refused: list[Refusal] = field(default_factory=list)
    without_counter: int = 0
    dry_run: bool = False
    changes: list[Change] = field(default_factory=list)
    plan: bytes = b""


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
    only_plan: bytes | None = None,
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
    changes: list[Change] = []
    existing = queries.stores_by_number(session, brand.id)
    for number, (line, store) in wanted.items():
        before = existing.get(number)
        after = _placed(store, before, tree, now=now, brand_id=brand.id, source=source)
        if before is None:
            created.append(after)
            changes.append(Change(line, number, after["name"], is_new=True))
        elif fields := _differing(before, after):
            updated.append({**after, "updated_at": now})
            changes.append(Change(line, number, after["name"], is_new=False, fields=fields))
    report = ImportReport(
        read=read,
        created=len(created),
        updated=len(updated),
        unchanged=len(wanted) - len(created) - len(updated),
        refused=refused,
        without_counter=sum(not store["has_counter"] for _, store in wanted.values()),
        dry_run=dry_run,
        changes=changes,
        plan=_plan_of(created, changes),
    )
    if only_plan is not None and only_plan != report.plan:
        raise Conflict("The directory has changed since the file was looked at. Look at it again.")
    if not dry_run and (created or updated or tree.changed):
        tree.write()
        queries.insert_rows(session, "stores", created)
        queries.update_rows(session, "stores", updated)
        session.expire_all()  # Rows were written past the session.
        facts = {
            "brand_id": str(brand.id),
            "source": source,
            "read": report.read,
            "created": report.created,
            "refused": len(refused),
            "updated": [store["number"] for store in updated],
        }
        audit.record(session, stream=STREAM, action="stores.imported", actor=actor, facts=facts, now=now)
    return report


def _read_records(
    records: Iterable[Any], progress: Progress | None
) -> tuple[dict[str, tuple[int, dict[str, Any]]], list[Refusal], int]:
    wanted: dict[str, tuple[int, dict[str, Any]]] = {}
    refused: list[Refusal] = []
    read = 0
    for record in records:
        read += 1
        number = ""
        try:
            number = number_of(record, taken=wanted)
            wanted[number] = read, store_columns(number, record)
        except (Unfit, BridgeError) as problem:
            refused.append(Refusal(read, number, reason_of(problem)))
        if progress is not None:
            progress(1)
    return wanted, refused, read


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
    placed = {"phone": "", "services": [], **store, "unit_path": tree.path(unit_id)}
    if before is not None:
        placed |= {told: before[told] for told in ("phone", "services") if told not in store}
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


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    changed = [name for name in after if after[name] != before[name]]
    if "hours" in changed and "hours_text" in changed:
        changed.remove("hours")  # the text says it to people
    return tuple(
        # A unit that is new has another id in every run.
        (name, "", "") if name == "unit_path" else (name, _shown(before[name]), _shown(after[name]))
        for name in changed
    )


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _plan_of(created: list[dict[str, Any]], changes: list[Change]) -> bytes:
    """Ids and moments are drawn anew each time, so they are left out."""
    drawn = {"id", "org_unit_id", "unit_path", "created_at", "updated_at"}
    new = [{name: value for name, value in store.items() if name not in drawn} for store in created]
    told = orjson.dumps(
        [new, [asdict(change) for change in changes]], option=orjson.OPT_SORT_KEYS, default=str
    )
    return sha256(told).digest()
