"""Read the whole history in order, without holding it in memory; and the books."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bridge.db import Act, Connection

RECORDING_LOCK = 7_261_120_003
"""Held, shared, by every ORM transaction that recorded something; exclusive, for a moment, by the sealer."""

_LINKS = """
SELECT id, stream, seq, at, action, actor_id, store_id, body, prev_hash, hash
FROM timeline ORDER BY stream, seq, id
"""

_HEADS = """
SELECT id::text AS stream, head_seq AS seq, head_hash AS hash FROM escalations
UNION ALL
SELECT stream, seq, hash FROM stream_heads
"""

_LAST_CHECKPOINT = """
SELECT id, at, timeline_id, timeline_rows, look_ups, look_ups_until, root, signature
FROM checkpoints ORDER BY id DESC LIMIT 1
"""

_CHECKPOINTS = """
SELECT id, at, timeline_id, timeline_rows, look_ups, look_ups_until, root, signature FROM checkpoints ORDER BY id
"""

_SEALABLE = """
SELECT coalesce(
    (SELECT min(id) - 1 FROM timeline WHERE id > %(after)s AND at > %(cutoff)s),
    (SELECT max(id) FROM timeline WHERE id > %(after)s),
    %(after)s) AS upto
"""

_LINK_HASHES = "SELECT id, hash FROM timeline WHERE id > %(after)s AND id <= %(upto)s ORDER BY id"

_LOOK_UP_DIGESTS = """
SELECT sha256(convert_to(concat_ws('|', id, extract(epoch FROM at), escalation_id, encode(typed_hmac, 'hex'),
                                   verdict, source, person_id, credential_id, device_id, store_id), 'UTF8')) AS hash
FROM look_ups WHERE at > %(since)s AND at <= %(until)s ORDER BY at, id
"""

_ADD_CHECKPOINT = """
INSERT INTO checkpoints (id, at, timeline_id, timeline_rows, look_ups, look_ups_until, root, signature)
OVERRIDING SYSTEM VALUE
VALUES (%(number)s, %(at)s, %(timeline_id)s, %(timeline_rows)s, %(look_ups)s, %(look_ups_until)s, %(root)s, %(signature)s)
"""

_NEXT_NUMBER = "SELECT coalesce(max(id), 0) + 1 AS number FROM checkpoints"

_ONE_SEALER = f"""
SELECT pg_try_advisory_xact_lock(7261120002) AND pg_try_advisory_xact_lock({RECORDING_LOCK}) AS mine
"""

_REMAINDERS = """
SELECT e.id, e.number, e.remaining_minor, e.authorised_minor, e.issued_at IS NOT NULL AS issued,
       coalesce(l.balance, 0) AS balance, coalesce(l.issued, 0) AS booked,
       coalesce(d.used, 0) + coalesce(l.given_up, 0) AS used, coalesce(r.reissued, 0) AS reissued
FROM escalations e
LEFT JOIN (
    SELECT escalation_id,
           sum(CASE WHEN to_account = 'promise:' || escalation_id THEN amount_minor ELSE -amount_minor END) AS balance,
           sum(amount_minor) FILTER (WHERE kind = 'issue') AS issued,
           sum(amount_minor) FILTER (WHERE kind = 'give_up' AND decision_id IS NULL) AS given_up
    FROM ledger_transfers
    WHERE to_account = 'promise:' || escalation_id OR from_account = 'promise:' || escalation_id
    GROUP BY escalation_id
) l ON l.escalation_id = e.id
LEFT JOIN (
    SELECT escalation_id,
           sum((amount_minor + gave_up_minor) * CASE WHEN action = 'undo' THEN -1 ELSE 1 END) AS used,
           sum(amount_minor * CASE WHEN action = 'undo' THEN -1 ELSE 1 END) AS given
    FROM decisions GROUP BY escalation_id
) d ON d.escalation_id = e.id
LEFT JOIN (
    SELECT stream, sum((body::jsonb -> 'facts' ->> 'reissued_minor')::bigint) AS reissued
    FROM timeline WHERE action IN ('overturn', 'reopen', 'extend') GROUP BY stream
) r ON r.stream = e.id::text
WHERE e.remaining_minor IS DISTINCT FROM coalesce(l.balance, 0)
   OR (e.issued_at IS NOT NULL AND (
       coalesce(l.issued, 0) IS DISTINCT FROM e.authorised_minor + coalesce(r.reissued, 0)
       OR coalesce(l.issued, 0) - e.remaining_minor IS DISTINCT FROM coalesce(d.used, 0) + coalesce(l.given_up, 0)
       OR coalesce(d.given, 0) + e.remaining_minor > e.authorised_minor))
ORDER BY e.number
"""
# Booked is what was authorised plus what timeline links say was given again; of it, what is not left
# was used or given up; and what customers got and may still get is never more than was authorised.

_UNBOOKED = """
SELECT d.id, d.escalation_id, d.amount_minor, d.gave_up_minor, coalesce(sum(t.amount_minor), 0) AS moved
FROM decisions d LEFT JOIN ledger_transfers t ON t.decision_id = d.id
GROUP BY d.id
HAVING d.amount_minor + d.gave_up_minor <> coalesce(sum(t.amount_minor), 0)
"""

_UNTOLD = """
SELECT d.id, d.escalation_id FROM decisions d
WHERE NOT EXISTS (
    SELECT FROM timeline t
    WHERE t.stream = d.escalation_id::text
      AND (t.body::jsonb -> 'facts' ->> CASE WHEN d.action = 'undo' THEN 'reversal' ELSE 'decision' END)
          = d.id::text)
"""

_MISTOLD = """
SELECT e.id, e.status, e.remaining_minor, l.facts ->> 'to' AS told_status,
       l.facts ->> 'remaining_minor' AS told_remaining
