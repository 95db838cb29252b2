"""The hot statements use the indexes that were made for them, on tables of twenty thousand rows.

The statements are those that the services really ask, recorded with their values on the way
to the database and explained as the application's role would run them. Our own statements are
planned without their values, as on every connection of the pool; with them a statement could
look well here and read a whole table in the service.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import psycopg
import pytest
import sqlalchemy as sa

from bridge import db, pools
from bridge.clock import utc_now
from bridge.connections import StatementCursor, numbered
from bridge.queries import answering, attending, notice_queue, outcomes
from bridge.queries.queue import counts, queue_page
from bridge.services import counter, watching
from bridge.services.attending import Sweeper
from bridge.settings import settings
from bridge.threads import QueueFilter
from tests.cast import Cast, build_cast, decide, promise
from tests.conftest import Servers
from tests.emptying import empty

ROWS = 20_000
# Identities and posts may be hashed whole for a page of fifty; these may never be read whole.
LARGE = {
    "escalations",
    "reference_codes",
    "look_ups",
    "timeline",
    "outcomes",
    "threads",
    "idempotency_keys",
} | {"notices", "notice_attempts", "milestones", "ladder_runs"}

_FILL = """
CREATE TEMP TABLE many AS
SELECT n, gen_random_uuid() AS escalation, gen_random_uuid() AS identity, gen_random_uuid() AS thread,
       sha256(n::text::bytea) AS hmac, now() - n * interval '1 minute' AS at
FROM generate_series(1, {rows}) AS n;
INSERT INTO social_identities (id, brand_id, customer_id, network, handle, created_at)
SELECT identity, i.brand_id, i.customer_id, 'x', 'many_' || n, at FROM many, (SELECT * FROM social_identities LIMIT 1) i;
INSERT INTO threads (id, brand_id, network, external_id, visibility, mention_type, identity_id, addressed_to, language,
                     first_post_at, last_post_at, detected_at)
SELECT thread, t.brand_id, 'x', 'many-' || n, 'public', 'tagged', identity, '', 'en', at, at, at
FROM many, (SELECT * FROM threads LIMIT 1) t;
INSERT INTO posts (id, thread_id, network, external_id, author_kind, author_handle, posted_at, text, text_sha256,
                   received_at)
SELECT gen_random_uuid(), thread, 'x', 'many-' || n, 'customer', 'many_' || n, at, 'Where is my set?', sha256('x'), at
FROM many;
INSERT INTO escalations (
    id, brand_id, status, kind, thread_id, identity_id, agent_id, store_scope, store_id, level, note_for_store,
    note_internal, locale, order_ref, bought_by_other, valid_from, valid_until, currency, authorised_minor,
    remaining_minor, code_hmac, second_fact_failures, authority, set_aside_note, issued_at, created_at, updated_at,
    version, head_seq, head_hash)
SELECT escalation, e.brand_id, CASE WHEN n % 10 = 0 THEN 'issued' ELSE 'closed' END, 'promise', thread, identity,
       e.agent_id, 'one', s.ids[1 + n % array_length(s.ids, 1)], 'authorise', '', '', 'en', '', false, at,
       now() + n * interval '1 minute', 'USD', 4000, CASE WHEN n % 10 = 0 THEN 4000 ELSE 0 END, hmac, 0, e.authority, '',
       at, at, at, 1, 1, hmac
FROM many, (SELECT * FROM escalations LIMIT 1) e, (SELECT array_agg(id) AS ids FROM stores) s;
INSERT INTO reference_codes (hmac, escalation_id, pepper_version, hint, issued_at)
SELECT hmac, escalation, 1, 'XX', at FROM many;
INSERT INTO look_ups (id, at, escalation_id, verdict, source)
SELECT gen_random_uuid(), at, escalation, 'genuine', 'scan' FROM many;
INSERT INTO timeline (stream, seq, at, action, body, prev_hash, hash)
SELECT escalation::text, 1, at, 'submit', '{{}}', hmac, hmac FROM many;
INSERT INTO webhook_endpoints (id, brand_id, url, description, topics, enabled, disabled_reason, created_at)
SELECT gen_random_uuid(), b.id, 'http://127.0.0.1:9/' || n, '', '{{*}}', true, '', now()
FROM brands b, generate_series(1, 20) AS n;
INSERT INTO outcomes (id, channel, topic, escalation_id, endpoint_id, payload, state, attempts, next_at, created_at,
                      last_error, request_id)
SELECT gen_random_uuid(), 'webhook', 'escalation.honoured', escalation, w.ids[1 + n % 20], '{{}}',
       CASE WHEN n % 2 = 0 THEN 'queued' ELSE 'sent' END, 0, at, at, '', ''
FROM many, (SELECT array_agg(id) AS ids FROM webhook_endpoints) w;
INSERT INTO notices (id, brand_id, dedup_key, channel, template, escalation_id, person_id, facts, stops_on, state,
                     attempts, next_at, created_at, last_error)
