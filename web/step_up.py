"""A manager says yes on a colleague's screen: name and PIN, then the one button that does it.

The yes is for what the panel showed: this case, this amount, for a minute and one decision. The
colleague's session gets a new token with it.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Flask, Response, make_response, render_template, request

from bridge import db
from bridge.clock import utc_now
from bridge.errors import MalformedRequest, NotFound
from bridge.lifecycle import Action
from bridge.roles import Permission
from bridge.services import step_up as service
from bridge.settings import settings
from web import cookies, forms, pin_sign_in
from web.error_pages import FRAGMENT
from web.languages import say as _
from web.sessions import pages, requires, visitor
from web.shown import money

blueprint = pages("step_up")

LONGEST_TYPED = 256


def register(app: Flask) -> None:
    """Let a panel list who could say yes; it includes `_step_up.html` with its `panel`."""
    app.jinja_env.globals["step_up_approvers"] = _approvers


@blueprint.post("/counter/step-up")
@requires(Permission.COUNTER_LOOK_UP)
def ask() -> Response:
    """Check the manager's PIN and right, and offer the decision once."""
    panel, problems, now = _panel(), forms.Problems(), utc_now()
    approver_id, proof = forms.uuid("approver"), request.form.get("proof", "")[:LONGEST_TYPED]
    if approver_id is None:
        problems.add("approver", _("Choose who says yes."))
    if not proof:
        problems.add("proof", _("The manager types their PIN here."))
    amount = None
    if forms.text("how_much") == "part":
        amount = forms.minor_units(forms.text("amount"), panel["currency"])
        if amount is None:
            problems.add("amount", forms.amount_problem(panel["currency"]))
    if problems or approver_id is None:
        return _answer(panel, problems)
    wanted = service.Wanted(
        look_up_id=panel["look_up_id"],
        action=Action.HONOUR,
        amount_minor=amount,
        keep_rest=amount is None or forms.text("rest") != "give_up",
    )
    actor, config = visitor().actor, settings()
    with db.statement() as connection:
        case = service.judge(connection, actor, wanted, approver_id, now=now, settings=config)
    try:
        with db.transaction() as work:
            result = service.give(
                work, actor, wanted, approver_id, proof, case=case, now=now, settings=config
            )
    except NotFound:
        problems.add("form", _("This look-up is too old. Check the code again."))
        return _answer(panel, problems)
    if isinstance(result, service.Refused):
        _say(result, problems)
        return _answer(panel, problems)
    written = forms.text("amount")
    answer = _drawn("stepped", panel=panel, given=result, is_part=amount is not None, typed_amount=written)
    cookies.keep(answer, cookies.SESSION, result.token, expires=result.session_ends_at)
    return answer


def _say(refused: service.Refused, problems: forms.Problems) -> None:
    match refused.why:
        case service.Why.WRONG:
            problems.add("proof", _("The name or the PIN is not right."))
        case service.Why.PAUSED:
            problems.add("proof", pin_sign_in.paused(refused.retry_after_seconds or 1))
        case service.Why.AUTHOR:
            problems.add(
                "approver",
                _("%(name)s made this promise. Somebody else has to say yes.", name=refused.approver_name),
            )
        case service.Why.LIMIT:
            limit = money(refused.limit_minor, refused.currency)
            problems.add(
                "approver",
                _(
                    "That is above the own limit of %(name)s: %(limit)s.",
                    name=refused.approver_name,
                    limit=limit,
                ),
            )
        case service.Why.CHANGED:
            problems.add("form", _("This promise cannot be honoured like that now. Check the code again."))


def _panel() -> dict[str, Any]:
    """What the form carries of the panel; the service looks at the case itself."""
    look_up_id = forms.uuid("look_up_id")
    currency = forms.text("currency")
    if look_up_id is None or len(currency) != 3 or not currency.isascii():
        raise MalformedRequest("a hidden field was changed")
    return {
        "look_up_id": look_up_id,
        "version": forms.whole("version"),
        "currency": currency,
        "remaining_minor": forms.whole("remaining") or 0,
        "authorised_minor": forms.whole("remaining") or 0,
        "second_fact": forms.text("fact_kind") or None,
    }


def _answer(panel: dict[str, Any], problems: forms.Problems) -> Response:
    answer = _drawn("asking", panel=panel, step_up_problems=problems.found, typed=request.form)
    answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


def _drawn(state: str, **facts: Any) -> Response:
    """The whole page, or only the panel for our own module."""
    is_fragment = FRAGMENT in request.headers
    template = "_step_up_answer.html" if is_fragment else "step_up.html"
    problems = facts.get("step_up_problems", {})
    answer = make_response(
        render_template(template, state=state, is_fragment=is_fragment, problems=problems, **facts)
    )
    answer.headers[FRAGMENT] = "answer"
    return answer


def _approvers() -> list[tuple[UUID, str]]:
    with db.transaction() as work:
        return service.approvers(work, visitor().actor, now=utc_now())
