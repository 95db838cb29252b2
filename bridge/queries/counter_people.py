"""The people of a store as its counter knows them: by name, by id, and who can say yes for others."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models import Person, RoleAssignment, Store
from bridge.roles import Permission, roles_with


def _holds(units: Sequence[UUID], now: datetime, roles: Sequence[str] | None = None) -> Any:
    found = select(RoleAssignment.id).where(
        col(RoleAssignment.person_id) == col(Person.id),
        col(RoleAssignment.org_unit_id).in_(units),
        col(RoleAssignment.valid_from) <= now,
        sa.or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
    )
    if roles is not None:
        found = found.where(sa.cast(col(RoleAssignment.role), sa.Text).in_(roles))
    return found.exists()


def staff(session: Session, store: Store, now: datetime) -> Sequence[Person]:
    """Everybody active with a role at the store itself, by name."""
    return session.exec(
        select(Person)
        .where(col(Person.status) == "active", _holds([store.org_unit_id], now))
        .order_by(col(Person.display_name), col(Person.id))
    ).all()


def member(session: Session, store: Store, person_id: UUID, now: datetime) -> Person | None:
    """One of the store's own people."""
    return session.exec(
        select(Person).where(
            Person.id == person_id, col(Person.status) == "active", _holds([store.org_unit_id], now)
        )
    ).one_or_none()


def managers(session: Session, store: Store, now: datetime) -> Sequence[Person]:
    """Who may decide at the store and can prove it, those above it too, by name."""
    return session.exec(
        select(Person)
        .where(
            col(Person.status) == "active",
            _holds(store.unit_path, now, roles_with(Permission.COUNTER_DECIDE)),
            sa.or_(
                sa.and_(col(Person.pin_hash).is_not(None), col(Person.pin_start_until).is_(None)),
                col(Person.password_hash).is_not(None),
            ),
        )
        .order_by(col(Person.display_name), col(Person.id))
    ).all()


_ABOVE: Final = sa.text(
    """
    WITH RECURSIVE up AS (
        SELECT r.id, r.person_id, u.parent_id AS unit_id
        FROM role_assignments r JOIN org_units u ON u.id = r.org_unit_id
        WHERE r.person_id = ANY (:people) AND r.role::text = ANY (:roles)
          AND r.valid_from <= :now AND (r.valid_to IS NULL OR r.valid_to > :now)
        UNION ALL
        SELECT up.id, up.person_id, u.parent_id FROM up JOIN org_units u ON u.id = up.unit_id
    )
    SELECT person_id, array_remove(array_agg(unit_id), NULL) AS above FROM up GROUP BY id, person_id
    """
)


def above_managers(
    session: Session, people: Collection[UUID], now: datetime
) -> dict[UUID, list[Sequence[UUID]]]:
    """For each of these people who manages devices: the units above each place where they do."""
    values = {"people": list(people), "roles": roles_with(Permission.DEVICES_MANAGE), "now": now}
    found: dict[UUID, list[Sequence[UUID]]] = {}
    for person_id, above in session.connection().execute(_ABOVE, values):
        found.setdefault(person_id, []).append(above)
    return found


def stores_of(session: Session, person_id: UUID, now: datetime) -> Sequence[Store]:
    """The stores at which the person holds a role."""
    units = select(RoleAssignment.org_unit_id).where(
        RoleAssignment.person_id == person_id,
        RoleAssignment.valid_from <= now,
        sa.or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
    )
    return session.exec(
        select(Store).where(col(Store.org_unit_id).in_(units)).order_by(col(Store.number))
    ).all()
