"""What follows a press at the counter: reading the form, the result, or why it was not done.

A value that cannot be read, or that the customer got wrong, is asked again on the spot; whoever
lost a race reads who won; what changed meanwhile is shown beside what it was.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import request

from bridge.clock import utc_now
from bridge.decision import Asked, Decided, Refusal
from bridge.errors import MalformedRequest
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from bridge.services import decisions
from bridge.verdicts import MAY_HONOUR, Family, Verdict
from schemas.counter import actions_after
from web import forms
from web.counter_panel import panel_for, panel_of_row
from web.languages import say as _
from web.shown import moment, money
from web.verdict_words import Known, Wording

ACTIONS: Final = {
    "honour": Action.HONOUR,
    "honour_part": Action.HONOUR,
    "decline": Action.DECLINE,
    "acknowledge": Action.ACKNOWLEDGE,
}
RACE: Final = timedelta(minutes=2)
"""Who presses within this time after somebody else has lost a race; later it is simply used."""

_ASKED_AGAIN: Final = frozenset({"second_fact_missing", "second_fact_wrong", "over_remaining", "changed"})
_OPEN: Final = MAY_HONOUR | {Verdict.NEEDS_APPROVAL, Verdict.NO_PERMISSION}


def read(pressed: str, problems: forms.Problems) -> Callable[[str], Asked]:
    """How the service is asked, once the form's key is known; what cannot be read goes to `problems`."""
    values: dict[str, Any] = {
        "action": ACTIONS[pressed],
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


def asked_again(problems: forms.Problems) -> dict[str, Any]:
    """The panel for a form that could not be read, with the same actions; the service checks all again."""
    return _again(
        problems,
        look_up_id=forms.uuid("look_up_id"),
        actions=request.form.getlist("offered"),
        version=forms.whole("version"),
        currency=_currency(),
        remaining_minor=forms.whole("remaining") or 0,
        authorised_minor=forms.whole("remaining") or 0,
        second_fact=forms.text("fact_kind") or None,
    )


def refused(refusal: Refusal) -> dict[str, Any]:
    """The panel of a decision that was not taken: what to change, or what a second look shows."""
    row = refusal.row
    may_show = row is not None and refusal.verdict is not Verdict.OTHER_STORE
    if refusal.why in _ASKED_AGAIN and may_show and refusal.verdict in _OPEN:
        return _once_more(refusal)
    panel = panel_of_row(refusal.verdict, row, at=refusal.at)
    if refusal.why == "step_up_over" and may_show:
        return _yes_over(panel, row)
    last = row.last_decision if may_show else None
    if refusal.verdict is Verdict.ALREADY_USED and last:
        since = refusal.at - moment(last["at"])
        # Of two presses in one moment the earlier may have come second to the lock.
        if abs(since) < RACE:
            panel["result"] = "lost_race"
            panel["words"] = _worded(panel["words"], _lost(since, last))
    return panel


def _yes_over(panel: dict[str, Any], row: Any) -> dict[str, Any]:
    """The panel when a manager's yes was given, and does not carry this any more; it asks once more."""
    if row.step_up_id is None:
        word, reason = _("The yes has run out"), _("It counts once, and for one minute.")
    elif not row.approver_may or row.approver_id == row.agent_id:
        word, reason = _("This manager may not say yes to it"), _("Somebody else has to.")
    else:
        word, reason = (
            _("The manager said yes to something else"),
            _("The promise or the amount changed."),
        )
    panel |= {"result": "step_up_over", "look_up_id": forms.uuid("look_up_id")}
    if Verdict(panel["verdict"]) in {Verdict.NEEDS_APPROVAL, Verdict.NO_PERMISSION}:
        panel["main"] = "step_up"
        reason += " " + _("Nothing was done. Ask the manager again.")
    panel["words"] = replace(panel["words"], word=word, reason=reason)
    return panel


def told(decided: Decided) -> dict[str, Any]:
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
        "is_part_given": (it.last_decision or {}).get("gave_up_minor", 0) < it.authorised_minor,
    }


def with_time_left(result: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The kept result, with the seconds in which it can still be taken back."""
    until = result.get("undo_until")
    left = int((moment(until) - now).total_seconds()) if until else 0
    return {**result, "undo_seconds": max(0, left)}


def _once_more(refusal: Refusal) -> dict[str, Any]:
    row = refusal.row
    left = money(row.remaining_minor, row.currency)
    said = {
        "second_fact_missing": ("second_fact", _("Ask the check question and write the answer down.")),
        "second_fact_wrong": ("second_fact", _("That is not what the agent noted. Ask again.")),
        "over_remaining": ("amount", _("Only %(left)s is left.", left=left)),
        "changed": ("form", _("Now %(left)s is left.", left=left)),
    }
    problems = forms.Problems()
    problems.add(*said[refusal.why])
    panel = _again(
        problems,
        look_up_id=forms.uuid("look_up_id"),
        actions=actions_after(Verdict(row.verdict), row.status, frozenset(row.roles_here)),
        version=row.version,
        currency=row.currency,
        remaining_minor=row.remaining_minor,
        authorised_minor=row.authorised_minor,
        second_fact=row.second_fact,
    )
    if refusal.why == "changed":
        before = forms.whole("remaining")
        was = money(before, row.currency) if before is not None else left
        panel["result"] = "changed"
        panel["family"] = Family.CARE.value
        panel["words"] = _worded(panel["words"], _("This changed a moment ago"))
        panel["changed"] = (was, left)
    return panel


def _again(problems: forms.Problems, **parts: Any) -> dict[str, Any]:
    """A panel that says what is missing and offers the same actions."""
    panel = panel_for(Verdict.TYPO, Known(), at=utc_now())
    reason = next(iter(problems.found.values()))
    panel |= {
        "verdict": "asked_again",
        "words": Wording(word=_("Not done yet"), reason=reason, says=(), next="", why=""),
        "problems": problems.found,
        "typed": request.form,
        **parts,
    }
    panel["main"] = "honour" if "honour" in panel["actions"] else "again"
    return panel


def _lost(since: timedelta, last: dict[str, Any]) -> str:
    seconds = max(1, int(since.total_seconds()))
    return _("Already used %(seconds)s s ago, %(till)s", seconds=seconds, till=last["device"])


def _worded(words: Wording, word: str) -> Wording:
    return replace(words, word=word)


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
