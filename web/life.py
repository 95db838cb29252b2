"""What the care team does between issue and end, as plain forms on the page of a case.

Each form counts once. What cannot be done is said at the form, with what was typed still there.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, flash, g, url_for

from bridge import db
from bridge.channels.addresses import recognise
from bridge.clock import utc_now
from bridge.errors import Conflict, FourEyes, IllegalAction, InvalidInput, NotPermitted
from bridge.queries import records
from bridge.reasons import RevokeReason, Visibility
from bridge.roles import Permission, reach
from bridge.services import (
    appealing,
    asking,
    closing,
    duplicates,
    extending,
    handing_over,
    noting,
    reminding,
    revoking,
    transferring,
)
from bridge.settings import settings
from web import forms, words
from web.case_facts import end_of_day
from web.case_forms import chosen, needed, offered_move, optional, said
from web.escalations import page
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("life")
CASE = "/escalations/<uuid:escalation_id>"
Answered = Response | tuple[str, int] | str


@blueprint.post(f"{CASE}/answer")
@requires(Permission.PROMISES_ANSWER)
def answer(escalation_id: UUID) -> Answered:
    """Answer the store's question, and let the promise count longer with the same press."""
    problems = forms.Problems()
    asked = {
        "text": needed("answer_text", 1000, problems),
        "valid_until": _until("answer_until", escalation_id, problems),
    }
    return _act(asking.answer, escalation_id, problems, _("Answered."), **asked, settings=settings())


@blueprint.post(f"{CASE}/transfer")
@requires(Permission.PROMISES_WRITE)
def offer_transfer(escalation_id: UUID) -> Answered:
    """Ask another store to take the case."""
    problems = forms.Problems()
    asked = offered_move(problems)
    done = _("The other store was asked.")
    return _act(transferring.offer, escalation_id, problems, done, by_store=False, **asked)


@blueprint.post(f"{CASE}/transfers/<uuid:transfer_id>/withdraw")
@requires(Permission.PROMISES_WRITE)
def withdraw_transfer(escalation_id: UUID, transfer_id: UUID) -> Answered:
    """Take the offer back."""
    done = _("The offer was taken back.")
    return _act(transferring.withdraw, escalation_id, forms.Problems(), done, subject=transfer_id, note="")


@blueprint.post(f"{CASE}/revoke")
@requires(Permission.PROMISES_REVOKE)
def revoke(escalation_id: UUID) -> Answered:
    """Take the promise back."""
    problems = forms.Problems()
    reason = chosen("revoke_reason", RevokeReason, problems)
    text = optional("revoke_text", 2000, problems)
    done = _("Withdrawn. The code counts nowhere any more.")
    version = forms.whole("version")
    return _act(revoking.revoke, escalation_id, problems, done, reason=reason, text=text, if_version=version)


@blueprint.post(f"{CASE}/extend")
@requires(Permission.PROMISES_EXTEND)
def extend(escalation_id: UUID) -> Answered:
    """Let the promise count longer."""
    problems = forms.Problems()
    until = _until("extend_until", escalation_id, problems)
    if until is None:
        problems.add("extend_until", _("Write the day like 2030-12-31."))
    return _act(
        extending.extend,
        escalation_id,
        problems,
        _("Extended."),
        valid_until=until,
        if_version=forms.whole("version"),
        settings=settings(),
        vault=forms.vault(),
    )


@blueprint.post(f"{CASE}/close")
@requires(Permission.PROMISES_WRITE)
def close(escalation_id: UUID) -> Answered:
    """Close the case, with its cause."""
    return _act(
        closing.close,
        escalation_id,
        forms.Problems(),
        _("Closed."),
        cause=forms.text("close_cause") or None,
        if_version=forms.whole("version"),
        settings=settings(),
    )


@blueprint.post(f"{CASE}/reopen")
@requires(Permission.PROMISES_WRITE)
def reopen(escalation_id: UUID) -> Answered:
    """Open the case again, with a new code."""
    problems = forms.Problems()
    reason = needed("reopen_reason", 500, problems)
    return _act(
        closing.reopen,
        escalation_id,
        problems,
        _("Open again, with a new code. Send it to the customer."),
        reason=reason,
        valid_until=_until("reopen_until", escalation_id, problems),
        if_version=forms.whole("version"),
        settings=settings(),
        vault=forms.vault(),
    )


