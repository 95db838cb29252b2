"""The middle of a life: lock a case with its place, and the columns that `save` leaves alone.

Everything here runs between the lock and `escalations.save`, which commits and sets `attend_at`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act
from bridge.models.base import new_id
from bridge.timeline import Link

_LOCK = """
WITH locked AS (SELECT * FROM escalations WHERE id = %(id)s FOR NO KEY UPDATE)
SELECT e.id, e.number, e.brand_id, e.status, e.status_before, e.agent_id, e.currency, e.authorised_minor,
       e.remaining_minor, e.valid_until, e.version, e.head_seq, e.head_hash, e.frozen_at, e.second_fact_failures,
       e.acknowledged_at, e.acknowledged_by, e.set_aside_note, e.issued_at, e.code_hmac, e.authority,
       e.last_decision, e.outcome, e.store_id, e.scope_unit_id, e.store_scope, e.owner_id, e.identity_id,
       e.thread_id, e.reopened, e.cause_code, e.told_at, e.ended_at, e.closed_at, e.superseded_by_id,
       s.number AS place_number, s.name AS place_name,
       coalesce(s.unit_path, CASE WHEN e.scope_unit_id IS NULL THEN ARRAY[]::uuid[]
                                  ELSE ARRAY[e.scope_unit_id] END) AS place
FROM locked e
LEFT JOIN stores s ON s.id = e.store_id
"""

_ADD_LINK = """
INSERT INTO timeline (stream, seq, at, action, actor_id, store_id, body, prev_hash, hash)
VALUES (%(stream)s, %(seq)s, %(at)s, %(action)s, %(actor_id)s, %(store_id)s, %(body)s, %(prev_hash)s, %(hash)s)
"""

_SETTLE_OPEN = """
WITH questions AS (
    UPDATE info_requests SET state = 'withdrawn', answered_at = %(now)s
    WHERE escalation_id = %(id)s AND state = 'open'
)
UPDATE transfers SET state = 'withdrawn', decided_at = %(now)s
WHERE escalation_id = %(id)s AND state = 'offered'
"""

_MOVED = """
UPDATE escalations SET store_id = %(store_id)s, presented_at = NULL WHERE id = %(id)s
"""

_REPLACED = "UPDATE escalations SET superseded_by_id = %(by)s WHERE id = %(id)s"

_REOPENED = """
UPDATE escalations SET reopened = reopened + 1, cause_code = NULL WHERE id = %(id)s RETURNING reopened
"""

_CAUSE = "UPDATE escalations SET cause_code = %(cause)s WHERE id = %(id)s"

_TOLD = "UPDATE escalations SET told_at = coalesce(told_at, %(now)s) WHERE id = %(id)s"

_LAST_NOTED = "SELECT max(at) AS at FROM timeline WHERE stream = %(stream)s AND action = %(action)s"

_UPHELD = """
SELECT 1 FROM reviews WHERE escalation_id = %(id)s AND finding = 'upheld' LIMIT 1
"""

_ADD_NOTE = """
INSERT INTO notes (id, escalation_id, author_id, visibility, text, created_at)
VALUES (%(id)s, %(escalation_id)s, %(author_id)s, %(visibility)s, %(text)s, %(now)s)
"""


def lock(act: Act, escalation_id: UUID) -> Any:
    """Lock the escalation until the act ends; the row knows its place. None if there is none."""
    return act.ask(_LOCK, {"id": escalation_id}).fetchone()


def add_link(act: Act, link: Link) -> None:
    """Write a link of an act that makes two; the last one goes with `save`."""
    act.ask(
        _ADD_LINK,
        {
            "stream": link.stream,
            "seq": link.seq,
            "at": link.at,
            "action": link.action,
            "actor_id": link.actor_id,
            "store_id": link.store_id,
            "body": link.body,
            "prev_hash": link.prev_hash,
            "hash": link.hash,
        },
    )


def settle_open(act: Act, escalation_id: UUID, *, now: datetime) -> None:
    """Withdraw an open question and an offered transfer of a case that ends."""
    act.ask(_SETTLE_OPEN, {"id": escalation_id, "now": now})


def move(act: Act, escalation_id: UUID, store_id: UUID) -> None:
    """Let the case belong to another store, where nobody has presented it yet."""
    act.ask(_MOVED, {"id": escalation_id, "store_id": store_id})


def point_to(act: Act, escalation_id: UUID, by: UUID) -> None:
    """Name the promise that took the place of this one, and commit."""
    act.ask_and_commit(_REPLACED, {"id": escalation_id, "by": by})


def count_reopening(act: Act, escalation_id: UUID) -> int:
    """One more life; its cause has to be found anew. Returns how often it was reopened."""
    row: Any = act.ask(_REOPENED, {"id": escalation_id}).fetchone()
    return int(row.reopened)


def set_cause(act: Act, escalation_id: UUID, cause: str) -> None:
    """Note the root cause."""
    act.ask(_CAUSE, {"id": escalation_id, "cause": cause})


def set_told(act: Act, escalation_id: UUID, *, now: datetime) -> None:
    """Note when the customer was told; the first time counts."""
    act.ask(_TOLD, {"id": escalation_id, "now": now})


def last_noted(act: Act, escalation_id: UUID, action: str) -> datetime | None:
    """When something was last noted in the history; None for never."""
    row: Any = act.ask(_LAST_NOTED, {"stream": str(escalation_id), "action": action}).fetchone()
    at: datetime | None = row.at
    return at


def was_upheld(act: Act, escalation_id: UUID) -> bool:
    """Whether HQ looked at the result and let it stand."""
    return act.ask(_UPHELD, {"id": escalation_id}).fetchone() is not None


def add_note(
    act: Act, escalation_id: UUID, *, author_id: UUID, visibility: str, text: str, now: datetime
) -> UUID:
    """Write a note; returns its id. Notes are never changed."""
    note_id = new_id()
    act.ask(
        _ADD_NOTE,
        {
            "id": note_id,
            "escalation_id": escalation_id,
            "author_id": author_id,
            "visibility": visibility,
            "text": text,
            "now": now,
        },
    )
    return note_id
