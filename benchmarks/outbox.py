"""PF9 and the worker's part of PF10: the outbox as a queue, and delivery to a local receiver.

Runs in a process of its own (`python -m benchmarks.outbox`, started by the run), which
is at the same time the worker whose memory is watched.
"""

import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import requests

from benchmarks import retailer, servers
from bridge import db
from bridge.clock import utc_now
from bridge.embedded.ports import LOOPBACK, free_port
from bridge.models import WebhookEndpoint, WebhookSecret
from bridge.queries import outcomes as queries
from bridge.queries.outcomes import Settled
from bridge.services import delivery, webhooks
from bridge.settings import settings
from bridge.vault import Vault

BATCH = 800
_OWE = """
INSERT INTO outcomes (id, channel, topic, endpoint_id, payload, state, attempts, next_at, created_at,
                      last_error, request_id)
SELECT gen_random_uuid(), 'webhook', 'escalation.honoured', e.id,
       jsonb_build_object('number', n, 'status', 'honoured', 'amount_minor', 4000), 'queued', 0, now(), now(),
       '', 'request-' || n
FROM generate_series(1, %(each)s) AS n, unnest(%(endpoints)s::uuid[]) AS e (id)
"""


class Outbox:
    """The queue of one database, with endpoints made for the run."""

    def __init__(self, url: str) -> None:
        self._owner = psycopg.connect(url, autocommit=True)
        brand = self._owner.execute("SELECT id FROM brands LIMIT 1").fetchone()
        assert brand is not None
        self._brand_id: UUID = brand[0]
        self._owner.execute("UPDATE webhook_endpoints SET enabled = false")
        self.empty()

    def register(self, port: int, count: int = 1) -> list[UUID]:
        """Endpoints at a local port, each with a secret."""
        vault = Vault(settings().encryption_keys)
        made = []
        with db.transaction() as session:
            for _ in range(count):
                endpoint = WebhookEndpoint(
                    brand_id=self._brand_id,
                    url=f"http://{LOOPBACK}:{port}/{secrets.token_hex(4)}",
                    topics=["*"],
                )
                session.add(endpoint)
                session.flush()
                secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
                cipher = vault.seal(secret.encode(), place=webhooks.SECRETS_PLACE)
                session.add(WebhookSecret(endpoint_id=endpoint.id, cipher=cipher))
                made.append(endpoint.id)
        return made

    def owe(self, endpoints: list[UUID], each: int) -> None:
        self._owner.execute(_OWE, {"each": each, "endpoints": endpoints})

    def empty(self) -> None:
        self._owner.execute("TRUNCATE delivery_attempts, outcomes")
        self._owner.execute("VACUUM ANALYZE outcomes")


def claim_and_mark(publish: Any = None) -> int:
    """Claim batches and mark them sent until nothing is due; `publish` gets each row. Returns the rows."""
    count = 0
    while True:
        now = utc_now() + timedelta(seconds=1)
        with db.act() as act:
            claims = queries.claim_due(act, now, limit=BATCH, per_endpoint=BATCH, lease_seconds=60)
            if not claims:
                return count
            queries.ciphers_and_commit(act, now, endpoints={one.endpoint_id for one in claims})
        if publish is not None:
            for one in claims:
                publish(one)
        settled = [Settled(one.id, one.attempt, "sent", now, now, 0.001, 200) for one in claims]
        with db.statement() as connection:
            count += len(queries.settle(connection, settled, now))


def rate(rows: int, work: Any) -> float:
    began = time.perf_counter()
    work()
    return rows / (time.perf_counter() - began)


def run(url: str, *, rounds: int, queue_rows: int, each: int, deliveries: int) -> dict[str, float]:
    outbox = Outbox(url)
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    with receiver() as port:
        quiet = outbox.register(port, 4)
        for _ in range(rounds):
            outbox.empty()
            outbox.owe(quiet, queue_rows // 4)
            batches = rate(queue_rows, claim_and_mark)
            few = queue_rows // 5
            outbox.empty()
            outbox.owe(quiet, few // 4)
            with celery_publisher() as publish:
                messages = rate(few, lambda publish=publish: claim_and_mark(publish))
            note("queue_per_second", batches)
            note("celery_per_second", messages)
            note("queue_to_celery", batches / messages)

        [one] = outbox.register(port)
        [dead] = outbox.register(free_port())
        for _ in range(rounds):
            outbox.empty()
            bare = rate(each, lambda: bare_loop(f"http://{LOOPBACK}:{port}/bare", each))
            outbox.owe([one], each)
            ours = rate(each, lambda: deliver(each))
            note("bare_per_second", bare)
            note("deliver_per_second", ours)
            note("deliver_to_bare", ours / bare)

            outbox.empty()
            outbox.owe(quiet, each // 4)
            alone = rate(each, lambda: deliver(each))
            outbox.empty()
            outbox.owe([*quiet, dead], each // 4)
            beside = rate(each, lambda: deliver(each))
            note("several_per_second", alone)
            note("beside_dead_per_second", beside)
            note("beside_dead_to_alone", beside / alone)

        outbox.empty()
        done, first = 0, 0.0
        while done < deliveries:
            outbox.owe([one], each)
            deliver(each)
            done += each
            if not first and done >= deliveries / 5:
                first = servers.own_pss_mib()
        note("worker_mib_early", first)
        note("worker_mib_late", servers.own_pss_mib())
        note("worker_deliveries", done)
    return {name: statistics.median(values) for name, values in found.items()}


def deliver(count: int) -> None:
    """Sweep until `count` outcomes arrived."""
    arrived = 0
    while arrived < count:
        swept = delivery.deliver_due(settings())
        arrived += swept["delivered"]
        if not swept:
            raise SystemExit(f"only {arrived} of {count} outcomes were delivered")


def bare_loop(url: str, count: int) -> None:
    """What a plain loop with a kept connection does: no signing, no queue, no record."""
    body = orjson.dumps({"type": "escalation.honoured", "data": {"number": 1, "status": "honoured"}})
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(count):
            session.post(
                url, data=body, headers={"Content-Type": "application/json"}, timeout=5
            ).raise_for_status()


@contextmanager
def celery_publisher() -> Iterator[Any]:
    """Publishes one Celery message per row, with one producer, as fast as that goes."""
    from bridge.celery_app import app

    with app.producer_or_acquire() as producer:

        def publish(claim: Any) -> None:
            app.send_task("benchmarks.noop", args=[str(claim.id)], producer=producer, queue="benchmarks")

        yield publish
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge("benchmarks")


@contextmanager
def receiver() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver"],
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def in_a_process(url: str, redis_url: str, folder: Path, **options: int) -> dict[str, float]:
    """Run `run` in a fresh process and return what it found."""
    environment = {**os.environ, **retailer.ENVIRONMENT, "DATABASE_URL": url, "REDIS_URL": redis_url}
    with (folder / "outbox.log").open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.outbox", json.dumps({"url": url, **options})],
            cwd=servers.ROOT,
            env={**environment, "BRIDGE_LOG_LEVEL": "WARNING"},
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"the outbox's part failed:\n{(folder / 'outbox.log').read_text()[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        result = run(**json.loads(sys.argv[1]))
    print(json.dumps(result))
