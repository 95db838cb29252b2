"""The counter: check a code, act on it once, see who is expected.

A look-up is a POST whose answer is the verdict itself: a code is never in an address, and a
verdict is never bookmarked. A decision is answered by its result; it counts once per rendered
form, so that reloading the result shows it again and does nothing. Whatever cannot be read in
a decision (an amount, the answer to the check question) is asked again on the spot.
"""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, flash, g, make_response, render_template, request, url_for

from bridge import db, metrics
from bridge.clock import utc_now
from bridge.decision import Asked, Decided, Refusal
from bridge.errors import InvalidInput, MalformedRequest
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from bridge.roles import Permission, can
from bridge.services import counter as service
from bridge.services import decisions, undoing
from bridge.settings import settings
from bridge.verdicts import MAY_HONOUR, Family, Verdict
from schemas.counter import actions_after, shown, verdict_body
from web import forms, inbox, verdict_words
from web.error_pages import FRAGMENT
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor
from web.shown import money
from web.verdict_words import Known

blueprint = pages("counter")

CODE_MAX_CHARACTERS = 200
WAITING_SHOWN = 3
UNDO_REASON = "undone on the page"
_SOURCES = {"typed": service.Source.TYPED, "scan": service.Source.SCAN, "camera": service.Source.CAMERA}
_ACTIONS = {
    "honour": Action.HONOUR,
    "honour_part": Action.HONOUR,
    "decline": Action.DECLINE,
    "acknowledge": Action.ACKNOWLEDGE,
}
_ASKED_AGAIN = frozenset({"second_fact_missing", "second_fact_wrong", "over_remaining", "changed"})


@blueprint.get("/counter")
@requires(Permission.COUNTER_LOOK_UP)
def counter() -> str:
    """The field for a code, and the next customers."""
    return _page()


@blueprint.post("/counter/check")
@requires(Permission.COUNTER_LOOK_UP)
def check() -> Response | str:
    """Judge what the customer presented."""
    text = request.form.get("code", "").strip()
    if not text:
        return _answer({"problems": {"code": _("Scan or type a code first.")}}, status=422)
    with db.statement() as connection:
        found = service.look_up(
            connection,
            visitor().token,
            text=text[:CODE_MAX_CHARACTERS],
            source=_SOURCES.get(forms.text("source"), service.Source.TYPED),
            now=utc_now(),
            settings=settings(),
        )
    metrics.LOOK_UPS.labels(found.verdict.value).inc()
    answer = make_response(_answer({"panel": _panel_of(found)}))
    if found.retry_after_seconds is not None:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(found.retry_after_seconds)
    return answer


@blueprint.post("/counter/decide")
@requires(Permission.COUNTER_ACKNOWLEDGE)
def decide() -> Response | str:
    """Honour, honour part, decline or set aside; once per form."""
    pressed = forms.text("action")
    if pressed not in _ACTIONS:
        raise MalformedRequest("a hidden field was changed")
    problems = forms.Problems()
    asked = _asked(pressed, problems)
    if problems:
        return _answer({"panel": _asked_again(_from_form(), problems)}, status=422)
    kept = forms.once("page.decide", _tell)
    try:
        with db.act() as act:
            result = decisions.decide(
                act,
                visitor().token,
                asked(kept.key),
                once=kept,
                now=utc_now(),
                settings=settings(),
                request_id=g.request_id,
            )
    except InvalidInput as error:
        names = {"amount_minor": "amount"}
        problems.add_all(error.details.get("fields"), names=lambda path: names.get(path[0], path[0]))
        return _answer({"panel": _asked_again(_from_form(), problems)}, status=422)
    if isinstance(result, Refusal):
        metrics.DECISIONS.labels("refused").inc()
        return _answer({"panel": _refused(result)}, status=409)
    if isinstance(result, Decided):
        metrics.DECISIONS.labels(result.action.value).inc()
    told = forms.told(kept, result)
    if forms.text("from") == "inbox":
        flash(_("Set aside. The agent sees it."), "go")
        return see_other(url_for("page_inbox.inbox"))
    return _answer({"result": told})


@blueprint.post("/counter/decisions/<uuid:decision_id>/undo")
@requires(Permission.COUNTER_DECIDE)
def undo(decision_id: UUID) -> Response | str:
    """Take a decision back on the same device, within a minute."""
    kept = forms.once("page.undo", _tell)
    with db.act() as act:
        result = undoing.undo(
            act,
            visitor().actor,
            decision_id,
            reason_text=UNDO_REASON,
            once=kept,
            now=utc_now(),
            settings=settings(),
            request_id=g.request_id,
        )
    return _answer({"result": forms.told(kept, result)})


