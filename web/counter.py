"""The counter: check a code, act on it once, see who is expected.

A look-up is a POST whose answer is the verdict itself: a code is never in an address, and a
verdict is never bookmarked. A decision is answered by its result; it counts once per rendered
form, so that reloading the result shows it again and does nothing.
"""

from typing import Any
from uuid import UUID

from flask import Response, flash, g, make_response, render_template, request, url_for

from bridge import codes, db, metrics
from bridge.clock import utc_now
from bridge.decision import Decided, Refusal
from bridge.errors import InvalidInput, MalformedRequest, NotFound
from bridge.roles import Permission
from bridge.services import counter as service
from bridge.services import decisions, opening, undoing
from bridge.settings import settings
from bridge.verdicts import Verdict
from web import counter_results, forms, inbox
from web.counter_panel import local_panels, panel_of
from web.error_pages import FRAGMENT
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("counter")

CODE_MAX_CHARACTERS = 200
SEARCH_BELOW = 4
"""So many signs are no code that somebody began to type: they search the inbox."""
WAITING_SHOWN = 3
FOUND_SHOWN = 20
UNDO_REASON = "undone on the page"
_SOURCES = {"typed": service.Source.TYPED, "scan": service.Source.SCAN, "camera": service.Source.CAMERA}


@blueprint.get("/counter")
@requires(Permission.COUNTER_LOOK_UP)
def counter() -> str:
    """The field for a code, and the next customers."""
    return _page()


@blueprint.post("/counter/check")
@requires(Permission.COUNTER_LOOK_UP)
def check() -> Response:
    """Judge what the customer presented; a few letters search the inbox instead."""
    text = request.form.get("code", "").strip()[:CODE_MAX_CHARACTERS]
    if not text:
        return answer({"problems": {"code": _("Scan or type a code first.")}}, status=422)
    if text.startswith("@") or len(codes.normalise(text)) < SEARCH_BELOW:
        return answer({"found": _search(text), "sought": text})
    return judge(text, _SOURCES.get(forms.text("source"), service.Source.TYPED))


@blueprint.post("/counter/near")
@requires(Permission.COUNTER_LOOK_UP)
def near() -> Response:
    """What a slip of the finger may have meant, for a page that has said already that it is one; else 204."""
    text = request.form.get("code", "").strip()[:CODE_MAX_CHARACTERS]
    if codes.parse(text).code is None:
        with db.statement() as connection:
            found = service.look_up(
                connection,
                visitor().token,
                text=text,
                source=service.Source.TYPED,
                now=utc_now(),
                settings=settings(),
            )
        if found.verdict is Verdict.NEAR_MISS:
            return told(found)
    return Response(status=204)


@blueprint.post("/counter/open")
@requires(Permission.COUNTER_LOOK_UP)
def open_shown() -> Response:
    """Open the promise that the look-up before pointed at; once somebody said that it is the one."""
    look_up_id = forms.uuid("look_up_id")
    if look_up_id is None:
        raise MalformedRequest("a hidden field was changed")
    try:
        with db.statement() as connection:
            found = opening.open_shown(
                connection,
                visitor().actor,
                visitor().token,
                look_up_id,
                now=utc_now(),
                settings=settings(),
            )
    except NotFound:
        return answer({"problems": {"code": _("That is too long ago. Check the code again.")}}, status=422)
    return told(found)


def judge(text: str, source: service.Source) -> Response:
    """Look `text` up and answer with its verdict."""
    with db.statement() as connection:
        found = service.look_up(
            connection, visitor().token, text=text, source=source, now=utc_now(), settings=settings()
        )
    return told(found)


def told(found: service.LookedUp) -> Response:
    """The answer to a look-up: its panel, and 429 while typing is paused."""
    metrics.LOOK_UPS.labels(found.verdict.value).inc()
    made = answer({"panel": panel_of(found)})
    if found.retry_after_seconds is not None:
        made.status_code = 429
        made.headers["Retry-After"] = str(found.retry_after_seconds)
    return made


@blueprint.post("/counter/decide")
@requires(Permission.COUNTER_ACKNOWLEDGE)
def decide() -> Response:
    """Honour, honour part, decline or set aside; once per form."""
    pressed = forms.text("action")
    if pressed not in counter_results.ACTIONS:
        raise MalformedRequest("a hidden field was changed")
    problems = forms.Problems()
    asked = counter_results.read(pressed, problems)
    if problems:
        return answer({"panel": counter_results.asked_again(problems)}, status=422)
    kept = forms.once("page.decide", counter_results.told)
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
        return answer({"panel": counter_results.asked_again(problems)}, status=422)
    if isinstance(result, Refusal):
        metrics.DECISIONS.labels("refused").inc()
        return answer({"panel": counter_results.refused(result)}, status=409)
    if isinstance(result, Decided):
        metrics.DECISIONS.labels(result.action.value).inc()
    shown = counter_results.with_time_left(forms.told(kept, result), utc_now())
    if forms.text("from") == "inbox":
        flash(_("Set aside. The agent sees it."), "go")
        return see_other(url_for("page_inbox.inbox"))
    return answer({"result": shown})


@blueprint.post("/counter/decisions/<uuid:decision_id>/undo")
@requires(Permission.COUNTER_DECIDE)
def undo(decision_id: UUID) -> Response:
    """Take a decision back on the same device, within a minute."""
    kept = forms.once("page.undo", counter_results.told)
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
    return answer({"result": counter_results.with_time_left(forms.told(kept, result), utc_now())})


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


def answer(parts: dict[str, Any], *, status: int = 200) -> Response:
    """The whole page, or only the panel for our own module."""
    if FRAGMENT in request.headers:
        body = render_template("_answer.html", **{**NOTHING, **parts, "is_fragment": True})
    else:
        body = _page(parts)
    made = make_response(body, status)
    made.headers[FRAGMENT] = "answer"
    return made


NOTHING: dict[str, Any] = {"panel": None, "result": None, "asked": None, "found": None, "problems": {}}


def _page(parts: dict[str, Any] | None = None) -> str:
    return render_template(
        "counter.html",
        next_up=inbox.rows()[:WAITING_SHOWN],
        counts=inbox.counts(),
        local=local_panels(),
        **{**NOTHING, **(parts or {})},
    )


def _search(text: str) -> list[dict[str, Any]]:
    """Who is expected and has these letters in the handle, the item or the number of the promise."""
    sought = text.lstrip("@").casefold()
    found = [
        row
        for row in inbox.rows()
        if sought in (row["customer_handle"] or "").casefold()
        or sought == str(row["number"])
        or any(sought in line["item"].casefold() for line in row["lines"])
    ]
    return found[:FOUND_SHOWN]
