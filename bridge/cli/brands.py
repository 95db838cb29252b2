"""Which brand a command means: the one it names, or the only one there is."""

from datetime import datetime

from sqlmodel import Session, select

from bridge.cli.operator import OPERATOR
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotFound
from bridge.models import Brand
from bridge.queries.directory import brand_by_name
from bridge.roles import Actor
from bridge.services import directory


def brand_of(session: Session, name: str | None, *, actor: Actor, now: datetime) -> Brand:
    """The named brand, made when it is new; without a name the only one. Raises InvalidInput, NotFound."""
    if name is not None:
        return directory.get_or_create_brand(session, name, actor=actor, now=now)
    brands = list(session.exec(select(Brand)))
    if not brands:
        raise NotFound("there is no brand yet; name one with --brand")
    if len(brands) > 1:
        raise InvalidInput(f"there are {len(brands)} brands; say which with --brand")
    return brands[0]


def known_brand(session: Session, name: str | None) -> Brand:
    """The brand meant; unlike an import, reading and loading never make one. Raises NotFound."""
    if name is None:
        return brand_of(session, None, actor=OPERATOR, now=utc_now())
    found = brand_by_name(session, name)
    if found is None:
        raise NotFound(f"there is no brand {name}")
    return found
