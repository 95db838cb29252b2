"""Sample values for every answer of the counter: what panels and results show, made up.

The panels themselves are made by `web/counter_panel.py`, so that the gallery shows what a counter
would see and never a copy of it.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bridge.clock import utc_now
from bridge.roles import Actor, Assignment, Role
from bridge.verdicts import MAY_HONOUR, Verdict
from schemas.counter import actions_after
from web.counter_panel import panel_for
from web.sessions import Visitor
from web.verdict_words import WORDS, Known

_ID: Final = UUID("01900000-0000-7000-8000-000000000000")
_CASHIERS: Final = frozenset({Verdict.NO_PERMISSION})
_WITH_PROMISE: Final = MAY_HONOUR | {
    Verdict.NEEDS_APPROVAL,
    Verdict.NO_PERMISSION,
    Verdict.ALREADY_USED,
    Verdict.JUST_DONE,
    Verdict.NOT_YET,
    Verdict.REPLACED,
    Verdict.ON_HOLD,
    Verdict.DECLINED_BEFORE,
    Verdict.EXPIRED,
    Verdict.WITHDRAWN,
    Verdict.LOCKED_CODE,
}
_DECIDED: Final = {
    Verdict.GENUINE_PART_LEFT: "honour_part",
    Verdict.ALREADY_USED: "honour",
    Verdict.JUST_DONE: "honour",
    Verdict.DECLINED_BEFORE: "decline",
}
_STATUS: Final = {
    Verdict.ALREADY_USED: "honoured",
    Verdict.JUST_DONE: "honoured",
    Verdict.DECLINED_BEFORE: "declined",
    Verdict.EXPIRED: "expired",
    Verdict.WITHDRAWN: "revoked",
    Verdict.ON_HOLD: "awaiting_agent",
    Verdict.GENUINE_SET_ASIDE: "acknowledged",
}


def at_work(role: Role) -> Visitor:
    """Somebody made up at store 10, to whose eyes the answers are drawn."""
    actor = Actor(
        kind="person",
        id=_ID,
        name="Priya",
        brand_id=_ID,
        assignments=(Assignment(role, _ID, "store"),),
        credential_id=_ID,
        device_id=_ID,
        store_id=_ID,
        store_path=(_ID,),
    )
    facts = {
        "locale": "en",
        "email": "",
        "store_number": "10",
        "store_name": "Maplewood",
        "store_zone": "America/Chicago",
        "store_services": ["Hablamos Español"],
        "care_phone": "+1 555 0100",
        "brand_name": "Northlight",
        "currency": "USD",
        "device_name": "Till 3",
        "device_kind": "counter",
        "lock_minutes": None,
        "has_pin": True,
        "is_key": False,
        "training_valid_until": None,
    }
    return Visitor(actor, "", facts)


def approvers() -> list[tuple[str, str]]:
    """Who could say yes on the cashier's screen."""
    return [(str(_ID), "Priya"), (str(UUID(int=1)), "Sam")]


def role_for(verdict: Verdict) -> Role:
    """Whose eyes get this answer."""
    return Role.STORE_ASSOCIATE if verdict in _CASHIERS else Role.STORE_MANAGER


def panels() -> list[Verdict]:
    """Every verdict that has words, in the order of the enumeration."""
    return [verdict for verdict in Verdict if verdict in WORDS]


def panel(verdict: Verdict) -> dict[str, Any]:
    """The panel of a verdict, for whoever is in `g.visitor`."""
    now = utc_now()
    promise = _promise(verdict, now) if verdict in _WITH_PROMISE else None
    known = Known(
        shown=promise,
        store={"number": "40", "name": "Hilltop", "city": "Rochester"},
        typed="K7QF-3M9T-2XH7",
        count="7",
        retry_after_seconds=270,
        set_aside_at=now - timedelta(hours=2),
        roles=(role_for(verdict).value,),
        locale="es",
    )
    made = panel_for(verdict, known, at=now)
    made["look_up_id"] = _ID
    if promise is not None:
        roles_here = frozenset({role_for(verdict).value})
        made["actions"] = actions_after(verdict, promise["status"], roles_here)
        made["main"] = "honour" if verdict in MAY_HONOUR else made["main"]
    if verdict in {Verdict.NEEDS_APPROVAL, Verdict.NO_PERMISSION}:
        made["main"] = "step_up"
    if verdict is Verdict.JUST_DONE:
        made["undo_id"], made["main"] = _ID, "done"
    if verdict is Verdict.NEAR_MISS:
        made["near"] = {
            "customer_handle": "ella_b",
            "customer_network": "x",
            "remaining_minor": 1_500,
            "currency": "USD",
            "item": "Phone case",
        }
        made["main"] = "open"
    if verdict is Verdict.LOCKED_TRIES:
        made["wait_seconds"] = 270
    return made


