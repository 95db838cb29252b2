"""Look how every connected account fares, and tell the administrators when one falls silent or stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlmodel import Session

from bridge import db
from bridge.channel_health import TROUBLE, USUAL_QUIET_SECONDS, Health, Signs, health_of
from bridge.channels.registry import by_server, channels
from bridge.db import Connection
from bridge.errors import Conflict
from bridge.notices import NewNotice, Template, to_each
from bridge.queries import channel_health as queries
from bridge.queries import notices as notice_queries
from bridge.queries.review_queue import people_with
from bridge.roles import Actor, Role
from bridge.services import audit, channel_accounts

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Seen:
    """One account and how it fares. `row` is what is known of it (`queries.channel_health`).

    `is_refused` says that the newest delivery was refused: nothing was taken since.
    """

    id: UUID
    name: str
    channel: str
    channel_name: str
    health: Health
    is_refused: bool
    row: Any


def seen(connection: Connection, brand_id: UUID | None, *, now: datetime) -> Sequence[Seen]:
    """Every account of the brand, or of all brands, and how it fares."""
    rows = queries.signs(
        connection, brand_id, usual_quiet=USUAL_QUIET_SECONDS, by_server=by_server(), now=now
    )
    return [_of(row, now) for row in rows]


def check(now: datetime) -> int:
    """Tell administrators of each account that began to be in trouble. Safe to run twice.

    Each trouble is told once, until the account was well in between. Returns how many are in trouble.
    """
    with db.statement() as connection:
        everyone = seen(connection, None, now=now)
    in_trouble = [one for one in everyone if one.health in TROUBLE]
    for one in everyone:
        with db.work() as act:
            began = queries.turned(act, one.id, since=now if one.health in TROUBLE else None)
            if began and one.health in TROUBLE:
                notice_queries.put(act, _notices(act, one, now))
                log.warning("channel_in_trouble", account_id=str(one.id), health=one.health.value)
    return len(in_trouble)


def read_again(session: Session, actor: Actor, account_id: UUID, *, now: datetime) -> int:
    """Read again what could not be read, after whatever stood in the way is mended.

    Raises NotFound, and Conflict when there is nothing whose bytes are still kept or no channel to read it.
    """
    account = channel_accounts.find(session, actor, account_id)
    if account.channel not in channels():
        raise Conflict("nobody can read it: the channel was taken away")
    woken = queries.read_again(session, account.id, now)
    if not woken:
        raise Conflict("there is nothing to be read again")
    audit.record(
        session,
        stream=channel_accounts.AUDIT_STREAM,
        action="deliveries_read_again",
        actor=actor,
        facts={"account_id": str(account.id), "deliveries": woken},
        now=now,
    )
    return woken


def _of(row: Any, now: datetime) -> Seen:
    known = channels().get(row.channel)
    signs = Signs(
        is_on=row.enabled,
        is_signed_out=row.token_state == Health.SIGNED_OUT,
        created_at=row.created_at,
        last_event_at=row.last_event_at,
        polled_at=row.polled_at,
        poll_failures=row.poll_failures,
        paused_until=row.paused_until,
        quiet_after_seconds=row.quiet_after_seconds,
        unread=row.unread,
        is_twin=row.twin is not None,
        is_gone=known is None,
        refused_at=row.refused_at,
    )
    came_at = row.last_event_at
    is_refused = row.refused_at is not None and (came_at is None or row.refused_at > came_at)
    name = known.capabilities.name if known else row.channel
    return Seen(row.id, row.name, row.channel, name, health_of(signs, now), is_refused, row)


def _notices(act: db.Act, one: Seen, now: datetime) -> list[NewNotice]:
    people = people_with(act, one.row.brand_id, roles=[Role.ADMIN.value], now=now)
    return to_each(
        (person.id for person in people),
        brand_id=one.row.brand_id,
        key=f"channel:{one.id}:{one.health.value}:{now.timestamp():.0f}",
        template=Template.CHANNEL_TROUBLE,
        facts={
            "account": f"{one.channel_name} ({one.name})",
            "trouble": one.health.value,
            "account_id": str(one.id),
        },
        now=now,
    )