FROM escalations e
CROSS JOIN LATERAL (
    SELECT t.body::jsonb -> 'facts' AS facts FROM timeline t
    WHERE t.stream = e.id::text ORDER BY t.seq DESC LIMIT 1
) l
WHERE l.facts ->> 'to' IS DISTINCT FROM e.status
   OR (l.facts ->> 'remaining_minor')::bigint IS DISTINCT FROM e.remaining_minor
ORDER BY e.number
"""

_TOLD_OTHERWISE = """
WITH told AS (
    SELECT t.stream, t.seq, coalesce(f.facts ->> 'reversal', f.facts ->> 'decision') AS decision,
           (f.facts ->> 'amount_minor')::bigint AS amount_minor,
           (f.facts ->> 'gave_up_minor')::bigint AS gave_up_minor
    FROM timeline t, LATERAL (SELECT t.body::jsonb -> 'facts' AS facts) f
    WHERE f.facts ->> 'decision' IS NOT NULL
)
SELECT told.stream, told.seq, told.decision, told.amount_minor, d.amount_minor AS stored_minor
FROM told LEFT JOIN decisions d ON d.id::text = told.decision AND d.escalation_id::text = told.stream
WHERE d.id IS NULL OR d.amount_minor IS DISTINCT FROM told.amount_minor
   OR (told.gave_up_minor IS NOT NULL AND d.gave_up_minor IS DISTINCT FROM told.gave_up_minor)
ORDER BY told.stream, told.seq
"""

_CURRENCIES = """
SELECT t.id, t.escalation_id FROM ledger_transfers t JOIN escalations e ON e.id = t.escalation_id
WHERE t.currency <> e.currency
"""


def links(connection: Connection) -> Iterator[Any]:
    """Every link of every chain, chain by chain. Needs a transaction to stay open while it is read."""
    with connection.cursor(name="every_link") as cursor:
        cursor.itersize = 5_000
        cursor.execute(_LINKS)
        yield from cursor


def heads(connection: Connection) -> dict[str, tuple[int, bytes]]:
    """The end of each chain as the records say it: stream -> (seq, hash)."""
    return {row.stream: (row.seq, bytes(row.hash)) for row in connection.execute(_HEADS)}


def is_only_sealer(act: Act) -> bool:
    """Take the sealer's locks for this transaction.

    False when another sealer is at work, or a long transaction has recorded something and not ended.
    """
    row: Any = act.ask(_ONE_SEALER, {}).fetchone()
    return bool(row.mine)


def last_checkpoint(act: Act) -> Any:
    """The newest checkpoint; None before the first."""
    return act.ask(_LAST_CHECKPOINT, {}).fetchone()


def sealable_up_to(act: Act, *, after: int, cutoff: datetime) -> int:
    """The newest link that nothing older can still be written before.

    A link is written in the last statement of its act, and no statement outlives its time limit;
    so once a link is older than `cutoff`, every link with a smaller id is committed.
    """
    row: Any = act.ask(_SEALABLE, {"after": after, "cutoff": cutoff}).fetchone()
    return int(row.upto)


def link_hashes(act: Act, *, after: int, upto: int) -> list[bytes]:
    """The hashes of the links in (after, upto], by id."""
    return [bytes(row.hash) for row in act.ask(_LINK_HASHES, {"after": after, "upto": upto})]


def look_up_digests(act: Act, *, since: datetime, until: datetime) -> list[bytes]:
    """A digest of each look-up in (since, until], in order."""
    return [bytes(row.hash) for row in act.ask(_LOOK_UP_DIGESTS, {"since": since, "until": until})]


def next_number(act: Act) -> int:
    """The number that the next checkpoint gets."""
    row: Any = act.ask(_NEXT_NUMBER, {}).fetchone()
    return int(row.number)


def add_checkpoint(act: Act, values: dict[str, Any]) -> None:
    """Store a checkpoint and commit."""
    act.ask_and_commit(_ADD_CHECKPOINT, values)


def checkpoints(connection: Connection) -> list[Any]:
    """All checkpoints in order."""
    return connection.execute(_CHECKPOINTS).fetchall()


def hashes_between(connection: Connection, *, after: int, upto: int) -> list[bytes]:
    """As `link_hashes`, for the verifier."""
    rows = connection.execute(_LINK_HASHES, {"after": after, "upto": upto})
    return [bytes(row.hash) for row in rows]


def look_ups_between(connection: Connection, *, since: datetime, until: datetime) -> list[bytes]:
    """As `look_up_digests`, for the verifier."""
    rows = connection.execute(_LOOK_UP_DIGESTS, {"since": since, "until": until})
    return [bytes(row.hash) for row in rows]


def wrong_remainders(connection: Connection) -> list[Any]:
    """Escalations whose remainder, ledger and decisions disagree."""
    return connection.execute(_REMAINDERS).fetchall()


def unbooked_decisions(connection: Connection) -> list[Any]:
    """Decisions whose ledger transfers do not add up to what they gave."""
    return connection.execute(_UNBOOKED).fetchall()


def untold_decisions(connection: Connection) -> list[Any]:
    """Decisions that no timeline link tells of."""
    return connection.execute(_UNTOLD).fetchall()


def mistold_records(connection: Connection) -> list[Any]:
    """Escalations whose row says another status or remainder than the last link of their chain."""
    return connection.execute(_MISTOLD).fetchall()


def decisions_told_otherwise(connection: Connection) -> list[Any]:
    """Links that tell of a decision which is not there, or was stored with other amounts."""
    return connection.execute(_TOLD_OTHERWISE).fetchall()


def foreign_currencies(connection: Connection) -> list[Any]:
    """Transfers in another currency than their escalation's."""
    return connection.execute(_CURRENCIES).fetchall()
