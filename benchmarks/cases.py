"""Open cases by the million for the sweep, and some that are due, made by the service itself.

One promise is made and looked at by the real sweep; its rows in four tables are then repeated
by INSERT .. SELECT, without what a sweep does not read of cases that are not due: the case
without thread, customer and authority, one running clock, one running ladder, one link.
All of them are next due in a month, so what is due is what `make_due` makes. Secondary indexes
are dropped for the filling and made again from their own definitions before anything is
measured: every index of the schema is there. `ref_clocks` is the narrow table of the raw step.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks import data, ref, retailer
from bridge import db, pools
from bridge.clock import utc_now
from bridge.idempotency import Once
from bridge.promises import Level, PromiseLine, PromiseType, StoreScope
from bridge.services import promises
from bridge.services.attending import Sweeper
from bridge.settings import settings
from bridge.vault import Vault
from migrations import run as migrations

NEXT = "interval '30 days' + n * interval '100 milliseconds'"
REF_DUE = 1000
STORES = 40
_NARROW = {"warnings": "'[]'", "trace": "'{}'"}

_REF = f"""
CREATE TABLE ref_clocks (id bigint NOT NULL, case_id uuid NOT NULL, step int NOT NULL,
                         due_at timestamptz NOT NULL, status text NOT NULL);
INSERT INTO ref_clocks
SELECT n, gen_random_uuid(), 0,
       now() + CASE WHEN n %% (%(rows)s / {REF_DUE}) = 0 THEN interval '-1 hour' ELSE {NEXT} END, 'open'
FROM generate_series(1, %(rows)s) AS n;
ALTER TABLE ref_clocks ADD PRIMARY KEY (id);
CREATE INDEX ix_ref_clocks_due ON ref_clocks (due_at) WHERE status = 'open';
"""
_INDEXES = """
SELECT x.indexrelid::regclass::text, pg_get_indexdef(x.indexrelid)
FROM pg_index x LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid
WHERE x.indrelid = ANY (%s::regclass[]) AND c.oid IS NULL
"""
_PUT_ASIDE = f"""
UPDATE escalations SET attend_at = now() + {NEXT.replace("n *", "number %% 1000 *")}
WHERE attend_at < now() + interval '20 days';
UPDATE milestones SET due_at = now() + interval '30 days'
WHERE state = 'running' AND due_at < now() + interval '20 days';
UPDATE ladder_runs SET next_at = now() + interval '30 days'
WHERE state = 'running' AND next_at < now() + interval '20 days';
"""


def use(url: str) -> None:
    """Point this process's bridge to a database."""
    os.environ.update(
        retailer.ENVIRONMENT, DATABASE_URL=url, OWNER_DATABASE_URL=url, BRIDGE_LOG_LEVEL="WARNING"
    )
    settings.cache_clear()
    pools.dispose()


def prepare(url: str, rows: int) -> retailer.World:
    """Migrate, open the retailer, and fill it with `rows` open cases none of which is due."""
    migrations.upgrade(url)
    use(url)
    world = retailer.open_retailer(url, rows, STORES)
    Sweeper(settings()).sweep(utc_now())
    with psycopg.connect(url, autocommit=True) as owner, _without_durability(owner):
        _repeat(owner, world)
        owner.execute(ref.SCHEMA)
        for statement in filter(str.strip, _REF.split(";\n")):
            psycopg.ClientCursor(owner).execute(statement, {"rows": rows})
        owner.execute("VACUUM ANALYZE")
        owner.execute("CHECKPOINT")
    return world


