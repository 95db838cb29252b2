"""The sweep that tells staff what is due. Called by a task every few seconds; safe to run twice.

1. Give up what never came to an end, and take, one by one, notices whose worker died.
2. Claim what is due with a lease; what nobody needs any more is cancelled by the claim.
   What would wake a store at night waits for its next opening, and a storm for one reader
   becomes one digest. COMMIT.
3. Send outside any transaction: one thread for each mail connection, SMS account or address.
   After a server that is away, a 410 or a 429, the rest of that turn goes back without an attempt.
4. Store results together as they come, and go on until nothing is due or the time is over.

A crash between 3 and 4 tells once more, with the same Message-ID; an SMS is looked for in the
list of sent messages first. Nobody is left untold because a channel is dead: the steps of a
ladder are notices of their own, and what is given up stands in its reader's inbox.
Only this module's main thread touches the database.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

import structlog

from bridge import db, metrics
from bridge.channels.answer import Answer, Result
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable
from bridge.notices import Channel
from bridge.queries import notice_queue as queries
from bridge.queries.notice_queue import Claimed, Settled
from bridge.services import contacts
from bridge.services.calendars import CalendarShelf
from bridge.services.notice_picking import pick
from bridge.services.notice_sending import Prepared, Sender, prepare
from bridge.services.notice_settling import Try, settled_as
from bridge.settings import Settings
from bridge.vault import Vault

BATCH_MAX: Final = 400
THREADS: Final = 16
SWEEP_SECONDS: Final = 20.0
TURN_SECONDS: Final = 10.0
INTERRUPTED_MAX: Final = 20
# Channels that all go through one server of somebody's: when it is away, the sweep leaves them alone.
ONE_SERVER: Final = (Channel.EMAIL, Channel.SMS)
DATABASE_PATIENCE_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.2

log = structlog.get_logger()


def notify_due(
    config: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    sender: Callable[[Settings], Sender] = Sender,
) -> Counter[str]:
    """Tell what is due, for at most about half a minute. Commits as it goes.

    Returns how many were sent, retry, dead, disabled, put_back, postponed, digested and cancelled.
    Raises DatabaseUnavailable when the database stays away.
    """
    sweep = _Sweep(config, clock, sender)
    try:
        sweep.run()
    finally:
        sweep.stop()
    return sweep.count


@dataclass
class _Sweep:
    """One run of `notify_due`: what is claimed, and what came back."""

    config: Settings
    clock: Callable[[], datetime]
    sender: Callable[[Settings], Sender]
    count: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="notify")
        self._back: SimpleQueue[Try] = SimpleQueue()
        self._claimed: dict[UUID, Claimed] = {}
        self._shelf = CalendarShelf()
        self._vault = Vault(self.config.encryption_keys)
        self._ends = time.monotonic() + SWEEP_SECONDS
        self._lease_kept = time.monotonic()
        self._stopping = False
        self._tripped: set[str] = set()

    def run(self) -> None:
        """Bury, resume, then claim and send until nothing is due."""
        self._bury()
        for _ in range(INTERRUPTED_MAX):
            if time.monotonic() > self._ends or not self._round(self._claim_interrupted):
                break
        while time.monotonic() < self._ends:
            if not self._round(self._claim_due):
                return

    def _claim_interrupted(self, act: db.Act, now: datetime) -> tuple[list[Claimed], list[str]]:
        return queries.claim_interrupted(act, now, lease_seconds=self.config.notice_lease_seconds)

    def _claim_due(self, act: db.Act, now: datetime) -> tuple[list[Claimed], list[str]]:
        return queries.claim_due(
            act,
            now,
            limit=BATCH_MAX,
            lease_seconds=self.config.notice_lease_seconds,
            except_channels=self._tripped,
        )

    def stop(self) -> None:
        """Let the threads end after what they are sending now."""
        self._stopping = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _bury(self) -> None:
        now = self.clock()
        with db.statement() as connection:
            metrics.NOTICE_AGE_SECONDS.set(queries.age_seconds(connection, now))
            buried = queries.bury_interrupted(connection, now)
        if buried:
            with db.act() as act:
                instead_of = [notice_id for notice_id, _ in buried]
                queries.tell_in_the_inbox_and_commit(act, now, instead_of=instead_of)
        for notice_id, channel in buried:
            self._note_dead(notice_id, channel, error="interrupted", attempts=None)

    def _round(self, claim: Callable[[db.Act, datetime], tuple[list[Claimed], list[str]]]) -> bool:
        """Claim, commit, send, store. False when nothing was due."""
        now = self.clock()
        with db.act() as act:
            claims, cancelled = claim(act, now)
            if not claims and not cancelled:
                return False
            picked = pick(act, claims, shelf=self._shelf, config=self.config, now=now)
            cases = queries.cases_and_commit(act, picked.told_of)
        for channel in cancelled:
            self._count(channel, "cancelled")
        for channel, word in picked.set_aside:
            self._count(channel, word)
        ready: list[Prepared] = []
        for one in picked.wanted:
            self._claimed[one.id] = one
            prepared = prepare(one, cases=cases, config=self.config, vault=self._vault, now=now)
            if prepared is None:
                self._back.put(Try(one, now, Answer(Result.FINAL, "nothing_left")))
            elif prepared.worded is None:
                self._back.put(Try(one, now, Answer(Result.FINAL, prepared.problem)))
            else:
                ready.append(prepared)
        ready.sort(key=lambda one: (one.lane, one.claim.created_at))
        turns = [
            self._threads.submit(self._turn, list(share))
            for _, share in groupby(ready, key=lambda one: one.lane)
        ]
        self._wait_for(turns)
        return True

    def _turn(self, share: Sequence[Prepared]) -> None:
        """Send one lane's share, in order. Runs in a thread and reports every claim, whatever happens."""
        waiting, ends = list(reversed(share)), min(time.monotonic() + TURN_SECONDS, self._ends)
        try:
            with self.sender(self.config) as channel:
                while waiting and time.monotonic() < ends and not self._stopping:
                    one, started_at = waiting[-1], self.clock()
                    answer = channel.send(one)
                    waiting.pop()
                    self._back.put(Try(one.claim, started_at, answer))
                    if answer.stops_turn:
                        break
        finally:
            for one in reversed(waiting):
                self._back.put(Try(one.claim, self.clock(), None))

    def _wait_for(self, turns: Sequence[Future[None]]) -> None:
        pending = set(turns)
        while True:
            _, pending = wait(pending, timeout=_POLL_SECONDS) if pending else (set(), pending)
            self._store()
            self._keep_leases()
            if not pending and self._back.empty():
                break
        for turn in turns:
            turn.result()  # a bug in a thread is a bug of the task

    def _store(self) -> None:
        """Settle everything reported. Waits for a database that is away: a lost result is a repeat."""
        tries: list[Try] = []
        while True:
            try:
                tries.append(self._back.get_nowait())
            except Empty:
                break
        if not tries:
            return
        now = self.clock()
        settled = {one.claim.id: settled_as(one, now) for one in tries}
        gives_up = time.monotonic() + DATABASE_PATIENCE_SECONDS
        while True:
            try:
                with db.act() as act:
                    ours = queries.settle(act, list(settled.values()), now)
                    dead = [one for one in ours if settled[one].state == "dead"]
                    queries.tell_in_the_inbox_and_commit(act, now, instead_of=dead)
                break
            except DatabaseUnavailable:
                if time.monotonic() > gives_up:
                    raise
                time.sleep(0.5)
        for one in tries:
            self._claimed.pop(one.claim.id, None)
            if one.claim.id in ours:
                self._note(one, settled[one.claim.id], now)

    def _keep_leases(self) -> None:
        if time.monotonic() - self._lease_kept < self.config.notice_lease_seconds / 4 or not self._claimed:
            return
        self._lease_kept = time.monotonic()
        with db.statement() as connection:
            queries.keep_lease(
                connection,
                self.clock(),
                claims=self._claimed.values(),
                lease_seconds=self.config.notice_lease_seconds,
            )

    def _note(self, one: Try, result: Settled, now: datetime) -> None:
        """Count and log one settled notice; switch a contact point off to which nothing ever will go."""
        claim, answer = one.claim, one.answer
        if answer is None:
            self.count["put_back"] += 1
            return
        if answer.stops_turn and claim.channel in ONE_SERVER:
            self._tripped.add(claim.channel)
        metrics.DELIVERY_SECONDS.labels(claim.channel).observe(answer.duration_seconds)
        if answer.result is Result.DISABLE and claim.point_id is not None:
            with db.transaction() as session:
                contacts.switch_off(session, claim.point_id, reason=answer.error, now=now)
            self._count(claim.channel, "disabled")
        if result.state == "dead":
            self._note_dead(claim.id, claim.channel, error=result.error, attempts=claim.attempt)
            return
        self._count(claim.channel, {"queued": "retry"}.get(result.state, result.state))
        if result.state == "queued":
            log.info(
                "notice_not_sent",
                notice_id=str(claim.id),
                channel=claim.channel,
                attempt=claim.attempt,
                error=result.error,
            )

    def _note_dead(self, notice_id: UUID, channel: str, *, error: str, attempts: int | None) -> None:
        self._count(channel, "dead")
        log.warning(
            "notice_given_up", notice_id=str(notice_id), channel=channel, error=error, attempts=attempts
        )

    def _count(self, channel: str, word: str) -> None:
        self.count[word] += 1
        metrics.NOTICES.labels(channel, word).inc()
