"""What waits for a person: messages to let go, to send by hand, to look for, or to give up."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Flask, Response, flash, g, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, InvalidInput
from bridge.models import ChannelMessage
from bridge.queries import releasing as queries
from bridge.roles import Permission
from bridge.sending import WAITS_FOR_A_PERSON, acts_for
from bridge.services import releasing
from bridge.services.writing import TEXT_PLACE
from web import forms, message_words
from web.languages import say as _
from web.redirects import see_other
from web.sessions import own_brand, pages, requires, visitor

blueprint = pages("messages")

ROWS = 100
Answered = Response | tuple[str, int] | str


def register(app: Flask) -> None:
    """Let the menu say how many wait, and templates say why."""
    app.jinja_env.globals.update(waiting_messages=waiting_messages, message_words=message_words)


@blueprint.get("/messages")
@requires(Permission.MESSAGES_WRITE)
def messages() -> str:
    """Everything that waits for a person, the nearest deadline first."""
    return _list()


@blueprint.post("/messages/<uuid:message_id>/release")
@requires(Permission.MESSAGES_WRITE)
def release(message_id: UUID) -> Answered:
    """Let it go in the visitor's name."""
    return _act("release", message_id, _("It goes out in your name."), releasing.release)


@blueprint.post("/messages/<uuid:message_id>/sent")
@requires(Permission.MESSAGES_WRITE)
def mark_sent(message_id: UUID) -> Answered:
    """The visitor sent it on the network, and pastes where it stands."""
    return _act(
        "sent",
        message_id,
        _("Noted. It stands in the conversation now."),
        releasing.mark_sent,
        permalink=forms.text("permalink"),
        vault=forms.vault(),
    )


@blueprint.post("/messages/<uuid:message_id>/again")
@requires(Permission.MESSAGES_WRITE)
def send_again(message_id: UUID) -> Answered:
    """Try once more."""
    return _act(
        "again",
        message_id,
        _("It is sent again in a moment."),
        releasing.send_again,
        looked=forms.truth("looked"),
    )


@blueprint.post("/messages/<uuid:message_id>/give-up")
@requires(Permission.MESSAGES_WRITE)
def give_up(message_id: UUID) -> Answered:
    """Never send it."""
    if not forms.text("reason"):
        problems = forms.Problems()
        problems.add(f"reason-{message_id}", _("Say why, in a few words."))
        return _list(problems, at=message_id), 422
    return _act("give_up", message_id, _("Given up."), releasing.give_up, reason=forms.text("reason"))


def waiting_messages() -> int:
    """How many wait, for the menu; asked once for each page, and only for who can do something about it."""
    person = g.get("visitor")
    if person is None or not person.may(Permission.MESSAGES_WRITE):
        return 0
    if "waiting_messages" not in g:
        with db.statement() as connection:
            g.waiting_messages = queries.count(connection, person.actor.brand_id)
    return int(g.waiting_messages)


def _act(
    name: str, message_id: UUID, done: str, act: Callable[..., ChannelMessage], **asked: Any
) -> Answered:
    kept = forms.once(f"page.messages.{name}", lambda message: {"id": str(message.id)})

    def work(session: Session) -> ChannelMessage:
        return act(session, visitor().actor, message_id, now=utc_now(), **asked)

    problems = forms.Problems()
    try:
        forms.done_once(kept, work)
    except InvalidInput as error:
        problems.add_all(error.details.get("fields", {}), names=lambda path: f"{path[0]}-{message_id}")
        return _list(problems, at=message_id), 422
    except ClaimTaken as error:
        holder = str(error.details.get("holder", ""))
        problems.add("form", _("%(name)s is on this conversation. Ask them, or a lead.", name=holder))
        return _list(problems), 409
    except Conflict as error:
        problems.add("form", _conflict(error))
        return _list(problems), 409
    flash(done, "go")
    return see_other(url_for("page_messages.messages"))


def _conflict(error: Conflict) -> str:
    if "message_id" in error.details:
        return _("Another message has that address already. Each message has a post of its own.")
    if "allowed" in error.details:
        return _("Somebody else acted first. This is the list as it is now.")
    return _("Its time is over: the network would not take it any more. Give it up, or write anew.")


def _list(problems: forms.Problems | None = None, *, at: UUID | None = None) -> str:
    """The list; `at` is the message whose form is sent back with what was typed."""
    with db.statement() as connection:
        rows = queries.listed(connection, own_brand(), states=WAITS_FOR_A_PERSON, limit=ROWS)
    return render_template(
        "messages.html",
        rows=[_shown(row) for row in rows],
        at=at,
        typed=request.form,
        problems=problems.found if problems else {},
        now=utc_now(),
    )


def _shown(row: Any) -> dict[str, Any]:
    """A row with its words open: only here, for whoever may send them."""
    text = forms.vault().open(bytes(row.text_cipher), place=TEXT_PLACE).decode()
    is_looked_for = row.state == "unknown" and row.next_at is not None
    address = row.hand_off_url or row.door_url or row.thread_permalink or ""
    return {
        "row": row,
        "text": releasing.shown_text(visitor().actor, text),
        "is_looked_for": is_looked_for,
        "acts": acts_for(row.state, is_looked_for=is_looked_for),
        "address": address if address.startswith("https://") else "",
        "is_public": row.purpose == "public_reply",
    }
