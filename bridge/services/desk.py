"""What the desk knows before an agent types: which store it may be, which are near, who could approve."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models import AuthorityGrant, OrgUnit, Person, RoleAssignment
from bridge.promises import Level
from bridge.queries import directory
from bridge.queries import store_guesses as queries
from bridge.queries.directory import StoreFound
from bridge.roles import BRAND_WIDE, Actor, Permission, roles_with
from bridge.services import grants
from bridge.store_guess import Guess, Why, guess, numbers_in

STORES_SHOWN = 8
_ZIP = re.compile(r"[0-9]{5}")
_LOOKED_THROUGH = 100
APPROVERS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who may approve, and up to how much (minor units, None is no limit)."""

    name: str
    most_minor: int | None


def guess_store(session: Session, actor: Actor, texts: Iterable[str], *, identity_id: UUID) -> Guess | None:
    """The store that the customer's words name, else where they were last; None when nothing tells."""
    text = "\n".join(texts)
    numbers = numbers_in(text)
    found = guess(text, queries.named_in(session, actor.brand_id, text, numbers)) if text else None
    if found is not None:
        return found
    last = queries.last_visited(session, actor.brand_id, identity_id)
    return Guess(last, Why.LAST_VISIT) if last else None


def find_stores(
    session: Session,
    actor: Actor,
    text: str,
    *,
    now: datetime,
    near: str = "",
    only_open: bool = False,
    service: str = "",
    locale: str = "en",
) -> list[StoreFound]:
    """Stores for the picker, by number, name, city or zip; those without a counter last.

    A whole zip finds what is near it, and `near` (a store's number) orders by the distance from it.
    Nothing typed and nothing near finds nothing.
    """
    assert actor.brand_id is not None
    text = text.strip()[:80]
    place = queries.place_of_store(session, actor.brand_id, near) if near else None
    if _ZIP.fullmatch(text) and directory.store_by_number(session, actor.brand_id, text) is None:
        at_zip = queries.place_of_postcode(session, actor.brand_id, text)
        if at_zip is not None:
            place, text = at_zip, ""
    if not text and place is None:
        return []
    found = directory.find_stores(
        session,
        brand_id=actor.brand_id,
        now=now,
        text=text,
        near=place,
        service=service,
        limit=_LOOKED_THROUGH if only_open else STORES_SHOWN,
        locale=locale,
    )
    return [store for store in found if store.open_now or not only_open][:STORES_SHOWN]


def approvers(session: Session, actor: Actor, level: Level, *, now: datetime) -> list[Approver]:
    """Who may approve a promise of this level at any store of the brand, the smallest right first.

    A grant that counts only at some stores or for some types may still refuse; this is for naming a
    colleague on a page, and `services/approvals.py` decides.
    """
    assert actor.brand_id is not None
    rows = session.exec(
        select(Person, RoleAssignment.role)
        .join(RoleAssignment, col(RoleAssignment.person_id) == col(Person.id))
        .join(OrgUnit, col(OrgUnit.id) == col(RoleAssignment.org_unit_id))
        .where(
            Person.brand_id == actor.brand_id,
            Person.status == "active",
            Person.id != actor.id,
            col(RoleAssignment.role).in_(roles_with(Permission.PROMISES_APPROVE)),
            RoleAssignment.valid_from <= now,
            sa.or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > now),
            col(OrgUnit.kind).in_(sorted(BRAND_WIDE)),
        )
        .order_by(Person.display_name, col(Person.id))
        .limit(APPROVERS_SHOWN)
    ).all()
    given = [grant for grant in grants.live(session, actor.brand_id, now=now) if level in grant.levels]
    found: dict[UUID, Approver] = {}
    for person, role in rows:
        own = [g for g in given if g.grantee_person_id == person.id or g.grantee_role == role]
        if own:
            found[person.id] = Approver(person.display_name, _most(own))
    return sorted(found.values(), key=lambda one: (one.most_minor is None, one.most_minor or 0))


def _most(own: Iterable[AuthorityGrant]) -> int | None:
    limits = [grant.max_amount_minor for grant in own]
    return None if None in limits else max(limit for limit in limits if limit is not None)
