"""HQ's acts on its queue: take a row, or find and close it.

Each act locks the case, as everybody does who changes it, then its open rows. A finding has a
text and a cause; one about a contested result also moves the case: upheld closes it, overturned
gives the promise again with a new code, under the reviewer's own right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.db import Act
from bridge.errors import Conflict, FourEyes, InvalidInput, NotFound, NotPermitted, VersionMismatch
from bridge.escalation import Escalation
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action, Status
from bridge.queries import causes as cause_queries
from bridge.queries import review_findings as queries
from bridge.queries.counter import kept_answer
from bridge.queries.escalations import Kept, Owed, Saved, lock, save
from bridge.reasons import CONTESTED, EntryReason
from bridge.reviewing import Finding, allowed_findings
from bridge.roles import Actor, Assignment, Permission, Role, can, reach
from bridge.services import causes, reissuing
from bridge.settings import Settings
from bridge.telling import payload_of
from bridge.vault import Vault

REISSUED_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the reviewer found. `valid_until` is the new end of an overturned promise; 14 days when None."""

    finding: Finding
    text: str
    cause_code: str
    bridge_cause: str | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A row after an act. `closed` lists what a finding closed; `code` is an overturned promise's."""

    id: UUID
    escalation_id: UUID
    state: str
    status: Status
    version: int
    assigned_to: UUID | None = None
    finding: Finding | None = None
    closed: Sequence[UUID] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    escalation: Escalation
    place: Any
    row: Any
    rows: Sequence[Any]


def assign(
    act: Act,
    actor: Actor,
    review_id: UUID,
    *,
    person_id: UUID | None,
    if_version: int | None,
    once: Once[Reviewed],
    now: datetime,
    request_id: str = "",
) -> Reviewed | Replayed:
    """Give a waiting row to the actor, or to another person who may decide it; commits.

    Raises NotPermitted, NotFound, VersionMismatch, Conflict when it is closed, and InvalidInput for
    somebody who may not decide there.
    """
    ground = _ground(act, actor, review_id, if_version=if_version, once=once)
    if isinstance(ground, Replayed):
        return ground
    assert actor.id is not None
    to = person_id or actor.id
    if to != actor.id:
        _require_reviewer(act, actor, to, ground.place, now=now)
    escalation = ground.escalation
    link = escalation.note(
        "review.assigned",
        actor=actor,
        now=now,
        facts={"review": str(review_id), "to": str(to)},
        request_id=request_id,
    )
    queries.assign(act, review_id, person_id=to, now=now)
    done = Reviewed(review_id, escalation.id, "assigned", escalation.status, escalation.version, to)
    saved = Saved(link=link, owed=_owed(act, escalation, "review_assigned", now=now), request_id=request_id)
    save(act, escalation, replace(saved, kept=_kept(once, actor, done)))
    return done


def find(
    act: Act,
    actor: Actor,
    review_id: UUID,
    judged: Judgement,
    *,
    if_version: int | None,
    once: Once[Reviewed],
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str = "",
) -> Reviewed | Replayed:
    """Close a row with a finding, and code the case; commits.

    Upheld or overturned also closes the case's other contested rows. Raises NotPermitted, NotFound,
    VersionMismatch, InvalidInput (no text, no such cause), FourEyes (the reviewer promised or
    declined it, or their right does not cover it), and Conflict when it is closed or when the
    finding is not possible in the case's status.
    """
    _require_text(judged)
    ground = _ground(act, actor, review_id, if_version=if_version, once=once, for_value=judged)
    if isinstance(ground, Replayed):
        return ground
    assert actor.id is not None
    escalation = ground.escalation
    _require_possible(act, actor, ground, judged)
    version = _coded_with(act, escalation.brand_id, judged, now=now)
    code = None
    if judged.finding is Finding.NOTED:
        saved = _note(act, ground, actor, judged, now=now, request_id=request_id)
    elif judged.finding is Finding.UPHELD:
        saved = _uphold(ground, actor, judged, now=now, request_id=request_id)
    else:
        saved, code = _overturn(
            act, ground, actor, judged, now=now, settings=settings, vault=vault, request_id=request_id
        )
    closing = [review_id]
    if judged.finding is not Finding.NOTED:
        closing = [row.id for row in ground.rows if EntryReason(row.entry_reason) in CONTESTED]
        saved = replace(saved, owed=_owed(act, escalation, judged.finding.value, now=now, on_board=True))
    queries.close(
        act,
        closing,
        escalation_id=escalation.id,
        finding=judged.finding.value,
        text=judged.text,
        cause_code=judged.cause_code,
        bridge_cause=judged.bridge_cause,
        version=version,
        closed_by=actor.id,
        now=now,
    )
    done = Reviewed(
        id=review_id,
        escalation_id=escalation.id,
        state="closed",
        status=escalation.status,
        version=escalation.version,
        assigned_to=ground.row.assigned_to,
        finding=judged.finding,
        closed=closing,
        code=code,
    )
    save(act, escalation, replace(saved, kept=_kept(once, actor, done)))
    return done


def _require_possible(act: Act, actor: Actor, ground: _Ground, judged: Judgement) -> None:
    status = ground.escalation.status
    allowed = allowed_findings(EntryReason(ground.row.entry_reason), status)
    if judged.finding not in allowed:
        raise Conflict(
            f"{judged.finding} is not possible while the case is {status}",
            status=status.value,
            allowed=[finding.value for finding in allowed],
        )
    if actor.id in {ground.escalation.agent_id, *queries.declined_by(act, ground.escalation.id)}:
        raise FourEyes("nobody judges what they promised or declined themselves")