SELECT gen_random_uuid(), p.brand_id, 'many-' || n, CASE WHEN n % 4 = 0 THEN 'inbox' ELSE 'email' END, 'case_waiting',
       escalation, p.ids[1 + n % array_length(p.ids, 1)], '{{}}', 'acknowledge',
       CASE WHEN n % 20 = 1 THEN 'queued' ELSE 'sent' END, 1, at, at, ''
FROM many, (SELECT brand_id, array_agg(id) AS ids FROM people GROUP BY brand_id) p;
INSERT INTO notice_attempts (notice_id, attempt, started_at, error, response_excerpt)
SELECT id, 1, created_at, '', '' FROM notices;
INSERT INTO milestones (id, escalation_id, type, round, policy_version, calendar, started_at, due_at, warnings, state,
                        warned_percent, stopped_seconds, trace)
SELECT gen_random_uuid(), escalation, 'store_ack', 1, 1, 'always', at, now() + n * interval '1 minute', '[]',
       CASE WHEN n % 3 = 0 THEN 'met' ELSE 'running' END, 0, 0, '{{}}'
FROM many;
INSERT INTO ladder_runs (id, escalation_id, ladder_version_id, state, step, round, next_at, started_at, stop_reason)
SELECT gen_random_uuid(), escalation, v.id, CASE WHEN n % 3 = 0 THEN 'stopped' ELSE 'running' END, 0, 1,
       now() + n * interval '1 minute', at, ''
