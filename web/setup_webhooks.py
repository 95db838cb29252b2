"""Webhooks: receivers, what each is told, its secrets, and the log of every delivery with replay.

A secret is shown once. While it is replaced two secrets sign, so that nothing is lost.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, NotFound, UnsafeAddress
from bridge.queries import receivers
from bridge.queries.setup_lists import PAGE
from bridge.roles import Permission
from bridge.services import outcomes
from bridge.services import webhooks as service
from bridge.settings import settings
from bridge.topics import EVERY_TOPIC, ROTATION_OVERLAP_MAX, TOPICS
from web import confirming, forms, listing, setup_forms
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.setup_words import DELIVERY_STATES

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
        health = receivers.health(connection, own_brand())
    return render_template("setup_webhooks.html", found=found, health=health, states=DELIVERY_STATES)


@blueprint.get("/setup/webhooks/new")
@requires(Permission.WEBHOOKS_MANAGE)
def new() -> str:
    """The form for a receiver."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    return _form_page(forms.Problems())


@blueprint.post("/setup/webhooks/new")
@requires(Permission.WEBHOOKS_MANAGE)
def create() -> str | tuple[str, int]:
    """Show, then add a receiver; the answer shows its secret once."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    problems, now = forms.Problems(), utc_now()
    url = setup_forms.needed("url", 500, problems)
    topics = _topics(problems)
    description = _description(problems)
    if url and "url" not in problems.found:
        try:
            service.require_address(url, config=settings())
        except UnsafeAddress as error:
            problems.add("url", _("This address cannot be called: %(why)s.", why=error.message))
    if problems:
        return _form_page(problems), 422
    if not forms.confirmed():
        return _form_page(problems, seen=forms.previewed(), lines=[url, _told(topics)])
    kept = forms.once("page.webhooks.create", lambda told: told)

    def work(session: Session) -> dict[str, str]:
        made = service.register(
            session,
            visitor().actor,
            url=url,
            topics=topics,
            description=description,
            config=settings(),
            now=now,
        )
        return {"id": str(made.endpoint.id), "url": url, "secret": made.secret}

    try:
        return render_template("setup_webhook_secret.html", told=forms.done_once(kept, work))
    except Conflict:
        problems.add("form", _("There are as many receivers as there can be. Delete one first."))
    return _form_page(problems), 422


@blueprint.get(WEBHOOK)
@requires(Permission.WEBHOOKS_MANAGE)
def show(webhook_id: UUID) -> str:
    """One receiver with its log."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    state, at = request.args.get("state", ""), listing.asked_page()
    with db.transaction() as session:
        endpoint = service.show_endpoint(session, visitor().actor, webhook_id)
    with db.statement() as connection:
        health = receivers.health(connection, own_brand())[webhook_id]
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
        counted_most=receivers.COUNTED_MOST,
    )


@blueprint.get(f"{WEBHOOK}/edit")
@requires(Permission.WEBHOOKS_MANAGE)
def edit(webhook_id: UUID) -> str:
    """The form for what a receiver is told."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    return _form_page(forms.Problems(), webhook_id=webhook_id)


@blueprint.post(f"{WEBHOOK}/edit")
@requires(Permission.WEBHOOKS_MANAGE)
def change(webhook_id: UUID) -> Response | str | tuple[str, int]:
    """Show, then change topics and description."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    problems = forms.Problems()
    topics, description = _topics(problems), _description(problems)
    if problems:
        return _form_page(problems, webhook_id=webhook_id), 422
    if not forms.confirmed():
        with db.transaction() as session:
            before = service.show_endpoint(session, visitor().actor, webhook_id)
        rows = [
            (_("What it is told"), _told(before.topics), _told(topics)),
            (_("Description"), before.description, description),
        ]
        return _form_page(
            problems,
            webhook_id=webhook_id,
            seen=forms.previewed(),
            rows=[row for row in rows if row[1] != row[2]],
        )
    return _act(
        webhook_id,
        "change",
        lambda session: service.update(
            session,
            visitor().actor,
            webhook_id,
            topics=topics,
            description=description,
            now=utc_now(),
        ),
        _("Saved."),
    )


@blueprint.post(f"{WEBHOOK}/switch")
@requires(Permission.WEBHOOKS_MANAGE)
def switch(webhook_id: UUID) -> Response | str:
    """Show, then switch a receiver off or on."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    enabled = forms.text("to") == "on"
    if not forms.confirmed():
        lines = (
            [_("It is told of everything that happens from now on, not of what happened meanwhile.")]
            if enabled
            else [
                _("It is told nothing from now on. What it is owed is cancelled and can be replayed later.")
            ]
        )
        return _confirm(
            webhook_id,
            _("Switch on") if enabled else _("Switch off"),
            lines,
            stops=not enabled,
        )
    return _act(
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
        return _confirm(webhook_id, _("Delete"), lines, stops=True)
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
        return _confirm(
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


@blueprint.post(f"{WEBHOOK}/test")
@requires(Permission.WEBHOOKS_MANAGE)
def send_test(webhook_id: UUID) -> Response:
    """Owe the receiver a test; its log says what became of it."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    return _act(
        webhook_id,
        "test",
        lambda session: service.send_test(session, visitor().actor, webhook_id, now=utc_now()),
        _("The test goes out within seconds. Load this page again to see what became of it."),
    )


