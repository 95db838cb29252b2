"""The sweep that asks networks for what is new, where they do not tell us. Safe to run twice.

1. Take accounts that are due, with a lease, and COMMIT.
2. Ask, outside any transaction.
3. Write down what came and move the cursor on in one transaction: nothing is skipped when we die in
   between, and what comes again is known by its name.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import structlog

from bridge import db
from bridge.channels.accounts import NotNow
from bridge.channels.calling import Call
from bridge.channels.coming_in import CHANNEL_FAILED, Conversation, Held, Item, Polled
from bridge.channels.registry import by_server, channels, networks
from bridge.channels.registry import channel as channel_named
from bridge.clock import utc_now
from bridge.models.base import id_at, new_id
from bridge.queries import channel_accounts as queries
from bridge.queries import inbound, searches
from bridge.searches import Search
from bridge.services import channel_accounts
from bridge.services.channel_accounts import Opened
from bridge.services.receiving import RAW_PLACE, short_id
from bridge.settings import Settings
from bridge.vault import Vault

ACCOUNTS_MAX: Final = 40
THREADS: Final = 8
LEASE_SECONDS: Final = 120
WAIT_AFTER_FAILURE_MAX_SECONDS: Final = 900
REREAD_FOR: Final = timedelta(days=14)
"""As long as raw bytes are kept at most: what is older was dealt with."""
FOLLOWED_AFTER: Final = "followed_after"
"""In the cursor: the conversation after which to go on. The rest of the cursor is the channel's own."""

log = structlog.get_logger()


def poll_due(
    config: Settings, *, clock: Callable[[], datetime] = utc_now, call: Call | None = None
) -> Counter[str]:
    """Ask every account that is due, once. Commits as it goes. Counts what is new, repeats and failures."""
    now, vault = clock(), Vault(config.encryption_keys)
    lease_until = now + timedelta(seconds=LEASE_SECONDS)
    with db.work() as act:
        rows = queries.claim_polls(
            act,
            now,
            channels=channels(),
            by_server=by_server(),
            limit=ACCOUNTS_MAX,
            lease_until=lease_until,
        )
    count: Counter[str] = Counter()
    if not rows:
        return count
    with db.statement() as connection:
        wanted = searches.in_force(connection, [row.brand_id for row in rows], networks=networks())
    work = _Work(wanted, call or channel_accounts.caller(config), config, vault, lease_until, clock)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="poll") as threads:
        turns = [threads.submit(_one, channel_accounts.of_row(row, vault), work) for row in rows]
        for turn in turns:
            count.update(turn.result())
    return count


@dataclass(frozen=True, slots=True)
class _Work:
    """What all turns of one sweep share."""

    wanted: Mapping[tuple[UUID, str], Sequence[Search]]
    call: Call
    config: Settings
    vault: Vault
    lease_until: datetime
    clock: Callable[[], datetime]


def _one(opened: Opened, work: _Work) -> Counter[str]:
    opened = _with_hook(opened, work)
    polled = _ask(opened, work)
    if polled.is_signed_out:
        try:
            refreshed = channel_accounts.refresh(opened, call=work.call, vault=work.vault, now=work.clock())
        except NotNow as not_now:
            refreshed = None
            polled = Polled(
                cursor=opened.cursor,
                error=f"refresh_{not_now.reason}",
                retry_after_seconds=not_now.retry_after_seconds,
            )
        if refreshed is not None:
            opened = _with_hook(refreshed, work)
            polled = _ask(opened, work)
    again, reread_after = ([], None) if polled.error else _reread(opened, work)
    further, followed_after = ([], None) if polled.error else _follow(opened, work)
    cursor = dict(opened.cursor if polled.error else {**polled.cursor, FOLLOWED_AFTER: followed_after})
    count: Counter[str] = Counter()
    now = work.clock()
    with db.work() as act:
        for item in (*polled.items, *again, *further):
            is_new = inbound.keep(
                act,
                id=new_id(),
                account_id=opened.account.id,
                delivery_id=short_id(item.delivery_id),
                how="poll",
                raw_cipher=work.vault.seal(item.body, place=RAW_PLACE),
                raw_sha256=sha256(item.body).digest(),
                raw_until=now + timedelta(days=work.config.raw_retention_days),
                now=now,
            )
            count["new" if is_new else "repeat"] += 1
        queries.polled(
            act,
            opened.account.id,
            cursor=cursor,
            poll_at=now + _wait(opened, polled),
            lease_until=work.lease_until,
            error=polled.error,
            reread_after=reread_after,
            now=now,
        )
    if polled.error:
        count["failed"] += 1
        log.warning("poll_failed", account_id=str(opened.account.id), error=polled.error)
    return count


