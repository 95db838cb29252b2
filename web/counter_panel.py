"""The panel of a verdict: what it shows, in which order the buttons stand, and what the main one is.

Only what `verdict_body` lets the counter see goes in; a store without the case learns which store
it is, how far away, and nothing about the promise.
"""

from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action, Status, allowed_actions
from bridge.roles import Permission, can
from bridge.services import nearby, opening
from bridge.services.counter import LookedUp
from bridge.verdicts import MAY_HONOUR, Verdict
from schemas.counter import shown, verdict_body
from web import verdict_words
from web.sessions import visitor
from web.verdict_reasons import grouped, reason_of
from web.verdict_words import Known

SPANISH_SPOKEN: Final = "Hablamos Español"
RETRY_SECONDS: Final = 15
"""How long the page waits before it checks a code on hold again by itself."""

_UNSURE: Final = frozenset(
    {Verdict.SERVER_ERROR, Verdict.OFFLINE_UNKNOWN, Verdict.OFFLINE_LISTED, Verdict.OFFLINE_SIGNED}
)


def panel_of(found: LookedUp) -> dict[str, Any]:
    """The panel of a look-up."""
    body = verdict_body(found)
    promise, row, verdict = body.get("escalation"), found.row, found.verdict
    known = Known(
        shown=promise,
        store=body.get("store"),
        typed=grouped(found.signs),
        count=str(len(found.signs)),
        retry_after_seconds=found.retry_after_seconds,
        set_aside_at=row.acknowledged_at if promise else None,
        store_scope=row.store_scope if promise else "one",
        roles=tuple(row.roles_here) if promise else (),
        locale=row.locale if promise else None,
        opens_newer=verdict is Verdict.REPLACED and _opens_newer(found),
    )
    panel = panel_for(verdict, known, at=found.at)
    panel["look_up_id"] = body["look_up_id"]
    panel["actions"] = body["actions"]
    panel["near"] = body.get("near")
    panel["opens"] = verdict is Verdict.NEAR_MISS or known.opens_newer
    panel["signs"] = grouped(found.signs) if verdict in {Verdict.TYPO, Verdict.TOO_SHORT} else ""
    panel["wait_seconds"] = found.retry_after_seconds
    if verdict is Verdict.OTHER_STORE and known.store:
        panel["way"] = _way(known.store["number"])
    if promise and verdict is Verdict.JUST_DONE and can(visitor().actor, Permission.COUNTER_DECIDE):
        panel["undo_id"] = row.last_decision["id"]
    panel["main"] = _main(verdict, panel)
    return panel


def panel_for(verdict: Verdict, known: Known, *, at: datetime) -> dict[str, Any]:
    """What every panel has, whether the server or the device gives the verdict."""
    promise = known.shown
    panel: dict[str, Any] = {
        "verdict": verdict.value,
        "family": verdict.family.value,
        "words": verdict_words.worded(verdict, known, reason_of(verdict, known)),
        "promise": promise,
        "at": at,
        "look_up_id": None,
        "actions": [],
        "undo_id": None,
        "opens": False,
        "near": None,
        "way": None,
        "signs": "",
        "wait_seconds": None,
        "again_seconds": RETRY_SECONDS if verdict is Verdict.ON_HOLD else None,
        "may_resume": verdict is Verdict.LOCKED_TRIES and can(visitor().actor, Permission.COUNTER_DECIDE),
        "speaks_spanish": SPANISH_SPOKEN in visitor().facts["store_services"],
        "ask": _ask(promise),
        "version": promise["version"] if promise else None,
        "currency": promise["currency"] if promise else "",
        "remaining_minor": promise["remaining_minor"] if promise else 0,
        "authorised_minor": promise["authorised_minor"] if promise else 0,
        "amount_minor": _amount(verdict, promise),
        "second_fact": promise["second_fact"] if promise else None,
        "problems": {},
        "typed": {},
    }
    panel["main"] = _main(verdict, panel)
    return panel


def panel_of_row(verdict: Verdict, row: Any, *, at: datetime) -> dict[str, Any]:
    """The panel of a judged row that was locked for a decision; it has read no handle."""
    promise = None
    if row is not None and verdict is not Verdict.OTHER_STORE:
        promise = shown(SimpleNamespace(**row._asdict(), customer_handle=None, customer_network=None))
    known = Known(
        shown=promise,
        set_aside_at=row.acknowledged_at if promise else None,
        store_scope=row.store_scope if promise else "one",
        roles=tuple(row.roles_here) if promise else (),
        locale=row.locale if promise else None,
    )
    return panel_for(verdict, known, at=at)


def local_panels() -> dict[str, dict[str, Any]]:
    """What the device says by itself; `{typed}` and `{count}` are filled in there."""
    known = Known(typed="{typed}", count="{count}")
    own = (
        Verdict.TYPO,
        Verdict.TOO_SHORT,
        Verdict.PRODUCT_CODE,
        Verdict.SLOW,
        Verdict.OFFLINE_UNKNOWN,
        Verdict.SERVER_ERROR,
    )
    return {verdict.value: panel_for(verdict, known, at=utc_now()) for verdict in own}


def may_ask(status: str) -> bool:
    """Whether a question may be put while the case stands there; else it becomes a note."""
    return Action.ASK_AGENT in allowed_actions(Status(status))


def _ask(promise: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the question form needs; None when there is no case to ask about."""
    if promise is None or not can(visitor().actor, Permission.COUNTER_ASK):
        return None
    return {
        "escalation_id": promise["id"],
        "agent": promise["promised_by"]["name"],
        "as_note": not may_ask(promise["status"]),
    }


def _amount(verdict: Verdict, promise: dict[str, Any] | None) -> int | None:
    """The amount that the panel shows large: what is left, or what was given where nothing is."""
    if promise is None or not promise["authorised_minor"]:
        return None
    last = promise["last_decision"]
    if verdict in {Verdict.ALREADY_USED, Verdict.JUST_DONE} and last:
        return int(last["amount_minor"])
    return int(promise["remaining_minor"]) or None


def _main(verdict: Verdict, panel: dict[str, Any]) -> str:
    """The one main button."""
    if "honour" in panel["actions"] and verdict in MAY_HONOUR:
        return "honour"
    if panel["undo_id"]:
        return "done"
    if panel["opens"]:
        return "open"
    if panel["may_resume"]:
        return "resume"
    if verdict in _UNSURE:
        return "retry"
    if verdict in {Verdict.NEEDS_APPROVAL, Verdict.NO_PERMISSION} and panel["look_up_id"]:
        return "step_up"
    return "ask" if panel["ask"] else "again"


def _opens_newer(found: LookedUp) -> bool:
    if found.look_up_id is None:
        return False
    with db.statement() as connection:
        return opening.may_open(connection, visitor().actor, found.look_up_id, now=found.at)


def _way(number: str) -> nearby.Way | None:
    actor = visitor().actor
    assert actor.brand_id is not None
    assert actor.store_id is not None
    with db.statement() as connection:
        return nearby.way_to(
            connection, number, brand_id=actor.brand_id, from_store_id=actor.store_id, now=utc_now()
        )
