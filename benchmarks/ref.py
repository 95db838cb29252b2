"""REF: what a bare Flask + psycopg application would be. No rules, no rights, no history.

One table of cases, one statement per route, answers through orjson. Pool, prepared
statements, web server and database are those of the bridge, so that the ratio says what
the bridge adds and nothing else.
"""

import os

import orjson
from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

SCHEMA = """
CREATE TABLE ref_cases (
    code text PRIMARY KEY, number bigint NOT NULL, status text NOT NULL, amount_minor bigint NOT NULL,
    store text NOT NULL, customer text NOT NULL, item text NOT NULL, note text NOT NULL,
    created_at timestamptz NOT NULL, valid_until timestamptz NOT NULL
);
CREATE TABLE ref_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL,
                      code text NOT NULL, who text NOT NULL);
CREATE TABLE ref_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL,
                         topic text NOT NULL, payload jsonb NOT NULL);
CREATE TABLE ref_audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL,
                        code text NOT NULL, action text NOT NULL);
"""

_COLUMNS = (
    "code",
    "number",
    "status",
    "amount_minor",
    "store",
    "customer",
    "item",
    "note",
    "created_at",
    "valid_until",
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM ref_cases WHERE code = %s"
_SELECT_AND_LOG = f"""
WITH found AS ({_SELECT}),
logged AS (INSERT INTO ref_log (at, code, who) SELECT now(), code, 'sam' FROM found)
SELECT * FROM found
"""
_REDEEM = """
WITH used AS (
    UPDATE ref_cases SET status = 'used' WHERE code = %s AND status = 'open' RETURNING code, amount_minor
),
owed AS (
    INSERT INTO ref_outbox (at, topic, payload)
    SELECT now(), 'used', jsonb_build_object('code', code, 'amount_minor', amount_minor) FROM used
),
noted AS (INSERT INTO ref_audit (at, code, action) SELECT now(), code, 'redeem' FROM used)
SELECT code, amount_minor FROM used
"""
_CREATE = """
WITH made AS (
    INSERT INTO ref_cases (code, number, status, amount_minor, store, customer, item, note, created_at,
                           valid_until)
    VALUES (%(code)s, 0, 'open', %(amount_minor)s, %(store)s, %(customer)s, %(item)s, %(note)s, now(),
            now() + interval '7 days')
    RETURNING code, amount_minor
),
owed AS (
    INSERT INTO ref_outbox (at, topic, payload)
    SELECT now(), 'made', jsonb_build_object('code', code, 'amount_minor', amount_minor) FROM made
),
noted AS (INSERT INTO ref_audit (at, code, action) SELECT now(), code, 'create' FROM made)
SELECT code, amount_minor FROM made
"""

app = Flask("ref", static_folder=None)
_pool: ConnectionPool | None = None


def _connections() -> ConnectionPool:
    global _pool  # noqa: PLW0603 - made after the fork, once
    if _pool is None:
        _pool = ConnectionPool(
            os.environ["DATABASE_URL"],
            min_size=1,
            max_size=int(os.environ.get("BRIDGE_DB_POOL_SIZE", "4")),
            kwargs={"autocommit": True, "prepare_threshold": 1},
            open=True,
        )
    return _pool


def _answer(row: tuple[object, ...] | None, names: tuple[str, ...], status: int = 200) -> Response:
    if row is None:
        return Response(b"{}", status=409, content_type="application/json")
    return Response(
        orjson.dumps(dict(zip(names, row, strict=True))), status=status, content_type="application/json"
    )


@app.get("/ready")
def ready() -> str:
    return "ok"


@app.get("/cases/<code>")
def select(code: str) -> Response:
    with _connections().connection() as connection:
        return _answer(connection.execute(_SELECT, (code,)).fetchone(), _COLUMNS)


@app.post("/look-up")
def select_and_log() -> Response:
    asked = orjson.loads(request.get_data())
    with _connections().connection() as connection:
        return _answer(connection.execute(_SELECT_AND_LOG, (asked["code"],)).fetchone(), _COLUMNS)


@app.post("/redeem")
def redeem() -> Response:
    asked = orjson.loads(request.get_data())
    with _connections().connection() as connection:
        return _answer(
            connection.execute(_REDEEM, (asked["code"],)).fetchone(), ("code", "amount_minor"), 201
        )


@app.post("/cases")
def create() -> Response:
    asked = orjson.loads(request.get_data())
    with _connections().connection() as connection:
        return _answer(connection.execute(_CREATE, asked).fetchone(), ("code", "amount_minor"), 201)
