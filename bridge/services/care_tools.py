"""An agent opens a conversation of a care tool here: the thread that we know, or the tool is asked for it.

What a link or a page inside the tool says is a wish and no proof: the account must be the agent's own
brand's, and what comes in comes from the tool's API.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlmodel import Session, col, select

from bridge import db
from bridge.channels.abilities import Capabilities, Kind
from bridge.channels.calling import Call
from bridge.channels.coming_in import NotReadable
from bridge.channels.registry import channel as channel_named
from bridge.channels.registry import channels
from bridge.errors import InvalidInput, NotFound
from bridge.models.channels import ChannelAccount
from bridge.queries import doors
from bridge.roles import Actor
from bridge.services import channel_accounts, taking_in
from bridge.services.channel_accounts import Opened
from bridge.settings import Settings
from bridge.vault import Vault

CONVERSATION_MAX: Final = 60
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?=/|$)", re.ASCII)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tool:
    """A connected care tool that an agent can take a conversation from."""

    account_id: UUID
    channel: str
    name: str
    tool: str


@dataclass(frozen=True, slots=True)
class Door:
    """A conversation in a care tool: the tool's name, where it is opened, and its state as told there."""

    tool: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Opening:
    """The conversation's thread; without one `problem` says why, in one word.

    `not_there`, `away` (the tool did not answer well), `signed_out`, `empty` (no customer wrote in it).
    """

    thread_id: UUID | None
    problem: str = ""


def tools(session: Session, actor: Actor) -> list[Tool]:
    """The brand's tools whose conversations can be read by name, by tool and name."""
    able = [name for name, channel in channels().items() if channel.capabilities.can_fetch]
    query = (
        select(ChannelAccount)
        .where(
            col(ChannelAccount.brand_id) == actor.brand_id,
            col(ChannelAccount.deleted_at).is_(None),
            col(ChannelAccount.enabled),
            col(ChannelAccount.channel).in_(able),
        )
        .order_by(col(ChannelAccount.channel), col(ChannelAccount.name))
    )
    return [
        Tool(one.id, one.channel, one.name, channel_named(one.channel).capabilities.name)
        for one in session.exec(query)
    ]


def doors_of(session: Session, thread_id: UUID) -> list[Door]:
    """The care tools that have this conversation, for the links of its page."""
    known = channels()
    return [
        Door(known[row.channel].capabilities.name, row.url, row.state)
        for row in doors.doors_of(session, thread_id)
        if row.channel in known and known[row.channel].capabilities.kind is Kind.CARE_TOOL and row.is_open
    ]


def conversation_name(given: str) -> str:
    """The tool's name for a conversation, out of what somebody typed or pasted: its address ends with it.

    Raises InvalidInput for what can be no name.
    """
    name = given.strip().partition("?")[0].rstrip("/").rpartition("/")[2].lstrip("#")
    if not 0 < len(name) <= CONVERSATION_MAX or not name.isascii() or not name.isprintable() or " " in name:
        problem = "The number of the conversation, or its address."
        raise InvalidInput("The conversation cannot be read.", fields={"conversation": [problem]})
    return name


def known(session: Session, actor: Actor, account_id: UUID, conversation: str) -> UUID | None:
    """The brand's thread of this conversation, when we have it."""
    thread = doors.thread_of_door(session, account_id, conversation)
    return thread.id if thread is not None and thread.brand_id == actor.brand_id else None


def open_conversation(
    config: Settings,
    actor: Actor,
    account_id: UUID,
    conversation: str,
    *,
    call: Call | None = None,
    now: datetime,
) -> Opening:
    """Ask the tool for the conversation and take it in, as its webhook would bring it. Commits.

    Safe to repeat.

    Raises NotFound for an account that is not one of the brand's tools, InvalidInput for a text that
    cannot be stored.
    """
    opened = _opened(config, actor, account_id, now)
    channel = channel_named(opened.account.channel)
    fetched = channel.fetch(opened.account, conversation, call=call or channel_accounts.caller(config))
    if fetched.error:
        log.info("conversation_not_fetched", account_id=str(account_id), error=fetched.error)
        return Opening(None, _problem(fetched.error, is_signed_out=fetched.is_signed_out))
    try:
        events = channel.read(opened.account, fetched.body)
    except NotReadable as error:
        log.info("conversation_not_fetched", account_id=str(account_id), error=error.reason)
        return Opening(None, "away")
    with db.transaction() as session:
        for event in events:
            taking_in.take_in(session, opened, event, received_at=now, now=now)
        thread_id = known(session, actor, account_id, conversation)
    return Opening(thread_id, "" if thread_id else "empty")


def panel_of(account_id: UUID) -> tuple[ChannelAccount, Capabilities, str]:
    """The tool that shows a page of ours inside itself, and the origin of its pages.

    Raises NotFound for any other account, and for an address that cannot stand in a header.
    """
    with db.transaction() as session:
        account = session.get(ChannelAccount, account_id)
        found = channels().get(account.channel) if account else None
        if account is None or found is None or not account.enabled or account.deleted_at is not None:
            raise NotFound("there is no such page")
        origin = _ORIGIN.match(account.base_url)
        if found.capabilities.panel is None or origin is None:
            raise NotFound("there is no such page")
        return account, found.capabilities, origin[0]


def _opened(config: Settings, actor: Actor, account_id: UUID, now: datetime) -> Opened:
    vault = Vault(config.encryption_keys)
    with db.statement() as connection:
        found: Any = channel_accounts.opened(connection, [account_id], vault=vault, now=now).get(account_id)
    if found is None or not found.is_open or found.brand_id != actor.brand_id:
        raise NotFound("there is no such account")
    if not channel_named(found.account.channel).capabilities.can_fetch:
        raise NotFound("there is no such account")
    opened: Opened = found
    return opened


def _problem(error: str, *, is_signed_out: bool) -> str:
    if is_signed_out:
        return "signed_out"
    return "not_there" if error in {"status_404", "status_403", "status_410"} else "away"
