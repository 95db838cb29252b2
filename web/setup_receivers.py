"""A receiver of webhooks: added with a secret that is shown once, and what it is told."""

from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, UnsafeAddress
from bridge.roles import Permission
from bridge.services import webhooks as service
from bridge.settings import settings
from bridge.topics import EVERY_TOPIC, TOPICS
from web import forms, setup_forms
from web.languages import say as _
from web.sessions import pages, require_whole_brand, requires, visitor
from web.setup_webhooks import WEBHOOK, act
from web.setup_words import FORMATS

blueprint = pages("setup_receivers")


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
    shape = setup_forms.chosen("format", FORMATS, problems)
    if url and "url" not in problems.found:
        try:
            service.require_address(url, config=settings())
        except UnsafeAddress as error:
            problems.add("url", _("This address cannot be called: %(why)s.", why=error.message))
    if problems:
        return _form_page(problems), 422
    if not forms.confirmed():
        return _form_page(problems, seen=forms.previewed(), lines=[url, _told(topics), str(FORMATS[shape])])
    kept = forms.once("page.webhooks.create", lambda told: told)

    def work(session: Session) -> dict[str, str]:
        made = service.register(
            session,
            visitor().actor,
            url=url,
            topics=topics,
            description=description,
            format=shape,
            config=settings(),
            now=now,
        )
        return {"id": str(made.endpoint.id), "url": url, "secret": made.secret}

    try:
        return render_template("setup_webhook_secret.html", told=forms.done_once(kept, work))
    except Conflict:
        problems.add("form", _("There are as many receivers as there can be. Delete one first."))
    return _form_page(problems), 422


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
    shape = setup_forms.chosen("format", FORMATS, problems)
    if problems:
        return _form_page(problems, webhook_id=webhook_id), 422
    if not forms.confirmed():
        with db.transaction() as session:
            before = service.show_endpoint(session, visitor().actor, webhook_id)
        rows = [
            (_("What it is told"), _told(before.topics), _told(topics)),
            (_("Description"), before.description, description),
            (_("Shape of the events"), str(FORMATS[before.format]), str(FORMATS[shape])),
        ]
        return _form_page(
            problems,
            webhook_id=webhook_id,
            seen=forms.previewed(),
            rows=[row for row in rows if row[1] != row[2]],
        )
    return act(
        webhook_id,
        "change",
        lambda session: service.update(
            session,
            visitor().actor,
            webhook_id,
            topics=topics,
            description=description,
            format=shape,
            now=utc_now(),
        ),
        _("Saved."),
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
        typed = {"description": endpoint.description, "format": endpoint.format} if endpoint else {}
    return render_template(
        "setup_webhook_form.html",
        it=endpoint,
        typed=typed,
        chosen=chosen,
        topics=TOPICS,
        formats=FORMATS,
        takes_inside=settings().webhook_allow_private_addresses,
        problems=problems.found,
        seen=seen,
        lines=lines,
        rows=rows,
    )