def make_due(owner: psycopg.Connection[Any], world: retailer.World, count: int) -> None:
    """Make promises by the service; each is due for its first look at once."""
    owner.execute("UPDATE credentials SET last_seen_at = now()")
    vault = Vault([retailer.SECRET])
    for at in range(count):
        agent = at % retailer.CLIENTS
        with db.act() as act:
            promises.make(
                act,
                world.agents[agent],
                promises.Wanted(
                    thread_id=next(world.threads[agent]),
                    lines=[
                        PromiseLine(PromiseType.EXCHANGE, Level.AUTHORISE, "CD box set", retailer.PRICE_MINOR)
                    ],
                    store_scope=StoreScope.ONE,
                    store_number=str(at % world.stores),
                ),
                once=Once(f"key-{time.monotonic_ns()}", "route", b"", lambda _made: (201, b""), vault),
                now=utc_now(),
                settings=settings(),
                vault=vault,
            )


def put_aside(owner: psycopg.Connection[Any]) -> None:
    """After a round: what it left is due with the others, in a month."""
    for statement in filter(str.strip, _PUT_ASIDE.split(";\n")):
        owner.execute(statement.replace("%%", "%"))


def _repeat(owner: psycopg.Connection[Any], world: retailer.World) -> None:
    first = utc_now()
    one = owner.execute("SELECT id FROM escalations LIMIT 1").fetchone()
    assert one is not None
    case, values = data.id_of(first), {"case": one[0], "rows": world.rows}
    stores = "(SELECT (array_agg(id ORDER BY number::int)) FROM stores)"
    with _without_indexes(owner, ["escalations", "milestones", "ladder_runs", "timeline"]):
        # Triggers are the foreign keys here; what we insert is consistent.
        owner.execute("SET session_replication_role = replica")
        for table, where, changed in (
            (
                "escalations",
                "id = %(case)s",
                {
                    "id": case,
                    "number": "n",
                    "thread_id": "NULL",
                    "identity_id": "NULL",
                    "store_id": f"({stores})[1 + n %% {world.stores}]",
                    "authority": "'{}'",
                    "code_hmac": "sha256(n::text::bytea)",
                    "valid_until": "now() + interval '90 days' + n * interval '100 milliseconds'",
                    "attend_at": f"now() + {NEXT}",
                },
            ),
            (
                "milestones",
                "escalation_id = %(case)s AND state = 'running' AND type = 'store_ack'",
                {"id": case, "escalation_id": case, "due_at": f"now() + {NEXT}", **_NARROW},
            ),
            (
                "ladder_runs",
                "escalation_id = %(case)s",
                {"id": case, "escalation_id": case, "next_at": f"now() + {NEXT}"},
            ),
            (
                "timeline",
                "stream = %(case)s::text AND seq = 1",
                {"id": "1000000000 + n", "stream": f"{case}::text", "body": "'{}'"},
            ),
        ):
            copied = psycopg.ClientCursor(owner)
            copied.execute(_copies(owner, table, where, changed), values)
            if copied.rowcount != world.rows:
                raise SystemExit(f"{table}: {copied.rowcount} rows instead of {world.rows}")
        owner.execute("RESET session_replication_role")


def _copies(owner: psycopg.Connection[Any], table: str, where: str, changed: Mapping[str, str]) -> str:
    """SQL that repeats a row, with some columns changed."""
    names = [
        row[0]
        for row in owner.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
    ]
    return (
        f"INSERT INTO {table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE "
        f"SELECT {', '.join(changed.get(name, f'one.{name}') for name in names)} "
        f"FROM generate_series(1, %(rows)s) AS n, (SELECT * FROM {table} WHERE {where} LIMIT 1) AS one"
    )


@contextmanager
def _without_durability(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """For the filling alone; it ends with a checkpoint."""
    owner.execute("ALTER SYSTEM SET fsync = off")
    owner.execute("ALTER SYSTEM SET max_wal_size = '3GB'")
    owner.execute("SELECT pg_reload_conf()")
    yield
    owner.execute("ALTER SYSTEM RESET fsync")
    owner.execute("SELECT pg_reload_conf()")


@contextmanager
def _without_indexes(owner: psycopg.Connection[Any], tables: list[str]) -> Iterator[None]:
    found = owner.execute(_INDEXES, [tables]).fetchall()
    for name, _ in found:
        owner.execute(f"DROP INDEX {name}")
    yield
    owner.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in found:
        owner.execute(definition)