@blueprint.post(f"{WEBHOOK}/replay")
@requires(Permission.WEBHOOKS_MANAGE)
def replay_dead(webhook_id: UUID) -> Response | str:
    """Show how many, then try again everything that was given up."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    with db.statement() as connection:
        found = receivers.health(connection, own_brand()).get(webhook_id)
    if found is None:
        raise NotFound("there is no such receiver")
    dead = found.dead
    if not forms.confirmed():
        line = ngettext(
            "%(num)s event that was given up is tried again, with its own id.",
            "%(num)s events that were given up are tried again, each with its own id.",
            dead,
        )
        return _confirm(webhook_id, _("Try again"), [line])
    return _act(
        webhook_id,
        "replay",
        lambda session: outcomes.replay_dead(session, visitor().actor, webhook_id, now=utc_now()),
        _("They are tried again, beginning within seconds."),
    )


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
        replayable=found.outcome.state in outcomes.REPLAYABLE and endpoint.enabled,
    )


@blueprint.post(f"{WEBHOOK}/events/<uuid:outcome_id>/replay")
@requires(Permission.WEBHOOKS_MANAGE)
def replay(webhook_id: UUID, outcome_id: UUID) -> Response:
    """Try one event again with the same id, also one that was delivered."""
    require_whole_brand(Permission.WEBHOOKS_MANAGE)
    kept = forms.once("page.webhooks.replay_one", lambda _outcome: {})

    def work(session: Session) -> object:
        if outcomes.show(session, visitor().actor, outcome_id).outcome.endpoint_id != webhook_id:
            raise NotFound("this receiver has no such event")
        return outcomes.replay(session, visitor().actor, outcome_id, now=utc_now())

    try:
        forms.done_once(kept, work)
    except Conflict:
        flash(_("It is still being tried, or the receiver is switched off."), "care")
    else:
        flash(_("It is tried again within seconds. Load this page again to see what became of it."), "go")
    return see_other(url_for("page_setup_webhooks.event", webhook_id=webhook_id, outcome_id=outcome_id))


def _act(webhook_id: UUID, name: str, work: Any, said: str) -> Response:
    kept = forms.once(f"page.webhooks.{name}", lambda _result: {})
    try:
        forms.done_once(kept, work)
    except Conflict:
        flash(_("The receiver is switched off. Switch it on first."), "care")
    else:
        flash(said, "go")
    return see_other(url_for("page_setup_webhooks.show", webhook_id=webhook_id))


def _confirm(webhook_id: UUID, title: str, lines: list[str], *, stops: bool = False) -> str:
    with db.transaction() as session:
        endpoint = service.show_endpoint(session, visitor().actor, webhook_id)
    return confirming.page(
        title,
        [endpoint.url, *lines],
        button=title,
        back=url_for("page_setup_webhooks.show", webhook_id=webhook_id),
        stops=stops,
    )


def _topics(problems: forms.Problems) -> list[str]:
    found = setup_forms.ticked("topics", [EVERY_TOPIC, *TOPICS])
    if not found:
        problems.add("topics", _("Tick at least one."))
    return [EVERY_TOPIC] if EVERY_TOPIC in found else found


def _description(problems: forms.Problems) -> str:
    return setup_forms.needed("description", 200, problems) if forms.text("description") else ""


def _told(topics: list[str]) -> str:
    return _("everything, also what comes later") if EVERY_TOPIC in topics else ", ".join(topics)


def _form_page(
    problems: forms.Problems,
    *,
    webhook_id: UUID | None = None,
    seen: str = "",
    lines: Any = (),
    rows: Any = (),
) -> str:
    endpoint = None
    if webhook_id is not None:
        with db.transaction() as session:
            endpoint = service.show_endpoint(session, visitor().actor, webhook_id)
    typed: Any = request.form
    chosen = request.form.getlist("topics")
    if request.method == "GET":
        chosen = endpoint.topics if endpoint else [EVERY_TOPIC]
        typed = {"description": endpoint.description} if endpoint else {}
    return render_template(
        "setup_webhook_form.html",
        it=endpoint,
        typed=typed,
        chosen=chosen,
        topics=TOPICS,
        problems=problems.found,
        seen=seen,
        lines=lines,
        rows=rows,
    )
