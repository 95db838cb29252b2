"""Give a promise that ended its value and a new code again, under the right of whoever does it.

Used when HQ overturns a refusal, when a closed case is opened again, and when an expired promise
is extended. The value is issued anew; nothing comes back from what was given up. The old code
answers `replaced` from then on, and decisions of the first life can be neither undone nor annulled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bridge import ledger
from bridge.authority import CARRIED_BY_APPROVAL, Asked, check
from bridge.db import Act
from bridge.errors import Conflict, FourEyes, InvalidInput, NotFound
from bridge.escalation import Escalation
from bridge.ledger import Transfer
from bridge.promises import PromiseLine, StoreScope
from bridge.queries import promises as promise_queries
from bridge.queries import reissuing as queries
from bridge.roles import Actor
from bridge.services.coding import new_code
from bridge.services.issuing import amounts_by_grant, line_of
from bridge.services.promises import CUSTOMER_WINDOW, LONGEST_VALIDITY, spending
from bridge.settings import Settings
from bridge.timeline import moment
from bridge.vault import Vault


@dataclass(frozen=True, slots=True)
class Reissued:
    """What the act has to save with: the ledger's movements, and facts for the timeline's link."""

    code: str
    amount_minor: int
    transfers: Sequence[Transfer]
    facts: dict[str, object]
    store_number: str | None


def lock_customer(act: Act, escalation_id: UUID) -> None:
    """Lock the customer. To be called before the escalation is locked, so that no two acts wait crosswise."""
    queries.lock_customer(act, escalation_id)


def reissue(
    act: Act,
    escalation: Escalation,
    actor: Actor,
    *,
    valid_until: datetime,
    four_eyes: bool,
    now: datetime,
    settings: Settings,
    vault: Vault,
) -> Reissued:
    """Check the actor's own right for what is left, spend budgets, and put value and code on `escalation`.

    The caller holds the customer's lock (`lock_customer`) and the escalation's, then applies its
    action with `facts` added and saves with `transfers`. What is left is what was authorised less
    what customers got. `four_eyes` refuses the promise's own author. Raises FourEyes with reasons,
    Conflict (all was given, it was replaced by another promise, or its thread has a live one) and
    InvalidInput for an end that is not within a year.
    """
    assert actor.id is not None
    if four_eyes and escalation.agent_id == actor.id:
        raise FourEyes("nobody decides about their own promise")
    if not now < valid_until <= now + LONGEST_VALIDITY:
        raise InvalidInput(
            "the end must lie in the future, within a year", fields={"valid_until": ["too far"]}
        )
    row = queries.ground(
        act,
        escalation.id,
        person_id=actor.id,
        brand_id=escalation.brand_id,
        customer_since=now - CUSTOMER_WINDOW,
        now=now,
    )
    if row is None:
        raise NotFound("there is no such escalation")
    if row.superseded_by_id is not None:
        raise Conflict("another promise took its place", superseded_by=str(row.superseded_by_id))
    lines = lines_left([line_of(values) for values in row.lines], int(row.given_minor))
    rest = sum(line.amount_minor for line in lines)
    if escalation.authorised_minor and not rest:
        raise Conflict("everything that was promised was given; make a new promise")
    answer = check(
        Asked(
            lines=lines,
            currency=escalation.currency,
            store_scope=StoreScope(row.store_scope),
            place=frozenset(row.place_path or ([row.scope_unit_id] if row.scope_unit_id else [])),
            valid_until=valid_until,
            person_active=row.person_status == "active",
            trained_until=row.training_valid_until,
            handle_official=row.handle_status in {None, "active"},
            store_can=row.place_can,
            customer_30d_minor=int(row.customer_30d_minor) + int(row.given_minor),
            live_promises=row.live_promises,
            second_promise_reason=row.second_promise_reason,
        ),
        map(promise_queries.grant_of, row.grants),
        now=now,
    )
    reasons = [reason.value for reason in answer.reasons]
    if row.live_promises and not row.second_promise_reason:
        raise Conflict("this thread has a live promise; replace that one instead", reasons=reasons)
    if answer.reasons:
        covered = set(answer.reasons) <= CARRIED_BY_APPROVAL
        message = (
            "your own right does not cover this promise" if covered else "this promise cannot be given again"
        )
        raise FourEyes(message, reasons=reasons)
    uses = spending(lines, answer.line_grants, now=now)
    if uses and not promise_queries.spend(act, actor.id, uses):
        raise FourEyes("your own budget does not cover this promise", reasons=["budget"])

    code, code_hmac = new_code(act, escalation.id, now=now, settings=settings, vault=vault)
    queries.reset(act, escalation.id, code_hmac=code_hmac, now=now)
    escalation.code_hmac = code_hmac
    escalation.remaining_minor = rest
    escalation.valid_until = valid_until
    escalation.issued_at = now
    escalation.acknowledged_at = escalation.acknowledged_by = None
    escalation.set_aside_note = ""
    escalation.frozen_at = None
    escalation.second_fact_failures = 0
    escalation.outcome = None
    by = {"id": str(actor.id), "name": actor.name, "role": row.role or "", "at": moment(now)}
    authority = escalation.authority or {}
    escalation.authority = {
        **authority,
        "result": "reissued",
        "approved_by": by if actor.id != escalation.agent_id else None,
        "lines": [
            {**line, "grant": grant.frozen() if grant else None}
            for line, grant in zip(authority.get("lines", []), answer.line_grants, strict=True)
        ],
    }
    return Reissued(
        code=code,
        amount_minor=rest,
        transfers=ledger.issue(escalation.id, amounts_by_grant(lines, answer.line_grants)),
        facts={
            "reissued_minor": rest,
            "valid_until": moment(valid_until),
            "grants": [str(grant.id) if grant else None for grant in answer.line_grants],
        },
        store_number=row.place_number,
    )


def lines_left(lines: Sequence[PromiseLine], given_minor: int) -> list[PromiseLine]:
    """The lines with what was given (minor units) taken off, from the first line on."""
    left = []
    for line in lines:
        used = min(line.amount_minor, given_minor)
        given_minor -= used
        left.append(replace(line, amount_minor=line.amount_minor - used))
    return left


def was_issued_again_since(issued_at: datetime | None, happened_at: datetime) -> bool:
    """Whether the promise was given again after a decision, which then stands for ever."""
    return issued_at is not None and issued_at > happened_at