def _note(
    act: Act, ground: _Ground, actor: Actor, judged: Judgement, *, now: datetime, request_id: str
) -> Saved:
    facts = _facts(ground, judged)
    link = ground.escalation.note("review.found", actor=actor, now=now, facts=facts, request_id=request_id)
    owed = _owed(act, ground.escalation, "review_found", now=now)
    return Saved(link=link, owed=owed, request_id=request_id)


def _uphold(ground: _Ground, actor: Actor, judged: Judgement, *, now: datetime, request_id: str) -> Saved:
    facts = _facts(ground, judged)
    link = ground.escalation.apply(Action.UPHOLD, actor=actor, now=now, facts=facts, request_id=request_id)
    return Saved(link=link, request_id=request_id)


def _overturn(
    act: Act,
    ground: _Ground,
    actor: Actor,
    judged: Judgement,
    *,
    now: datetime,
    settings: Settings,
    vault: Vault,
    request_id: str,
) -> tuple[Saved, str]:
    again = reissuing.reissue(
        act,
        ground.escalation,
        actor,
        valid_until=judged.valid_until or now + REISSUED_FOR,
        four_eyes=True,
        now=now,
        settings=settings,
        vault=vault,
    )
    facts = {**_facts(ground, judged), **again.facts}
    link = ground.escalation.apply(Action.OVERTURN, actor=actor, now=now, facts=facts, request_id=request_id)
    return Saved(link=link, transfers=again.transfers, request_id=request_id), again.code


def _facts(ground: _Ground, judged: Judgement) -> dict[str, object]:
    return {
        "review": str(ground.row.id),
        "finding": judged.finding.value,
        "cause": judged.cause_code,
    }


def _ground(
    act: Act,
    actor: Actor,
    review_id: UUID,
    *,
    if_version: int | None,
    once: Once[Reviewed],
    for_value: Judgement | None = None,
) -> _Ground | Replayed:
    """The locked case with its open rows, or the stored answer of the same key."""
    if actor.kind != "person" or not can(actor, Permission.REVIEW_DECIDE):
        raise NotPermitted("your role does not allow that", permission=Permission.REVIEW_DECIDE.value)
    place = queries.place_of(
        act, review_id, brand_id=actor.brand_id, reach=reach(actor, Permission.REVIEW_DECIDE)
    )
    if place is None:
        raise NotFound("there is no such review")
    if for_value is not None and for_value.finding is Finding.OVERTURNED:
        reissuing.lock_customer(act, place.escalation_id)
    found = lock(act, place.escalation_id)
    assert found is not None, "a review has a case"
    escalation, _ = found
    # The first request with this key may have finished while we waited for the lock.
    values = {"principal": actor.credential_id, "route": once.route, "key": once.key}
    finished = kept_answer(act, values)
    if finished is not None and (replayed := once.replay(finished)) is not None:
        return replayed
    if if_version is not None and if_version != escalation.version:
        raise VersionMismatch("the escalation changed since you read it", version=escalation.version)
    rows = queries.open_rows(act, escalation.id)
    row = next((row for row in rows if row.id == review_id), None)
    if row is None:
        raise Conflict("this review is closed")
    return _Ground(escalation, place, row, rows)


def _require_text(judged: Judgement) -> None:
    if not judged.text.strip():
        raise InvalidInput("say what you found", fields={"text": ["say what you found"]})


def _require_reviewer(act: Act, actor: Actor, person_id: UUID, place: Any, *, now: datetime) -> None:
    assert actor.brand_id is not None
    row = queries.reviewer(act, person_id, brand_id=actor.brand_id, now=now)
    refused = InvalidInput(
        "this person does not decide reviews there", fields={"person_id": ["does not decide reviews there"]}
    )
    if row is None or row.status != "active":
        raise refused
    held = []
    for words in row.assignments:
        role, unit_kind, unit_id = words.split("@")
        held.append(Assignment(Role(role), UUID(unit_id), unit_kind))
    person = Actor(
        kind="person", id=row.id, name=row.display_name, brand_id=actor.brand_id, assignments=tuple(held)
    )
    if not can(person, Permission.REVIEW_DECIDE, at=place.unit_path or ()):
        raise refused


def _coded_with(act: Act, brand_id: UUID, judged: Judgement, *, now: datetime) -> int:
    """The version of the causes that the finding is coded with, kept as a row from now on."""
    known = causes.in_force(act.ask, brand_id)
    known.require(judged.cause_code)
    if judged.bridge_cause is not None:
        known.require_bridge(judged.bridge_cause)
    cause_queries.keep(act, brand_id, version=known.version, definition=dict(known.definition), now=now)
    return known.version


def _owed(act: Act, escalation: Escalation, event: str, *, now: datetime, on_board: bool = False) -> Owed:
    """What receivers are told; the agent's board only of what moved the case."""
    payload = payload_of(
        escalation,
        queries.store_number(act, escalation.id),
        amount_minor=escalation.remaining_minor if event == Finding.OVERTURNED else 0,
        now=now,
    )
    return Owed(f"escalation.{event}", payload, escalation.agent_id if on_board else None)


def _kept(once: Once[Reviewed], actor: Actor, done: Reviewed) -> Kept:
    assert actor.credential_id is not None
    return once.keep(actor.credential_id, done)
