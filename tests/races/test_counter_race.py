"""Many hands on one code, through the real web server: exactly once, to the cent.

Each guard is shown to matter: the same race without it gives a wrong result.
"""

import http.client
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.promises import StoreScope
from bridge.queries import counter as counter_queries
from bridge.services import verifying
from bridge.settings import settings
from tests.cast import Cast, claimed_thread, decide, line, once, promise, vault
from tests.conftest import Servers
from tests.running import Service, running

pytestmark = pytest.mark.servers

Answer = tuple[int, dict[str, object], bytes]
_keys = itertools.count(1)


@pytest.fixture(scope="module")
def service(environment: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("race"), BRIDGE_LOG_LEVEL="INFO") as service:
        yield service


def at_once(
    threads: int, calls: int, one: Callable[[http.client.HTTPConnection, int], Answer], service: Service
) -> list[Answer]:
    """`calls` requests from `threads` threads that start together, each on its own connection."""
    barrier = threading.Barrier(threads)
    local = threading.local()
    opened: list[http.client.HTTPConnection] = []

    def run(number: int) -> Answer:
        if not hasattr(local, "connection"):
            local.connection = service.connection(60)
            opened.append(local.connection)
            barrier.wait(30)
        return one(local.connection, number)

    try:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(run, range(calls)))
    finally:
        for connection in opened:
            connection.close()


def honour(service: Service, cast: Cast, code: str | None, **more: object) -> Callable[..., Answer]:
    def one(connection: http.client.HTTPConnection, number: int) -> Answer:
        body = {"action": "honour", "code": code, **more}
        headers = {**cast.sam.headers, "Idempotency-Key": f"race-{number}-{next(_keys)}"}
        return service.call("POST", "/api/v1/counter/decisions", body, headers=headers, connection=connection)

    return one


def books_agree() -> bool:
    with db.reading() as snapshot:
        found = [*verifying.reconcile(snapshot), *verifying.verify(snapshot, settings=settings())]
    return found == []


def test_a_thousand_honours_of_one_code_from_a_hundred_threads_succeed_once(
    cast: Cast, service: Service
) -> None:
    made = promise(cast)

    answers = at_once(100, 1_000, honour(service, cast, made.code), service)

    assert Counter(status for status, _, _ in answers) == {201: 1, 409: 999}
    refusals = {body["code"] for status, body, _ in answers if status == 409}
    assert refusals <= {"already_used", "just_done"}
    assert books_agree()


def test_fifty_parts_of_seventy_from_a_thousand_leave_exactly_twenty(cast: Cast, service: Service) -> None:
    made = promise(cast, amount_minor=1_000)

    answers = at_once(50, 50, honour(service, cast, made.code, amount_minor=70), service)

    given = [body["amount_minor"] for status, body, _ in answers if status == 201]
    assert given == [70] * 14
    assert min(int(str(b["remaining_minor"])) for s, b, _ in answers if s == 201) == 20
    assert books_agree()


