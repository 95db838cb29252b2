"""The sweep that reads what came in: each delivery's effect exactly once, and a bad one stops no other.

1. Claim with a lease, and COMMIT.
2. Customers' posts that come for the first time, some twenty-five together: lock them, look up at once what
   they are about, take each in, mark them read, COMMIT. If anything goes wrong with one, nothing was done.
3. Then, and for everything else, each delivery alone: lock it, take its events in, mark it read, COMMIT. A
   repeat, and a second worker, find it read. What clashes with another worker is tried again in a moment.
4. What cannot be read is kept for a person after a few tries.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import psycopg
import sqlalchemy as sa
import structlog
from sqlmodel import Session

from bridge import db, metrics
from bridge.channels.coming_in import CHANNEL_FAILED, Event, NotReadable, sound
from bridge.channels.registry import channel as channel_named
from bridge.clock import utc_now
from bridge.errors import BridgeError, DatabaseUnavailable
from bridge.queries import inbound as queries
from bridge.queries.inbound import ClaimedDelivery
from bridge.services import bursts, channel_accounts, taking_in
from bridge.services.channel_accounts import Opened
from bridge.services.receiving import RAW_PLACE
from bridge.settings import Settings
from bridge.vault import Vault

BATCH_MAX: Final = 100
LEASE_SECONDS: Final = 60
SWEEP_SECONDS: Final = 20.0
TRIES_MAX: Final = 6

TOGETHER_MAX: Final = 25
"""So many posts in one transaction, in however many deliveries. It ends within a moment, so nobody waits long
for its locks; and it takes some six of them for each post, while PostgreSQL has a few thousand in all."""
EVENTS_MAX: Final = 10
"""A delivery that tells more has a transaction of its own."""

NOT_STORED: Final = "not_stored"
"""A fault of ours in taking it in; the log says which."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Readable:
    """A delivery with its account and what it tells."""

    claimed: ClaimedDelivery
    opened: Opened
    events: Sequence[Event]

    @property
    def kinds(self) -> list[str]:
        """The kinds of its events, for the record."""
        return [event.kind.value for event in self.events]


def read_due(config: Settings, *, clock: Callable[[], datetime] = utc_now) -> Counter[str]:
    """Read what waits, for at most about twenty seconds. Commits as it goes.

    Returns how many deliveries were read, again (to be tried again) and failed, and events by kind.
    """
    count: Counter[str] = Counter()
    ends = time.monotonic() + SWEEP_SECONDS
    vault = Vault(config.encryption_keys)
    while time.monotonic() < ends:
        now = clock()
        with db.work() as act:
            claimed = queries.claim(
                act, now, limit=BATCH_MAX, lease_until=now + timedelta(seconds=LEASE_SECONDS)
            )
        if not claimed:
            break
        with db.statement() as connection:
            accounts = channel_accounts.opened(
                connection, {one.account_id for one in claimed}, vault=vault, now=now
            )
        readable = []
        for one in claimed:
            opened = accounts[one.account_id]
            events = _events_of(one, opened, vault, now=clock(), count=count)
            if events is not None:
                readable.append(Readable(one, opened, events))
        for together in _batches(readable):
            if len(together) > 1 and _read_together(together, now=clock(), count=count):
                continue
            for single in together:
                _read_alone(single, now=clock(), count=count)
    return count


def _batches(readable: Sequence[Readable]) -> Iterator[list[Readable]]:
    """In the order in which they came: customers' posts together, everything else alone.

    What was tried before is alone as well, so that whatever went wrong with it goes wrong with it only.
    """
    batch: list[Readable] = []
    room = TOGETHER_MAX
    for one in readable:
        takes = max(len(one.events), 1) if _is_plain(one) else TOGETHER_MAX
        if batch and takes > room:
            yield batch
            batch, room = [], TOGETHER_MAX
        batch.append(one)
        room -= takes
    if batch:
        yield batch


def _is_plain(readable: Readable) -> bool:
    is_all_posts = all(bursts.is_post(readable.opened, event) for event in readable.events)
    return readable.claimed.attempt == 1 and is_all_posts and len(readable.events) <= EVENTS_MAX


