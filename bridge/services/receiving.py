"""Something comes in from outside: check who sent it, write it down, answer. Reading it comes later.

The bytes are checked as they came, before anybody parses them. Two statements, then the answer: the
fastest sender gives up after three seconds, and one that gets no answer comes again. What cannot be
written down is answered 503, so that it does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import structlog

from bridge.channels.coming_in import Incoming, NotAuthentic, Reply
from bridge.channels.registry import channels
from bridge.db import Connection
from bridge.errors import NotFound
from bridge.models.base import new_id
from bridge.queries import channel_accounts as queries_of_accounts
from bridge.queries import inbound as queries
from bridge.services import channel_accounts
from bridge.services.channel_accounts import Opened
from bridge.settings import Settings
from bridge.vault import Vault

RAW_PLACE: Final = "inbound_deliveries"
DELIVERY_ID_MAX: Final = 200
REFUSAL_EVERY: Final = timedelta(seconds=10)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Received:
    """It is written down. `is_new` is false for a repeat."""

    is_new: bool


def shake_hands(
    connection: Connection,
    channel: str,
    account_id: UUID,
    incoming: Incoming,
    *,
    config: Settings,
    now: datetime,
) -> Reply | None:
    """Answer a sender's handshake; None when it is not for us. Raises NotFound."""
    opened = _account(connection, channel, account_id, config=config, now=now)
    return channels()[channel].challenge(opened.account, incoming)


def receive(
    connection: Connection,
    channel: str,
    account_id: UUID,
    incoming: Incoming,
    *,
    config: Settings,
    now: datetime,
) -> Received:
    """Check a delivery and write it down. Raises NotFound, and NotAuthentic, which changes nothing."""
    delivery_id = check(connection, channel, account_id, incoming, config=config, now=now)
    return keep(
        connection,
        account_id,
        delivery_id=delivery_id,
        body=incoming.body,
        how="webhook",
        config=config,
        now=now,
    )


def check(
    connection: Connection,
    channel: str,
    account_id: UUID,
    incoming: Incoming,
    *,
    config: Settings,
    now: datetime,
) -> str:
    """Check who sent a delivery; returns the sender's name for it. Raises NotFound and NotAuthentic."""
    opened = _account(connection, channel, account_id, config=config, now=now)
    try:
        return channels()[channel].verify(opened.account, incoming, now=now)
    except NotAuthentic as error:
        log.warning("delivery_refused", channel=channel, account_id=str(account_id), reason=error.reason)
        _note_refusal(connection, opened, error.reason, now)
        raise


def _note_refusal(connection: Connection, opened: Opened, why: str, now: datetime) -> None:
    """Let the account's page say what is wrong: the last one, written once in some seconds.

    Whoever knows the address can send rubbish, so it costs no row and no more than one statement in that
    time, keeps nothing of theirs, and nobody is told of it: by itself it says nothing.
    """
    before = now - REFUSAL_EVERY
    takes_any = channels()[opened.account.channel].capabilities.receives_webhooks
    if takes_any and (opened.refused_at is None or opened.refused_at <= before):
        queries_of_accounts.note_refusal(connection, opened.account.id, why=why, before=before, now=now)


def keep(
    connection: Connection,
    account_id: UUID,
    *,
    delivery_id: str,
    body: bytes,
    how: str,
    config: Settings,
    now: datetime,
) -> Received:
    """Write one delivery down, sealed; a repeat finds the first."""
    is_new = queries.keep(
        connection,
        id=new_id(),
        account_id=account_id,
        delivery_id=short_id(delivery_id),
        how=how,
        raw_cipher=Vault(config.encryption_keys).seal(body, place=RAW_PLACE),
        raw_sha256=sha256(body).digest(),
        raw_until=now + timedelta(days=config.raw_retention_days),
        now=now,
    )
    return Received(is_new)


def short_id(delivery_id: str) -> str:
    """The sender's name for a delivery, or its hash when it is longer than we keep."""
    if 0 < len(delivery_id) <= DELIVERY_ID_MAX and delivery_id.isprintable():
        return delivery_id
    return f"sha256-{sha256(delivery_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _account(
    connection: Connection, channel: str, account_id: UUID, *, config: Settings, now: datetime
) -> Opened:
    vault = Vault(config.encryption_keys)
    found = channel_accounts.opened(connection, [account_id], vault=vault, now=now).get(account_id)
    if found is None or not found.is_open or found.account.channel != channel or channel not in channels():
        raise NotFound("there is no such account")
    return found