def test_the_same_key_two_hundred_times_is_one_row_and_the_same_bytes(
    cast: Cast, service: Service, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    made = promise(cast)
    body = {"action": "honour", "code": made.code}
    headers = {**cast.sam.headers, "Idempotency-Key": "one-and-the-same"}

    def one(connection: http.client.HTTPConnection, _number: int) -> Answer:
        return service.call("POST", "/api/v1/counter/decisions", body, headers=headers, connection=connection)

    answers = at_once(40, 200, one, service)

    assert {(status, raw) for status, _, raw in answers} == {(201, answers[0][2])}
    assert owner.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


def test_twenty_claims_of_one_thread_have_one_winner(cast: Cast, service: Service) -> None:
    thread = claimed_thread(cast)
    agents = [cast.ana, cast.kim, cast.ivy]
    with db.transaction() as session:
        session.connection().exec_driver_sql("UPDATE thread_claims SET released_at = now()")

    def one(connection: http.client.HTTPConnection, number: int) -> Answer:
        headers = {**agents[number % 3].headers, "Idempotency-Key": f"claim-{number}-{next(_keys)}"}
        return service.call(
            "POST", f"/api/v1/threads/{thread.id}/claim", {}, headers=headers, connection=connection
        )

    answers = at_once(20, 20, one, service)

    winners = {str(body["holder"]) for status, body, _ in answers if status == 409}
    assert len(winners) == 1
    assert {status for status, _, _ in answers} == {200, 409} or {s for s, _, _ in answers} == {201, 409}


def test_fifty_issues_at_a_budget_s_edge_spend_exactly_the_budget(
    cast: Cast, service: Service, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    owner.execute("UPDATE authority_grants SET budget_day_minor = 100000, max_customer_30d_minor = NULL")
    threads = [claimed_thread(cast).id for _ in range(50)]

    def one(connection: http.client.HTTPConnection, number: int) -> Answer:
        body = {
            "thread_id": str(threads[number]),
            "store_scope": "one",
            "store_number": "12",
            "lines": [{"type": "exchange", "level": "authorise", "item": "CD", "amount_minor": 4_500}],
        }
        headers = {**cast.ana.headers, "Idempotency-Key": f"budget-{number}"}
        return service.call("POST", "/api/v1/escalations", body, headers=headers, connection=connection)

    answers = at_once(25, 50, one, service)

    states = Counter(str(body["status"]) for _, body, _ in answers)
    assert states == {"issued": 22, "pending_approval": 28}
    assert owner.execute("SELECT used_minor FROM budget_uses WHERE period = 'day'").fetchone() == (99_000,)
    assert books_agree()


def test_without_the_lock_the_same_race_gives_more_than_there_is(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    """The negative control: if this did not over-redeem, the tests above would prove nothing."""
    monkeypatch.setattr(counter_queries, "LOCK", "")
    for constraint in ("uq_timeline_stream_seq",):
        owner.execute(f"ALTER TABLE timeline DROP CONSTRAINT {constraint}")
    try:
        given = 0
        for _ in range(10):
            made = promise(cast, amount_minor=1_000)
            barrier = threading.Barrier(12)

            def one(
                _number: int, code: str | None = made.code, barrier: threading.Barrier = barrier
            ) -> object:
                barrier.wait(10)
                return decide(cast, cast.sam, code=code, amount_minor=700)

            with ThreadPoolExecutor(12) as pool:
                list(pool.map(one, range(12)))
            total = owner.execute(
                "SELECT coalesce(sum(amount_minor), 0) FROM decisions WHERE escalation_id = %s", [made.id]
            ).fetchone()
            assert total is not None
            given = max(given, int(str(total[0])))
            if given > 1_000:
                break
        assert given > 1_000
    finally:
        owner.execute("TRUNCATE timeline")
        owner.execute("ALTER TABLE timeline ADD CONSTRAINT uq_timeline_stream_seq UNIQUE (stream, seq)")


def test_without_the_condition_a_budget_is_overspent(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    """The negative control of the budget: spent by reading first and writing afterwards."""
    from bridge.db import Act
    from bridge.queries import promises as promise_queries
    from bridge.services import issuing, promises

    owner.execute("UPDATE authority_grants SET budget_day_minor = 10000, max_customer_30d_minor = NULL")
    barrier = threading.Barrier(6)

    def read_then_write(act: Act, person_id: object, uses: list[tuple[object, ...]]) -> bool:
        grant_id, _period, starts_on, amount, limit = uses[0]
        values = {"g": grant_id, "p": person_id, "s": starts_on, "a": amount}
        row = act.ask("SELECT used_minor FROM budget_uses WHERE grant_id = %(g)s", values).fetchone()
        used = row.used_minor if row else 0
        barrier.wait(10)
        if used + int(str(amount)) > int(str(limit)):
            return False
        act.ask(
            "INSERT INTO budget_uses VALUES (%(g)s, %(p)s, 'day', %(s)s, %(a)s) "
            "ON CONFLICT (grant_id, person_id, period, starts_on) "
            "DO UPDATE SET used_minor = budget_uses.used_minor + excluded.used_minor",
            values,
        )
        return True

    monkeypatch.setattr(promise_queries, "spend", read_then_write)
    threads = [claimed_thread(cast).id for _ in range(6)]

    def one(number: int) -> object:
        with db.act() as act:
            return promises.make(
                act,
                cast.ana.token,
                issuing.Wanted(
                    thread_id=threads[number],
                    lines=[line(4_000)],
                    store_scope=StoreScope.ONE,
                    store_number="12",
                ),
                once=once("promises"),  # type: ignore[arg-type]  # the answer's type does not matter here
                now=utc_now(),
                settings=settings(),
                vault=vault(),
            )

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(6)))

    spent = owner.execute("SELECT used_minor FROM budget_uses").fetchone()
    assert spent is not None
    assert int(str(spent[0])) > 10_000


def test_the_service_s_log_holds_no_code(cast: Cast, service: Service, tmp_path: Path) -> None:
    made = promise(cast)
    with closing(service.connection()) as connection:
        honour(service, cast, made.code)(connection, 1)

    logs = [path.read_text("utf-8", "replace") for path in tmp_path.parent.rglob("service.log")]

    assert made.code is not None
    assert any("/counter/decisions" in log for log in logs)
    assert all(made.code not in log for log in logs)
