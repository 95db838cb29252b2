"""Write to a customer through a connected account: from a conversation, and a promise's two texts.

Each form counts once. What cannot be sent is said at the form, with what was typed still there.
"""

from typing import Any
from uuid import UUID

from flask import Response, flash, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.channels.going_out import Purpose
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, Gone, InvalidInput, MalformedRequest
from bridge.roles import Permission
from bridge.services import handing_over, replying
from bridge.services.writing import Written
from bridge.settings import settings
from web import forms, thread_page
from web.languages import LANGUAGES
from web.languages import say as _
from web.promise_form import Reading
from web.redirects import see_other
from web.said import why_not
from web.sessions import pages, requires, visitor

blueprint = pages("replies")
Answered = Response | tuple[str, int] | str


@blueprint.post("/threads/<uuid:thread_id>/reply")
@requires(Permission.MESSAGES_WRITE)
def reply(thread_id: UUID) -> Answered:
    """Write to the customer of a conversation."""
    problems = forms.Problems()
    if not forms.text("reply_text"):
        problems.add("reply_text", _("Write what you want to say."))
    purpose = _purpose("reply_how", problems)
    status = 422
    if not problems and purpose is not None:
        kept = forms.once("page.reply", _told)

        def work(session: Session) -> Written:
            return replying.reply(
                session,
                visitor().actor,
                thread_id,
                purpose=purpose,
                text=forms.text("reply_text"),
                dedup_key=f"reply:{visitor().actor.credential_id}:{kept.key}",
                vault=forms.vault(),
                now=utc_now(),
            )

        try:
            told = forms.done_once(kept, work)
        except (InvalidInput, ClaimTaken, Conflict) as error:
            status = 422 if isinstance(error, InvalidInput) else 409
            problems.add("reply_text" if isinstance(error, InvalidInput) else "form", why_not(error))
        else:
            _say(told)
            return see_other(f"{url_for('page_promises.thread', thread_id=thread_id)}#said")
    reading = Reading()
    reading.problems = problems
    return thread_page.draw(thread_id, reading, request.form), status


@blueprint.post("/escalations/<uuid:escalation_id>/send")
@requires(Permission.PROMISES_CODE)
def send(escalation_id: UUID) -> Answered:
    """Send one of a promise's two texts, as the page shows it."""
    actor, now = visitor().actor, utc_now()
    purpose = _purpose("how", forms.Problems())
    if purpose is None:
        raise MalformedRequest("a hidden field was changed")
    locale = request.form.get("locale")
    back = url_for("page_promises.made", escalation_id=escalation_id, locale=locale or None)
    try:
        with db.statement() as connection:
            row = handing_over.read_escalation(connection, actor, escalation_id)
            given = handing_over.hand_over(
                connection,
                actor,
                escalation_id,
                channel=None,
                locale=locale if locale in LANGUAGES else None,
                now=now,
                settings=settings(),
                vault=forms.vault(),
            )
    except Gone:
        flash(_("This promise has no code that can be shown."), "care")
        return see_other(url_for("page_escalations.show", escalation_id=escalation_id))
    if row.thread_id is None:
        raise MalformedRequest("this promise has no conversation")
    kept = forms.once("page.send_promise", _told)

    def work(session: Session) -> Written:
        return replying.hand_over_by(
            session,
            actor,
            row.thread_id,
            given,
            escalation_id=escalation_id,
            purpose=purpose,
            public_text=forms.text("text"),
            vault=forms.vault(),
            now=now,
        )

    try:
        told = forms.done_once(kept, work)
    except (InvalidInput, ClaimTaken, Conflict) as error:
        flash(why_not(error), "care")
    else:
        _say(told)
    return see_other(back)


def _purpose(name: str, problems: forms.Problems) -> Purpose | None:
    try:
        return Purpose(forms.text(name))
    except ValueError:
        problems.add(name, _("Choose one."))
        return None


def _told(written: Written) -> dict[str, Any]:
    return {"id": str(written.message.id), "state": written.message.state, "is_new": written.is_new}


def _say(told: dict[str, Any]) -> None:
    if not told["is_new"]:
        flash(_("This was sent before. It is not sent twice."), "care")
    elif told["state"] == "waiting":
        flash(_("It waits for a person in the list of messages."), "care")
    else:
        flash(_("It goes out now."), "go")
