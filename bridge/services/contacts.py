"""Where people and units are reached beside the in-app inbox. Called by api, web and the command line.

An address is sealed: those of Slack and Teams are secrets, the others personal. What is shown of
it is a hint. Each change is audited in the stream "configuration", without the address. Nothing
here sends: a test is a notice like any other, and the sweep delivers it.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session, col, select

from bridge.channels.email import ADDRESS_MAX_CHARACTERS
from bridge.channels.guard import check_url
from bridge.channels.sms import is_number
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.models.accounts import Person
from bridge.models.base import new_id
from bridge.models.directory import OrgUnit
from bridge.models.notices import ContactPoint
from bridge.notice_wording import TEST_MARK
from bridge.notices import Channel, NewNotice, Template
from bridge.queries import contacts as queries
from bridge.queries import notices
from bridge.queries.contacts import Fault, Listed
from bridge.roles import THE_CLOCK, Actor
from bridge.services import audit
from bridge.services.notice_sending import ADDRESS_PLACE
from bridge.settings import Settings
from bridge.vault import Vault

AUDIT_STREAM: Final = "configuration"
POINTS_MAX: Final = 20
SWITCHED_OFF: Final = "switched_off"
_PLAIN_MAIL: Final = re.compile(r"[!-~]+@[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)


def add(
    session: Session,
    actor: Actor,
    *,
    channel: Channel,
    address: str,
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    config: Settings,
    now: datetime,
) -> ContactPoint:
    """Add an address of a person or of a unit.

    Raises InvalidInput or UnsafeAddress for an address that cannot be one, NotFound for an owner
    that the brand does not have, Conflict when the owner has it already, or twenty others.
    """
    brand_id = _brand_of(actor)
    if (person_id is None) == (unit_id is None):
        raise InvalidInput("a person or a unit", fields={"person_id": ["name a person or a unit, not both"]})
    owner: Person | OrgUnit | None = (
        session.get(Person, person_id) if person_id else session.get(OrgUnit, unit_id)
    )
    if owner is None or owner.brand_id != brand_id:
        raise NotFound("there is no such person or unit")
    address = _checked(channel, address.strip(), config)
    vault = Vault(config.encryption_keys)
    before = queries.points_of_owner(session, person_id=person_id, unit_id=unit_id)
    if len(before) >= POINTS_MAX:
        raise Conflict(f"there are {POINTS_MAX} addresses already")
    if any(one.channel == channel and _address(one, vault) == address for one in before):
        raise Conflict("this address is there already")
    point = ContactPoint(
        brand_id=brand_id,
        person_id=person_id,
        unit_id=unit_id,
        channel=channel.value,
        address_cipher=vault.seal(address.encode(), place=ADDRESS_PLACE),
        address_hint=hint_of(channel, address),
        created_by=actor.id if actor.kind == "person" else None,
        created_at=now,
    )
    session.add(point)
    session.flush()  # the audit entry names it
    _audit(session, "contact_added", actor, point, now)
    return point


def find_owner(session: Session, actor: Actor, text: str) -> tuple[UUID | None, UUID | None]:
    """The person's id or the unit's, by e-mail address, store number or unit name. Raises NotFound.

    A name that several units carry is nobody's.
    """
    brand_id = _brand_of(actor)
    if "@" in text:
        person_id = queries.person_with_email(session, brand_id, text)
        if person_id is not None:
            return person_id, None
    else:
        units = queries.units_called(session, brand_id, text)
        if len(units) == 1:
            return None, units[0]
    raise NotFound("there is no such person or unit")


def list_points(session: Session, actor: Actor) -> Sequence[Listed]:
    """The brand's contact points with their owners' names, newest first."""
    return queries.points_of_brand(session, _brand_of(actor))


def disable(session: Session, actor: Actor, point_id: UUID, *, now: datetime) -> ContactPoint:
    """Stop using an address; what waits for it is given up and told in the inbox. Safe to repeat."""
    point = _find(session, actor, point_id)
    if point.state == "active":
        point.state, point.disabled_reason = "disabled", SWITCHED_OFF
        session.add(point)
        _audit(session, "contact_disabled", actor, point, now)
    return point


def enable(session: Session, actor: Actor, point_id: UUID, *, now: datetime) -> ContactPoint:
    """Use an address again. Safe to repeat."""
    point = _find(session, actor, point_id)
    if point.state != "active":
        point.state, point.disabled_reason = "active", ""
        session.add(point)
        _audit(session, "contact_enabled", actor, point, now)
    return point


def send_test(session: Session, actor: Actor, point_id: UUID, *, now: datetime) -> UUID:
    """Queue a test, sent at any hour; returns the notice's id. Raises Conflict while the address is off."""
    point = _find(session, actor, point_id)
    if point.state != "active":
        raise Conflict("the address is switched off")
    test = NewNotice(
        brand_id=point.brand_id,
        dedup_key=f"test:{new_id()}",
        channel=Channel(point.channel),
        template=Template.CASE_WAITING,
        escalation_id=None,
        store_id=None,
        person_id=point.person_id,
        contact_point_id=point.id,
        next_at=now,
        facts={TEST_MARK: True},
    )
    notices.put_with_session(session, [test])
    _audit(session, "contact_tested", actor, point, now)
    return notices.id_of(session, test.dedup_key)