def _ask(opened: Opened, work: _Work) -> Polled:
    channel = channel_named(opened.account.channel)
    asked = work.wanted.get((opened.brand_id, channel.capabilities.network), ())
    if not channel.capabilities.can_search_unmentioned:
        asked = ()
    try:
        return channel.poll(opened.account, opened.cursor, call=work.call, searches=asked)
    except Exception:
        log.exception("channel_failed", channel=opened.account.channel, account_id=str(opened.account.id))
        return Polled(cursor=opened.cursor, error=CHANNEL_FAILED)


def _reread(opened: Opened, work: _Work) -> tuple[Sequence[Item], UUID | None]:
    """Ask again for a few of the posts that we hold, oldest first, and from the start when all had a turn.

    Returns what is gone or changed, and the post after which to go on. A channel that fails in itself
    tells nothing, and the same posts have their turn once more.
    """
    channel = channel_named(opened.account.channel)
    limit = channel.capabilities.rereads_posts
    if not limit:
        return [], opened.reread_after
    since = id_at(work.clock() - REREAD_FOR)
    after = max(since, opened.reread_after or since)
    with db.statement() as connection:
        held = inbound.posts_held(connection, opened.account.id, after=after, limit=limit)
    if not held:
        return [], None
    posts = [Held(row.external_id, row.reference or {}) for row in held]
    try:
        found = channel.reread(opened.account, posts, call=work.call)
    except Exception:
        log.exception("channel_failed", channel=opened.account.channel, account_id=str(opened.account.id))
        return [], opened.reread_after
    return found, held[-1].id if len(held) == limit else None


def _follow(opened: Opened, work: _Work) -> tuple[Sequence[Item], str | None]:
    """Ask what customers of open cases went on to say, some conversations at a time, as `_reread` does."""
    channel = channel_named(opened.account.channel)
    limit = channel.capabilities.follows_conversations
    if not limit:
        return [], None
    began = opened.cursor.get(FOLLOWED_AFTER)
    with db.statement() as connection:
        rows = inbound.conversations_open(
            connection,
            opened.account.id,
            brand_id=opened.brand_id,
            network=channel.capabilities.network,
            after=UUID(began) if isinstance(began, str) else UUID(int=0),
            limit=limit,
        )
    if not rows:
        return [], None
    wanted = [
        Conversation(row.external_id, row.author_id or "", row.handle, row.newest or "") for row in rows
    ]
    try:
        found = channel.follow(opened.account, wanted, call=work.call)
    except Exception:
        log.exception("channel_failed", channel=opened.account.channel, account_id=str(opened.account.id))
        return [], began if isinstance(began, str) else None
    return found, str(rows[-1].id) if len(rows) == limit else None


def _with_hook(opened: Opened, work: _Work) -> Opened:
    """The account with the address at which it is delivered to us."""
    account = opened.account
    hook_url = f"{work.config.base_url}/hooks/{account.channel}/{account.id}"
    return replace(opened, account=replace(account, hook_url=hook_url))


def _wait(opened: Opened, polled: Polled) -> timedelta:
    every = channel_named(opened.account.channel).capabilities.polls_every_seconds
    if not polled.error:
        return timedelta(seconds=every)
    seconds = min(every * 2.0 ** min(opened.poll_failures, 10), WAIT_AFTER_FAILURE_MAX_SECONDS)
    return timedelta(seconds=max(seconds, min(polled.retry_after_seconds or 0, 24 * 3600)))
