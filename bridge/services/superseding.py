"""Put a new promise in the place of a live one, in one step: never two live codes, never none."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from bridge import ledger
from bridge.db import Act
from bridge.errors import Conflict, NotFound, NotPermitted, VersionMismatch
from bridge.escalation import Escalation
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action, next_status
from bridge.queries import life
from bridge.queries.escalations import Owed, Saved, filled, put
from bridge.roles import Actor, Permission, can
from bridge.services import promises
from bridge.services.issuing import Wanted
from bridge.services.promises import Made
from bridge.settings import Settings
from bridge.telling import payload_of
from bridge.vault import Vault


@dataclass(slots=True)
class _Replaced:
    """The old promise, as `promises.make` handles it."""

    escalation_id: UUID
    if_version: int | None
    now: datetime
    request_id: str
    _actor: Actor | None = field(default=None, init=False)
    _escalation: Escalation | None = field(default=None, init=False)
    _store_number: str | None = field(default=None, init=False)

    @property
    def rest_minor(self) -> int:
        assert self._escalation is not None
        return self._escalation.remaining_minor

    def lock(self, act: Act, actor: Actor, thread_id: UUID) -> None:
        row = life.lock(act, self.escalation_id)
        if row is None or row.brand_id != actor.brand_id:
            raise NotFound("there is no such escalation")
        own = actor.id in {row.agent_id, row.owner_id}
        if not own and not can(actor, Permission.PROMISES_APPROVE, at=tuple(row.place)):
            raise NotPermitted(
                "it is somebody else's case; ask its agent or a lead",
                permission=Permission.PROMISES_APPROVE.value,
            )
        escalation = filled(row)
        if self.if_version is not None and self.if_version != escalation.version:
            raise VersionMismatch("the escalation changed since you read it", version=escalation.version)
        next_status(escalation.status, Action.SUPERSEDE, before=escalation.status_before)
        if row.thread_id != thread_id:
            raise Conflict("a promise is replaced within its own thread")
        self._actor, self._escalation, self._store_number = actor, escalation, row.place_number

    def end(self, act: Act, *, by: UUID) -> None:
        escalation, actor = self._escalation, self._actor
        assert escalation is not None
        assert actor is not None
        rest, escalation.remaining_minor = escalation.remaining_minor, 0
        escalation.outcome = "revoked"
        life.settle_open(act, escalation.id, now=self.now)
        link = escalation.apply(
            Action.SUPERSEDE,
            actor=actor,
            now=self.now,
            facts={"by": str(by), "gave_up_minor": rest},
            request_id=self.request_id,
        )
        payload = payload_of(escalation, self._store_number, amount_minor=0, now=self.now)
        board_of = None if escalation.agent_id == actor.id else escalation.agent_id
        saved = Saved(
            link=link,
            owed=Owed("escalation.superseded", payload, board_of),
            transfers=ledger.give_up(escalation.id, rest),
            request_id=self.request_id,
        )
        put(act, escalation, saved)

    def point(self, act: Act, *, to: UUID) -> None:
        life.point_to(act, self.escalation_id, to)


def supersede(
    act: Act,
    secret: str,
    escalation_id: UUID,
    wanted: Wanted,
    *,
    if_version: int | None,
    once: Once[Made],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str = "",
) -> Made | Replayed:
    """Make a promise for the same thread that replaces a live one; the old code says so. Commits.

    The actor holds the thread's claim, and the old promise is the actor's own or the actor leads.
    What was left of the old value is given up. Raises what `promises.make` raises, FourEyes when the
    new promise is over the actor's right, IllegalAction once the old one has ended, VersionMismatch.
    """
    return promises.make(
        act,
        secret,
        replace(wanted, supersedes_id=escalation_id),
        once=once,
        now=now,
        settings=settings,
        vault=vault,
        request_id=request_id,
        replacing=_Replaced(escalation_id, if_version, now, request_id),
    )
