"""Links between identities of one person, and the customers that follow from them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models.intake import IdentityLink, SocialIdentity

_LOCK: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 7))")

# Everything that hangs together with one identity: by live links, and by a customer of its own in common.
_GROUP: Final = sa.text(
    """
    WITH RECURSIVE found (id) AS (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION
        SELECT near.id FROM found
        CROSS JOIN LATERAL (
            SELECT l.other_identity_id AS id FROM identity_links l
            WHERE l.identity_id = found.id AND l.cut_at IS NULL
            UNION ALL
            SELECT l.identity_id FROM identity_links l
            WHERE l.other_identity_id = found.id AND l.cut_at IS NULL
            UNION ALL
            SELECT other.id FROM social_identities mine
            JOIN social_identities other ON other.customer_id = mine.customer_id
            WHERE mine.id = found.id
        ) near
    )
    SELECT i.id, coalesce(i.own_customer_id, i.customer_id) AS own_customer_id, i.created_at
    FROM social_identities i WHERE i.id IN (SELECT id FROM found)
    ORDER BY i.id
    FOR NO KEY UPDATE
    """
)

_LINKS: Final = sa.text(
    """
    SELECT identity_id, other_identity_id FROM identity_links
    WHERE cut_at IS NULL AND (identity_id = ANY (:ids) OR other_identity_id = ANY (:ids))
    """
)

_PUT: Final = sa.text(
    """
    UPDATE social_identities
    SET customer_id = :customer_id, own_customer_id = coalesce(own_customer_id, customer_id)
    WHERE id = :id AND (customer_id <> :customer_id OR own_customer_id IS NULL)
    """
)

_LISTED: Final = sa.text(
    """
    SELECT l.id, l.reason, l.linked_at, l.cut_at, l.cut_reason, p.display_name AS linked_by_name,
           c.display_name AS cut_by_name, one.network, one.handle, other.network AS other_network,
           other.handle AS other_handle
    FROM social_identities mine
    JOIN social_identities theirs ON theirs.customer_id = mine.customer_id OR theirs.id = mine.id
    JOIN identity_links l ON l.identity_id = theirs.id OR l.other_identity_id = theirs.id
    JOIN social_identities one ON one.id = l.identity_id
    JOIN social_identities other ON other.id = l.other_identity_id
    JOIN people p ON p.id = l.linked_by
    LEFT JOIN people c ON c.id = l.cut_by
    WHERE mine.id = :identity_id AND l.brand_id = :brand_id
    GROUP BY l.id, p.id, c.id, one.id, other.id
    ORDER BY l.cut_at IS NOT NULL, l.linked_at, l.id
    LIMIT 20
    """
)


def lock_brand(session: Session, brand_id: UUID | None) -> None:
    """One link or cut of a brand at a time; held until the transaction ends."""
    session.connection().execute(_LOCK, {"name": str(brand_id)})


def identity_of(session: Session, brand_id: UUID | None, identity_id: UUID) -> SocialIdentity | None:
    """The brand's identity, or None."""
    return session.exec(
        select(SocialIdentity).where(SocialIdentity.id == identity_id, SocialIdentity.brand_id == brand_id)
    ).first()


def link_of(session: Session, brand_id: UUID | None, link_id: UUID) -> IdentityLink | None:
    """The brand's link, locked; None if there is none."""
    return session.exec(
        select(IdentityLink)
        .where(IdentityLink.id == link_id, IdentityLink.brand_id == brand_id)
        .with_for_update()
    ).first()


def live_between(session: Session, one: UUID, other: UUID) -> IdentityLink | None:
    """The live link between these two, whichever was named first."""
    pair = sa.or_(
        sa.and_(col(IdentityLink.identity_id) == one, col(IdentityLink.other_identity_id) == other),
        sa.and_(col(IdentityLink.identity_id) == other, col(IdentityLink.other_identity_id) == one),
    )
    return session.exec(select(IdentityLink).where(pair, col(IdentityLink.cut_at).is_(None))).first()


def group_of(session: Session, ids: Sequence[UUID]) -> list[Any]:
    """Every identity that hangs together with these, locked."""
    return list(session.connection().execute(_GROUP, {"ids": list(ids)}))


def links_among(session: Session, ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The live links that touch these identities."""
    rows = session.connection().execute(_LINKS, {"ids": list(ids)})
    return [(row.identity_id, row.other_identity_id) for row in rows]


def put_customers(session: Session, customers: Mapping[UUID, UUID]) -> None:
    """Give each identity its customer; what it had of its own is kept."""
    for identity_id, customer_id in customers.items():
        session.connection().execute(_PUT, {"id": identity_id, "customer_id": customer_id})


def listed(session: Session, brand_id: UUID | None, identity_id: UUID) -> list[Any]:
    """The links of the identity's person, live ones first."""
    values = {"brand_id": brand_id, "identity_id": identity_id}
    return list(session.connection().execute(_LISTED, values))


def handles_of_person(session: Session, identity_id: UUID) -> Sequence[SocialIdentity]:
    """Every identity of the person, this one too, oldest first."""
    mine = select(SocialIdentity.customer_id).where(SocialIdentity.id == identity_id).scalar_subquery()
    return session.exec(
        select(SocialIdentity)
        .where(col(SocialIdentity.customer_id) == mine)
        .order_by(col(SocialIdentity.created_at), col(SocialIdentity.id))
    ).all()
