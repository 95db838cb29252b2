"""What a promise looks like when it is written: its row, its lines, and the right frozen into it.

Used when a promise is made; what is frozen here is what the counter shows, whatever changes
later. Nothing here asks the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from bridge import codes, second_fact
from bridge.authority import Answer, Grant, Reason
from bridge.escalation import Escalation
from bridge.promises import Level, PriorChannel, PromiseLine, PromiseType, Proof, SecondFact, StoreScope
from bridge.reasons import Priority
from bridge.roles import Actor
from bridge.settings import Settings
from bridge.telling import payload_of
from bridge.timeline import moment
from bridge.vault import Vault

CODE_PLACE = "reference_codes"
_WEAKEST_FIRST = [Level.INFORM, Level.RECOMMEND, Level.AUTHORISE, Level.INSTRUCT]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The promise as the agent asks for it. Money is in minor units; instants are aware."""

    thread_id: UUID
    lines: Sequence[PromiseLine]
    store_scope: StoreScope
    currency: str | None = None
    store_number: str | None = None
    group_unit_id: UUID | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    needed_by: datetime | None = None
    second_fact: tuple[SecondFact, str] | None = None
    prior_contacts: Sequence[tuple[PriorChannel, int, str]] = field(default=())
    note_for_store: str = ""
    note_internal: str = ""
    order_ref: str = ""
    bought_by_other: bool = False
    locale: str | None = None
    second_promise_reason: str | None = None
    priority: Priority = Priority.NORMAL
    supersedes_id: UUID | None = None


def row_values(
    row: Any,
    wanted: Wanted,
    escalation: Escalation,
    *,
    validity: tuple[datetime, datetime],
    answer: Answer,
    code: str | None,
    now: datetime,
    settings: Settings,
    vault: Vault,
) -> dict[str, Any]:
    """The values of the row, its lines, contacts and code, as the opening statement takes them."""
    fact = wanted.second_fact
    is_question = all(line.level is Level.INFORM for line in wanted.lines)
    return {
        "id": escalation.id,
        "number": escalation.number,
        "brand_id": escalation.brand_id,
        "status": escalation.status.value,
        "status_before": escalation.status_before.value if escalation.status_before else None,
        "kind": "question" if is_question else "promise",
        "thread_id": wanted.thread_id,
        "identity_id": row.identity_id,
        "official_handle_id": row.official_handle_id,
        "agent_id": row.person_id,
        "store_scope": wanted.store_scope.value,
        "store_id": row.place_store_id,
        "scope_unit_id": row.place_unit_id,
        "level": min((line.level for line in wanted.lines), key=_WEAKEST_FIRST.index).value,
        "note_for_store": wanted.note_for_store,
        "note_internal": wanted.note_internal,
        "locale": wanted.locale or row.language,
        "order_ref": wanted.order_ref,
        "bought_by_other": wanted.bought_by_other,
        "needed_by": wanted.needed_by,
        "valid_from": validity[0],
        "valid_until": validity[1],
        "currency": escalation.currency,
        "authorised_minor": escalation.authorised_minor,
        "remaining_minor": escalation.remaining_minor,
        "code_hmac": escalation.code_hmac,
        "code_cipher": vault.seal(code.encode(), place=CODE_PLACE)
        if code and settings.code_redisplay
        else None,
        "code_hint": codes.hint(code) if code else "",
        "second_fact": fact[0].value if fact else None,
        "second_fact_hmac": (
            second_fact.digest(*fact, escalation_id=escalation.id, pepper=settings.code_pepper)
            if fact
            else None
        ),
        "second_promise_reason": wanted.second_promise_reason,
        "authority": Jsonb(escalation.authority),
        "issued_at": escalation.issued_at,
        "at": now,
        "version": escalation.version,
        "head_seq": escalation.head_seq,
        "head_hash": escalation.head_hash,
        "lines": Jsonb(
            [
                {
                    **line_fact(line),
                    "position": position,
                    "conditions": line.conditions,
                    "item": line.item,
                    "grant_id": str(grant.id) if grant else None,
                }
                for position, (line, grant) in enumerate(
                    zip(wanted.lines, answer.line_grants, strict=True), 1
                )
            ]
        ),
        "prior_contacts": Jsonb(
            [
                {"channel": channel.value, "tries": tries, "result": result}
                for channel, tries, result in wanted.prior_contacts
            ]
        ),
        "priority": wanted.priority.value,
        "supersedes_id": wanted.supersedes_id,
        "approval_reason": None if code else "over the author's right",
    }


def frozen_authority(
    row: Any, actor: Actor, wanted: Wanted, *, answer: Answer, reasons: tuple[Reason, ...], now: datetime
) -> dict[str, Any]:
    """Who promised what by which right: what the counter is shown, whatever changes later."""
    role, _, _, unit = row.assignments[0].split("@", 3) if row.assignments else ("", "", "", "")
    return {
        "result": "needs_approval" if reasons else "within",
        "reasons": [reason.value for reason in reasons],
        "checked_at": moment(now),
        "agent": {"id": str(actor.id), "name": actor.name, "role": role, "unit": unit},
        "brand": row.brand_name,
        "channel": {
            "network": row.network,
            "handle": row.official_handle,
            "official_since": moment(row.official_since) if row.official_since else None,
        },
        "approved_by": None,
        "lines": [
            {
                **line_fact(line),
                "item": line.item,
                "conditions": line.conditions,
                "grant": grant.frozen() if grant else None,
            }
            for line, grant in zip(wanted.lines, answer.line_grants, strict=True)
        ],
    }


def line_fact(line: PromiseLine) -> dict[str, Any]:
    """A line without its free text."""
    return {
        "type": line.type.value,
        "level": line.level.value,
        "amount_minor": line.amount_minor,
        "percent_hundredths": line.percent_hundredths,
        "quantity": line.quantity,
        "waives": sorted(line.waives),
    }


def line_of(values: dict[str, Any]) -> PromiseLine:
    """A line from its row as JSON."""
    return PromiseLine(
        type=PromiseType(values["type"]),
        level=Level(values["level"]),
        item=values["item"],
        amount_minor=values["amount_minor"],
        percent_hundredths=values["percent_hundredths"],
        quantity=values["quantity"],
        waives=frozenset(Proof(proof) for proof in values["waives"]),
        conditions=values["conditions"],
    )


def amounts_by_grant(lines: Sequence[PromiseLine], grants: Sequence[Grant | None]) -> dict[str, int]:
    """How much each grant funds."""
    amounts: dict[str, int] = {}
    for line, grant in zip(lines, grants, strict=True):
        if grant is not None:
            amounts[str(grant.id)] = amounts.get(str(grant.id), 0) + line.amount_minor
    return amounts


def issued_payload(escalation: Escalation, store_number: str | None, *, now: datetime) -> dict[str, Any]:
    """What receivers are told when a promise is made or settled: the whole amount is at stake."""
    return payload_of(escalation, store_number, amount_minor=escalation.authorised_minor, now=now)
