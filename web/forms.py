"""Reading a plain form: texts, amounts, dates, and the key that makes it count once.

A rendered form carries a random key. Sent twice, it has one effect and one answer; the answer
that is stored beside the act is a small JSON from which the page is drawn again.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any
from uuid import UUID

import orjson
from babel.numbers import get_currency_precision
from flask import request
from sqlmodel import Session

from bridge.errors import MalformedRequest
from bridge.idempotency import Once, Replayed, fingerprint
from bridge.services import once as each_once
from bridge.settings import settings
from bridge.vault import Vault
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.sessions import visitor

LARGEST_DIGITS = 8
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_LENGTH = re.compile(r"(?:Longer than maximum length|Length must be between \d+ and) (\d+)\.")
_NOT_IN_FINGERPRINT = frozenset({"csrf_token", "key"})
_NOT_PREVIEWED = _NOT_IN_FINGERPRINT | {"do", "seen"}


@dataclass
class Problems:
    """What is wrong with a form, by field, in the order in which it was found."""

    found: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, message: str) -> None:
        """Note a problem; the first one of a field is the one shown."""
        self.found.setdefault(name, message)

    def add_all(self, nested: Any, *, names: Callable[[tuple[str, ...]], str]) -> None:
        """Note what marshmallow or a service said; `names` turns a path into a field's name."""
        for path, message in _flat(nested, ()):
            self.add(names(path), worded(message))

    def __bool__(self) -> bool:
        return bool(self.found)


def text(name: str, *, default: str = "") -> str:
    """A field's text, trimmed, with plain line ends (browsers send CR LF)."""
    return request.form.get(name, default).replace("\r\n", "\n").replace("\r", "\n").strip()


def truth(name: str) -> bool:
    """Whether a box is ticked."""
    return name in request.form


def uuid(name: str) -> UUID | None:
    """A field's id, None when it is empty. Raises MalformedRequest for anything else: no person typed it."""
    given = request.form.get(name, "")
    if not given:
        return None
    try:
        return UUID(given)
    except ValueError as error:
        raise MalformedRequest("a hidden field was changed") from error


def whole(name: str) -> int | None:
    """A small whole number out of a hidden field. Raises MalformedRequest."""
    given = request.form.get(name, "")
    if not given:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise MalformedRequest("a hidden field was changed")
    return int(given)


def minor_units(written: str, currency: str) -> int | None:
    """An amount as people write it, in minor units; None when it is not one.

    Either no decimals or all of them, after a point or a comma; no sign, no grouping, so that
    1,000 is never read as 1 and never as 1000.
    """
    places = get_currency_precision(currency)
    decimals = rf"(?:[.,]([0-9]{{{places}}}))?" if places else "()"
    match = re.fullmatch(rf"([0-9]{{1,{LARGEST_DIGITS}}}){decimals}", written)
    return int(match[1] + (match[2] or "0" * places)) if match else None


def amount_problem(currency: str) -> str:
    """What to say about an amount that cannot be read."""
    example = "15.00" if get_currency_precision(currency) else "15"
    return _("Write the amount like %(example)s, without a sign or a space.", example=example)


def new_key() -> str:
    """The key of a freshly rendered form."""
    return secrets.token_urlsafe(18)


def once(route: str, tell: Callable[[Any], dict[str, Any]]) -> Once[Any]:
    """This form as an act that takes effect once; `tell` makes the small JSON that is kept."""
    key = request.form.get("key", "")
    if not _KEY.fullmatch(key):
        raise MalformedRequest("this form has no key")
    values = sorted((n, v) for n, v in request.form.items(multi=True) if n not in _NOT_IN_FINGERPRINT)
    return Once(
        key=key,
        route=route,
        fingerprint=fingerprint(orjson.dumps([request.path, values]), pepper=settings().code_pepper),
        render=lambda result: (200, orjson.dumps(tell(result))),
        vault=vault(),
    )


def done_once(kept: Once[Any], work: Callable[[Session], Any]) -> dict[str, Any]:
    """Do `work` in one transaction, once for this form, in the visitor's name; what `tell` made of it."""
    principal = visitor().actor.credential_id
    assert principal is not None
    return told(kept, each_once.in_transaction(kept, work, principal=principal))


def previewed() -> str:
    """What tells this form's values from others: it goes along with a preview, and has to come back."""
    values = sorted((n, v) for n, v in request.form.items(multi=True) if n not in _NOT_PREVIEWED)
    return fingerprint(orjson.dumps([request.path, values]), pepper=settings().code_pepper).hex()


def confirmed() -> bool:
    """Whether the visitor saw the preview of exactly these values and says: save."""
    return text("do") == "save" and compare_digest(text("seen"), previewed())


def told(kept: Once[Any], result: object) -> dict[str, Any]:
    """What `tell` made of the result, now or when the form was sent before."""
    body = result.body if isinstance(result, Replayed) else kept.rendered(result)[1]
    answer: dict[str, Any] = orjson.loads(body)
    return answer


def vault() -> Vault:
    """The vault with the configured keys."""
    return Vault(settings().encryption_keys)


def worded(message: str) -> str:
    """A validation message in the reader's language."""
    if match := _LENGTH.fullmatch(message):
        longest = int(match[1])
        return ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", longest)
    known = {
        "Missing data for required field.": _("Fill this in."),
        "Say something here.": _("Fill this in."),
        "Control characters are not allowed here.": _("Remove the invisible characters."),
        "Not a valid integer.": _("Write a whole number."),
        "say the most that this may cost": _("Say the most that this may cost."),
        "this kind of promise has no amount": _("This kind of promise has no amount. Leave it empty."),
        "the end must lie after the start, within a year": _("Choose a day within the next year."),
        "too far": _("Choose a day within the next year."),
        "no store has this number": _("No store has this number."),
        "no such store": _("No store has this number."),
        "give two to six digits": _("Give two to six digits."),
        "give a short word": _("Give a short word."),
        "must be positive": _("Write an amount above zero."),
        "say what the reason is": _("Say what the reason is."),
        "choose a reason": _("Choose a reason."),
        "A handle has no spaces.": _("A handle has no spaces."),
        "not of this device's store": _("This device belongs to another store. Sign in on one of yours."),
        "this browser was shut out": _("A manager shut this browser out of the store."),
        "this name is taken": _("A paired device has this name."),
        "use 6 to 10 digits": _("Use 6 to 10 digits."),
        "too easy to guess": _("That is too easy to guess. No rows, no repeats."),
        "not the start code": _("Choose another one than the start code."),
        "not your store": _("You do not work at that store."),
        "Paste the address of what you posted.": _("Paste the address of what you posted."),
        "That is an address of another network, or of no single post.": _(
            "That is an address of another network, or of no single post."
        ),
        "Paste the address that the post has on our own server.": _(
            "Paste the address that the post has on our own server."
        ),
        "That is the customer's own post. Paste the address of your answer.": _(
            "That is the customer's own post. Paste the address of your answer."
        ),
        "That answer stands in another conversation.": _("That answer stands in another conversation."),
        "Look in the conversation first: if it is there, sending it again makes a second one.": _(
            "Look in the conversation first: if it is there, sending it again makes a second one."
        ),
    }
    return known.get(message, message)


def _flat(nested: Any, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], str]]:
    if isinstance(nested, dict):
        for name, inner in nested.items():
            yield from _flat(inner, (*path, str(name)))
    elif isinstance(nested, list | tuple):
        for message in nested:
            yield path, str(message)
    else:
        yield path, str(nested)
