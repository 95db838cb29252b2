"""Customers' handles on the networks, and whose they are: selects, and inserts that are safe to race.

Handles change their owners and ids do not; capitals do not count. Every read is limited to one brand.
Nothing commits; what locks says so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Session, col, select

from bridge.models.intake import SocialIdentity
from bridge.queries import known, new_rows


@dataclass(frozen=True, slots=True)
class Called:
    """A handle, the database's word for it in small letters, and whoever has it, or had it, if anybody."""

    spelling: str
    in_small: str
    person: SocialIdentity | None


def with_handles(session: Session, brand_id: UUID, network: str, handles: Collection[str]) -> list[Called]:
    """Whose these handles are now on a network, whatever their capitals, one for each spelling."""
    given = sa.literal([*handles], pg.ARRAY(sa.Text()))
    sought = sa.func.unnest(given).table_valued(sa.column("handle", sa.Text)).render_derived("sought")
    is_theirs = sa.and_(
        col(SocialIdentity.brand_id) == brand_id,
        col(SocialIdentity.network) == network,
        sa.func.lower(SocialIdentity.handle) == sa.func.lower(sought.c.handle),
        col(SocialIdentity.retired_at).is_(None),
    )
    rows = session.execute(
        sa.select(sought.c.handle, sa.func.lower(sought.c.handle), SocialIdentity)
        .select_from(sought.outerjoin(SocialIdentity, is_theirs))
        .execution_options(populate_existing=True)
    )
    return [Called(*row) for row in rows]


def with_ids(session: Session, brand_id: UUID, network: str, ids: Collection[str]) -> dict[str, Called]:
    """The customers whom the network calls so, whatever their handles are by now."""
    rows = session.exec(
        select(SocialIdentity, sa.func.lower(SocialIdentity.handle))
        .where(
            SocialIdentity.brand_id == brand_id,
            SocialIdentity.network == network,
            col(SocialIdentity.external_id) == sa.any_(sa.literal([*ids], pg.ARRAY(sa.Text()))),
        )
        .order_by(col(SocialIdentity.created_at).desc(), col(SocialIdentity.id).desc())
        .execution_options(populate_existing=True)
    )
    # Of two rows of one customer the older one counts.
    return {str(one.external_id): Called(one.handle, in_small, one) for one, in_small in rows}


def identity_by_handle(session: Session, brand_id: UUID, network: str, handle: str) -> SocialIdentity | None:
    """Whose handle it is now on a network, whatever its capitals; one that was theirs once is not."""

    def ask() -> SocialIdentity | None:
        return with_handles(session, brand_id, network, [handle])[0].person

    return known.find(session, known.handle_name(session, brand_id, network, handle), ask)


def identity_by_external_id(
    session: Session, brand_id: UUID, network: str, external_id: str
) -> SocialIdentity | None:
    """The customer whom the network calls so, whatever the handle is by now."""

    def ask() -> SocialIdentity | None:
        found = with_ids(session, brand_id, network, [external_id])
        return found[external_id].person if found else None

    return known.find(session, ("author", brand_id, network, external_id), ask)


def add_identity(session: Session, new: SocialIdentity) -> bool:
    """Insert a handle and whose it is; false when somebody else has it by now."""
    added = new_rows.add_if_new(session, new)
    if added:
        known.put_person(session, new)
    else:
        known.forget_people(session)
    return added


def lock_handle(session: Session, brand_id: UUID, network: str, handle: str) -> None:
    """Wait for whoever gives this handle to somebody; held until the transaction ends."""
    known.lock(session, known.handle_lock(brand_id, network, handle), known.HANDLE_LOCK)