@blueprint.post("/counter/resume")
@requires(Permission.COUNTER_DECIDE)
def resume() -> Response:
    """Lift the pause of this device; a manager's right."""
    actor = visitor().actor
    if actor.device_id is None:
        raise MalformedRequest("this session has no device")
    with db.statement() as connection:
        service.resume(connection, actor, actor.device_id)
    flash(_("Open again. Check the code once more."), "go")
    return see_other(url_for("page_counter.counter"))


def _page(parts: dict[str, Any] | None = None) -> str:
    waiting = inbox.rows()[:WAITING_SHOWN]
    shown_parts = {"panel": None, "result": None, "problems": {}, **(parts or {})}
    return render_template("counter.html", next_up=waiting, counts=inbox.counts(), **shown_parts)


def _answer(parts: dict[str, Any], *, status: int = 200) -> Response:
    """The whole page, or only the panel for our own module."""
    if FRAGMENT in request.headers:
        body = render_template("_answer.html", **{"panel": None, "result": None, "problems": {}, **parts})
    else:
        body = _page(parts)
    answer = make_response(body, status)
    answer.headers[FRAGMENT] = "answer"
    return answer


def _panel_of(found: service.LookedUp) -> dict[str, Any]:
    """What the verdict's panel shows: only what `verdict_body` lets the counter see."""
    body = verdict_body(found)
    promise, row = body.get("escalation"), found.row
    known = Known(
        shown=promise,
        store=body.get("store"),
        signs=found.signs,
        retry_after_seconds=found.retry_after_seconds,
        set_aside_at=row.acknowledged_at if promise else None,
        store_scope=row.store_scope if promise else "one",
        roles=tuple(row.roles_here) if promise else (),
    )
    panel = _panel(found.verdict, known, at=found.at)
    panel["look_up_id"] = body["look_up_id"]
    panel["actions"] = body["actions"]
    if promise and found.verdict is Verdict.JUST_DONE and can(visitor().actor, Permission.COUNTER_DECIDE):
        panel["undo_id"] = row.last_decision["id"]
    return panel


def _panel(verdict: Verdict, known: Known, *, at: datetime) -> dict[str, Any]:
    promise = known.shown
    return {
        "verdict": verdict.value,
        "family": verdict.family.value,
        "words": verdict_words.worded(verdict, known),
        "promise": promise,
        "at": at,
        "look_up_id": None,
        "actions": [],
        "undo_id": None,
        "may_resume": verdict is Verdict.LOCKED_TRIES and can(visitor().actor, Permission.COUNTER_DECIDE),
        "version": promise["version"] if promise else None,
        "currency": promise["currency"] if promise else "",
        "remaining_minor": promise["remaining_minor"] if promise else 0,
        "authorised_minor": promise["authorised_minor"] if promise else 0,
        "second_fact": promise["second_fact"] if promise else None,
        "problems": {},
        "typed": {},
    }


def _asked(pressed: str, problems: forms.Problems) -> Any:
    """How the service is asked, once the form's key is known."""
    values: dict[str, Any] = {
        "action": _ACTIONS[pressed],
        "look_up_id": forms.uuid("look_up_id"),
        "escalation_id": forms.uuid("escalation_id"),
        "second_fact": forms.text("second_fact")[:40] or None,
        "receipt_ref": forms.text("receipt_ref")[:60],
        "set_aside_note": _within("set_aside_note", 120, problems),
        "reason_text": _within("reason_text", 500, problems),
        "customer_text": _within("customer_text", 500, problems),
        "if_version": forms.whole("version"),
        "step_up_id": forms.uuid("step_up_id"),
    }
    if (values["look_up_id"] is None) == (values["escalation_id"] is None):
        raise MalformedRequest("a hidden field was changed")
    if pressed == "honour_part":
        values["amount_minor"] = forms.minor_units(forms.text("amount"), _currency())
        values["keep_rest"] = forms.text("rest") != "give_up"
        if values["amount_minor"] is None:
            problems.add("amount", forms.amount_problem(_currency()))
    if pressed == "decline":
        reason = forms.text("reason")
        if reason in set(DeclineReason):
            values["reason"] = DeclineReason(reason)
        else:
            problems.add("reason", _("Choose a reason."))
    return lambda key: Asked(nonce=decisions.nonce_of(key), **values)


