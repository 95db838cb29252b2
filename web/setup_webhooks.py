"""Webhooks: every receiver, one with its log and its secrets, switched on and off.

A secret is shown once. While it is replaced two secrets sign, so that nothing is lost.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict
from bridge.queries import receivers
from bridge.queries.setup_lists import PAGE
from bridge.roles import Permission
from bridge.services import webhooks as service
from bridge.settings import settings
from bridge.topics import ROTATION_OVERLAP_MAX
from web import confirming, forms, listing
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.setup_words import DELIVERY_STATES, FORMATS

blueprint = pages("setup_webhooks")

WEBHOOK = "/setup/webhooks/<uuid:webhook_id>"
OVERLAPS = (24, 72, 168, 0)
HOURS_MOST = int(ROTATION_OVERLAP_MAX.total_seconds()) // 3600


@blueprint.get("/setup/webhooks")
@requires(Permission.WEBHOOKS_MANAGE)
def webhooks() -> str:
    """Every receiver and how it fares."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    with db.transaction() as session:
        found = service.list_endpoints(session, visitor().actor)
    with db.statement() as connection:
        health = receivers.health(connection, own_brand(), now=utc_now())
    return render_template(
        "setup_webhooks.html",
        found=found,
        health=health,
        states=DELIVERY_STATES,
        takes_inside=settings().webhook_allow_private_addresses,
    )


@blueprint.get(WEBHOOK)
@requires(Permission.WEBHOOKS_MANAGE)
def show(webhook_id: UUID) -> str:
    """One receiver with its log."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    state, at = request.args.get("state", ""), listing.asked_page()
    with db.transaction() as session:
        endpoint = service.show_endpoint(session, visitor().actor, webhook_id)
    with db.statement() as connection:
        health = receivers.health(connection, own_brand(), now=utc_now())[webhook_id]
        log = receivers.log(
            connection,
            webhook_id,
            state=state if state in DELIVERY_STATES else "",
            limit=PAGE + 1,
            offset=(at - 1) * PAGE,
        )
        secrets = receivers.live_secrets(connection, webhook_id, now=utc_now())
    return render_template(
        "setup_webhook.html",
        it=endpoint,
        health=health,
        log=log[:PAGE],
        next_path=listing.next_path(has_more=len(log) > PAGE),
        secrets=secrets,
        states=DELIVERY_STATES,
        overlaps=OVERLAPS,
        formats=FORMATS,
        counted_most=receivers.COUNTED_MOST,
    )


@blueprint.post(f"{WEBHOOK}/switch")
@requires(Permission.WEBHOOKS_MANAGE)
def switch(webhook_id: UUID) -> Response | str:
    """Show, then switch a receiver off or on."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    enabled = forms.text("to") == "on"
    if not forms.confirmed():
        lines = (
            [
                _("It is told of everything that happens from now on, not of what happened meanwhile."),
                _("What was cancelled can be sent again then, with one press."),
            ]
            if enabled
            else [
                _("It is told nothing from now on. What it is owed is cancelled and can be replayed later.")
            ]
        )
        return confirm(
            webhook_id,
            _("Switch on") if enabled else _("Switch off"),
            lines,
            stops=not enabled,
        )
    return act(
        webhook_id,
        "switch",
        lambda session: service.update(session, visitor().actor, webhook_id, enabled=enabled, now=utc_now()),
        _("Switched on.") if enabled else _("Switched off."),
    )


@blueprint.post(f"{WEBHOOK}/delete")
@requires(Permission.WEBHOOKS_MANAGE)
def delete(webhook_id: UUID) -> Response | str:
    """Show, then take a receiver out of use for good."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    if not forms.confirmed():
        lines = [_("For good: it is told nothing more, its secrets stop, what it is owed is cancelled.")]
        return confirm(webhook_id, _("Delete"), lines, stops=True)
    kept = forms.once("page.webhooks.delete", lambda _none: {})
    forms.done_once(kept, lambda session: service.delete(session, visitor().actor, webhook_id, now=utc_now()))
    flash(_("Deleted."), "go")
    return see_other(url_for("page_setup_webhooks.webhooks"))


@blueprint.post(f"{WEBHOOK}/secret")
@requires(Permission.WEBHOOKS_MANAGE)
def rotate(webhook_id: UUID) -> str:
    """Show, then make a new secret, which the answer shows once."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    hours = min(forms.whole("overlap_hours") or 0, HOURS_MOST)
    if not forms.confirmed():
        kept_on = (
            ngettext(
                "The present secret signs beside it for %(num)s more hour, so that nothing is lost.",
                "The present secret signs beside it for %(num)s more hours, so that nothing is lost.",
                hours,
            )
            if hours
            else _("The present secret stops at once: for one that leaked.")
        )
        return confirm(
            webhook_id,
            _("New secret"),
            [_("A new secret is made and shown to you once."), kept_on],
            stops=not hours,
        )
    kept = forms.once("page.webhooks.rotate", lambda told: told)

    def work(session: Session) -> dict[str, str]:
        made = service.rotate_secret(
            session,
            visitor().actor,
            webhook_id,
            overlap=timedelta(hours=hours),
            config=settings(),
            now=utc_now(),
        )
        return {"id": str(webhook_id), "url": made.endpoint.url, "secret": made.secret}

    return render_template("setup_webhook_secret.html", told=forms.done_once(kept, work))


def act(webhook_id: UUID, name: str, work: Any, said: str) -> Response:
    """Do the work of a form once, and back to the receiver's page."""
    kept = forms.once(f"page.webhooks.{name}", lambda _result: {})
    try:
        forms.done_once(kept, work)
    except Conflict:
        flash(_("The receiver is switched off. Switch it on first."), "care")
    else:
        flash(said, "go")
    return see_other(url_for("page_setup_webhooks.show", webhook_id=webhook_id))


def confirm(webhook_id: UUID, title: str, lines: list[str], *, stops: bool = False) -> str:
    """The page that asks before something is done to a receiver."""
    with db.transaction() as session:
        endpoint = service.show_endpoint(session, visitor().actor, webhook_id)
    return confirming.page(
        title,
        [endpoint.url, *lines],
        button=title,
        back=url_for("page_setup_webhooks.show", webhook_id=webhook_id),
        stops=stops,
    )
