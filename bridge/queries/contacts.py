"""Contact points with their owners' names, and what keeps notices from arriving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models.accounts import Person
from bridge.models.directory import OrgUnit, Store
from bridge.models.notices import ContactPoint

FAULT_DAYS: Final = 30
FAULTS_MAX: Final = 200

_LISTED: Final = sa.text("""
SELECT c.id, c.channel, c.person_id, c.unit_id, c.address_hint, c.state, c.disabled_reason, c.created_at,
       coalesce(p.display_name, u.name, '') AS owner, n.state AS last_state,
       coalesce(n.last_error, '') AS last_error, n.settled_at AS last_at
FROM contact_points c
LEFT JOIN people p ON p.id = c.person_id
LEFT JOIN org_units u ON u.id = c.unit_id
LEFT JOIN LATERAL (
    SELECT state, last_error, settled_at FROM notices
    WHERE contact_point_id = c.id AND state IN ('sent', 'dead')
    ORDER BY settled_at DESC LIMIT 1
) n ON true
WHERE c.brand_id = :brand_id
ORDER BY c.id DESC
""")

# One line for each recipient, channel and reason; newest trouble first.
_FAULTS: Final = sa.text("""
SELECT f.kind, f.channel, f.owner, f.hint, f.reason, count(*) AS times, max(f.at) AS last_at,
       max(f.contact_point_id::text) AS contact_point_id, max(f.next_at) AS next_at
FROM (
    SELECT 'disabled' AS kind, c.channel, coalesce(p.display_name, u.name) AS owner, c.address_hint AS hint,
           c.disabled_reason AS reason, c.created_at AS at, c.id AS contact_point_id, NULL::timestamptz AS next_at
    FROM contact_points c
    LEFT JOIN people p ON p.id = c.person_id LEFT JOIN org_units u ON u.id = c.unit_id
    WHERE c.brand_id = :brand_id AND c.state = 'disabled'
    UNION ALL
    SELECT CASE WHEN n.state = 'dead' THEN 'given_up' ELSE 'trying_again' END, n.channel,
           coalesce(p.display_name, u.name, ''), coalesce(c.address_hint, ''), n.last_error,
           coalesce(n.settled_at, n.created_at), c.id, CASE WHEN n.state = 'queued' THEN n.next_at END
    FROM (
        SELECT * FROM notices WHERE brand_id = :brand_id AND state = 'dead' AND settled_at > :since
        UNION ALL
        SELECT * FROM notices WHERE brand_id = :brand_id AND state IN ('queued', 'sending') AND last_error <> ''
    ) n
    LEFT JOIN people p ON p.id = n.person_id
    LEFT JOIN contact_points c ON c.id = n.contact_point_id LEFT JOIN org_units u ON u.id = c.unit_id
) f
GROUP BY f.kind, f.channel, f.owner, f.hint, f.reason
ORDER BY last_at DESC, f.kind, f.channel, f.owner, f.hint, f.reason
LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Listed:
    """A contact point, who it reaches, and what became of the last notice that named it."""

    id: UUID
    channel: str
    person_id: UUID | None
    unit_id: UUID | None
    address_hint: str
    state: str
    disabled_reason: str
    created_at: datetime
    owner: str
    last_state: str | None
    last_error: str
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Somebody may not hear from us. `kind` is disabled, given_up or trying_again; `reason` one word."""

    kind: str
    channel: str
    owner: str
    hint: str
    reason: str
    times: int
    last_at: datetime
    next_at: datetime | None
    contact_point_id: UUID | None


def points_of_brand(session: Session, brand_id: UUID) -> list[Listed]:
    """All of a brand, newest first."""
    return [Listed(**row) for row in session.execute(_LISTED, {"brand_id": brand_id}).mappings()]


def points_of_owner(
    session: Session, *, person_id: UUID | None, unit_id: UUID | None
) -> Sequence[ContactPoint]:
    """The contact points of one person or unit."""
    mine = (
        col(ContactPoint.person_id) == person_id
        if person_id is not None
        else col(ContactPoint.unit_id) == unit_id
    )
    return session.exec(select(ContactPoint).where(mine)).all()


def person_with_email(session: Session, brand_id: UUID, email: str) -> UUID | None:
    """The id of the person who signs in with this address."""
    query = select(col(Person.id)).where(
        col(Person.brand_id) == brand_id, sa.func.lower(col(Person.email)) == email.lower()
    )
    return session.exec(query).first()


def units_called(session: Session, brand_id: UUID, text: str) -> Sequence[UUID]:
    """The ids of units with this name; of a store alone when it is a store's number."""
    store = session.exec(
        select(col(Store.org_unit_id)).where(col(Store.brand_id) == brand_id, col(Store.number) == text)
    ).first()
    if store is not None:
        return [store]
    return session.exec(
        select(col(OrgUnit.id)).where(
            col(OrgUnit.brand_id) == brand_id,
            sa.func.lower(col(OrgUnit.name)) == text.lower(),
            col(OrgUnit.valid_to).is_(None),
        )
    ).all()


def faults_of(session: Session, brand_id: UUID, *, now: datetime) -> Sequence[Fault]:
    """What went wrong in the last thirty days, and every address that is switched off."""
    values = {"brand_id": brand_id, "since": now - timedelta(days=FAULT_DAYS), "most": FAULTS_MAX}
    return [
        Fault(
            kind=row.kind,
            channel=row.channel,
            owner=row.owner or "",
            hint=row.hint,
            reason=row.reason,
            times=row.times,
            last_at=row.last_at,
            next_at=row.next_at,
            contact_point_id=UUID(row.contact_point_id) if row.contact_point_id else None,
        )
        for row in session.execute(_FAULTS, values)
    ]
