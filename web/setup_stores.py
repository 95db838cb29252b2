"""Stores: the list, one store's page, and the import of a file that is looked at before it counts.

An import has two forms: the first sends the file, the second applies exactly what was shown.
"""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction, InvalidInput, MalformedRequest, NotFound
from bridge.models import OrgUnit, Store
from bridge.queries import directory as stores_of
from bridge.queries import setup_lists as lists
from bridge.roles import Permission
from bridge.services import directory, store_files
from bridge.settings import settings
from bridge.store_files import COLUMNS, NEEDED
from web import forms, listing
from web.languages import say as _
from web.redirects import see_other
from web.sessions import accepts, own_brand, pages, require_whole_brand, requires, visitor
from web.setup_words import STORE_FIELDS
from web.shown import word

blueprint = pages("setup_stores")

STORE = "/setup/stores/<string(maxlength=40):number>"
SHOWN_ROWS = 200
SHOWS = ("closed", "no_counter", "no_phone")


@blueprint.get("/setup/stores")
@requires(Permission.DIRECTORY_WRITE)
def stores() -> str:
    """All stores by number, found by number, name, city, state or zip."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    show = request.args.get("show", "")
    with db.statement() as connection:
        found = lists.stores(
            connection,
            own_brand(),
            text=request.args.get("q", ""),
            show=show if show in SHOWS else "",
            page=listing.asked_page(),
            now=utc_now(),
        )
    return render_template(
        "setup_stores.html", found=found.rows, next_path=listing.next_path(has_more=found.has_more)
    )


@blueprint.get("/setup/stores/import")
@requires(Permission.DIRECTORY_WRITE)
def import_form() -> str:
    """The form that sends a file."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    return _import_page({})


@blueprint.post("/setup/stores/import")
@requires(Permission.DIRECTORY_WRITE)
@accepts(lambda: settings().stores_import_max_bytes)
def receive() -> Response | tuple[str, int]:
    """Keep the file and show what it would change."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    sent = request.files.get("file")
    content = b""
    if sent is not None:
        content = sent.read()
        sent.close()  # a large one lies in a file of its own
    if sent is None or not content:
        return _import_page({"file": _("Choose a file that is not empty.")}), 422
    try:
        # Sending it twice keeps the second: no key is needed.
        with db.transaction() as session:
            looked = store_files.receive(
                session, visitor().actor, sent.filename or "", content, now=utc_now()
            )
    except MalformedRequest as error:
        return _import_page({"file": _("The file cannot be read: %(why)s.", why=error.message)}), 422
    except Conflict:
        return _import_page({"file": _busy()}), 422
    return see_other(url_for("page_setup_stores.look", file_id=looked.file.id))


@blueprint.get("/setup/stores/import/<uuid:file_id>")
@requires(Permission.DIRECTORY_WRITE)
def look(file_id: UUID) -> Response | str:
    """What applying the file would change now."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    try:
        return _look_page(file_id)
    except Conflict:
        flash(_("This file was applied already, or another import runs."), "info")
        return see_other(url_for("page_setup_stores.stores"))


@blueprint.post("/setup/stores/import/<uuid:file_id>")
@requires(Permission.DIRECTORY_WRITE)
def apply(file_id: UUID) -> Response | tuple[str, int]:
    """Apply exactly what was shown."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    plan = _plan()
    kept = forms.once(
        "page.stores.apply",
        lambda done: {"created": done.created, "updated": done.updated, "refused": len(done.refused)},
    )
    try:
        told = forms.done_once(
            kept,
            lambda session: store_files.apply(session, visitor().actor, file_id, plan=plan, now=utc_now()),
        )
    except Conflict:
        try:
            page = _look_page(file_id, {"form": _("It would do something else by now. Look at it again.")})
        except Conflict:
            flash(_("This file was applied already, or another import runs."), "info")
            return see_other(url_for("page_setup_stores.stores"))
        return page, 409
    said = _(
        "Done: %(created)s new, %(updated)s changed, %(refused)s left out.",
        created=told["created"],
        updated=told["updated"],
        refused=told["refused"],
    )
    flash(said, "go")
    return see_other(url_for("page_setup_stores.stores"))


@blueprint.get(STORE)
@requires(Permission.DIRECTORY_WRITE)
def store(number: str) -> str:
    """One store: what the file says, what is changed by hand, who works there."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    return _store_page(number)


