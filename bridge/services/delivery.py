"""The sweep that delivers what is owed to webhooks. Called by a task every few seconds; safe to run twice.

1. Give up or cancel what has no future.
2. Take outcomes whose worker died, one by one.
3. Claim a batch with a lease, and COMMIT: from here on a crash costs an attempt, not the outcome.
4. Send outside any transaction, one thread for each endpoint, so that a slow receiver waits
   for itself only. After three failures to connect in a row, a 410 or 429, or ten seconds,
   the rest of an endpoint's batch goes back without an attempt.
5. Store results together as they come, prolong the leases of what is still being sent, and claim on
   until nothing is due or the sweep's time is over.

A crash between 4 and 5 sends an outcome twice with the same `webhook-id`; receivers drop
repeats by it. Only this module's main thread touches the database.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

import structlog

from bridge import db, metrics
from bridge.channels import signing, webhook
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed, Sent
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable
from bridge.events import CONTENT_TYPES, Format, body_of
from bridge.logs import redact
from bridge.queries import outcomes as queries
from bridge.queries.outcomes import Claimed, Settled
from bridge.retries import Judgement, judge, next_try
from bridge.services import webhooks
from bridge.settings import Settings
from bridge.vault import Vault

BATCH_MAX: Final = 800
BATCH_PER_ENDPOINT: Final = 200
STORE_MAX: Final = 200
THREADS: Final = 16
CIRCUIT_FAILURES: Final = 3
# Gone, or too many requests: whatever follows would be answered alike.
STOPS_THE_TURN: Final = (410, 429)
SWEEP_SECONDS: Final = 20.0
TURN_SECONDS: Final = 10.0
INTERRUPTED_SECONDS: Final = 5.0
DATABASE_PATIENCE_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.2

log = structlog.get_logger()
Post = Callable[..., Sent | Failed]


@dataclass(frozen=True, slots=True)
class Try:
    """One claimed outcome and what came of it; None means that it was not tried."""

    claim: Claimed
    started_at: datetime
    answer: Sent | Failed | None


@dataclass(frozen=True, slots=True)
class _TurnEnded:
    """An endpoint's thread is done; `tripped` when its circuit opened."""

    endpoint_id: UUID
    tripped: bool


def deliver_due(
    config: Settings, *, post: Post = webhook.post, clock: Callable[[], datetime] = utc_now
) -> Counter[str]:
    """Deliver what is due, for at most about half a minute. Commits as it goes.

    Returns how many were delivered, retry, dead, gone, put_back and cancelled.
    Raises DatabaseUnavailable when the database stays away.
    """
    sweep = _Sweep(config, post, clock)
    try:
        sweep.run()
    finally:
        sweep.stop()
    return sweep.count


