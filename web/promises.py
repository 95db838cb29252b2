"""Conversation and promise on one page, and the page that hands the code over.

A promise is made by a plain form: it counts once per rendered form, and ends in a redirect to
an address that can be kept. The code is in no address.
"""

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Response, flash, g, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from bridge import codes, db
from bridge.clock import utc_now
from bridge.errors import (
    ClaimTaken,
    Conflict,
    FourEyes,
    Gone,
    IllegalAction,
    InvalidInput,
    PromiseRefused,
)
from bridge.lengths import rules_for
from bridge.roles import Permission
from bridge.services import claims, handing_over, intake, promises, recoding, superseding
from bridge.settings import settings
from web import forms, promise_form, qr, said, thread_page, words
from web.languages import LANGUAGES
from web.languages import say as _
from web.promise_form import Reading
from web.redirects import see_other
from web.sessions import pages, requires, visitor
from web.shown import word

blueprint = pages("promises")


@blueprint.get("/threads/<uuid:thread_id>")
@requires(Permission.INTAKE_READ)
def thread(thread_id: UUID) -> str:
    """The conversation, who is on it, and the form for a promise."""
    return thread_page.draw(thread_id, Reading(), MultiDict())


@blueprint.post("/threads/<uuid:thread_id>")
@requires(Permission.PROMISES_WRITE)
def make(thread_id: UUID) -> Response | tuple[str, int] | str:
    """Make the promise; or, for the button that finds stores, show the form again with them.

    Sending the form of a conversation that nobody holds takes a soft claim, as starting to write does.
    """
    person, now = visitor(), utc_now()
    with db.transaction() as session:
        found = intake.conversation(session, person.actor, thread_id)
        reading = promise_form.read(
            session,
            person.actor,
            thread_id,
            currency=person.facts["currency"],
            facts={
                "customer": found.identity.handle,
                "agent": person.actor.name,
                "brand": person.facts["brand_name"],
            },
            now=now,
        )
    if forms.text("step") == "find":
        stores_said = reading.problems.found
        reading.problems.found = {"store": stores_said["store"]} if "store" in stores_said else {}
        return thread_page.draw(thread_id, reading, request.form)
    if reading.wanted is None:
        return thread_page.draw(thread_id, reading, request.form), 422
    kept = forms.once("page.promise", _tell)
    replaced = forms.uuid("replaces")
    which = {} if replaced is None else {"escalation_id": replaced, "if_version": None}
    service: Any = promises.make if replaced is None else superseding.supersede
    try:
        # Who holds it says the act itself, which first looks whether this form was answered before.
        with suppress(ClaimTaken), db.transaction() as session:
            claims.begin(session, person.actor, thread_id, now)
        with db.act() as act:
            result = service(
                act,
                person.token,
                wanted=reading.wanted,
                **which,
                once=kept,
                now=now,
                settings=settings(),
                vault=forms.vault(),
                request_id=g.request_id,
            )
    except InvalidInput as error:
        reading.problems.add_all(error.details.get("fields"), names=promise_form.field_of)
    except PromiseRefused as error:
        for reason in _reasons(error.details):
            reading.problems.add(f"form-{reason}", word(reason, words.APPROVAL_REASONS))
    except FourEyes as error:
        for reason in _reasons(error.details):
            reading.problems.add(f"form-{reason}", word(reason, words.APPROVAL_REASONS))
        reading.problems.add("form", _("Your own right does not cover this; ask somebody whose right does."))
    except IllegalAction:
        reading.problems.add("form", _("The promise that this one replaces has ended meanwhile."))
    except ClaimTaken as error:
        reading.problems.add(
            "form",
            _(
                "%(name)s is on it. What you typed is still here; take over to go on.",
                name=error.details["holder"],
            ),
        )
    except Conflict as error:
        if _reasons(error.details):
            reading.problems.add("second_promise_reason", _("Say why a second promise is needed."))
        else:
            reading.problems.add("form", _("Somebody took the conversation a moment ago. Look who is on it."))
    else:
        return _after(forms.told(kept, result))
    return thread_page.draw(thread_id, reading, request.form), 422


@blueprint.get("/stores")
@requires(Permission.INTAKE_READ)
def stores() -> str:
    """The picker's options as a piece of a page, for the module that fetches while one types."""
    with db.transaction() as session:
        found = promise_form.find_stores(session, visitor().actor, request.args.get("q", ""), now=utc_now())
    return render_template("_store_options.html", stores=found)


@blueprint.get("/escalations/<uuid:escalation_id>/made")
@requires(Permission.PROMISES_CODE)
def made(escalation_id: UUID) -> Response | str:
    """The code and the two texts, for the author or a lead; at the same address later on."""
    actor = visitor().actor
    locale, channel = request.args.get("locale"), request.args.get("channel")
    try:
        with db.statement() as connection:
            row = handing_over.read_escalation(connection, actor, escalation_id)
            given = handing_over.hand_over(
                connection,
                actor,
                escalation_id,
                channel=channel if channel in words.NETWORKS else None,
                locale=locale if locale in LANGUAGES else None,
                now=utc_now(),
                settings=settings(),
                vault=forms.vault(),
            )
    except Gone:
        flash(_("This promise has no code that can be shown."), "care")
        return see_other(url_for("page_escalations.show", escalation_id=escalation_id))
    with db.transaction() as session:
        handing_over.note_shown(session, actor, escalation_id, now=utc_now())
        ways = said.promise_ways(session, row.thread_id, channel=given.channel, now=utc_now())
    with db.statement() as connection:
        written = said.of_case(connection, escalation_id)
    return render_template(
        "made.html",
        row=row,
        given=given,
        code=codes.grouped(given.code),
        spoken=codes.spoken(given.code),
        picture=qr.svg(given.code),
        ways=ways,
        said=written,
        rules=[[rule.limit, rule.counter] for rule in rules_for(given.channel, private=False)],
    )


@blueprint.post("/escalations/<uuid:escalation_id>/replace-code")
@requires(Permission.PROMISES_CODE)
def replace_code(escalation_id: UUID) -> Response:
    """A new code for one that became public; the terms stay."""
    kept = forms.once("page.replace_code", lambda acted: {"id": str(acted.id)})
    try:
        with db.act() as act:
            recoding.replace_code(
                act,
                visitor().actor,
                escalation_id,
                once=kept,
                now=utc_now(),
                settings=settings(),
                vault=forms.vault(),
                request_id=g.request_id,
            )
    except Gone:
        flash(_("This promise has no code that can be shown."), "care")
        return see_other(url_for("page_escalations.show", escalation_id=escalation_id))
    flash(_("A new code was made. The old one counts nowhere any more. Send the new message."), "go")
    return see_other(url_for("page_promises.made", escalation_id=escalation_id))


def _tell(result: Any) -> dict[str, Any]:
    return {"id": str(result.id), "issued": result.code is not None, "reasons": list(result.reasons)}


def _after(told: dict[str, Any]) -> Response:
    if told["issued"]:
        return see_other(url_for("page_promises.made", escalation_id=told["id"]))
    why = " ".join(word(reason, words.APPROVAL_REASONS) for reason in told["reasons"])
    flash(_("A lead was asked to approve it. %(why)s", why=why), "care")
    return see_other(url_for("page_escalations.show", escalation_id=told["id"]))


def _reasons(details: Any) -> list[str]:
    return [str(reason) for reason in details.get("reasons", ())]
