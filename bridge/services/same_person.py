"""Say, with evidence, that two handles are one person, and cut it again.

A wrong link shows one customer's case to another, so nothing is linked by likeness: a named person says
why. Both identities keep what is theirs, threads, posts and promises; only the customer behind them is
the same while the link lives. Cut, each has the customer that it had before. The reason stays with the
link; the audit names ids alone. Nothing commits.
Source: docs/decisions/0022-one-person-two-handles.md.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted
from bridge.models.intake import IdentityLink, SocialIdentity
from bridge.names import plain_handle, plain_name, plain_network
from bridge.queries import identities
from bridge.queries import same_person as queries
from bridge.roles import Actor, Permission, can
from bridge.same_person import Known, customers_of
from bridge.services import audit

AUDIT_STREAM: Final = "customers"
REASON_MAX_CHARACTERS: Final = 300
REASON_MIN_CHARACTERS: Final = 5
_KNOWN_PER_PERSON_MAX: Final = 20


def link(
    session: Session,
    actor: Actor,
    identity_id: UUID,
    *,
    network: str,
    handle: str,
    reason: str,
    now: datetime,
) -> IdentityLink:
    """Join an identity with the one that is `handle` on `network` now; twice is once. Locks the group.

    Raises NotPermitted, NotFound, InvalidInput for a handle that nobody complained under and for a reason
    that says nothing, and Conflict for a group that grew too large to be one person.
    """
    person_id = _person(actor)
    reason = _reason(reason)
    queries.lock_brand(session, actor.brand_id)
    mine = queries.identity_of(session, actor.brand_id, identity_id)
    if mine is None or actor.brand_id is None:
        raise NotFound("There is no such customer.")
    other = identities.identity_by_handle(
        session, actor.brand_id, plain_network(network), plain_handle(handle)
    )
    if other is None or other.id == mine.id:
        problem = "Nobody wrote to us under this handle." if other is None else "That is the same handle."
        raise InvalidInput("This handle cannot be linked.", fields={"handle": [problem]})
    known = queries.live_between(session, mine.id, other.id)
    if known is not None:
        return known
    made = IdentityLink(
        brand_id=actor.brand_id,
        identity_id=mine.id,
        other_identity_id=other.id,
        reason=reason,
        linked_by=person_id,
        linked_at=now,
    )
    session.add(made)
    session.flush()
    if _settle(session, [mine.id, other.id]) > _KNOWN_PER_PERSON_MAX:
        raise Conflict("too many handles hang together; cut a wrong link first", most=_KNOWN_PER_PERSON_MAX)
    facts = {"link_id": str(made.id), "identities": [str(mine.id), str(other.id)]}
    audit.record(session, stream=AUDIT_STREAM, action="identity.linked", actor=actor, facts=facts, now=now)
    return made


def cut(session: Session, actor: Actor, link_id: UUID, *, reason: str, now: datetime) -> IdentityLink:
    """Cut a link; each side is who it was before, unless another link still holds. Twice is once.

    Raises NotPermitted, NotFound and InvalidInput.
    """
    person_id = _person(actor)
    reason = _reason(reason)
    queries.lock_brand(session, actor.brand_id)
    found = queries.link_of(session, actor.brand_id, link_id)
    if found is None:
        raise NotFound("There is no such link.")
    if found.cut_at is not None:
        return found
    sides = [found.identity_id, found.other_identity_id]
    found.cut_at, found.cut_by, found.cut_reason = now, person_id, reason
    session.add(found)
    session.flush()
    _settle(session, sides)
    facts = {"link_id": str(found.id), "identities": [str(side) for side in sides]}
    audit.record(session, stream=AUDIT_STREAM, action="identity.link_cut", actor=actor, facts=facts, now=now)
    return found


def _settle(session: Session, ids: list[UUID]) -> int:
    """Give everybody who hangs together with `ids` the customer that follows. Returns how many they are."""
    group = [Known(row.id, row.own_customer_id, row.created_at) for row in queries.group_of(session, ids)]
    links = queries.links_among(session, [one.id for one in group])
    queries.put_customers(session, customers_of(group, links))
    for identity in session.identity_map.values():
        if isinstance(identity, SocialIdentity):
            session.expire(identity)
    return len(group)


def _person(actor: Actor) -> UUID:
    if actor.kind != "person" or actor.id is None or not can(actor, Permission.PROMISES_LINK):
        raise NotPermitted("a named person has to say it", permission=Permission.PROMISES_LINK.value)
    return actor.id


def _reason(reason: str) -> str:
    return plain_name(
        reason, field_name="reason", longest=REASON_MAX_CHARACTERS, shortest=REASON_MIN_CHARACTERS
    )
