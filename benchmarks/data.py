"""Many promises of a retailer, loaded fast.

Codes are real: their number in the table gives eleven signs by a reversible mixing, the check
sign follows, and the HMAC is computed in Python, several processes at once, and copied into
`bench_codes`. Everything else is INSERT .. SELECT from there with triggers off. The frozen
authority in each record is that of one promise made by the service itself.

Where a number belongs: store `n % stores`; within its store by `place = n / stores`:
the first quarter is for look-ups of codes that were presented before, the second for first
look-ups, the second half for decisions. In a large table every other record is history.
"""

import hmac
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg

from benchmarks import ref
from benchmarks.retailer import ENVIRONMENT, SECRET, World, open_retailer
from bridge import pools
from bridge.clock import utc_now
from bridge.codes import ALPHABET, check_character
from bridge.settings import settings
from migrations import run as migrations

RACE_CODES = 500
_MASK = (1 << 55) - 1


def code_of(number: int) -> str:
    """The code of a number: no two numbers share one, and neighbours do not look alike."""
    mixed = (number * 0x5851F42D4C957F2D + 0x14057B7EF767814F) & _MASK
    mixed ^= mixed >> 29
    mixed = (mixed * 0x2545F4914F6CDD1D) & _MASK
    mixed ^= mixed >> 27
    eleven = "".join(ALPHABET[mixed >> shift & 31] for shift in range(50, -1, -5))
    return eleven + check_character(eleven)


def prepare(url: str, rows: int) -> World:
    """Migrate, open the retailer, load `rows` promises, and the same number of REF cases."""
    migrations.upgrade(url)
    os.environ.update(ENVIRONMENT, DATABASE_URL=url, OWNER_DATABASE_URL=url)
    settings.cache_clear()
    pools.dispose()
    world = open_retailer(url, rows)
    with psycopg.connect(url, autocommit=True) as owner:
        _copy_codes(owner, url, rows + RACE_CODES)
        _load(owner, world)
        owner.execute(ref.SCHEMA)
        owner.execute(_REF_ROWS, {"rows": rows})
        owner.execute("VACUUM ANALYZE")
        owner.execute("CHECKPOINT")
    return world


_LIVE_AGAIN = """
UPDATE escalations
SET status = 'issued', status_before = NULL, last_decision = NULL, outcome = NULL,
    remaining_minor = authorised_minor,
    presented_at = CASE WHEN number / %(stores)s < %(seen)s THEN coalesce(presented_at, now()) END
WHERE number < %(rows)s
  AND (status <> 'issued' OR (presented_at IS NOT NULL AND number / %(stores)s >= %(seen)s))
"""