def _within(name: str, longest: int, problems: forms.Problems) -> str:
    given = forms.text(name)
    if len(given) > longest:
        problems.add(name, forms.worded(f"Longer than maximum length {longest}."))
    if any(ord(sign) < ord(" ") and sign not in "\n\t" for sign in given):
        problems.add(name, forms.worded("Control characters are not allowed here."))
    return given


def _currency() -> str:
    given = forms.text("currency")
    if not re.fullmatch(r"[A-Z]{3}", given):
        raise MalformedRequest("a hidden field was changed")
    return given


def _from_form() -> dict[str, Any]:
    """The panel's forms as they were sent; the service checks every one of these values again."""
    return {
        "look_up_id": forms.uuid("look_up_id"),
        "actions": request.form.getlist("offered"),
        "version": forms.whole("version"),
        "currency": _currency(),
        "remaining_minor": forms.whole("remaining") or 0,
        "authorised_minor": forms.whole("remaining") or 0,
        "second_fact": forms.text("fact_kind") or None,
    }


def _asked_again(parts: dict[str, Any], problems: forms.Problems) -> dict[str, Any]:
    """A panel that says what is missing and offers the same actions."""
    words = verdict_words.Wording(
        word=_("Not done yet"), reason=next(iter(problems.found.values())), say="", next=""
    )
    return {
        "verdict": "asked_again",
        "family": Family.FIX.value,
        "words": words,
        "promise": None,
        "at": utc_now(),
        "undo_id": None,
        "may_resume": False,
        "problems": problems.found,
        "typed": request.form,
        **parts,
    }


def _refused(refused: Refusal) -> dict[str, Any]:
    """The panel of a decision that was not taken: what to change, or what a second look shows."""
    row = refused.row
    may_show = row is not None and refused.verdict is not Verdict.OTHER_STORE
    is_open = refused.verdict in MAY_HONOUR | {Verdict.NEEDS_APPROVAL, Verdict.NO_PERMISSION}
    if refused.why in _ASKED_AGAIN and may_show and is_open:
        said = {
            "second_fact_missing": ("second_fact", _("Ask the check question and write the answer down.")),
            "second_fact_wrong": ("second_fact", _("That is not what the agent noted. Ask again.")),
            "over_remaining": ("amount", _("Only %(left)s is left.", left=_left(row))),
            "changed": ("form", _("This changed a moment ago. Now %(left)s is left.", left=_left(row))),
        }
        problems = forms.Problems()
        problems.add(*said[refused.why])
        parts = {
            "look_up_id": forms.uuid("look_up_id"),
            "actions": actions_after(Verdict(row.verdict), row.status, frozenset(row.roles_here)),
            "version": row.version,
            "currency": row.currency,
            "remaining_minor": row.remaining_minor,
            "authorised_minor": row.authorised_minor,
            "second_fact": row.second_fact,
        }
        return _asked_again(parts, problems)
    promise = None
    if may_show:
        # The lock reads no handle; the counter saw it in the look-up before.
        promise = shown(SimpleNamespace(**row._asdict(), customer_handle=None, customer_network=None))
    known = Known(
        shown=promise,
        set_aside_at=row.acknowledged_at if may_show else None,
        store_scope=row.store_scope if may_show else "one",
        roles=tuple(row.roles_here) if may_show else (),
    )
    return _panel(refused.verdict, known, at=refused.at)


def _left(row: Any) -> str:
    return money(row.remaining_minor, row.currency)


def _tell(decided: Decided) -> dict[str, Any]:
    """What a result page needs; no handle and no code."""
    it = decided.escalation
    return {
        "action": decided.action.value,
        "amount_minor": decided.amount_minor,
        "remaining_minor": it.remaining_minor,
        "authorised_minor": it.authorised_minor,
        "currency": it.currency,
        "number": it.number,
        "version": it.version,
        "at": decided.at.astimezone(UTC).isoformat(),
        "decision_id": str(decided.decision_id) if decided.decision_id else None,
        "undo_until": decided.undo_until.isoformat() if decided.undo_until else None,
        "look_up_id": forms.text("look_up_id") or None,
        "fact_kind": forms.text("fact_kind") or None,
        "reason": (it.last_decision or {}).get("reason"),
    }