def results() -> list[dict[str, Any]]:
    """What follows a press, one of each."""
    now = utc_now()
    common = {
        "amount_minor": 1_500,
        "remaining_minor": 0,
        "authorised_minor": 1_500,
        "currency": "USD",
        "number": 17,
        "version": 3,
        "at": now.isoformat(),
        "decision_id": str(_ID),
        "undo_until": (now + timedelta(minutes=1)).isoformat(),
        "undo_seconds": 40,
        "look_up_id": str(_ID),
        "fact_kind": None,
        "reason": "out_of_stock",
    }
    changes: dict[str, dict[str, Any]] = {
        "honour": {},
        "honour_part": {"amount_minor": 500, "remaining_minor": 1_000},
        "give_up_rest": {"amount_minor": 500},
        "decline": {"amount_minor": 0, "remaining_minor": 1_500},
        "acknowledge": {"decision_id": None, "undo_until": None, "undo_seconds": 0},
        "undo": {"decision_id": None, "undo_until": None, "undo_seconds": 0},
    }
    return [{**common, "action": action, **change} for action, change in changes.items()]


def questions() -> list[dict[str, Any]]:
    """What follows a question to the agent, one of each."""
    common = {"escalation_id": _ID, "number": 17, "agent": "Ana", "usual_seconds": 360, "problems": {}}
    return [{**common, "state": state} for state in ("asked", "noted", "refused")]


def _promise(verdict: Verdict, now: datetime) -> dict[str, Any]:
    """A promise as the counter may see it; see `schemas/counter.py`."""
    part = verdict is Verdict.GENUINE_PART_LEFT
    used = verdict in {Verdict.ALREADY_USED, Verdict.JUST_DONE}
    amount = 8_000 if verdict is Verdict.NEEDS_APPROVAL else 1_500
    starts = now + timedelta(days=2) if verdict is Verdict.NOT_YET else now - timedelta(days=1)
    ends = now - timedelta(days=2) if verdict is Verdict.EXPIRED else now + timedelta(days=6)
    return {
        "id": _ID,
        "number": 17,
        "status": _STATUS.get(verdict, "issued"),
        "version": 3,
        "level": "recommend" if verdict is Verdict.NEEDS_APPROVAL else "authorise",
        "currency": "USD",
        "authorised_minor": amount,
        "remaining_minor": 1_000 if part else 0 if used else amount,
        "valid_from": starts,
        "valid_until": ends,
        "needed_by": None,
        "customer_handle": "maria_runs",
        "customer_network": "x",
        "note_for_store": "Please be kind: the customer was sent away once.",
        "set_aside_note": "Shelf B" if verdict is Verdict.GENUINE_SET_ASIDE else "",
        "second_fact": "order_digits" if verdict is Verdict.CHECK_FIRST else None,
        "own_limit_minor": 5_000,
        "promised_by": {
            "name": "Ana",
            "role": "senior_agent",
            "unit": "Social care",
            "brand": "Northlight",
            "network": "x",
            "handle": "NorthlightCare",
            "official_since": "2024-03-01",
            "approved_by": None,
        },
        "lines": [
            {
                "type": "exchange",
                "level": "authorise",
                "item": "CD box set with a missing disc",
                "amount_minor": amount,
                "percent_hundredths": None,
                "quantity": 1,
                "waives": ["receipt"],
                "conditions": "",
                "grant": "Senior agent: authorise",
                "grant_limit_minor": 10_000,
            }
        ],
        "last_decision": _decision(_DECIDED[verdict], verdict, now) if verdict in _DECIDED else None,
    }


def _decision(action: str, verdict: Verdict, now: datetime) -> dict[str, Any]:
    ago = timedelta(seconds=20) if verdict is Verdict.JUST_DONE else timedelta(hours=3)
    return {
        "id": str(_ID),
        "action": action,
        "at": (now - ago).isoformat(),
        "amount_minor": 0 if action == "decline" else 500 if action == "honour_part" else 1_500,
        "store_number": "10",
        "store_name": "Maplewood",
        "person": "Priya",
        "second_person": None,
        "device": "Till 3",
        "reason": "out_of_stock" if action == "decline" else None,
    }
