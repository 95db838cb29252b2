"""HQ's queue as a list, with the same filters for the page, the API and the command line.

Read-only and without locks. The store of a row is the one it was opened for, else the case's own.
Waiting rows are read oldest first through their partial index; closed ones newest first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Act, Connection
from bridge.reasons import EntryReason
from bridge.reviewing import AgeBand

OF_CASE = """
JOIN escalations e ON e.id = r.escalation_id
LEFT JOIN stores s ON s.id = coalesce(r.store_id, e.store_id)
"""

IN_REACH = """
r.brand_id = %(brand_id)s
AND (%(reach)s::uuid[] IS NULL OR s.unit_path && %(reach)s::uuid[]
     OR e.scope_unit_id = ANY (%(reach)s::uuid[]))
"""

_COLUMNS = """
r.id, r.escalation_id, r.entry_reason, r.state, r.facts, r.opened_at, r.assigned_to, r.assigned_at, r.finding,
r.finding_text, r.cause_code, r.bridge_cause, r.taxonomy_version, r.closed_at,
e.number, e.status, e.level, e.outcome, e.currency, e.authorised_minor, e.remaining_minor, e.version,
e.issued_at, e.acknowledged_at, e.agent_id, a.display_name AS agent_name, s.number AS store_number,
s.name AS store_name, s.zone AS store_zone, i.handle AS customer_handle, i.network AS customer_network,
p.display_name AS assigned_name, c.display_name AS closed_by_name
"""

_FROM = f"""
FROM reviews r {OF_CASE}
JOIN people a ON a.id = e.agent_id
LEFT JOIN people p ON p.id = r.assigned_to
LEFT JOIN people c ON c.id = r.closed_by
LEFT JOIN social_identities i ON i.id = e.identity_id
"""

_FILTERS = """
AND (%(store_number)s::text IS NULL OR s.number = %(store_number)s::text)
AND (%(unit_ids)s::uuid[] IS NULL OR s.unit_path @> %(unit_ids)s::uuid[])
AND (%(opened_after)s::timestamptz IS NULL OR r.opened_at > %(opened_after)s::timestamptz)
AND (%(opened_until)s::timestamptz IS NULL OR r.opened_at <= %(opened_until)s::timestamptz)
AND (%(status)s::text IS NULL OR e.status = %(status)s::text)
AND (%(entry_reason)s::text IS NULL OR r.entry_reason = %(entry_reason)s::text)
AND (%(cause)s::text IS NULL OR coalesce(r.cause_code, e.cause_code) = %(cause)s::text
     OR starts_with(coalesce(r.cause_code, e.cause_code), %(cause)s::text || '.'))
AND (%(assigned_to)s::uuid IS NULL OR r.assigned_to = %(assigned_to)s::uuid)
AND (NOT %(unassigned)s::boolean OR r.assigned_to IS NULL)
"""

_STATES = {
    "waiting": "r.state <> 'closed'",
    "open": "r.state = 'open' AND r.state <> 'closed'",
    "assigned": "r.state = 'assigned' AND r.state <> 'closed'",
    "closed": "r.state = 'closed'",
}
"""The states of a filter; `waiting` is open or assigned. Said with the index's own words."""

_PAGES = {
    state: f"""
SELECT {_COLUMNS} {_FROM}
WHERE {IN_REACH} AND {condition} {_FILTERS}
  AND (%(place_at)s::timestamptz IS NULL
       OR (r.opened_at, r.id) {sign} (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY r.opened_at {order}, r.id {order}
LIMIT %(limit)s
"""
    for state, condition in _STATES.items()
    for sign, order in [("<", "DESC") if state == "closed" else (">", "ASC")]
}

_COUNTS = f"""
SELECT r.entry_reason, r.assigned_to IS NULL AS unassigned,
       CASE WHEN r.opened_at > %(day)s THEN 'under_1d' WHEN r.opened_at > %(three_days)s THEN '1d_to_3d'
            WHEN r.opened_at > %(week)s THEN '3d_to_7d' ELSE 'over_7d' END AS age,
       count(*) AS rows
FROM reviews r {OF_CASE}
WHERE {IN_REACH} AND r.state <> 'closed' {_FILTERS}
GROUP BY 1, 2, 3
"""

_ONE = f"SELECT {_COLUMNS} {_FROM} WHERE r.id = %(id)s AND {IN_REACH}"

_OF_CASE_ROWS = f"""
SELECT {_COLUMNS} {_FROM}
WHERE r.escalation_id = %(escalation_id)s AND {IN_REACH}
ORDER BY r.opened_at, r.id
"""

