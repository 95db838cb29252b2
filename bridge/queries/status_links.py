"""The customer's address: made once for each code, found by its hash, counted when the code is shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from bridge.db import Connection
from bridge.models import EscalationRow, ReferenceCode, StatusLink
from bridge.models.base import new_id

_MAKE = """
INSERT INTO status_links (id, escalation_id, code_hmac, token_hash, cipher, made_at, times_shown)
SELECT %(id)s, e.id, e.code_hmac, %(token_hash)s, %(cipher)s, %(now)s, 0
FROM escalations e WHERE e.id = %(escalation_id)s AND e.code_hmac IS NOT NULL
ON CONFLICT (code_hmac) DO NOTHING
"""

_SEALED = """
SELECT l.cipher FROM escalations e JOIN status_links l ON l.code_hmac = e.code_hmac WHERE e.id = %(id)s
"""

_LISTED = """
SELECT made_at, times_shown, shown_at FROM status_links WHERE escalation_id = %(id)s ORDER BY made_at
"""

_TRIES = """
SELECT coalesce(sum(guesses), 0)::int AS tries FROM guess_counts
WHERE counted_on = %(counted_on)s AND subject = %(subject)s AND window_start = %(start)s
  AND window_seconds = %(seconds)s
"""


def make(
    connection: Connection, escalation_id: UUID, *, token_hash: bytes, cipher: bytes, now: datetime
) -> None:
    """Store an address for the code that counts now, unless it has one."""
    connection.execute(
        _MAKE,
        {
            "id": new_id(),
            "escalation_id": escalation_id,
            "token_hash": token_hash,
            "cipher": cipher,
            "now": now,
        },
    )


def sealed(connection: Connection, escalation_id: UUID) -> bytes | None:
    """The sealed token of the code that counts now; None when it has no address yet."""
    row = connection.execute(_SEALED, {"id": escalation_id}).fetchone()
    return None if row is None else bytes(row.cipher)


def counting_for_update(session: Session, token_hash: bytes) -> tuple[StatusLink, ReferenceCode] | None:
    """An address and its code, the address locked; None when the code was replaced."""
    query = (
        select(StatusLink, ReferenceCode)
        .join(ReferenceCode, col(ReferenceCode.hmac) == col(StatusLink.code_hmac))
        .join(EscalationRow, col(EscalationRow.code_hmac) == col(StatusLink.code_hmac))
        .where(col(StatusLink.token_hash) == token_hash)
    )
    return session.exec(query.with_for_update(of=StatusLink)).first()


def listed(connection: Connection, escalation_id: UUID) -> list[Any]:
    """The addresses of a case, and when their codes were last opened."""
    return connection.execute(_LISTED, {"id": escalation_id}).fetchall()


def tries(connection: Connection, counted_on: str, subject: str, *, start: datetime, seconds: int) -> int:
    """How often a subject tried in a window, without counting this time."""
    values = {"counted_on": counted_on, "subject": subject, "start": start, "seconds": seconds}
    row: Any = connection.execute(_TRIES, values).fetchone()
    return int(row.tries)
