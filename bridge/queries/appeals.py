"""A customer's way to contest a refusal: the link's row, and the case behind it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection
from bridge.models.base import new_id

_STATE = """
SELECT EXISTS (SELECT FROM appeals WHERE escalation_id = %(id)s AND used_at IS NOT NULL) AS was_used
"""

_MAKE = """
WITH older AS (
    UPDATE appeals SET expires_at = %(now)s
    WHERE escalation_id = %(escalation_id)s AND used_at IS NULL AND expires_at > %(now)s
)
INSERT INTO appeals (id, escalation_id, token_hash, made_by, made_at, expires_at, text)
VALUES (%(id)s, %(escalation_id)s, %(token_hash)s, %(made_by)s, %(now)s, %(expires_at)s, '')
"""

_SHOWN = """
SELECT e.number, s.number AS store_number, s.name AS store_name, b.name AS brand_name, e.locale
FROM appeals a
JOIN escalations e ON e.id = a.escalation_id
JOIN brands b ON b.id = e.brand_id
LEFT JOIN stores s ON s.id = e.store_id
WHERE a.token_hash = %(token_hash)s AND a.used_at IS NULL AND a.expires_at > %(now)s
"""

_LIVE = """
SELECT id, escalation_id FROM appeals
WHERE token_hash = %(token_hash)s AND used_at IS NULL AND expires_at > %(now)s
"""

_LIVE_OF = """
SELECT id, escalation_id FROM appeals
WHERE escalation_id = %(id)s AND used_at IS NULL AND expires_at > %(now)s
"""

_FILE = """
UPDATE appeals SET used_at = %(now)s, text = %(text)s
WHERE id = %(id)s AND used_at IS NULL AND expires_at > %(now)s
RETURNING id
"""

_LISTED = """
SELECT a.id, a.made_at, a.expires_at, a.used_at, a.text, p.display_name AS made_by
FROM appeals a LEFT JOIN people p ON p.id = a.made_by
WHERE a.escalation_id = %(id)s ORDER BY a.made_at
"""


def was_used(act: Act, escalation_id: UUID) -> bool:
    """Whether the customer appealed before."""
    row: Any = act.ask(_STATE, {"id": escalation_id}).fetchone()
    return bool(row.was_used)


def make(
    act: Act, escalation_id: UUID, *, token_hash: bytes, made_by: UUID, expires_at: datetime, now: datetime
) -> UUID:
    """Store a new link and end an older one that was not used; returns its id."""
    appeal_id = new_id()
    act.ask(
        _MAKE,
        {
            "id": appeal_id,
            "escalation_id": escalation_id,
            "token_hash": token_hash,
            "made_by": made_by,
            "expires_at": expires_at,
            "now": now,
        },
    )
    return appeal_id


def shown(connection: Connection, token_hash: bytes, *, now: datetime) -> Any:
    """What the page may say of a live link: number and store; None for any other."""
    return connection.execute(_SHOWN, {"token_hash": token_hash, "now": now}).fetchone()


def by_token(act: Act, token_hash: bytes, *, now: datetime) -> Any:
    """The live link behind a token; None for any other."""
    return act.ask(_LIVE, {"token_hash": token_hash, "now": now}).fetchone()


def live_of(act: Act, escalation_id: UUID, *, now: datetime) -> Any:
    """The live link of a case; None when there is none."""
    return act.ask(_LIVE_OF, {"id": escalation_id, "now": now}).fetchone()


def file(act: Act, appeal_id: UUID, *, text: str, now: datetime) -> bool:
    """Use the link up; False when somebody did a moment ago. The caller holds the case's lock."""
    return act.ask(_FILE, {"id": appeal_id, "text": text, "now": now}).fetchone() is not None


def listed(connection: Connection, escalation_id: UUID) -> list[Any]:
    """The appeals and links of a case, for the care team."""
    return connection.execute(_LISTED, {"id": escalation_id}).fetchall()
