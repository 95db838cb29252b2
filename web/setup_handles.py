"""Official accounts: which accounts on networks speak for us. Added, suspended, let speak again, given up."""

from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction, InvalidInput, NotFound
from bridge.queries import directory as queries
from bridge.roles import Permission
from bridge.services import directory
from web import confirming, forms, setup_forms, words
from web.languages import say as _
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.shown import word

blueprint = pages("setup_handles")

KINDS = ("team", "person")
ACTS = {
    "suspended": directory.suspend_handle,
    "active": directory.reactivate_handle,
    "retired": directory.retire_handle,
}


@blueprint.get("/setup/handles")
@requires(Permission.DIRECTORY_WRITE)
def handles() -> str:
    """All accounts, those that speak for us first, and the form for another."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    return _page(forms.Problems())


@blueprint.post("/setup/handles")
@requires(Permission.DIRECTORY_WRITE)
def add() -> Response | str | tuple[str, int]:
    """Show, then enter an account as ours."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    problems = forms.Problems()
    network = setup_forms.chosen("network", words.NETWORKS, problems)
    handle = setup_forms.needed("handle", 80, problems)
    kind = setup_forms.chosen("kind", KINDS, problems)
    external_id = forms.text("external_id")[:80] or None
    if problems:
        return _page(problems), 422
    if not forms.confirmed():
        return _page(
            problems, seen=forms.previewed(), line=f"@{handle.lstrip('@')}, {word(network, words.NETWORKS)}"
        )
    kept = forms.once("page.handles.add", lambda added: {"id": str(added.id)})

    def work(session: Session) -> object:
        return directory.add_handle(
            session,
            brand_id=own_brand(),
            network=network,
            handle=handle,
            kind=kind,
            external_id=external_id,
            actor=visitor().actor,
            now=utc_now(),
        )

    try:
        forms.done_once(kept, work)
    except Conflict:
        problems.add("handle", _("This account is in the list already."))
    except InvalidInput:
        problems.add("handle", _("A handle has no spaces."))
    if problems:
        return _page(problems), 422
    flash(_("Added. The counter and everybody who asks now hear that it is ours."), "go")
    return see_other(url_for("page_setup_handles.handles"))


@blueprint.post("/setup/handles/<uuid:handle_id>")
@requires(Permission.DIRECTORY_WRITE)
def change(handle_id: UUID) -> Response | str | tuple[str, int]:
    """Show, then suspend an account, let it speak again, or give it up for good."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    problems = forms.Problems()
    to = setup_forms.chosen("to", ACTS, problems)
    if problems:
        return _page(problems), 422
    with db.transaction() as session:
        found = queries.handle_for_update(session, own_brand(), handle_id)
        if found is None:
            raise NotFound("there is no such handle")
        name = f"@{found.handle}, {word(found.network, words.NETWORKS)}"
    if not forms.confirmed():
        title, line, button = {
            "suspended": (
                _("Suspend an account"),
                _("It does not speak for us for the time being; promises that came through it still count."),
                _("Suspend"),
            ),
            "active": (_("Let it speak again"), _("It speaks for us again."), _("Let it speak")),
            "retired": (
                _("Give an account up"),
                _("For good. It stays in the list, so that nobody takes it for ours again."),
                _("Give it up"),
            ),
        }[to]
        return confirming.page(
            title,
            [name, line],
            button=button,
            back=url_for("page_setup_handles.handles"),
            stops=to != "active",
        )
    kept = forms.once(f"page.handles.{to}", lambda _none: {})

    def work(session: Session) -> None:
        handle = queries.handle_for_update(session, own_brand(), handle_id)
        assert handle is not None
        ACTS[to](session, handle, actor=visitor().actor, now=utc_now())

    try:
        forms.done_once(kept, work)
    except IllegalAction:
        flash(_("This is not possible any more. Look at how things stand now."), "care")
    else:
        flash(_("Saved."), "go")
    return see_other(url_for("page_setup_handles.handles"))


def _page(problems: forms.Problems, *, seen: str = "", line: str = "") -> str:
    with db.transaction() as session:
        found = queries.official_handles(session, own_brand())
    return render_template(
        "setup_handles.html",
        found=found,
        typed=request.form,
        problems=problems.found,
        seen=seen,
        line=line,
    )
