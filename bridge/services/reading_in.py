"""The sweep that reads what came in: each delivery in one transaction, exactly once.

1. Claim with a lease, and COMMIT.
2. For each delivery: lock it, read its events, take each in, mark it read, COMMIT. A repeat, and a
   second worker, find it read. What clashes with another worker is tried again in a moment.
3. What cannot be read is kept for a person after a few tries; it stops nothing else.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import psycopg
import sqlalchemy as sa
import structlog

from bridge import db
from bridge.channels.coming_in import Event, NotReadable
from bridge.channels.registry import channel as channel_named
from bridge.clock import utc_now
from bridge.errors import BridgeError, DatabaseUnavailable
from bridge.queries import inbound as queries
from bridge.queries.inbound import ClaimedDelivery
from bridge.services import channel_accounts, taking_in
from bridge.services.channel_accounts import Opened
from bridge.services.receiving import RAW_PLACE
from bridge.settings import Settings
from bridge.vault import Vault

BATCH_MAX: Final = 100
LEASE_SECONDS: Final = 60
SWEEP_SECONDS: Final = 20.0
TRIES_MAX: Final = 6

log = structlog.get_logger()


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
        for one in claimed:
            _read_one(one, accounts[one.account_id], vault=vault, clock=clock, count=count)
    return count


def _read_one(
    one: ClaimedDelivery,
    opened: Opened,
    *,
    vault: Vault,
    clock: Callable[[], datetime],
    count: Counter[str],
) -> None:
    now = clock()
    try:
        events = _events_of(one, opened, vault)
        with db.transaction() as session:
            if not queries.is_still_ours(session, one):
                return
            for event in events:
                taking_in.take_in(session, opened, event, received_at=one.received_at, now=now)
            queries.done(session, one, kinds=[event.kind.value for event in events], now=now)
    except NotReadable as error:
        _put_back(one, error.reason, None, now, count)
    except (DatabaseUnavailable, psycopg.OperationalError, sa.exc.OperationalError):
        # Two workers in each other's way, or the database is away: in a moment again.
        _put_back(one, "busy", now + timedelta(seconds=random.uniform(0.2, 2)), now, count)
    except BridgeError as error:
        _put_back(one, error.code, _later(one, now), now, count)
    except Exception as error:
        log.exception("delivery_not_read", delivery_id=str(one.id), error=type(error).__name__)
        _put_back(one, type(error).__name__, _later(one, now), now, count)
    else:
        count["read"] += 1
        count.update(event.kind.value for event in events)


def _events_of(one: ClaimedDelivery, opened: Opened, vault: Vault) -> list[Event]:
    if one.raw_cipher is None:
        raise NotReadable("thrown_away")
    try:
        body = vault.open(one.raw_cipher, place=RAW_PLACE)
    except ValueError as error:
        raise NotReadable("sealed_with_another_key") from error
    return list(channel_named(opened.account.channel).read(opened.account, body))


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
