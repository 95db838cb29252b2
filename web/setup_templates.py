"""Promise templates: what agents promise often, by a short code, with how long its text gets on each network.

A template is a starting point: promises that were made with it stay as they are.
"""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.bidi import apart
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, VersionMismatch
from bridge.filling import KNOWN
from bridge.models import PromiseTemplate
from bridge.promises import Level, PromiseType, Proof
from bridge.roles import Permission, reach
from bridge.services import promise_templates as service
from web import confirming, forms, setup_forms
from web.languages import named
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.redirects import see_other
from web.sessions import pages, require_whole_brand, requires, visitor
from web.template_form import add_problems, differences, template_of_form, template_of_row
from web.template_texts import open_variables, texts_of

blueprint = pages("setup_templates")

TEMPLATE = "/setup/templates/<uuid:template_id>"
FIELDS = ("short_code", "name", "type", "level", "item", "conditions", "note_for_store")


@blueprint.get("/setup/templates")
@requires(Permission.POLICIES_READ)
def templates() -> str:
    """Every template in use, by short code."""
    with db.transaction() as session:
        found = service.in_use(session, visitor().actor)
    return render_template("setup_templates.html", found=found, may_change=_may_change(), most=service.MOST)


@blueprint.post("/setup/templates/starting")
@requires(Permission.POLICIES_MANAGE)
def add_starting() -> Response:
    """Write the templates that a new brand starts with, as far as their short codes are free."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    kept = forms.once("page.templates.starting", lambda count: {"count": count})
    told = forms.done_once(
        kept,
        lambda session: service.add_starting(
            session, visitor().actor, currency=visitor().facts["currency"], now=utc_now()
        ),
    )
    flash(ngettext("%(num)s template added.", "%(num)s templates added.", told["count"]), "go")
    return see_other(url_for("page_setup_templates.templates"))


@blueprint.get("/setup/templates/new")
@requires(Permission.POLICIES_MANAGE)
def new() -> str:
    """The form for a new template."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    return _form_page(None)


@blueprint.post("/setup/templates/new")
@requires(Permission.POLICIES_MANAGE)
def add() -> Response | str | tuple[str, int]:
    """Show the texts, then write a new template."""
    return _saved(None)


@blueprint.get(TEMPLATE)
@requires(Permission.POLICIES_MANAGE)
def edit(template_id: UUID) -> str:
    """The form for a template that is in use."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    return _form_page(template_id)


@blueprint.post(TEMPLATE)
@requires(Permission.POLICIES_MANAGE)
def change(template_id: UUID) -> Response | str | tuple[str, int]:
    """Show the texts, then write a template anew."""
    return _saved(template_id)


@blueprint.post(f"{TEMPLATE}/retire")
@requires(Permission.POLICIES_MANAGE)
def retire(template_id: UUID) -> Response | str:
    """Show, then take a template out of use."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    if not forms.confirmed():
        row = _row(template_id)
        lines = [
            named(row.short_code, apart(row.name)),
            _("It cannot be chosen any more, and its short code is free. Promises stay as they are."),
        ]
        return confirming.page(
            _("Retire a template"),
            lines,
            button=_("Retire"),
            back=url_for("page_setup_templates.templates"),
            stops=True,
        )
    kept = forms.once("page.templates.retire", lambda _row: {})

    def work(session: Session) -> PromiseTemplate:
        version = forms.whole("version") or 0
        return service.retire(session, visitor().actor, template_id, if_version=version, now=utc_now())

    try:
        forms.done_once(kept, work)
    except VersionMismatch:
        flash(_("Somebody changed this template meanwhile. Look at it, then retire it again."), "care")
    except NotFound:
        flash(_("Somebody retired it meanwhile."), "info")
    else:
        flash(_("Retired."), "go")
    return see_other(url_for("page_setup_templates.templates"))


@blueprint.post("/setup/templates/preview")
@requires(Permission.POLICIES_MANAGE)
def preview() -> str:
    """The texts as a piece of a page, for the module that asks while somebody types."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    problems = forms.Problems()
    template = template_of_form(problems)
    return render_template(
        "_template_preview.html",
        texts=texts_of(template) if template else [],
        open_variables=open_variables(template) if template else (),
        problems=problems.found,
    )


def _saved(template_id: UUID | None) -> Response | str | tuple[str, int]:
    require_whole_brand(Permission.POLICIES_MANAGE)
    problems = forms.Problems()
    template = template_of_form(problems)
    if template is not None:
        try:
            service.check(template)
        except InvalidInput as error:
            add_problems(problems, error)
    if problems or template is None:
        return _form_page(template_id, problems), 422
    if not forms.confirmed():
        return _form_page(template_id, template=template, seen=forms.previewed())
    kept = forms.once("page.templates.save", lambda row: {"id": str(row.id)})

    def work(session: Session) -> PromiseTemplate:
        actor, now = visitor().actor, utc_now()
        if template_id is None:
            return service.add(session, actor, template, currency=visitor().facts["currency"], now=now)
        version = forms.whole("version") or 0
        return service.change(session, actor, template_id, template, if_version=version, now=now)

    try:
        forms.done_once(kept, work)
    except Conflict:
        problems.add("short_code", _("Another template has this short code, or there are too many."))
        return _form_page(template_id, problems), 422
    except VersionMismatch:
        said = _(
            "Somebody changed this template meanwhile, and nothing was saved. Save with preview shows both."
        )
        problems.add("form-version", said)
        return _form_page(template_id, problems, template=template, is_overtaken=True), 422
    except NotFound:
        problems.add("form-version", _("Somebody retired it meanwhile."))
        return _form_page(None, problems, template=template), 422
    flash(_("Saved. Agents can choose it now."), "go")
    return see_other(url_for("page_setup_templates.templates"))


def _row(template_id: UUID) -> PromiseTemplate:
    with db.transaction() as session:
        found = [one for one in service.in_use(session, visitor().actor) if one.id == template_id]
    if not found:
        raise NotFound("there is no such template")
    return found[0]


def _may_change() -> bool:
    return reach(visitor().actor, Permission.POLICIES_MANAGE) is None


def _form_page(
    template_id: UUID | None,
    problems: forms.Problems | None = None,
    *,
    template: service.Template | None = None,
    seen: str = "",
    is_overtaken: bool = False,
) -> str:
    """The form; the version that it goes with is the one that was read, or after a refusal the one of now."""
    row = _row(template_id) if template_id is not None else None
    typed: Any = request.form
    waives = request.form.getlist("waives")
    if request.method == "GET" and row is not None:
        typed = {name: getattr(row, name) for name in FIELDS}
        typed["amount_minor"] = setup_forms.written_amount(row.amount_minor, row.currency)
        typed["percent"] = f"{row.percent_hundredths / 100:g}" if row.percent_hundredths else ""
        waives = row.waives
        template = template_of_row(row)
    return render_template(
        "setup_template.html",
        row=row,
        version=row.version if row and (is_overtaken or request.method == "GET") else forms.whole("version"),
        typed=typed,
        waives=waives,
        types=list(PromiseType),
        levels=list(Level),
        proofs=list(Proof),
        currency=visitor().facts["currency"],
        known=KNOWN,
        texts=texts_of(template) if template else [],
        open_variables=open_variables(template) if template else (),
        rows=differences(row, template) if row and template and seen else [],
        seen=seen,
        problems=problems.found if problems else {},
    )
