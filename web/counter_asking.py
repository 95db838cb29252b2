"""Ask the agent without leaving the counter: a ready question and a few words.

While the case can wait for an answer it is a question, and the code says so until it is answered.
A case that was decided or has ended cannot wait: then the same words go to the agent as a note.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, g

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction
from bridge.queries import questions, store_cases
from bridge.reasons import Question, Visibility
from bridge.roles import Permission
from bridge.services import asking, noting
from bridge.services.acting import Acted
from bridge.settings import settings
from schemas.counter import promised_by
from web import forms, words
from web.case_forms import chosen, optional
from web.counter import answer
from web.counter_panel import may_ask
from web.sessions import pages, requires, visitor
from web.shown import word

blueprint = pages("counter_asking")

USUAL_DAYS = 30
FEW_ANSWERS = 5
"""With fewer answers than this nobody can say what is usual."""


@blueprint.post("/counter/ask/<uuid:escalation_id>")
@requires(Permission.COUNTER_ASK)
def ask(escalation_id: UUID) -> Response:
    """Put the question, or leave the note; once per form."""
    problems = forms.Problems()
    question = chosen("question", Question, problems)
    text = optional("question_text", 500, problems)
    case = _case(escalation_id)
    parts = {"escalation_id": escalation_id, "number": case.number, "problems": problems.found}
    if problems:
        return answer({"asked": {**parts, "state": "again"}}, status=422)
    try:
        state = _sent(escalation_id, case, question=question, text=text)
    except (IllegalAction, Conflict):
        return answer({"asked": {**parts, "state": "refused"}}, status=409)
    agent = promised_by(case.authority)["name"]
    return answer({"asked": {**parts, "state": state, "agent": agent, "usual_seconds": _usual()}})


def _case(escalation_id: UUID) -> Any:
    with db.statement() as connection:
        noting.require_counts(connection, visitor().actor, escalation_id)
        return store_cases.one(connection, escalation_id)


def _sent(escalation_id: UUID, case: Any, *, question: Question, text: str) -> str:
    """Send it as what it can be. Raises IllegalAction and Conflict."""
    common: dict[str, Any] = {"now": utc_now(), "request_id": g.request_id}
    if may_ask(case.status):
        with db.act() as act:
            asking.ask(
                act,
                visitor().actor,
                escalation_id,
                question=question,
                text=text,
                is_live=forms.truth("is_live"),
                once=forms.once("page.ask", _kept),
                settings=settings(),
                **common,
            )
        return "asked"
    said = word(question, words.QUESTIONS)
    with db.act() as act:
        noting.note(
            act,
            visitor().actor,
            escalation_id,
            text=f"{said}\n{text}".strip(),
            visibility=Visibility.STORE,
            at_store=True,
            once=forms.once("page.note", _kept),
            **common,
        )
    return "noted"


def _kept(acted: Acted) -> dict[str, Any]:
    return {"subject_id": str(acted.subject_id)}


def _usual() -> int | None:
    """How long an answer usually takes, in seconds; None while there were too few."""
    since = utc_now() - timedelta(days=USUAL_DAYS)
    with db.statement() as connection:
        row = questions.usual_answer(connection, brand_id=visitor().actor.brand_id, since=since)
    return int(row.seconds) if row.answers >= FEW_ANSWERS else None
