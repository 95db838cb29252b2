"""What a store does with a case beside deciding: ask the agent, move it, leave a note, annul a decision.

One page for each case of the store, one for what moves between stores and what was decided lately.
Nothing here shows a code.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, g, render_template, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import BridgeError, Conflict, IllegalAction, InvalidInput, NotPermitted
from bridge.lifecycle import Action, Status, allowed_actions
from bridge.queries import questions, store_cases, transfers
from bridge.reasons import Question, Visibility
from bridge.roles import Permission, can
from bridge.services import asking, nearby, noting, transferring, undoing
from bridge.settings import settings
from schemas.counter import lines
from web import forms
from web.case_facts import STORES_OFFERED
from web.case_forms import chosen, needed, offered_move, optional, said
from web.histories import history_of
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("store_life")
CASE = "/counter/cases/<uuid:escalation_id>"
MOVED_SHOWN = timedelta(days=7)
Answered = Response | tuple[str, int] | str


@blueprint.get(CASE)
@requires(Permission.COUNTER_INBOX)
def show(escalation_id: UUID) -> str:
    """A case of the store: what was promised, questions and answers, notes, and what can be done."""
    return _case(escalation_id)


@blueprint.post(f"{CASE}/ask")
@requires(Permission.COUNTER_ASK)
def ask(escalation_id: UUID) -> Answered:
    """Put a ready question to the agent."""
    problems = forms.Problems()
    question = chosen("question", Question, problems)
    text = optional("question_text", 500, problems)
    return _act(
        asking.ask,
        escalation_id,
        problems,
        _("Asked. The answer appears here."),
        question=question,
        text=text,
        is_live=forms.truth("is_live"),
        settings=settings(),
    )


@blueprint.post(f"{CASE}/questions/withdraw")
@requires(Permission.COUNTER_ASK)
def withdraw_question(escalation_id: UUID) -> Answered:
    """Take the open question back."""
    return _act(asking.withdraw, escalation_id, forms.Problems(), _("The question was taken back."))


@blueprint.post(f"{CASE}/transfer")
@requires(Permission.COUNTER_TRANSFER)
def offer_transfer(escalation_id: UUID) -> Answered:
    """Ask another store to take the case."""
    problems = forms.Problems()
    asked = offered_move(problems)
    done = _("The other store was asked.")
    return _act(transferring.offer, escalation_id, problems, done, by_store=True, **asked)


@blueprint.post(f"{CASE}/notes")
@requires(Permission.COUNTER_ASK)
def add_note(escalation_id: UUID) -> Answered:
    """Leave a note for stores and the care team."""
    problems = forms.Problems()
    text = needed("note_text", 2000, problems)
    done = _("Note added.")
    circle = Visibility.STORE
    return _act(noting.note, escalation_id, problems, done, text=text, visibility=circle, at_store=True)


@blueprint.get("/counter/moves")
@requires(Permission.COUNTER_INBOX)
def moves() -> str:
    """What other stores ask this one to take, what this one moves, and what it decided lately."""
    return _moves()


@blueprint.post("/counter/moves/<uuid:transfer_id>/accept")
@requires(Permission.COUNTER_TRANSFER)
def accept(transfer_id: UUID) -> Answered:
    """Take the case."""
    done = _("The case is yours now.")
    return _settle(transferring.decide, transfer_id, Action.ACCEPT_TRANSFER, done=done)


@blueprint.post("/counter/moves/<uuid:transfer_id>/refuse")
@requires(Permission.COUNTER_TRANSFER)
def refuse(transfer_id: UUID) -> Answered:
    """Leave the case where it is."""
    done = _("The case stays where it is.")
    return _settle(transferring.decide, transfer_id, Action.REFUSE_TRANSFER, done=done)


@blueprint.post("/counter/moves/<uuid:transfer_id>/withdraw")
@requires(Permission.COUNTER_TRANSFER)
def withdraw(transfer_id: UUID) -> Answered:
    """Take the store's own offer back."""
    return _settle(transferring.withdraw, transfer_id, done=_("The offer was taken back."))


@blueprint.post("/counter/decisions/<uuid:decision_id>/annul")
@requires(Permission.COUNTER_DECIDE)
def annul(decision_id: UUID) -> Answered:
    """Take a decision of the store back, on any device, within a day."""
    problems = forms.Problems()
    reason = needed("annul_reason", 500, problems)
    kept = forms.once("page.annul", lambda decided: {"id": str(decided.escalation.id)})
    return _pressed(
        lambda act: undoing.annul(
            act,
            visitor().actor,
            decision_id,
            reason_text=reason,
            once=kept,
            now=utc_now(),
            settings=settings(),
            request_id=g.request_id,
        ),
        problems,
        _("Annulled. The code counts again."),
        kept,
    )


