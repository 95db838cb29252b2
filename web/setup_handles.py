"""Official accounts: which accounts speak for us, what binds them to us, and what looks like them.

They are added, suspended, let speak again, given up; bound by the network's lasting id and by a page of
ours that links to them.
"""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction, InvalidInput, NotFound, UnsafeAddress
from bridge.models.directory import OfficialHandle
from bridge.mutual_links import profile_url
from bridge.queries import directory as queries
from bridge.queries import official as official_queries
from bridge.roles import Permission
from bridge.services import directory, official
from web import confirming, forms, setup_forms, words
from web.languages import say as _
from web.official_words import LINK_REASONS, LINK_RESULTS, LOOK_ALIKES
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
    network = setup_forms.chosen("network", words.networks(), problems)
    handle = setup_forms.needed("handle", 80, problems)
    kind = setup_forms.chosen("kind", KINDS, problems)
    external_id = forms.text("external_id")[:80] or None
    site_url = _site(problems)
    if problems:
        return _page(problems), 422
    if not forms.confirmed():
        return _page(
            problems, seen=forms.previewed(), line=f"@{handle.lstrip('@')}, {word(network, words.networks())}"
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
            site_url=site_url,
            actor=visitor().actor,
            now=utc_now(),
        )

    try:
        forms.done_once(kept, work)
    except Conflict:
        problems.add("handle", _("This account is in the list already."))
    except InvalidInput as error:
        if "external_id" in str(error.details.get("fields")):
            problems.add("external_id", _("Remove the invisible characters."))
        else:
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
        name = f"@{found.handle}, {word(found.network, words.networks())}"
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


@blueprint.get("/setup/handles/<uuid:handle_id>")
@requires(Permission.DIRECTORY_WRITE)
def show(handle_id: UUID) -> str:
    """What binds one account to us, and how the last look at its links went."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    return _one(handle_id, forms.Problems())


@blueprint.post("/setup/handles/<uuid:handle_id>/binding")
@requires(Permission.DIRECTORY_WRITE)
def bind(handle_id: UUID) -> Response | str | tuple[str, int]:
    """Show, then set the network's id and our page; both are looked at again soon."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    problems = forms.Problems()
    external_id, site_url = forms.text("external_id")[:80] or None, _site(problems)
    if problems:
        return _one(handle_id, problems), 422
    if not forms.confirmed():
        with db.transaction() as session:
            before = _found(session, handle_id)
            rows = [
                (_("Id on the network"), before.external_id, external_id),
                (_("Our page that links to it"), before.site_url, site_url),
            ]
        return _one(
            handle_id, problems, seen=forms.previewed(), rows=[row for row in rows if row[1] != row[2]]
        )
    kept = forms.once("page.handles.bind", lambda _none: {})

    def work(session: Session) -> None:
        directory.bind_handle(
            session,
            _found(session, handle_id),
            external_id=external_id,
            site_url=site_url,
            actor=visitor().actor,
            now=utc_now(),
        )

    try:
        forms.done_once(kept, work)
    except Conflict:
        problems.add("external_id", _("This id is another account's in the list."))
    except InvalidInput:
        problems.add("external_id", _("Remove the invisible characters."))
    except IllegalAction:
        problems.add("form", _("This is not possible any more. Look at how things stand now."))
    if problems:
        return _one(handle_id, problems), 422
    flash(_("Saved. Both links are looked at within minutes."), "go")
    return see_other(url_for("page_setup_handles.show", handle_id=handle_id))


@blueprint.post("/setup/look-alikes/<uuid:look_alike_id>")
@requires(Permission.DIRECTORY_WRITE)
def dismiss(look_alike_id: UUID) -> Response:
    """Say that an account that looks like ours is harmless."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    kept = forms.once("page.look_alikes.dismiss", lambda _none: {})
    try:
        forms.done_once(
            kept,
            lambda session: official.dismiss(session, look_alike_id, actor=visitor().actor, now=utc_now()),
        )
    except NotFound:
        flash(_("This is not possible any more. Look at how things stand now."), "care")
    else:
        flash(_("It is flagged no more."), "go")
    return see_other(url_for("page_setup_handles.handles"))


def _site(problems: forms.Problems) -> str:
    """Our page, as it was typed, if we would call it."""
    url = forms.text("site_url")[: directory.SITE_MAX_CHARACTERS + 1]
    if url:
        try:
            directory.plain_site(url)
        except UnsafeAddress as error:
            problems.add("site_url", _("This address cannot be called: %(why)s.", why=error.message))
        except InvalidInput:
            problems.add("site_url", _("This address is too long."))
    return url


def _found(session: Session, handle_id: UUID) -> OfficialHandle:
    found = queries.handle_for_update(session, own_brand(), handle_id)
    if found is None:
        raise NotFound("there is no such handle")
    return found


def _one(handle_id: UUID, problems: forms.Problems, *, seen: str = "", rows: Any = ()) -> str:
    with db.transaction() as session:
        it = _found(session, handle_id)
    typed: Any = (
        request.form
        if request.method == "POST"
        else {
            "external_id": it.external_id or "",
            "site_url": it.site_url,
        }
    )
    return render_template(
        "setup_handle.html",
        it=it,
        typed=typed,
        problems=problems.found,
        seen=seen,
        rows=rows,
        results=LINK_RESULTS,
        reasons=LINK_REASONS,
        is_fresh=official.is_fresh(it, now=utc_now()),
        profile=profile_url(it.network, it.handle),
    )


def _page(problems: forms.Problems, *, seen: str = "", line: str = "") -> str:
    now = utc_now()
    with db.transaction() as session:
        found = queries.official_handles(session, own_brand())
    with db.statement() as connection:
        like = official_queries.look_alikes(connection, own_brand(), limit=official.LOOK_ALIKES_SHOWN)
    return render_template(
        "setup_handles.html",
        found=found,
        like=like,
        results=LINK_RESULTS,
        whys=LOOK_ALIKES,
        fresh={one.id for one in found if official.is_fresh(one, now=now)},
        typed=request.form,
        problems=problems.found,
        seen=seen,
        line=line,
    )
