"""Hand a promise over to the customer: show the code again, and write the two texts.

The texts are built from the issued promise alone, so they cannot say more than the right
allowed. The public one never holds a code. Reading a code is written into the audit stream.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bridge import brand_messages
from bridge.calendars import OpenCalendar
from bridge.db import Connection
from bridge.errors import Gone, NotFound, NotPermitted
from bridge.hours import windows_line
from bridge.lifecycle import Status
from bridge.promises import PromiseType
from bridge.queries import records
from bridge.roles import Actor, Permission, can, reach
from bridge.services import audit, customers
from bridge.services.calendars import load_calendars
from bridge.services.issuing import CODE_PLACE
from bridge.settings import Settings
from bridge.texts import CustomerTexts, PromiseFacts, Slip, customer_texts, promise_phrase, slip
from bridge.vault import Vault

NETWORK_NAMES = {
    "x": "X",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "email": "e-mail",
}
LIVE = frozenset({"issued", "acknowledged", "awaiting_agent", "transferring"})


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What the agent gives to the customer."""

    code: str
    texts: CustomerTexts
    slip: Slip
    locale: str
    channel: str
    status_link: str


def read_escalation(connection: Connection, actor: Actor, escalation_id: UUID) -> Any:
    """The record, within the actor's reach. Raises NotFound."""
    row = records.one(
        connection, escalation_id, brand_id=actor.brand_id, reach=reach(actor, Permission.PROMISES_READ)
    )
    if row is None:
        raise NotFound("there is no such escalation")
    return row


def hand_over(
    connection: Connection,
    actor: Actor,
    escalation_id: UUID,
    *,
    channel: str | None,
    locale: str | None,
    now: datetime,
    settings: Settings,
    vault: Vault,
) -> HandedOver:
    """The code, the texts and the customer's own page of a live promise, for its author or a lead.

    Raises NotFound, NotPermitted, and Gone when the promise has no live code or codes are not kept.
    """
    row = read_escalation(connection, actor, escalation_id)
    own = row.agent_id == actor.id and can(actor, Permission.PROMISES_CODE)
    if not own and not can(actor, Permission.PROMISES_APPROVE):
        raise NotPermitted(
            "only its author or a lead sees the code", permission=Permission.PROMISES_CODE.value
        )
    sealed = records.sealed_code(connection, escalation_id)
    if row.status not in LIVE or sealed is None or sealed.cipher is None:
        raise Gone("this promise has no code that can be shown")
    code = vault.open(bytes(sealed.cipher), place=CODE_PLACE).decode()
    wanted = locale or row.locale
    network = channel or row.customer_network or "other"
    calendar = load_calendars(connection, store_ids=[row.store_id])[row.store_id] if row.store_id else None
    link = customers.link_of(connection, escalation_id, now=now, settings=settings, vault=vault)
    facts = replace(
        facts_of(row, calendar, code=code, locale=wanted, now_until=row.valid_until), status_link=link
    )
    wording = brand_messages.merged(sealed.wording or {})
    return HandedOver(
        code=code,
        texts=customer_texts(facts, wanted, network, wording=wording),
        slip=slip(facts, wanted, wording=wording),
        locale=wanted,
        channel=network,
        status_link=link,
    )


def note_shown(session: Session, actor: Actor, escalation_id: UUID, *, now: datetime) -> None:
    """Write into the audit that the actor was shown this code. To be committed before it is shown."""
    facts = {"escalation": str(escalation_id)}
    audit.record(session, stream="codes", action="code.shown", actor=actor, facts=facts, now=now)


def facts_of(
    row: Any, calendar: OpenCalendar | None, *, code: str | None, locale: str, now_until: datetime
) -> PromiseFacts:
    """What the texts may say, from a record and its store's calendar: the hours are the last day's own."""
    zone = ZoneInfo(row.store_zone) if row.store_zone else ZoneInfo("UTC")
    until = now_until.astimezone(zone)
    address = ", ".join(part for part in (row.store_address, row.store_city, row.store_state) if part)
    return PromiseFacts(
        brand=row.brand_name,
        what=phrase_of(row.authority, row.currency, locale),
        amount_minor=row.authorised_minor or None,
        currency=row.currency,
        percent=None,
        store_name=row.store_name,
        store_address=address or None,
        store_hours_line=(
            windows_line(calendar.windows_on(until.date()), locale) if calendar is not None else None
        ),
        until_local=until,
        until_zone=zone.key,
        code=code,
        bring=(),
        handle=row.customer_handle or "",
        agent_name=row.agent_name,
        store_ready=row.status == Status.ACKNOWLEDGED if row.store_name else None,
        official=official_of(row.authority),
        conditions=conditions_of(row.authority),
    )


def conditions_of(authority: dict[str, Any]) -> tuple[str, ...]:
    """Under which conditions the lines hold, each once."""
    return tuple(dict.fromkeys(line["conditions"] for line in authority["lines"] if line.get("conditions")))


def official_of(authority: dict[str, Any]) -> str:
    """The account that we write from, as the customer sees it: "@NorthlightCare (X)"."""
    channel = authority.get("channel") or {}
    handle, network = channel.get("handle"), channel.get("network")
    if not handle:
        return ""
    shown = handle if "@" in handle else f"@{handle}"
    return f"{shown} ({NETWORK_NAMES.get(str(network), str(network))})"


def phrase_of(authority: dict[str, Any], currency: str, locale: str) -> str:
    """All lines of a promise as one phrase."""
    return "; ".join(phrases_of(authority, currency, locale))


def phrases_of(authority: dict[str, Any], currency: str, locale: str) -> list[str]:
    """Each line of a promise as a phrase."""
    return [
        promise_phrase(
            PromiseType(line["type"]),
            line["item"],
            amount_minor=line["amount_minor"] or None,
            currency=currency,
            percent=Decimal(line["percent_hundredths"]) / 100 if line["percent_hundredths"] else None,
            locale=locale,
        )
        for line in authority["lines"]
    ]
