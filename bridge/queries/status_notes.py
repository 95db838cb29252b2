"""Cases whose conversation is in a care tool that was not told where they stand. Nothing commits."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from bridge.db import Act
from bridge.status_notes import TOLD

TOPIC: Final = "status."
"""Before the status, as the topic of a note."""

# One note for each account: two conversations of one tool may be one thread.
_DUE: Final = f"""
SELECT DISTINCT ON (e.id, a.id) e.id, e.number, e.brand_id, e.thread_id, e.status, e.version,
       a.id AS account_id, s.number AS store_number, s.name AS store_name, b.default_locale AS locale
FROM escalations e
JOIN thread_doors d ON d.thread_id = e.thread_id
JOIN channel_accounts a ON a.id = d.account_id AND a.brand_id = e.brand_id
     AND a.enabled AND a.deleted_at IS NULL AND a.channel = ANY (%(tools)s)
JOIN brands b ON b.id = e.brand_id
LEFT JOIN stores s ON s.id = e.store_id
LEFT JOIN LATERAL (
    SELECT m.topic FROM channel_messages m
    WHERE m.escalation_id = e.id AND m.account_id = a.id AND m.purpose = 'note'
    ORDER BY m.created_at DESC, m.id DESC
    LIMIT 1
) last ON true
WHERE e.id = ANY (%(ids)s) AND e.status IN ({", ".join(f"'{status.value}'" for status in TOLD)})
  AND last.topic IS DISTINCT FROM '{TOPIC}' || e.status
ORDER BY e.id, a.id
"""

_WRITE: Final = """
INSERT INTO channel_messages (id, brand_id, account_id, thread_id, escalation_id, purpose, topic, text_cipher,
                              text_sha256, language, dedup_key, state, attempts, looks, next_at, permalink,
                              visibility, hand_off_url, last_error, created_at)
VALUES (%(id)s, %(brand_id)s, %(account_id)s, %(thread_id)s, %(escalation_id)s, 'note', %(topic)s, %(cipher)s,
        %(sha256)s, %(language)s, %(dedup_key)s, 'queued', 0, 0, %(now)s, '', '', '', '', %(now)s)
ON CONFLICT (account_id, dedup_key) DO NOTHING
"""


def due(act: Act, ids: Collection[UUID], *, tools: Sequence[str]) -> Sequence[Any]:
    """Of these cases, those whose last note in a tool says something else than their status."""
    return act.ask(_DUE, {"ids": list(ids), "tools": list(tools)}).fetchall()


def write(act: Act, values: dict[str, object]) -> None:
    """One note into the ledger; the same one a second time is none."""
    act.ask(_WRITE, values)