def _read_together(batch: Sequence[Readable], *, now: datetime, count: Counter[str]) -> bool:
    """All of them in one transaction; false when something went wrong, and then nothing was done."""
    try:
        with db.transaction() as session:
            ours = queries.those_still_ours(session, [one.claimed for one in batch])
            left = [one for one in batch if one.claimed.id in ours]
            bursts.look_up(session, [(one.opened, event) for one in left for event in one.events])
            for one in left:
                _take_in(session, one, now)
            queries.all_done(session, {one.claimed.id: one.kinds for one in left}, now=now)
    except (BridgeError, psycopg.OperationalError, sa.exc.OperationalError) as error:
        # A bad delivery, another worker in our way, or the database is away.
        metrics.BATCHES_FAILED.labels("expected").inc()
        log.info("deliveries_not_read_together", deliveries=len(batch), error=type(error).__name__)
        return False
    except Exception as error:
        metrics.BATCHES_FAILED.labels("bug").inc()
        log.exception("deliveries_not_read_together", deliveries=len(batch), error=type(error).__name__)
        return False
    for one in left:
        _count_read(one, count)
    return True


def _read_alone(readable: Readable, *, now: datetime, count: Counter[str]) -> None:
    one = readable.claimed
    try:
        with db.transaction() as session:
            if not queries.is_still_ours(session, one):
                return
            _take_in(session, readable, now)
            queries.done(session, one, kinds=readable.kinds, now=now)
    except (DatabaseUnavailable, psycopg.OperationalError, sa.exc.OperationalError):
        # Two workers in each other's way, or the database is away: in a moment again.
        _put_back(one, "busy", now + timedelta(seconds=random.uniform(0.2, 2)), now, count)
    except BridgeError as error:
        _put_back(one, error.code, _later(one, now), now, count)
    except Exception as error:
        log.exception("delivery_not_read", delivery_id=str(one.id), error=type(error).__name__)
        _put_back(one, NOT_STORED, _later(one, now), now, count)
    else:
        _count_read(readable, count)


def _take_in(session: Session, readable: Readable, now: datetime) -> None:
    received_at = readable.claimed.received_at
    for event in readable.events:
        taking_in.take_in(session, readable.opened, event, received_at=received_at, now=now)


def _count_read(readable: Readable, count: Counter[str]) -> None:
    count["read"] += 1
    count.update(readable.kinds)


def _events_of(
    one: ClaimedDelivery, opened: Opened, vault: Vault, *, now: datetime, count: Counter[str]
) -> list[Event] | None:
    """What a delivery tells; None when it cannot be read, and then it is put back."""
    try:
        return _read(one, opened, vault)
    except NotReadable as error:
        _put_back(one, error.reason, None, now, count)
    except BridgeError as error:
        _put_back(one, error.code, _later(one, now), now, count)
    except Exception as error:
        log.exception("delivery_not_read", delivery_id=str(one.id), error=type(error).__name__)
        _put_back(one, CHANNEL_FAILED, _later(one, now), now, count)
    return None


def _read(one: ClaimedDelivery, opened: Opened, vault: Vault) -> list[Event]:
    if one.raw_cipher is None:
        raise NotReadable("thrown_away")
    try:
        body = vault.open(one.raw_cipher, place=RAW_PLACE)
    except ValueError as error:
        raise NotReadable("sealed_with_another_key") from error
    return sound(channel_named(opened.account.channel).read(opened.account, body))


def _later(one: ClaimedDelivery, now: datetime) -> datetime | None:
    return None if one.attempt >= TRIES_MAX else now + timedelta(seconds=2.0**one.attempt)


def _put_back(
    one: ClaimedDelivery, error: str, next_at: datetime | None, now: datetime, count: Counter[str]
) -> None:
    count["failed" if next_at is None else "again"] += 1
    with db.statement() as connection:
        queries.not_done(connection, one, error=error, next_at=next_at, now=now)
    log.info("delivery_put_back", delivery_id=str(one.id), error=error, is_final=next_at is None)


def forget_raw(now: datetime) -> int:
    """Throw away raw bytes whose time is over. Returns how many."""
    forgotten = 0
    with db.statement() as connection:
        while batch := queries.forget_raw(connection, now, limit=1000):
            forgotten += batch
    return forgotten