@blueprint.post(STORE)
@requires(Permission.DIRECTORY_WRITE)
def change(number: str) -> Response | tuple[str, int] | str:
    """Show what would change, or change it."""
    require_whole_brand(Permission.DIRECTORY_WRITE)
    problems = forms.Problems()
    wanted = _wanted(problems)
    if problems:
        return _store_page(number, problems), 422
    if not forms.confirmed():
        return _store_page(number, wanted=wanted)
    kept = forms.once("page.stores.change", lambda _none: {})

    def work(session: Session) -> None:
        found = _of_number(session, number)
        directory.change_store(session, found, wanted, actor=visitor().actor, now=utc_now())

    forms.done_once(kept, work)
    flash(_("Saved."), "go")
    return see_other(url_for("page_setup_stores.store", number=number))


def _wanted(problems: forms.Problems) -> dict[str, Any]:
    services = [line.strip() for line in forms.text("services").split("\n") if line.strip()]
    try:
        return directory.wanted_store(
            phone=forms.text("phone"),
            services=services,
            has_counter=forms.truth("has_counter"),
            accepts=forms.truth("accepts_escalations"),
        )
    except IllegalAction:
        problems.add("accepts_escalations", _("A store without a staff counter takes no promises."))
    except InvalidInput as error:
        fields: Any = error.details.get("fields", {})
        for name in fields:
            problems.add(name, _("Use other words here: visible signs, and not too many."))
    return {}


def _store_page(
    number: str, problems: forms.Problems | None = None, wanted: dict[str, Any] | None = None
) -> str:
    now = utc_now()
    with db.transaction() as session:
        found = _of_number(session, number)
        units = [session.get_one(OrgUnit, unit_id) for unit_id in found.unit_path]
    with db.statement() as connection:
        staff = lists.staff(connection, found.org_unit_id, now=now)
    typed: Any = request.form
    if request.method != "POST":
        typed = {"phone": found.phone, "services": "\n".join(found.services)}
        typed |= {name: "on" for name in ("has_counter", "accepts_escalations") if getattr(found, name)}
    changes = None
    if wanted is not None:
        changes = [
            (word(name, STORE_FIELDS), _shown(getattr(found, name)), _shown(value))
            for name, value in wanted.items()
            if getattr(found, name) != value
        ]
    return render_template(
        "setup_store.html",
        store=found,
        units=[unit for unit in units if unit.kind != "store"],
        staff=staff,
        typed=typed,
        changes=changes,
        seen=forms.previewed() if changes is not None else "",
        problems=problems.found if problems else {},
    )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(value) if isinstance(value, list) else str(value)


def _import_page(problems: dict[str, str]) -> str:
    return render_template(
        "setup_import.html",
        problems=problems,
        columns=COLUMNS,
        needed=NEEDED,
        most_bytes=settings().stores_import_max_bytes,
    )


def _look_page(file_id: UUID, problems: dict[str, str] | None = None) -> str:
    with db.transaction() as session:
        looked = store_files.look(session, visitor().actor, file_id, now=utc_now())
    return render_template(
        "setup_import_look.html",
        file=looked.file,
        report=looked.report,
        has_moved=looked.has_moved,
        shown=SHOWN_ROWS,
        fields=STORE_FIELDS,
        problems=problems or {},
    )


def _plan() -> bytes:
    try:
        return bytes.fromhex(forms.text("plan"))
    except ValueError as error:
        raise MalformedRequest("a hidden field was changed") from error


def _busy() -> str:
    return _("Another import of stores is running. Try again when it has ended.")


def _of_number(session: Session, number: str) -> Store:
    found = stores_of.store_by_number(session, own_brand(), number)
    if found is None:
        raise NotFound("no store has this number")
    return found