STATES = tuple(_STATES)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What to list. `unit_ids` are districts or regions that a row's store has to lie beneath, all of them.

    `cause` is a code of any level and takes in everything beneath it.
    """

    state: str = "waiting"
    store_number: str | None = None
    unit_ids: tuple[UUID, ...] = ()
    age: AgeBand | None = None
    status: str | None = None
    entry_reason: EntryReason | None = None
    cause: str | None = None
    assigned_to: UUID | None = None
    unassigned: bool = False


def filter_from(asked: Mapping[str, Any], *, me: UUID | None) -> QueueFilter:
    """The filter from a checked query, the API's or a page's; `me` is who asks."""
    assignee = asked.get("assignee")
    status = asked.get("status")
    return QueueFilter(
        state=asked["state"],
        store_number=asked.get("store_number"),
        unit_ids=tuple(asked[name] for name in ("district_id", "region_id") if name in asked),
        age=asked.get("age"),
        status=status.value if status else None,
        entry_reason=asked.get("entry_reason"),
        cause=asked.get("cause"),
        assigned_to=me if assignee == "me" else UUID(assignee) if assignee not in {None, "nobody"} else None,
        unassigned=assignee == "nobody",
    )


def page(
    connection: Connection,
    wanted: QueueFilter,
    *,
    brand_id: UUID | None,
    reach: list[UUID] | None,
    now: datetime,
    place: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """Rows of the queue; `place` is the (opened_at, id) of the last row seen."""
    values = {
        **_values(wanted, brand_id=brand_id, reach=reach, now=now),
        "place_at": place[0] if place else None,
        "place_id": place[1] if place else None,
        "limit": limit,
    }
    return connection.execute(_PAGES[wanted.state], values).fetchall()


def counts(
    connection: Connection,
    wanted: QueueFilter,
    *,
    brand_id: UUID | None,
    reach: list[UUID] | None,
    now: datetime,
) -> list[Any]:
    """How many waiting rows there are by reason, age band and whether somebody has them."""
    since = {band: band.since(now)[0] for band in AgeBand}
    values = {
        **_values(wanted, brand_id=brand_id, reach=reach, now=now),
        "day": since[AgeBand.UNDER_1D],
        "three_days": since[AgeBand.FROM_1D_TO_3D],
        "week": since[AgeBand.FROM_3D_TO_7D],
    }
    return connection.execute(_COUNTS, values).fetchall()


def one(connection: Connection, review_id: UUID, *, brand_id: UUID | None, reach: list[UUID] | None) -> Any:
    """One row of the queue; None outside the reach."""
    return connection.execute(_ONE, {"id": review_id, "brand_id": brand_id, "reach": reach}).fetchone()


def of_case(
    connection: Connection, escalation_id: UUID, *, brand_id: UUID | None, reach: list[UUID] | None
) -> list[Any]:
    """Every row that the case ever had, oldest first."""
    values = {"escalation_id": escalation_id, "brand_id": brand_id, "reach": reach}
    return connection.execute(_OF_CASE_ROWS, values).fetchall()


def _values(
    wanted: QueueFilter, *, brand_id: UUID | None, reach: list[UUID] | None, now: datetime
) -> dict[str, Any]:
    after, until = wanted.age.since(now) if wanted.age else (None, None)
    return {
        "brand_id": brand_id,
        "reach": reach,
        "store_number": wanted.store_number,
        "unit_ids": list(wanted.unit_ids) or None,
        "opened_after": after,
        "opened_until": until,
        "status": wanted.status,
        "entry_reason": wanted.entry_reason.value if wanted.entry_reason else None,
        "cause": wanted.cause,
        "assigned_to": wanted.assigned_to,
        "unassigned": wanted.unassigned,
    }


_PEOPLE = """
SELECT DISTINCT p.id, p.display_name
FROM people p JOIN role_assignments a ON a.person_id = p.id
WHERE p.brand_id = {brand_id} AND p.status = 'active' AND a.role = ANY ({roles})
  AND a.valid_from <= {now} AND (a.valid_to IS NULL OR a.valid_to > {now})
ORDER BY p.display_name, p.id
LIMIT 200
"""
_PEOPLE_HOT = _PEOPLE.format(brand_id="%(brand_id)s", roles="%(roles)s::text[]", now="%(now)s")
_PEOPLE_ORM = sa.text(_PEOPLE.format(brand_id=":brand_id", roles="CAST(:roles AS text[])", now=":now"))


def people_with(
    asking: Act | Connection | Session, brand_id: UUID, *, roles: list[str], now: datetime
) -> list[Any]:
    """Active people of the brand who hold one of the roles now."""
    values = {"brand_id": brand_id, "roles": roles, "now": now}
    if isinstance(asking, Session):
        return list(asking.execute(_PEOPLE_ORM, values))
    ask = asking.ask if isinstance(asking, Act) else asking.execute
    return ask(_PEOPLE_HOT, values).fetchall()