@dataclass
class _Sweep:
    """One run of `deliver_due`: which endpoints are busy, what is claimed, what came back."""

    config: Settings
    post: Post
    clock: Callable[[], datetime]
    count: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        self._back: SimpleQueue[Try | _TurnEnded] = SimpleQueue()
        self._claimed: dict[UUID, Claimed] = {}
        self._unstored: list[Try] = []
        self._busy: set[UUID] = set()
        self._tripped: set[UUID] = set()
        self._ends = time.monotonic() + SWEEP_SECONDS
        self._lease_kept = time.monotonic()
        self._stopping = False
        self._vault = Vault(self.config.encryption_keys)
        self._post = partial(
            self.post,
            limits=Limits(
                allow_private=self.config.webhook_allow_private_addresses,
                connect_seconds=self.config.webhook_connect_timeout_seconds,
                read_seconds=self.config.webhook_read_timeout_seconds,
                response_max_bytes=self.config.webhook_response_max_bytes,
            ),
        )

    def run(self) -> None:
        self._tidy()
        interrupted_until = time.monotonic() + INTERRUPTED_SECONDS
        while time.monotonic() < interrupted_until and self._begin(self._claim_interrupted):
            self._wait_for_all()
        while True:
            self._take_reports(wait_seconds=_POLL_SECONDS if self._busy else 0)
            # Claim before storing: the receivers' threads work on while this one writes.
            began = self._has_room() and self._begin(self._claim_due)
            self._store()
            self._keep_leases()
            if not began and not self._busy:
                return

    def stop(self) -> None:
        """Let the threads end after what they are sending now."""
        self._stopping = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _tidy(self) -> None:
        now = self.clock()
        with db.statement() as connection:
            metrics.OUTCOME_AGE_SECONDS.set(queries.age_seconds(connection, now))
            buried = queries.bury_interrupted(connection, now)
            self.count["cancelled"] += queries.cancel_unwanted(connection, now)
        for outcome_id in buried:
            self._note_dead(outcome_id, error="interrupted", attempts=None)

    def _has_room(self) -> bool:
        return time.monotonic() < self._ends and len(self._busy) < THREADS

    def _claim_interrupted(self, act: db.Act, now: datetime) -> list[Claimed]:
        lease = self.config.outcome_lease_seconds
        return queries.claim_interrupted(act, now, lease_seconds=lease, except_endpoints=self._tripped)

    def _claim_due(self, act: db.Act, now: datetime) -> list[Claimed]:
        return queries.claim_due(
            act,
            now,
            limit=BATCH_MAX,
            per_endpoint=BATCH_PER_ENDPOINT,
            lease_seconds=self.config.outcome_lease_seconds,
            except_endpoints=self._busy | self._tripped,
        )

    def _begin(self, claim: Callable[[db.Act, datetime], list[Claimed]]) -> bool:
        """Claim, commit, and give each endpoint's share to a thread. False when nothing was due."""
        now = self.clock()
        with db.act() as act:
            claims = claim(act, now)
            if not claims:
                return False
            endpoints = {one.endpoint_id for one in claims}
            ciphers = queries.ciphers_and_commit(act, now, endpoints=endpoints)
        self._claimed |= {one.id: one for one in claims}
        claims.sort(key=lambda one: (one.endpoint_id, one.created_at))
        for endpoint_id, share in groupby(claims, key=lambda one: one.endpoint_id):
            self._busy.add(endpoint_id)
            self._threads.submit(self._turn, endpoint_id, list(share), ciphers.get(endpoint_id, []))
        return True

    def _turn(self, endpoint_id: UUID, claims: Sequence[Claimed], ciphers: Sequence[bytes]) -> None:
        """Send one endpoint's share, in order. Runs in a thread and reports every claim, whatever happens."""
        failures, ends = 0, min(time.monotonic() + TURN_SECONDS, self._ends)
        waiting = list(reversed(claims))
        try:
            secrets = [self._vault.open(one, place=webhooks.SECRETS_PLACE).decode() for one in ciphers]
        except ValueError:
            secrets = []
        try:
            while waiting and failures < CIRCUIT_FAILURES and time.monotonic() < ends and not self._stopping:
                claim, started_at = waiting[-1], self.clock()
                answer = self._send(claim, secrets, started_at)
                waiting.pop()
                self._back.put(Try(claim, started_at, answer))
                failures = failures + 1 if isinstance(answer, Failed) else 0
                if isinstance(answer, Sent) and answer.status_code in STOPS_THE_TURN:
                    failures = CIRCUIT_FAILURES
        finally:
            for claim in reversed(waiting):
                self._back.put(Try(claim, self.clock(), None))
            self._back.put(_TurnEnded(endpoint_id, tripped=bool(failures and waiting)))

    def _send(self, claim: Claimed, secrets: Sequence[str], now: datetime) -> Sent | Failed:
        try:
            form = Format(claim.format)
            body = body_of(
                form,
                id=claim.id,
                topic=claim.topic,
                at=claim.created_at,
                data=claim.payload,
                base_url=self.config.base_url,
            )
            headers = signing.sign(
                secrets, message_id=str(claim.id), timestamp=int(now.timestamp()), body=body
            )
        except (ValueError, TypeError):
            return Failed("cannot_be_signed", 0.0)
        headers["Content-Type"] = CONTENT_TYPES[form]
        if claim.request_id.isascii() and claim.request_id.isprintable() and claim.request_id:
            headers["X-Request-Id"] = claim.request_id
        return self._post(claim.url, body, headers)

    def _wait_for_all(self) -> None:
        while self._busy:
            self._take_reports(wait_seconds=_POLL_SECONDS)
            self._store()
            self._keep_leases()

    def _take_reports(self, *, wait_seconds: float) -> None:
        """Take what the threads report until an endpoint is done, a batch is full, or time is up."""
        until = time.monotonic() + wait_seconds
        while len(self._unstored) < STORE_MAX:
            try:
                report = self._back.get(timeout=max(until - time.monotonic(), 0))
            except Empty:
                return
            if isinstance(report, _TurnEnded):
                self._busy.discard(report.endpoint_id)
                if report.tripped:
                    self._tripped.add(report.endpoint_id)
                return
            self._unstored.append(report)

    def _store(self) -> None:
        """Settle everything reported. Waits for a database that is away: a lost result is a repeat."""
        if not self._unstored:
            return
        now = self.clock()
        settled = {one.claim.id: _settled(one, now) for one in self._unstored}
        gives_up = time.monotonic() + DATABASE_PATIENCE_SECONDS
        while True:
            try:
                with db.statement() as connection:
                    ours = queries.settle(connection, list(settled.values()), now)
                break
            except DatabaseUnavailable:
                if time.monotonic() > gives_up:
                    raise
                time.sleep(0.5)
        for one in self._unstored:
            self._claimed.pop(one.claim.id, None)
            if one.claim.id in ours:
                self._note(one, settled[one.claim.id], now)
        self._unstored.clear()

    def _keep_leases(self) -> None:
        if time.monotonic() - self._lease_kept < self.config.outcome_lease_seconds / 4:
            return
        self._lease_kept = time.monotonic()
        if self._claimed:
            with db.statement() as connection:
                queries.keep_lease(
                    connection,
                    self.clock(),
                    claims=self._claimed.values(),
                    lease_seconds=self.config.outcome_lease_seconds,
                )

    def _note(self, one: Try, result: Settled, now: datetime) -> None:
        """Count and log one settled outcome; switch a receiver off that is gone for good."""
        if one.answer is None:
            self.count["put_back"] += 1
            return
        metrics.DELIVERY_SECONDS.labels("webhook").observe(one.answer.duration_seconds)
        judgement = judge(result.status_code)
        word = "dead" if result.state == "dead" else judgement.value
        self.count[word] += 1
        metrics.OUTCOMES.labels("webhook", word).inc()
        if word == "dead":
            self._note_dead(one.claim.id, error=result.error, attempts=one.claim.attempt, counted=True)
        elif judgement is not Judgement.DELIVERED:
            log.info(
                "outcome_not_delivered",
                outcome_id=str(one.claim.id),
                endpoint_id=str(one.claim.endpoint_id),
                attempt=one.claim.attempt,
                error=result.error,
                judgement=judgement.value,
            )
        if judgement is Judgement.GONE:
            with db.transaction() as session:
                webhooks.switch_off_gone(session, one.claim.endpoint_id, now=now)

    def _note_dead(
        self, outcome_id: UUID, *, error: str, attempts: int | None, counted: bool = False
    ) -> None:
        if not counted:
            self.count["dead"] += 1
            metrics.OUTCOMES.labels("webhook", "dead").inc()
        metrics.DEAD_LETTERS.labels("webhook").inc()
        log.warning("outcome_given_up", outcome_id=str(outcome_id), error=error, attempts=attempts)


def _settled(one: Try, now: datetime) -> Settled:
    """Decide what becomes of an outcome after one attempt, or after none."""
    claim, answer = one.claim, one.answer
    if answer is None:
        return Settled(claim.id, claim.attempt, "queued", now)
    status_code, error, excerpt, asked = None, "", "", None
    if isinstance(answer, Sent):
        status_code, asked = answer.status_code, answer.retry_after_seconds
        excerpt = redact(answer.excerpt)
    else:
        error = answer.error
    judgement = judge(status_code)
    if judgement is Judgement.RETRY and not error:
        error = f"status_{status_code}"
    state, next_at = _next_state(
        judgement, next_try(claim.attempt, now, random.random(), retry_after_seconds=asked)
    )
    return Settled(
        claim.id,
        claim.attempt,
        state,
        next_at or now,
        one.started_at,
        answer.duration_seconds,
        status_code,
        "gone" if judgement is Judgement.GONE else error,
        excerpt,
    )


def _next_state(judgement: Judgement, next_at: datetime | None) -> tuple[str, datetime | None]:
    if judgement is Judgement.DELIVERED:
        return "sent", None
    if judgement is Judgement.GONE:
        return "cancelled", None
    return ("dead", None) if next_at is None else ("queued", next_at)
