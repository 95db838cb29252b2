"""The people of a store as its counter knows them: by name, by id, and who can say yes for others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
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


def manages_devices(session: Session, person_id: UUID, store: Store, now: datetime) -> bool:
    """Whether the person is a manager of the store's devices, at the store or above it."""
    wanted = _holds(store.unit_path, now, roles_with(Permission.DEVICES_MANAGE))
    return session.exec(select(Person.id).where(Person.id == person_id, wanted)).first() is not None


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
