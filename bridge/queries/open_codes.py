"""Codes that stand where others read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.lifecycle import LIVE

_LIVE: Final = ", ".join(f"'{status.value}'" for status in LIVE)

_ISSUED: Final = sa.text(
    """
    SELECT r.hmac FROM reference_codes r JOIN escalations e ON e.id = r.escalation_id
    WHERE r.hmac = ANY (:hmacs) AND e.brand_id = :brand_id
    """
)

# Only a code that counts now: an old one is worth nothing wherever it stands.
_NOTE: Final = sa.text(
    f"""
    WITH noted AS (
        UPDATE reference_codes r SET public_at = :now, public_post_id = :post_id
        FROM escalations e
        WHERE r.hmac = ANY (:hmacs) AND e.id = r.escalation_id AND e.brand_id = :brand_id
          AND e.code_hmac = r.hmac AND e.status IN ({_LIVE}) AND r.public_at IS NULL
        RETURNING r.escalation_id
    )
    SELECT e.id, e.number, e.status, e.outcome, e.remaining_minor, e.currency, e.owner_id, e.agent_id,
           s.number AS store_number
    FROM noted JOIN escalations e ON e.id = noted.escalation_id LEFT JOIN stores s ON s.id = e.store_id
    """
)

_OF_PERSON: Final = sa.text(
    f"""
    SELECT e.id, e.number, r.public_at, e.agent_id, e.owner_id
    FROM escalations e JOIN reference_codes r ON r.hmac = e.code_hmac
    WHERE e.identity_id = :identity_id AND e.brand_id = :brand_id AND e.status IN ({_LIVE})
      AND r.public_at IS NOT NULL
    ORDER BY r.public_at, e.number
    """
)


def issued_by(session: Session, brand_id: UUID, hmacs: Sequence[bytes]) -> list[bytes]:
    """Those that are codes which the brand issued, whether they count or not."""
    rows = session.connection().execute(_ISSUED, {"hmacs": list(hmacs), "brand_id": brand_id})
    return [bytes(row.hmac) for row in rows]


def note_public(
    session: Session, brand_id: UUID, hmacs: Sequence[bytes], *, post_id: UUID, now: datetime
) -> list[Any]:
    """Note where the codes that count were seen; the first time only. Returns their cases. Locks the codes."""
    values = {"hmacs": list(hmacs), "brand_id": brand_id, "post_id": post_id, "now": now}
    return list(session.connection().execute(_NOTE, values))


def of_customer(session: Session, brand_id: UUID | None, identity_id: UUID) -> list[Any]:
    """The customer's live promises whose code is public."""
    values = {"brand_id": brand_id, "identity_id": identity_id}
    return list(session.connection().execute(_OF_PERSON, values))
