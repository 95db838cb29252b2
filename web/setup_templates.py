"""Promise templates: what agents promise often, by a short code, with how long its text gets on each network.

A template is a starting point: promises that were made with it stay as they are.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, VersionMismatch
from bridge.filling import KNOWN, unfilled
from bridge.lengths import Length
from bridge.models import PromiseTemplate
from bridge.promises import Level, PromiseType, Proof
from bridge.roles import Permission, reach
from bridge.services import message_templates
from bridge.services import promise_templates as service
from bridge.texts import LOCALES, PromiseFacts, customer_texts, promise_phrase
from web import confirming, forms, setup_forms, words
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.shown import money, word

blueprint = pages("setup_templates")

TEMPLATE = "/setup/templates/<uuid:template_id>"
CHANNELS = ("x", "bluesky", "mastodon", "sms", "email")
FIELDS = ("short_code", "name", "type", "level", "item", "conditions", "note_for_store")


@dataclass(frozen=True, slots=True)
class Written:
    """The private message of a promise made with the template, in one language, and how long it is where."""

    locale: str
    text: str
    lengths: list[tuple[str, Length]]


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
            f"{row.short_code}: {row.name}",
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
    template = _template(problems)
    return render_template(
        "_template_preview.html",
        texts=_texts(template) if template else [],
        open_variables=_open(template) if template else (),
        problems=problems.found,
    )


def _saved(template_id: UUID | None) -> Response | str | tuple[str, int]:
    require_whole_brand(Permission.POLICIES_MANAGE)
    problems = forms.Problems()
    template = _template(problems)
    if template is not None:
        try:
            service.check(template)
        except InvalidInput as error:
            _add(problems, error)
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


def _template(problems: forms.Problems) -> service.Template | None:
    currency = visitor().facts["currency"]
    code = setup_forms.needed("short_code", 20, problems)
    name = setup_forms.needed("name", 80, problems)
    kind = setup_forms.chosen("type", PromiseType, problems)
    level = setup_forms.chosen("level", Level, problems)
    amount = setup_forms.amount("amount_minor", currency, problems)
    percent = setup_forms.percent("percent", problems)
    if problems:
        return None
    return service.Template(
        short_code=code,
        name=name,
        type=kind,
        level=level,
        item=forms.text("item"),
        conditions=forms.text("conditions"),
        note_for_store=forms.text("note_for_store"),
        waives=frozenset(setup_forms.ticked("waives", Proof)),
        amount_minor=amount,
        percent_hundredths=percent,
    )


def _add(problems: forms.Problems, error: InvalidInput) -> None:
    said = {
        "short_code": _("Use up to 20 letters, digits and dashes."),
        "amount_minor": _("This kind of promise has no amount. Leave it empty."),
        "percent_hundredths": _("Write a percentage from 0.01 to 100, for a discount in percent."),
    }
    fields: Any = error.details.get("fields", {})
    for name in fields:
        place = "percent" if name == "percent_hundredths" else name
        problems.add(place, said.get(name, _("Use other words here: one line, not too long.")))


def _texts(template: service.Template) -> list[Written]:
    """The private message in each language; a promise without its measure is worded without it."""
    with db.statement() as connection:
        wording = message_templates.in_force(connection.execute, own_brand())
    found = []
    for locale in LOCALES:
        facts = _facts(template, locale)
        texts = {channel: customer_texts(facts, locale, channel, wording=wording) for channel in CHANNELS}
        lengths = [(channel, texts[channel].private_length) for channel in CHANNELS]
        found.append(Written(locale, texts["email"].private, lengths))
    return found


def _facts(template: service.Template, locale: str) -> PromiseFacts:
    try:
        phrase = promise_phrase(
            template.type,
            template.item,
            amount_minor=template.amount_minor,
            currency=visitor().facts["currency"],
            percent=Decimal(template.percent_hundredths) / 100 if template.percent_hundredths else None,
            locale=locale,
        )
    except InvalidInput:
        phrase = template.item or template.name
    example = message_templates.example(visitor().facts["brand_name"], locale, utc_now())
    return replace(example, what=phrase)


def _open(template: service.Template) -> tuple[str, ...]:
    names = unfilled(template.item, template.conditions, template.note_for_store)
    return tuple(name for name in names if name not in KNOWN)


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
        template = _of_row(row)
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
        texts=_texts(template) if template else [],
        open_variables=_open(template) if template else (),
        rows=_differences(row, template) if row and template and seen else [],
        seen=seen,
        problems=problems.found if problems else {},
    )


def _of_row(row: PromiseTemplate) -> service.Template:
    return service.Template(
        short_code=row.short_code,
        name=row.name,
        type=row.type,
        level=row.level,
        item=row.item,
        conditions=row.conditions,
        note_for_store=row.note_for_store,
        waives=frozenset(Proof(one) for one in row.waives),
        amount_minor=row.amount_minor,
        percent_hundredths=row.percent_hundredths,
    )


def _differences(row: PromiseTemplate, template: service.Template) -> list[tuple[str, str, str]]:
    currency = row.currency
    shown = [
        (_("Short code"), row.short_code, template.short_code),
        (_("Name"), row.name, template.name),
        (_("Kind"), word(row.type, words.TYPES), word(template.type, words.TYPES)),
        (_("How much it binds"), word(row.level, words.LEVELS), word(template.level, words.LEVELS)),
        (_("Item"), row.item, template.item),
        (_("Conditions"), row.conditions, template.conditions),
        (_("Note to the store"), row.note_for_store, template.note_for_store),
        (_("Amount"), _amount(row.amount_minor, currency), _amount(template.amount_minor, currency)),
        (_("Percent"), str(row.percent_hundredths or ""), str(template.percent_hundredths or "")),
        (
            _("Waives"),
            ", ".join(word(one, words.PROOFS) for one in row.waives),
            ", ".join(word(one, words.PROOFS) for one in sorted(template.waives)),
        ),
    ]
    return [one for one in shown if one[1] != one[2]]


def _amount(minor: int | None, currency: str) -> str:
    return money(minor, currency) if minor is not None else ""
