"""What the acts in the middle of a life have in common: find and lock the case, judge who may, save.

The order is that of every act: the right first (whether an id exists is nobody's business without
it), the lock, the stored answer of the same Idempotency-Key, then the case itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bridge.db import Act
from bridge.errors import NotFound, NotPermitted, VersionMismatch
from bridge.escalation import Escalation
from bridge.idempotency import Once, Replayed
from bridge.ledger import Transfer
from bridge.lifecycle import Action, Status, next_status
from bridge.notices import Channel, NewNotice, StopsOn, Template
from bridge.queries import counter as counter_queries
from bridge.queries import life as queries
from bridge.queries.escalations import Owed, Saved, filled, save
from bridge.roles import Actor, Permission, can
from bridge.telling import payload_of
from bridge.timeline import Link


@dataclass(frozen=True, slots=True)
class Acted:
    """What an act left behind. `subject_id` is the question, transfer, note or link that it made or
    settled; `code` is set when a new one was issued; `link` is the customer's appeal address."""

    id: UUID
    number: int
    status: Status
    version: int
    remaining_minor: int
    valid_until: datetime
    subject_id: UUID | None = None
    code: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """The locked case. `place` is its store's or group's unit and every unit above it."""

    row: Any
    escalation: Escalation
    place: tuple[UUID, ...]

    @property
    def owner_id(self) -> UUID:
        """Whose case it is now: the author, or whoever it was given to."""
        owner: UUID = self.row.owner_id or self.escalation.agent_id
        return owner


def lock(act: Act, actor: Actor, escalation_id: UUID | None, once: Once[Acted]) -> Ground | Replayed:
    """Lock the case; also brings the stored answer of the same key. Raises NotFound."""
    row = queries.lock(act, escalation_id) if escalation_id is not None else None
    # After the lock: the first request with this key may have finished while we waited for it.
    kept = {"principal": actor.credential_id, "route": once.route, "key": once.key}
    before = counter_queries.kept_answer(act, kept)
    if before is not None and (replayed := once.replay(before)) is not None:
        return replayed
    if row is None or row.brand_id != actor.brand_id:
        raise NotFound("there is no such escalation")
    return Ground(row, filled(row), tuple(row.place))


def require_person(actor: Actor, permission: Permission) -> None:
    """Raise NotPermitted unless a person calls who holds the permission somewhere."""
    if actor.kind != "person" or not can(actor, permission):
        raise NotPermitted("your role does not allow that", permission=permission.value)


def require_store_staff(actor: Actor, permission: Permission) -> None:
    """Raise NotPermitted unless the actor holds the permission at the store of the session."""
    if actor.store_id is None or actor.kind != "person" or not can(actor, permission, at=actor.store_path):
        raise NotPermitted("your role at this store does not allow that", permission=permission.value)


def require_in_store(ground: Ground, actor: Actor) -> None:
    """Raise NotFound unless the case counts at the actor's store."""
    row = ground.row
    counts = (
        row.store_scope == "any"
        or (row.store_scope == "one" and row.store_id == actor.store_id)
        or (row.store_scope == "group" and row.scope_unit_id in actor.store_path)
    )
    if not counts:
        raise NotFound("there is no such escalation at this store")


def require_reach(ground: Ground, actor: Actor, permission: Permission) -> None:
    """Raise NotFound unless the actor holds the permission over the case's place."""
    if not can(actor, permission, at=ground.place):
        raise NotFound("there is no such escalation")


def require_own_or_lead(ground: Ground, actor: Actor, permission: Permission) -> None:
    """Raise NotPermitted unless it is the actor's own case or the actor approves promises there."""
    require_reach(ground, actor, permission)
    if actor.id in {ground.escalation.agent_id, ground.owner_id}:
        return
    if not can(actor, Permission.PROMISES_APPROVE, at=ground.place):
        raise NotPermitted("it is somebody else's case; ask its agent or a lead", permission=permission.value)


def require_version(ground: Ground, if_version: int | None) -> None:
    """Raise VersionMismatch when the record changed since it was read."""
    if if_version is not None and if_version != ground.escalation.version:
        raise VersionMismatch("the escalation changed since you read it", version=ground.escalation.version)


def require_possible(ground: Ground, action: Action) -> None:
    """Raise IllegalAction, with what is allowed instead, before anything is changed."""
    escalation = ground.escalation
    next_status(escalation.status, action, before=escalation.status_before)


def notices_to(
    ground: Ground,
    people: Iterable[UUID | None],
    template: Template,
    *,
    channels: Sequence[Channel],
    subject_id: UUID,
    facts: Mapping[str, object],
    now: datetime,
    store_id: UUID | None = None,
) -> list[NewNotice]:
    """One notice for each person and channel; the same subject tells nobody twice."""
    return [
        NewNotice(
            brand_id=ground.escalation.brand_id,
            dedup_key=f"{template}:{subject_id}:{person_id}:{channel}",
            channel=channel,
            template=template,
            escalation_id=ground.escalation.id,
            store_id=store_id or ground.row.store_id,
            person_id=person_id,
            contact_point_id=None,
            next_at=now,
            stops_on=StopsOn.END,
            facts={"number": ground.escalation.number, "store_number": ground.row.place_number, **facts},
        )
        for person_id in dict.fromkeys(people)
        if person_id is not None
        for channel in channels
    ]


def finish(
    act: Act,
    ground: Ground,
    actor: Actor,
    link: Link,
    *,
    topic: str,
    once: Once[Acted],
    now: datetime,
    request_id: str,
    subject_id: UUID | None = None,
    code: str | None = None,
    appeal_link: str | None = None,
    amount_minor: int = 0,
    reason: str | None = None,
    transfers: Sequence[Transfer] = (),
    store_number: str | None = None,
) -> Acted:
    """Save the case with its link and what is owed, and commit. The agent's board learns of others' acts."""
    escalation = ground.escalation
    acted = Acted(
        id=escalation.id,
        number=escalation.number,
        status=escalation.status,
        version=escalation.version,
        remaining_minor=escalation.remaining_minor,
        valid_until=escalation.valid_until,
        subject_id=subject_id,
        code=code,
        link=appeal_link,
    )
    payload = payload_of(
        escalation,
        store_number or ground.row.place_number,
        amount_minor=amount_minor,
        now=now,
        reason=reason,
    )
    board_of = None if actor.id == ground.owner_id else ground.owner_id
    assert actor.credential_id is not None
    saved = Saved(
        link=link,
        owed=Owed(topic, payload, board_of),
        kept=once.keep(actor.credential_id, acted),
        transfers=transfers,
        request_id=request_id,
    )
    save(act, escalation, saved)
    return acted
