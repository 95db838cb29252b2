"""A promise template as a form says it: read, refused place by place, and compared with the one of now."""

from typing import Any

from bridge.errors import InvalidInput
from bridge.models import PromiseTemplate
from bridge.promises import Level, PromiseType, Proof
from bridge.services import promise_templates as service
from web import forms, setup_forms, words
from web.languages import say as _
from web.sessions import visitor
from web.shown import money, word


def template_of_form(problems: forms.Problems) -> service.Template | None:
    """The template that the form describes; None when something is missing."""
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


def add_problems(problems: forms.Problems, error: InvalidInput) -> None:
    """Say what the service refused at the field that it belongs to."""
    said = {
        "short_code": _("Use up to 20 letters, digits and dashes."),
        "amount_minor": _("This kind of promise has no amount. Leave it empty."),
        "percent_hundredths": _("Write a percentage from 0.01 to 100, for a discount in percent."),
    }
    fields: Any = error.details.get("fields", {})
    for name in fields:
        place = "percent" if name == "percent_hundredths" else name
        problems.add(place, said.get(name, _("Use other words here: one line, not too long.")))


def template_of_row(row: PromiseTemplate) -> service.Template:
    """A stored template as it was written."""
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


def differences(row: PromiseTemplate, template: service.Template) -> list[tuple[str, str, str]]:
    """What a save changes: what, now, then."""
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
