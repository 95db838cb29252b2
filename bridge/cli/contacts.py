"""`bridge contacts`: where people and units are reached, changed on the machine itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import click
from sqlmodel import Session

from bridge import db
from bridge.cli import connection
from bridge.cli.brands import brand_of
from bridge.cli.operator import OPERATOR
from bridge.clock import utc_now
from bridge.notices import Channel
from bridge.roles import Actor
from bridge.services import contacts
from bridge.settings import settings

_CHANNELS = [channel.value for channel in Channel if channel is not Channel.INBOX]
_brand = click.option("--brand", "brand_name", help="Needed when there are several brands.")


@click.group("contacts")
def contacts_group() -> None:
    """Addresses of people and units: e-mail, SMS, Slack, Teams.

    \b
    Example:
      bridge contacts list
    """


@contacts_group.command("add")
@click.argument("owner")
@click.option("--by", "channel", type=click.Choice(_CHANNELS), required=True)
@click.option("--address", prompt=True, help="Asked for when not given, which keeps it out of the shell.")
@_brand
def add(*, owner: str, channel: str, address: str, brand_name: str | None) -> None:
    """Add an address of OWNER: a person's e-mail address, a store's number, or a unit's name.

    \b
    Example:
      bridge contacts add sam@demo.example --by sms --address +15550100123
      bridge contacts add 12 --by slack
    """
    with _work(brand_name) as (session, actor, now):
        person_id, unit_id = contacts.find_owner(session, actor, owner)
        point = contacts.add(
            session,
            actor,
            channel=Channel(channel),
            address=address,
            person_id=person_id,
            unit_id=unit_id,
            config=settings(),
            now=now,
        )
    click.echo(f"Added {point.channel} {point.address_hint} of {owner}: {point.id}")


@contacts_group.command("list")
@_brand
def list_all(*, brand_name: str | None) -> None:
    """List the addresses by their hints, and what does not arrive.

    \b
    Example:
      bridge contacts list
    """
    with _work(brand_name) as (session, actor, now):
        points = contacts.list_points(session, actor)
        faults = contacts.faults(session, actor, now=now)
    for point in points:
        state = point.state if point.state == "active" else f"disabled ({point.disabled_reason})"
        click.echo(f"{point.id}  {point.channel:<6} {point.owner}  {point.address_hint}  {state}")
    for fault in faults:
        whose = f"{fault.owner} {fault.hint}".strip()
        click.echo(f"{fault.kind}: {fault.channel} to {whose}, {fault.times} times: {fault.reason}", err=True)


@contacts_group.command("disable")
@click.argument("contact_point_id", metavar="ID", type=click.UUID)
@_brand
def disable(*, contact_point_id: UUID, brand_name: str | None) -> None:
    """Switch the address ID off; what is due to it stands in its owner's notices.

    \b
    Example:
      bridge contacts disable 0190a000-0000-7000-8000-000000000001
    """
    with _work(brand_name) as (session, actor, now):
        point = contacts.disable(session, actor, contact_point_id, now=now)
    click.echo(f"{point.channel} {point.address_hint} is switched off.")


@contextmanager
def _work(brand_name: str | None) -> Iterator[tuple[Session, Actor, datetime]]:
    connection.require_database()
    now = utc_now()
    with db.transaction() as session:
        brand = brand_of(session, brand_name, actor=OPERATOR, now=now)
        yield session, replace(OPERATOR, brand_id=brand.id), now
