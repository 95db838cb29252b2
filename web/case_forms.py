"""Reading the forms of a case, and saying at the right field what a service refused."""

from typing import Any

from bridge.errors import BridgeError, FourEyes, NotPermitted
from bridge.reasons import TransferReason
from web import forms, words
from web.languages import say as _
from web.shown import word


def needed(name: str, longest: int, problems: forms.Problems) -> str:
    """A text that has to be there."""
    given = optional(name, longest, problems)
    if not given:
        problems.add(name, _("Fill this in."))
    return given


def optional(name: str, longest: int, problems: forms.Problems) -> str:
    """A text of at most so many characters, without invisible ones."""
    given = forms.text(name)
    if len(given) > longest:
        problems.add(name, forms.worded(f"Longer than maximum length {longest}."))
    if any(ord(sign) < ord(" ") and sign not in "\n\t" for sign in given):
        problems.add(name, forms.worded("Control characters are not allowed here."))
    return given


def chosen(name: str, vocabulary: Any, problems: forms.Problems) -> Any:
    """One of a closed list."""
    given = forms.text(name)
    if given in set(vocabulary):
        return vocabulary(given)
    problems.add(name, _("Choose one."))
    return None


def offered_move(problems: forms.Problems) -> dict[str, Any]:
    """What a form says about a move to another store."""
    return {
        "to_number": needed("to_store", 12, problems).upper(),
        "reason": chosen("transfer_reason", TransferReason, problems),
        "note": optional("transfer_note", 500, problems),
    }


def said(error: BridgeError, problems: forms.Problems, names: dict[str, str]) -> None:
    """Put what a service refused at its field, or over the form, in the reader's language."""
    fields: Any = error.details.get("fields", {})
    for name in fields:
        problems.add(names.get(str(name), str(name)), _FIELDS.get(str(name), _("Use other words here.")))
    if fields:
        return
    reasons: Any = error.details.get("reasons", ())
    for reason in reasons:
        problems.add(f"form-{reason}", word(reason, words.APPROVAL_REASONS))
    if isinstance(error, FourEyes):
        problems.add("form", _("Your own right does not cover this; ask somebody whose right does."))
    elif isinstance(error, NotPermitted):
        problems.add("form", _("This case belongs to somebody else. Ask its agent or a lead."))
    else:
        problems.add("form", _("This is not possible now. Somebody else acted first, or a limit is reached."))


class _Words:
    """Lazy, because the language is known only while a page is drawn."""

    def get(self, name: str, other: str) -> str:
        return {
            "valid_until": _("Choose a later day, within the allowed time."),
            "to_store": _("Choose another store that takes cases."),
            "cause": _("Choose one."),
            "duplicate_of_id": _("There is no promise with this number."),
        }.get(name, other)


_FIELDS = _Words()
