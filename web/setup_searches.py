"""Saved searches: which posts are ours though they do not mention us. Listed, added, changed, tried."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.channels.registry import networks
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput
from bridge.models.listening import SavedSearch
from bridge.roles import Permission
from bridge.searches import Judged
from bridge.services import saved_searches
from bridge.threads import TEXT_MAX_CHARACTERS
from web import forms, words
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, require_whole_brand, requires, visitor

blueprint = pages("setup_searches")

SEARCH = "/setup/searches/<uuid:search_id>"


@blueprint.get("/setup/searches")
@requires(Permission.CHANNELS_MANAGE)
def searches() -> str:
    """All searches, a text to try them with, and the form for another."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    return _list(forms.Problems())


@blueprint.post("/setup/searches")
@requires(Permission.CHANNELS_MANAGE)
def add() -> Response | tuple[str, int]:
    """Add a search, switched on."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    problems = forms.Problems()
    kept = forms.once("page.searches.add", lambda added: {"id": str(added.id)})

    def work(session: Session) -> SavedSearch:
        return saved_searches.add(session, visitor().actor, _given(), now=utc_now())

    try:
        forms.done_once(kept, work)
    except (Conflict, InvalidInput) as error:
        _told(error, problems)
        return _list(problems), 422
    flash(_("The search is on. It counts from now on."), "go")
    return see_other(url_for("page_setup_searches.searches"))


@blueprint.post("/setup/searches/try")
@requires(Permission.CHANNELS_MANAGE)
def try_text() -> str | tuple[str, int]:
    """Hold a pasted text against the searches that are on. Nothing is kept of it."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    problems = forms.Problems()
    text, network = forms.text("text"), forms.text("in_network")
    if not text:
        problems.add("text", _("Fill this in."))
        return _list(problems), 422
    with db.transaction() as session:
        judged = saved_searches.try_text(session, visitor().actor, text, network=network)
    return _list(problems, judged=judged)


@blueprint.get(SEARCH)
@requires(Permission.CHANNELS_MANAGE)
def show(search_id: UUID) -> str:
    """One search: what it asks of each network, and its form."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    return _one(search_id, forms.Problems())


@blueprint.post(SEARCH)
@requires(Permission.CHANNELS_MANAGE)
def change(search_id: UUID) -> Response | tuple[str, int]:
    """Change a search."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    problems = forms.Problems()
    try:
        with db.transaction() as session:
            saved_searches.change(session, visitor().actor, search_id, _given(), now=utc_now())
    except (Conflict, InvalidInput) as error:
        _told(error, problems)
        return _one(search_id, problems), 422
    flash(_("Saved."), "go")
    return see_other(url_for("page_setup_searches.show", search_id=search_id))


@blueprint.post(f"{SEARCH}/switch")
@requires(Permission.CHANNELS_MANAGE)
def switch(search_id: UUID) -> Response:
    """Switch a search on or off. What it found stays."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    to = forms.text("to") == "on"
    with db.transaction() as session:
        saved_searches.change(session, visitor().actor, search_id, {"enabled": to}, now=utc_now())
    flash(_("The search is on.") if to else _("The search is off. What it found stays."), "go")
    return see_other(url_for("page_setup_searches.searches"))


def _given() -> dict[str, Any]:
    lists = {name: forms.text(name).split("\n") for name in saved_searches.LISTS}
    lists = {name: [line for line in lines if line.strip()] for name, lines in lists.items()}
    return {name: forms.text(name) for name in ("name", "network", "language")} | lists


def _told(error: Conflict | InvalidInput, problems: forms.Problems) -> None:
    """What is wrong, in the page's language, beside its field."""
    if isinstance(error, Conflict):
        problems.add("name", _("There is a search of this name already, or there are a hundred."))
        return
    fields: Any = error.details["fields"]
    for name in fields:
        problems.add(name, _wrong(name))


def _wrong(name: str) -> str:
    if name in {"name", "any_words"} and not forms.text(name):
        return _("Fill this in.")
    if name == "name":
        return _("Use at most 60 characters, none of them invisible.")
    if name == "language":
        return _("A short word like en, or nothing for all.")
    if name == "network":
        return _("Choose one.")
    return _("At most 50 lines of 80 characters, each with a letter or a digit.")


def _list(problems: forms.Problems, *, judged: Judged | None = None) -> str:
    with db.transaction() as session:
        found = saved_searches.listed(session, visitor().actor)
    return render_template(
        "setup_searches.html",
        found=found,
        networks=_networks(),
        typed=request.form,
        problems=problems.found,
        judged=judged,
        text_max=TEXT_MAX_CHARACTERS,
    )


def _one(search_id: UUID, problems: forms.Problems) -> str:
    with db.transaction() as session:
        found = saved_searches.find(session, visitor().actor, search_id)
    stored = {name: getattr(found, name) for name in ("name", "network", "language")}
    stored |= {name: "\n".join(getattr(found, name)) for name in saved_searches.LISTS}
    return render_template(
        "setup_search.html",
        it=found,
        asked=saved_searches.asked(found),
        networks=_networks(),
        typed=request.form if request.method == "POST" else stored,
        problems=problems.found,
    )


def _networks() -> list[tuple[str, Any]]:
    known = networks()
    return [(name, word) for name, word in words.networks().items() if name in known]
