"""Which brand a command means: the one it names, or the only one there is."""

from datetime import datetime

from sqlmodel import Session, select

from bridge.errors import InvalidInput, NotFound
from bridge.models import Brand
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