def _settle(service: Callable[..., Any], transfer_id: UUID, *action: Action, done: str) -> Answered:
    problems = forms.Problems()
    note = optional("note", 500, problems)
    kept = forms.once(f"page.{service.__name__}", lambda acted: {"id": str(acted.id)})
    return _pressed(
        lambda act: service(
            act,
            visitor().actor,
            transfer_id,
            *action,
            note=note,
            once=kept,
            now=utc_now(),
            request_id=g.request_id,
        ),
        problems,
        done,
        kept,
    )


def _pressed(act_on: Callable[[db.Act], Any], problems: forms.Problems, done: str, kept: Any) -> Answered:
    """A button on the page of moves."""
    if problems:
        return _moves(problems), 422
    try:
        with db.act() as act:
            result = act_on(act)
    except (Conflict, IllegalAction, InvalidInput) as error:
        said(error, problems, {})
        return _moves(problems), 409
    forms.told(kept, result)
    flash(done, "go")
    return see_other(url_for("page_store_life.moves"))


def _act(
    service: Callable[..., Any], escalation_id: UUID, problems: forms.Problems, done: str, **asked: Any
) -> Answered:
    """Carry out what the form asks and go back to the case; or show the page with what is wrong."""
    if problems:
        return _case(escalation_id, problems), 422
    kept = forms.once(f"page.store.{service.__name__}", lambda acted: {"id": str(acted.id)})
    try:
        with db.act() as act:
            result = service(
                act,
                visitor().actor,
                escalation_id,
                **asked,
                once=kept,
                now=utc_now(),
                request_id=g.request_id,
            )
    except (InvalidInput, Conflict, IllegalAction) as error:
        said(error, problems, {})
        return _case(escalation_id, problems), 422 if isinstance(error, InvalidInput) else 409
    except NotPermitted as error:
        _told_no(error, problems)
        return _case(escalation_id, problems), 403
    forms.told(kept, result)
    flash(done, "go")
    return see_other(url_for("page_store_life.show", escalation_id=escalation_id))


def _told_no(_error: BridgeError, problems: forms.Problems) -> None:
    problems.add("form", _("Only whoever asked, or a manager, can do that."))


def _case(escalation_id: UUID, problems: forms.Problems | None = None) -> str:
    actor = visitor().actor
    store_id = noting.store_of(actor, Permission.COUNTER_INBOX)
    with db.statement() as connection:
        noting.require_counts(connection, actor, escalation_id)
        row = store_cases.one(connection, escalation_id)
        possible = allowed_actions(Status(row.status))
        may_move = (
            Action.OFFER_TRANSFER in possible
            and row.store_scope == "one"
            and can(actor, Permission.COUNTER_TRANSFER, at=actor.store_path)
        )
        others = []
        if may_move:
            others = nearby.other_stores(
                connection,
                escalation_id,
                else_store_id=store_id,
                needed=(),
                limit=STORES_OFFERED,
                now=utc_now(),
            )
        asked = questions.listed(connection, [escalation_id], store_id=store_id)
        life = {
            "questions": asked,
            "others": others,
        }
        history = history_of(
            connection,
            actor,
            escalation_id,
            path=url_for("page_store_life.show", escalation_id=escalation_id),
            zone=None,
            for_store=True,
        )
    left = settings().questions_per_case - sum(question.state != "withdrawn" for question in asked)
    return render_template(
        "store_case.html",
        it=row,
        lines=lines(row.authority),
        life=life,
        history=history,
        may_ask=Action.ASK_AGENT in possible and left > 0,
        may_withdraw=row.status == Status.AWAITING_AGENT,
        may_move=may_move,
        minutes=settings().hotline_seconds // 60,
        problems=problems.found if problems else {},
    )


def _moves(problems: forms.Problems | None = None) -> str:
    actor, now = visitor().actor, utc_now()
    store_id = noting.store_of(actor, Permission.COUNTER_INBOX)
    since = now - timedelta(seconds=settings().annul_window_seconds)
    with db.statement() as connection:
        to_us = transfers.offered_to(connection, store_id)
        by_us = transfers.offered_by(connection, store_id, since=now - MOVED_SHOWN)
        decided = store_cases.decided(connection, store_id, since=since)
    return render_template(
        "moves.html",
        to_us=to_us,
        by_us=by_us,
        decided=decided,
        may_decide=can(actor, Permission.COUNTER_TRANSFER, at=actor.store_path),
        may_annul=can(actor, Permission.COUNTER_DECIDE, at=actor.store_path),
        problems=problems.found if problems else {},
    )
