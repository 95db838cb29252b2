"""Devices: found by what they hold, paired once, listed with when they were last heard."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models import Credential, Device, Store
from bridge.models.base import ids

LISTED = 500


def by_token(session: Session, secret_hash: bytes, now: datetime) -> Device | None:
    """The paired device behind its credential; None when it was rolled or revoked."""
    return session.exec(
        select(Device)
        .join(Credential, col(Credential.device_id) == col(Device.id))
        .where(
            Credential.secret_hash == secret_hash,
            Credential.kind == "device",
            col(Credential.revoked_at).is_(None),
            Credential.expires_at > now,
            col(Device.revoked_at).is_(None),
        )
    ).one_or_none()


def use_token(session: Session, token_hash: bytes, *, software: str, now: datetime) -> Device | None:
    """Take a one-time token: the device is paired and the token gone. None when there is no such token.

    One statement, so that two browsers with one token cannot both have it.
    """
    taken = session.execute(
        sa.update(Device)
        .where(
            col(Device.pairing_hash) == token_hash,
            col(Device.pairing_until) > now,
            col(Device.revoked_at).is_(None),
        )
        .values(pairing_hash=None, pairing_until=None, paired_at=now, software=software)
        .returning(col(Device.id))
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return None if taken is None else session.get_one(Device, taken, populate_existing=True)


def with_store(session: Session, device_id: UUID) -> tuple[Device, Store] | None:
    """A device and its store, the device locked until the transaction ends."""
    found = session.exec(
        select(Device, Store)
        .join(Store, col(Store.id) == col(Device.store_id))
        .where(Device.id == device_id)
        .with_for_update(of=Device)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def listed(
    session: Session,
    *,
    brand_id: UUID,
    units: Collection[UUID] | None,
    store_id: UUID | None,
    since: datetime,
) -> Sequence[Any]:
    """Devices at stores beneath `units` (None: everywhere), with the store and when they were last heard.

    Browsers that nobody used since `since` are left out: each that ever signed in made one.
    """
    heard = (
        select(sa.func.max(Credential.last_seen_at))
        .where(Credential.device_id == Device.id, Credential.kind != "device")
        .correlate(Device)
        .scalar_subquery()
    )
    statement = (
        sa.select(Device, Store.number, Store.name, heard.label("last_seen_at"))  # type: ignore[call-overload]  # columns
        .join(Store, col(Store.id) == col(Device.store_id))
        .where(col(Store.brand_id) == brand_id)
        .where(sa.or_(col(Device.kind) == "counter", sa.func.coalesce(heard, Device.created_at) > since))
    )
    if store_id is not None:
        statement = statement.where(col(Store.id) == store_id)
    if units is not None:
        statement = statement.where(col(Store.unit_path).op("&&")(sa.cast(list(units), ids())))
    order = (
        col(Device.revoked_at).is_not(None),
        col(Device.kind).desc(),
        col(Store.number),
        col(Device.name),
    )
    return session.execute(statement.order_by(*order).limit(LISTED)).all()