def faults(session: Session, actor: Actor, *, now: datetime) -> Sequence[Fault]:
    """Why somebody may not hear from us: addresses that are off, notices given up or tried again."""
    return queries.faults_of(session, _brand_of(actor), now=now)


def switch_off(session: Session, point_id: UUID, *, reason: str, now: datetime) -> None:
    """Switch an address off because its receiver said that it is gone, or wants nothing more."""
    point = session.exec(select(ContactPoint).where(col(ContactPoint.id) == point_id).with_for_update()).one()
    if point.state != "active":
        return
    point.state, point.disabled_reason = "disabled", reason
    session.add(point)
    _audit(session, "contact_gone", THE_CLOCK, point, now)


def hint_of(channel: Channel, address: str) -> str:
    """What may be shown of an address: enough to tell two apart, too little to use it."""
    if channel is Channel.EMAIL:
        name, _, domain = address.rpartition("@")
        return f"{name[:1]}…@{domain}"[:40]
    if channel is Channel.SMS:
        return f"…{address[-4:]}"
    return f"{urlsplit(address).hostname}"[:34] + f"…{address[-4:]}"


def _checked(channel: Channel, address: str, config: Settings) -> str:
    if channel is Channel.INBOX:
        raise InvalidInput("everybody has an inbox", fields={"channel": ["email, sms, slack or teams"]})
    if channel is Channel.EMAIL:
        plain = _PLAIN_MAIL.fullmatch(address) and parseaddr(address)[1] == address
        if not plain or len(address) > ADDRESS_MAX_CHARACTERS:
            raise InvalidInput("not a mail address", fields={"address": ["write it as name@example.com"]})
    elif channel is Channel.SMS:
        address = re.sub(r"[ ().-]", "", address)
        if not is_number(address):
            raise InvalidInput("not a number", fields={"address": ["write it as +15550100123"]})
    else:
        check_url(address, allow_private=config.webhook_allow_private_addresses)
    return address


def _address(point: ContactPoint, vault: Vault) -> str | None:
    try:
        return vault.open(point.address_cipher, place=ADDRESS_PLACE).decode()
    except ValueError:
        return None


def _brand_of(actor: Actor) -> UUID:
    if actor.brand_id is None:
        raise NotFound("there is no such contact point")
    return actor.brand_id


def _find(session: Session, actor: Actor, point_id: UUID) -> ContactPoint:
    point = session.exec(
        select(ContactPoint)
        .where(col(ContactPoint.id) == point_id, col(ContactPoint.brand_id) == _brand_of(actor))
        .with_for_update()
    ).first()
    if point is None:
        raise NotFound("there is no such contact point")
    return point


def _audit(session: Session, action: str, actor: Actor, point: ContactPoint, now: datetime) -> None:
    facts = {"contact_point_id": str(point.id), "channel": point.channel, "reason": point.disabled_reason}
    audit.record(session, stream=AUDIT_STREAM, action=action, actor=actor, facts=facts, now=now)
