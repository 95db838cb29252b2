"""What receivers were sent: a test, one event with every attempt, and trying again."""

from typing import Any
from uuid import UUID

import orjson
from flask import Response, flash, render_template, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, NotFound
from bridge.queries import receivers
from bridge.roles import Permission
from bridge.services import outcomes
from bridge.services import webhooks as service
from web import forms
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.setup_webhooks import WEBHOOK, act, confirm
from web.setup_words import DELIVERY_STATES

blueprint = pages("setup_deliveries")


@blueprint.post(f"{WEBHOOK}/test")
@requires(Permission.WEBHOOKS_MANAGE)
def send_test(webhook_id: UUID) -> Response:
    """Owe the receiver a test; its log says what became of it."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    return act(
        webhook_id,
        "test",
        lambda session: service.send_test(session, visitor().actor, webhook_id, now=utc_now()),
        _("The test goes out within seconds. Load this page again to see what became of it."),
    )


@blueprint.post(f"{WEBHOOK}/replay")
@requires(Permission.WEBHOOKS_MANAGE)
def replay_all(webhook_id: UUID) -> Response | str:
    """Show how many, then try again everything that it has not got."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    if not forms.confirmed():
        with db.statement() as connection:
            found = receivers.health(connection, own_brand(), now=utc_now()).get(webhook_id)
        if found is None:
            raise NotFound("there is no such receiver")
        return confirm(webhook_id, _("Try again"), _begun_again(found))
    return act(
        webhook_id,
        "replay",
        lambda session: outcomes.replay_all(session, visitor().actor, webhook_id, now=utc_now()),
        _("They are tried again, beginning within seconds."),
    )


def _begun_again(found: Any) -> list[str]:
    lines = [
        (
            found.dead,
            ngettext(
                "%(num)s event that was given up is tried again, with its own id.",
                "%(num)s events that were given up are tried again, each with its own id.",
                found.dead,
            ),
        ),
        (
            found.cancelled,
            ngettext(
                "%(num)s event that was cancelled is sent, with its own id.",
                "%(num)s events that were cancelled are sent, each with its own id.",
                found.cancelled,
            ),
        ),
        (
            found.later,
            ngettext(
                "%(num)s event that waits for its next try is tried now.",
                "%(num)s events that wait for their next try are tried now.",
                found.later,
            ),
        ),
    ]
    more = receivers.COUNTED_MOST
    said = [f"{line} {_('(or more)')}" if count >= more else line for count, line in lines if count]
    return said or [_("Nothing is left to be tried again.")]


@blueprint.get(f"{WEBHOOK}/events/<uuid:outcome_id>")
@requires(Permission.WEBHOOKS_MANAGE)
def event(webhook_id: UUID, outcome_id: UUID) -> str:
    """One event with what was sent and every attempt."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    with db.transaction() as session:
        endpoint = service.show_endpoint(session, visitor().actor, webhook_id)
        found = outcomes.show(session, visitor().actor, outcome_id)
    if found.outcome.endpoint_id != webhook_id:
        raise NotFound("this receiver has no such event")
    return render_template(
        "setup_event.html",
        it=endpoint,
        event=found.outcome,
        attempts=found.attempts,
        states=DELIVERY_STATES,
        payload=orjson.dumps(found.outcome.payload, option=orjson.OPT_INDENT_2).decode(),
        replayable=endpoint.enabled and outcomes.may_replay(found.outcome, utc_now()),
    )


@blueprint.post(f"{WEBHOOK}/events/<uuid:outcome_id>/replay")
@requires(Permission.WEBHOOKS_MANAGE)
def replay(webhook_id: UUID, outcome_id: UUID) -> Response:
    """Try one event now with the same id: one that waits for a later try, or one that rests."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    kept = forms.once("page.webhooks.replay_one", lambda outcome: {"state": outcome.state})

    def work(session: Session) -> object:
        if outcomes.show(session, visitor().actor, outcome_id).outcome.endpoint_id != webhook_id:
            raise NotFound("this receiver has no such event")
        return outcomes.replay(session, visitor().actor, outcome_id, now=utc_now())

    try:
        done = forms.done_once(kept, work)
    except Conflict:
        flash(_("The receiver is switched off. Switch it on first."), "care")
    else:
        if done["state"] == "sending":
            flash(_("It is on its way just now. Load this page again to see what became of it."), "go")
        else:
            flash(_("It is tried again within seconds. Load this page again to see what became of it."), "go")
    return see_other(url_for("page_setup_deliveries.event", webhook_id=webhook_id, outcome_id=outcome_id))