FROM many, (SELECT id FROM ladder_versions LIMIT 1) v;
UPDATE escalations e SET attend_at = now() + (n - 200) * interval '1 minute' FROM many
WHERE e.id = many.escalation AND n % 3 > 0;
UPDATE threads t SET attend_at = now() + (n - 200) * interval '1 minute' FROM many WHERE t.id = many.thread;
INSERT INTO idempotency_keys (principal, route, key, fingerprint, status_code, response_cipher, created_at)
SELECT gen_random_uuid(), 'POST /x', n::text, hmac, 201, hmac, at FROM many;
"""

Asked = list[tuple[str, dict[str, Any], bool]]


@pytest.fixture(scope="module")
def filled(environment: Servers) -> Iterator[Cast]:
    """A busy brand, loaded once for all tests of this file."""
    empty(environment.database_url)
    cast = build_cast()
    promise(cast)
    Sweeper(settings()).sweep(utc_now())
    with psycopg.connect(environment.database_url, autocommit=True) as owner:
        owner.execute(_FILL.format(rows=ROWS))
        owner.execute("ANALYZE")
    yield cast
    empty(environment.database_url)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """Every statement that goes to the database, by both doors, with its values."""
    found: Asked = []
    execute = StatementCursor.execute

    def record(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(params, dict):
            found.append((query, params, True))
        return execute(cursor, query, params, **options)

    def record_orm(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if isinstance(values, dict) and values:
            found.append((statement, values, False))

    monkeypatch.setattr(StatementCursor, "execute", record)
    sa.event.listen(pools.engine(), "before_cursor_execute", record_orm)
    yield found
    sa.event.remove(pools.engine(), "before_cursor_execute", record_orm)


def look_up(cast: Cast) -> None:
    made = promise(cast)
    with db.statement() as connection:
        counter.look_up(
            connection,
            cast.sam.token,
            text=made.code or "",
            source=counter.Source.TYPED,
            now=utc_now(),
            settings=settings(),
        )


def decision(cast: Cast) -> None:
    decide(cast, cast.sam, code=promise(cast).code)


def decision_of_a_look_up(cast: Cast) -> None:
    with db.statement() as connection:
        found = counter.look_up(
            connection,
            cast.sam.token,
            text=promise(cast).code or "",
            source=counter.Source.TYPED,
            now=utc_now(),
            settings=settings(),
        )
    decide(cast, cast.sam, look_up_id=found.look_up_id)


def inbox(cast: Cast) -> None:
    from bridge.queries.callers import identify

    with db.statement() as connection:
        known = identify(connection, cast.sam.token, now=utc_now(), settings=settings())
        assert known is not None
        counter.inbox(connection, known[0], now=utc_now(), limit=51, after=None)


def queue(cast: Cast) -> None:
    with db.transaction() as session:
        for show in QueueFilter:
            queue_page(
                session,
                cast.brand.id,
                show=show,
                person_id=cast.ana.person.id,
                now=utc_now(),
                limit=50,
                before=None,
            )
        counts(session, cast.brand.id, person_id=cast.ana.person.id, now=utc_now())


def due_outcomes(_cast: Cast) -> None:
    now = utc_now()
    with db.act() as act:
        claims = outcomes.claim_due(act, now, limit=50, per_endpoint=20, lease_seconds=8)
        outcomes.ciphers_and_commit(act, now, endpoints={one.endpoint_id for one in claims})
    with db.statement() as connection:
        settled = [outcomes.Settled(one.id, one.attempt, "sent", now, now, 0.1, 200) for one in claims]
        outcomes.settle(connection, settled, now)
        outcomes.bury_interrupted(connection, now)
        outcomes.age_seconds(connection, now)
        outcomes.keep_lease(connection, now + timedelta(seconds=1), claims=claims, lease_seconds=8)


def due_notices(_cast: Cast) -> None:
    now = utc_now()
    with db.act() as act:
        claims, _ = notice_queue.claim_due(act, now, limit=50, lease_seconds=20)
        lost, _ = notice_queue.claim_interrupted(act, now + timedelta(minutes=1), lease_seconds=20)
        claims = [one for one in claims if one.id not in {two.id for two in lost}] + lost
        settled = [notice_queue.Settled(one.id, one.attempt, "dead", now, now, 0.1, 550) for one in claims]
        notice_queue.settle(act, settled, now)
        told_of = [one.escalation_id for one in claims if one.escalation_id]
        notice_queue.cases_and_commit(act, told_of)
    with db.act() as act:
        notice_queue.tell_in_the_inbox_and_commit(act, now, instead_of=[one.id for one in claims])
    with db.statement() as connection:
        notice_queue.bury_interrupted(connection, now)
        notice_queue.age_seconds(connection, now)
        notice_queue.keep_lease(connection, now, claims=claims, lease_seconds=20)


def due_cases(_cast: Cast) -> None:
    with db.act() as act:
        ids = attending.claim(act, utc_now(), limit=50)
        assert len(ids) == 50
        attending.load(act, ids)


def due_threads(_cast: Cast) -> None:
    with db.act() as act:
        ids = answering.claim(act, utc_now(), limit=100)
        assert len(ids) == 100
        answering.load(act, ids)


def watchdog(_cast: Cast) -> None:
    with db.statement() as connection:
        watching.watch(connection, utc_now())


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        (look_up, {"pk_reference_codes", "pk_escalations", "ix_escalations_identity"}),
        (decision, {"pk_reference_codes", "pk_escalations", "pk_idempotency_keys"}),
        (decision_of_a_look_up, {"pk_look_ups", "pk_escalations"}),
        (inbox, {"ix_escalations_expected"}),
        (queue, {"ix_threads_queue", "ix_escalations_thread", "ix_milestones_missed"}),
        (due_outcomes, {"ix_outcomes_due", "pk_outcomes"}),
        (due_notices, {"ix_notices_due", "pk_notices", "pk_escalations"}),
        (due_cases, {"ix_escalations_attend", "uq_milestones_escalation", "ix_ladder_runs_escalation"}),
        (due_threads, {"ix_threads_attend", "uq_milestones_thread"}),
        (
            watchdog,
            {
                "ix_escalations_asleep",
                "ix_ladder_runs_next",
                "ix_milestones_open_due",
                "ix_escalations_attend",
            },
        ),
    ],
)
def test_the_hot_statements_use_their_indexes(
    filled: Cast, asked: Asked, act: Callable[[Cast], None], wanted: set[str]
) -> None:
    act(filled)

    used, scanned = set(), set()
    with pools.pool().connection() as connection:
        for statement, values, is_ours in list(asked):
            if statement.split(None, 1)[0] in {"WITH", "SELECT", "UPDATE", "INSERT"}:
                for node in _nodes(connection, statement, values, is_ours=is_ours):
                    used.add(node.get("Index Name"))
                    if node["Node Type"] == "Seq Scan":
                        scanned.add(node["Relation Name"])

    assert wanted <= used
    assert not scanned & LARGE


def _nodes(
    connection: Any, statement: str, values: dict[str, Any], *, is_ours: bool
) -> Iterator[dict[str, Any]]:
    with psycopg.ClientCursor(connection) as cursor:
        if is_ours:
            asked, names = numbered(statement)
            # As psycopg does: instants have their type, for the rest PostgreSQL finds it.
            types = ", ".join(
                "timestamptz" if isinstance(values[name], datetime) else "unknown" for name in names
            )
            cursor.execute(
                (f"PREPARE asked ({types}) AS " if names else "PREPARE asked AS ").encode() + asked
            )
            given = ", ".join(f"%({name})s" for name in names)
            cursor.execute(
                f"EXPLAIN (FORMAT JSON) EXECUTE asked ({given})"
                if names
                else "EXPLAIN (FORMAT JSON) EXECUTE asked",
                values,
            )
            found = cursor.fetchone()
            cursor.execute("DEALLOCATE asked")
        else:
            cursor.execute("EXPLAIN (FORMAT JSON) " + statement, values)
            found = cursor.fetchone()
    plan = found[0] if isinstance(found[0], list) else orjson.loads(found[0])
    waiting = [plan[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.get("Plans", [])
