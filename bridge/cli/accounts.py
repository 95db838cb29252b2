"""`bridge keys create` and `bridge people add`: let somebody, or something, in."""

from dataclasses import replace
from datetime import timedelta

import click
from sqlmodel import col, select

from bridge import db
from bridge.cli import connection
from bridge.cli.brands import brand_of
from bridge.cli.operator import OPERATOR
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotFound
from bridge.models import OrgUnit, Person, Store
from bridge.roles import Permission, Role
from bridge.services import accounts, directory
from bridge.settings import settings


@click.group("keys")
def keys_group() -> None:
    """API keys.

    \b
    Example:
      bridge keys create --name "Listening tool" --scope intake.write
    """


@keys_group.command("create")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="A permission; give several times.")
@click.option("--person", "email", help="E-mail of the person whom the key acts for; else an integration.")
@click.option("--store", "store_number", help="Number of the store where it is used.")
@click.option("--days", type=click.IntRange(1, 730), default=90, show_default=True, help="How long it lives.")
@click.option("--brand", "brand_name", help="Needed when there are several brands.")
def create(
    *,
    name: str,
    scopes: tuple[str, ...],
    email: str | None,
    store_number: str | None,
    days: int,
    brand_name: str | None,
) -> None:
    """Make an API key and print its secret, once, on standard output.

    \b
    Example:
      bridge keys create --name "Listening tool" --scope intake.write
      bridge keys create --name "Till 3" --person sam@demo.example --store 12 \\
          --scope counter.look_up --scope counter.decide
    """
    connection.require_database()
    now = utc_now()
    with db.transaction() as session:
        brand = brand_of(session, brand_name, actor=OPERATOR, now=now)
        person = None
        if email is not None:
            person = session.exec(
                select(Person).where(col(Person.email) == email, Person.brand_id == brand.id)
            ).one_or_none()
            if person is None:
                raise NotFound(f"nobody has the address {email}")
        key, secret = accounts.create_key(
            session,
            replace(OPERATOR, brand_id=brand.id),
            name=name,
            scopes=scopes,
            brand_id=brand.id,
            expires_at=now + timedelta(days=days),
            person_id=person.id if person else None,
            store_number=store_number,
            now=now,
        )
    click.echo(f"Key {key.prefix}, until {key.expires_at:%Y-%m-%d}; its secret is shown only now:", err=True)
    click.echo(secret)


@keys_group.command("scopes")
def scopes() -> None:
    """List the scopes that a key can carry.

    \b
    Example:
      bridge keys scopes
    """
    for permission in Permission:
        click.echo(permission.value)


@click.group("people")
def people_group() -> None:
    """Members of staff.

    \b
    Example:
      bridge people add kim@example.com --name Kim --role lead
    """


@people_group.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As customers and stores see it.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--store", "store_number", help="For a store's staff: the store's number.")
@click.option("--unit", "unit_name", help="For others: the name of a care team, district or region.")
@click.option("--brand", "brand_name", help="Needed when there are several brands; made when it is new.")
@click.password_option(help="Asked for when it is not given.")
def add(
    *,
    email: str,
    name: str,
    role: str,
    store_number: str | None,
    unit_name: str | None,
    brand_name: str | None,
    password: str,
) -> None:
    """Add a person with a role at a store or unit (HQ when neither is named) and a password.

    \b
    Example:
      bridge people add ada@example.com --name Ada --role admin --brand "Example Store"
      bridge people add sam@example.com --name Sam --role store_manager --store 12
    """
    connection.require_database()
    now = utc_now()
    with db.transaction() as session:
        brand = brand_of(session, brand_name, actor=OPERATOR, now=now)
        actor = replace(OPERATOR, brand_id=brand.id)
        if store_number is not None:
            unit_id = session.exec(
                select(Store.org_unit_id).where(Store.brand_id == brand.id, Store.number == store_number)
            ).first()
        elif unit_name is not None:
            unit_id = session.exec(
                select(OrgUnit.id).where(OrgUnit.brand_id == brand.id, OrgUnit.name == unit_name)
            ).first()
        else:
            unit_id = session.exec(
                select(OrgUnit.id).where(OrgUnit.brand_id == brand.id, OrgUnit.kind == "hq")
            ).first()
        if unit_id is None:
            raise InvalidInput("there is no such store or unit")
        person = directory.create_person(
            session, brand_id=brand.id, display_name=name, email=email, actor=actor, now=now
        )
        person.password_hash = accounts.hash_password(password, settings=settings())
        session.add(person)
        directory.give_role(session, person, Role(role), unit_id, actor=actor, now=now)
    click.echo(f"{name} can sign in as {email}.")