def freshen(world: World) -> None:
    """Before a round: sessions are alive, and a small table's used promises are live again."""
    with psycopg.connect(world.url, autocommit=True) as owner:
        owner.execute("UPDATE credentials SET last_seen_at = now()")
        if world.is_large:
            return
        owner.execute(
            _LIVE_AGAIN,
            {"rows": world.rows, "stores": world.stores, "seen": world.rows // world.stores // 4},
        )
        owner.execute("UPDATE ref_cases SET status = 'open' WHERE status <> 'open'")
        owner.execute("VACUUM escalations, ref_cases")


def _copy_codes(owner: psycopg.Connection[Any], url: str, count: int) -> None:
    owner.execute("CREATE UNLOGGED TABLE bench_codes (n bigint, code text, hmac bytea)")
    step = max(count // 8, 1)
    shares = [(url, first, min(first + step, count)) for first in range(0, count, step)]
    with ProcessPoolExecutor(2) as workers:
        for _ in workers.map(_copy_share, shares):
            pass
    owner.execute("ANALYZE bench_codes")


def _copy_share(share: tuple[str, int, int]) -> None:
    url, first, last = share
    pepper = SECRET.encode()
    with (
        psycopg.connect(url) as connection,
        connection.cursor().copy("COPY bench_codes (n, code, hmac) FROM STDIN") as copy,
    ):
        for start in range(first, last, 5000):
            lines = []
            for number in range(start, min(start + 5000, last)):
                code = code_of(number)
                lines.append(f"{number}\t{code}\t\\\\x{hmac.digest(pepper, code.encode(), 'sha256').hex()}\n")
            copy.write("".join(lines))


def id_of(first: datetime, number: str = "n") -> str:
    """SQL of a time-ordered id that follows from a number."""
    milliseconds = f"{first.timestamp() * 1000:.0f} + {number}"
    return f"(lpad(to_hex({milliseconds}), 12, '0') || '70008' || lpad(to_hex({number}), 15, '0'))::uuid"


_LOAD = """
INSERT INTO customers (id, brand_id, locale, created_at)
SELECT gen_random_uuid(), %(brand)s, 'en', now() FROM generate_series(1, 1);
INSERT INTO social_identities (id, brand_id, customer_id, network, handle, created_at)
SELECT {identity_id}, %(brand)s, (SELECT id FROM customers LIMIT 1), 'x', 'loaded_' || n, now()
FROM generate_series(0, %(rows)s / 4) AS n;
INSERT INTO escalations (
    id, number, brand_id, status, kind, identity_id, official_handle_id, agent_id, store_scope, store_id,
    level, note_for_store, note_internal, locale, order_ref, bought_by_other, valid_from, valid_until,
    currency, authorised_minor, remaining_minor, code_hmac, second_fact_failures, authority, set_aside_note,
    issued_at, presented_at, created_at, updated_at, version, head_seq, head_hash)
OVERRIDING SYSTEM VALUE
SELECT {id}, n, %(brand)s, s.status, 'promise', {identity_of}, one.official_handle_id, one.agent_id, 'one',
       store.ids[CASE WHEN n < %(rows)s THEN 1 + n %% %(stores)s ELSE 1 END],
       'authorise', '', '', 'en', '', false, at, now() + interval '7 days', 'USD',
       4000, CASE WHEN s.status = 'issued' THEN 4000 ELSE 0 END, hmac, 0, one.authority, '', at,
       CASE WHEN s.status <> 'issued' OR n / %(stores)s < %(seen)s THEN at END, at, at, 1, 1, sha256(hmac)
FROM bench_codes, LATERAL (
    SELECT CASE WHEN %(large)s AND n < %(rows)s AND (n / %(stores)s) %% 2 = 1 THEN 'closed' ELSE 'issued' END
           AS status, now() - interval '90 days' * (1 - n::float8 / %(all)s) AS at
) s, (SELECT * FROM escalations LIMIT 1) one,
(SELECT array_agg(id ORDER BY number::int) AS ids FROM stores) store;
INSERT INTO reference_codes (hmac, escalation_id, pepper_version, cipher, hint, issued_at)
SELECT hmac, {id}, 1, sha256(hmac) || sha256(hmac), right(code, 2), now() FROM bench_codes;
INSERT INTO promises (escalation_id, position, type, level, item, amount_minor, quantity, waives, conditions)
SELECT {id}, 1, 'exchange', 'authorise', 'CD box set', 4000, 1, ARRAY[]::text[], '' FROM bench_codes;
INSERT INTO timeline (stream, seq, at, action, body, prev_hash, hash)
SELECT {id}::text, 1, now(), 'submit', one.body, sha256(code::bytea), sha256(hmac)
FROM bench_codes, (SELECT body FROM timeline WHERE seq = 1 LIMIT 1) one;
INSERT INTO ledger_transfers (at, kind, from_account, to_account, amount_minor, currency, escalation_id)
SELECT now(), 'issue', 'authority:grant', 'promise:' || {id}, 4000, 'USD', {id} FROM bench_codes;
INSERT INTO outcomes (id, channel, topic, escalation_id, person_id, payload, state, attempts, next_at,
                      created_at, settled_at, last_error, request_id)
SELECT gen_random_uuid(), 'board', 'escalation.honoured', {id}, one.agent_id, '{{}}', 'sent', 1, now(), now(),
       now(), '', ''
FROM bench_codes, (SELECT agent_id FROM escalations LIMIT 1) one WHERE %(large)s AND n %% 2 = 1;
INSERT INTO look_ups (id, at, escalation_id, verdict, source)
SELECT gen_random_uuid(), now(), {id}, 'genuine', 'scan' FROM bench_codes WHERE %(large)s AND n %% 2 = 1;
"""
_REF_ROWS = """
INSERT INTO ref_cases
SELECT code, n, 'open', 4000, 'Store ' || n %% 40, '@customer_' || n, 'CD box set',
       'Exchange without the receipt; the customer wrote on Monday.', now(), now() + interval '7 days'
FROM bench_codes WHERE n < %(rows)s
"""


def _load(owner: psycopg.Connection[Any], world: World) -> None:
    records, identities = utc_now() - timedelta(days=90), utc_now() - timedelta(days=200)
    sql = _LOAD.format(
        id=id_of(records), identity_id=id_of(identities), identity_of=id_of(identities, "(n / 4)")
    )
    values = {
        "brand": world.brand_id,
        "rows": world.rows,
        "all": world.rows + RACE_CODES,
        "stores": world.stores,
        "seen": world.rows // world.stores // 4,
        "large": world.is_large,
    }
    # Triggers are the foreign keys here; what we insert is consistent, and this is three times faster.
    owner.execute("SET session_replication_role = replica")
    owner.execute("SET synchronous_commit = off")
    owner.execute("SET work_mem = '256MB'")
    for statement in filter(str.strip, sql.split(";\n")):
        cursor = psycopg.ClientCursor(owner)
        cursor.execute(statement, values)
    owner.execute("RESET session_replication_role")
    owner.execute("RESET synchronous_commit")