@blueprint.post(f"{CASE}/tell-customer")
@requires(Permission.PROMISES_WRITE)
def tell_customer(escalation_id: UUID) -> Answered:
    """Note that the customer was told how it ended, and where that stands."""
    problems = forms.Problems()
    channel, pasted = forms.text("told_by"), forms.text("told_post")
    post = None
    if channel not in words.TOLD_BY:
        problems.add("told_by", _("Choose one."))
    if pasted:
        try:
            found = recognise(pasted)
            post = f"{found.network}:{found.post_id}"
        except InvalidInput:
            problems.add("told_post", _("This is not the address of a post."))
    elif channel == "public":
        problems.add("told_post", _("Paste the address of the public reply."))
    done = _("Noted: the customer knows.")
    return _act(closing.tell_customer, escalation_id, problems, done, channel=channel, post=post)


@blueprint.post(f"{CASE}/remind")
@requires(Permission.PROMISES_WRITE)
def remind(escalation_id: UUID) -> Answered:
    """Tell the store's managers that the case waits for their OK."""
    done = _("The managers of the store were told.")
    return _act(reminding.remind, escalation_id, forms.Problems(), done, settings=settings())


@blueprint.post(f"{CASE}/appeal-link")
@requires(Permission.PROMISES_WRITE)
def appeal_link(escalation_id: UUID) -> Answered:
    """Make the customer's address to appeal, and show it this once."""
    kept = forms.once("page.make_link", lambda acted: {"link": acted.link})
    with db.act() as act:
        result = appealing.make_link(
            act,
            visitor().actor,
            escalation_id,
            once=kept,
            now=utc_now(),
            settings=settings(),
            request_id=g.request_id,
        )
    return page(escalation_id, appeal_link=forms.told(kept, result)["link"])


@blueprint.post(f"{CASE}/notes")
@requires(Permission.PROMISES_READ)
def add_note(escalation_id: UUID) -> Answered:
    """Leave a note for a circle."""
    problems = forms.Problems()
    text = needed("note_text", 2000, problems)
    visibility = chosen("note_visibility", Visibility, problems)
    done = _("Note added.")
    return _act(noting.note, escalation_id, problems, done, text=text, visibility=visibility, at_store=False)


@blueprint.post(f"{CASE}/duplicates")
@requires(Permission.PROMISES_LINK)
def link(escalation_id: UUID) -> Answered:
    """Say that the case repeats another one, named by its number."""
    problems = forms.Problems()
    actor, number = visitor().actor, forms.text("duplicate_number")
    reason = needed("duplicate_reason", 200, problems)
    other = None
    if re.fullmatch(r"[0-9]{1,12}", number):
        with db.statement() as connection:
            other = records.numbered(
                connection,
                int(number),
                brand_id=actor.brand_id,
                reach=reach(actor, Permission.PROMISES_LINK),
            )
    if other is None:
        problems.add("duplicate_number", _("There is no promise with this number."))
    return _act(duplicates.link, escalation_id, problems, _("Linked."), duplicate_of_id=other, reason=reason)


@blueprint.post(f"{CASE}/duplicates/<uuid:link_id>/cut")
@requires(Permission.PROMISES_LINK)
def cut(escalation_id: UUID, link_id: UUID) -> Answered:
    """Cut a link that was wrong."""
    problems = forms.Problems()
    reason = needed("cut_reason", 200, problems)
    return _act(duplicates.cut, escalation_id, problems, _("Link cut."), subject=link_id, reason=reason)


_NAMES = {
    "answer": {"valid_until": "answer_until"},
    "extend": {"valid_until": "extend_until"},
    "reopen": {"valid_until": "reopen_until"},
    "close": {"cause": "close_cause"},
    "link": {"duplicate_of_id": "duplicate_number"},
}


def _until(name: str, escalation_id: UUID, problems: forms.Problems) -> Any:
    given = forms.text(name)
    if not given:
        return None
    with db.statement() as connection:
        row = handing_over.read_escalation(connection, visitor().actor, escalation_id)
    until = end_of_day(given, row)
    if until is None:
        problems.add(name, _("Write the day like 2030-12-31."))
    return until


def _act(
    service: Callable[..., Any],
    escalation_id: UUID,
    problems: forms.Problems,
    done: str,
    *,
    subject: UUID | None = None,
    **asked: Any,
) -> Answered:
    """Carry out what the form asks and go back to the case; or show the page with what is wrong."""
    name = service.__name__
    if problems:
        return page(escalation_id, problems), 422
    kept = forms.once(f"page.{name}", lambda acted: {"id": str(acted.id)})
    try:
        with db.act() as act:
            result = service(
                act,
                visitor().actor,
                subject or escalation_id,
                **asked,
                once=kept,
                now=utc_now(),
                request_id=g.request_id,
            )
    except (InvalidInput, Conflict, IllegalAction, FourEyes, NotPermitted) as error:
        said(error, problems, _NAMES.get(name, {}))
        return page(escalation_id, problems), 422 if isinstance(error, InvalidInput) else 409
    forms.told(kept, result)
    flash(done, "go")
    return see_other(url_for("page_escalations.show", escalation_id=escalation_id))
