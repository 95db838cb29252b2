"""What the pages about errors say: what happened, what is saved, what to do, whom to ask.

Nobody is blamed, and no word is one that only programmers know.
"""

from dataclasses import dataclass
from http import HTTPStatus

from babel.lists import format_list
from flask import g

from bridge.roles import Permission, Role, roles_with
from web import words
from web.languages import language
from web.languages import say as _


@dataclass(frozen=True, slots=True)
class Told:
    """One page about an error; an empty line is left out."""

    title: str
    words: str
    ask: str = ""


def told(status: int, code: str, permission: str = "") -> Told:
    """The page for an error, by its code where that says more than its status."""
    if (special := _by_code(code)) is not None:
        return special
    if status == HTTPStatus.FORBIDDEN:
        return Told(
            _("Your role does not include this page"),
            _("Nothing is wrong with your sign-in, and nothing was changed."),
            _who_can(permission),
        )
    if status in _BY_STATUS:
        return _BY_STATUS[HTTPStatus(status)]()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Told(
            _("Something failed on our side"),
            _("Nothing was changed. Go back and send it again; it will not count twice."),
            _at_the_counter(),
        )
    return Told(
        _("This could not be done"),
        _("Nothing was changed. Go back, check what you entered and try again."),
    )


def offline() -> Told:
    """The page that a browser keeps for when there is no network."""
    return Told(
        _("No connection"),
        _("This device has no network right now. What you sent before is saved; nothing else was sent."),
        _at_the_counter(),
    )


def _at_the_counter() -> str:
    return _("At the counter: write the code down, and treat it as not confirmed until this page answers.")


def _by_code(code: str) -> Told | None:
    if code == "idempotency_key_reused":
        return Told(
            _("This form was already sent"),
            _("It was sent before with other values, and that is what counts. Open the page again."),
        )
    if code == "four_eyes":
        return Told(
            _("Somebody else has to approve this"),
            _("It is your own promise, or it is larger than your own limit. Nothing was changed."),
        )
    if code == "version_mismatch":
        return Told(
            _("This changed a moment ago"),
            _("Somebody else acted first. Nothing of yours was saved. Open it again to see it as it is now."),
        )
    if code in {"illegal_action", "conflict"}:
        return Told(
            _("This is not possible any more"),
            _(
                "Somebody else acted first, or the time for it is over. "
                "Nothing of yours was saved. Open it again to see it as it is now."
            ),
        )
    return None


def _too_old() -> Told:
    return Told(
        _("This form is too old"),
        _("The page was open for a long time or came from elsewhere. Go back, reload it and try again."),
    )


def _not_found() -> Told:
    return Told(
        _("Page not found"),
        _("Check the address, or start again from your first page. It may belong to somebody else."),
    )


def _not_like_that() -> Told:
    return Told(
        _("This page cannot be opened like that"),
        _("It is the answer to a form. Go to your first page and start again."),
    )


def _too_much() -> Told:
    return Told(_("That is too much text"), _("Shorten it and send it again. Nothing was saved."))


def _too_many() -> Told:
    return Told(_("Too many tries"), _("Wait a moment and try again. Nothing was changed."))


def _away() -> Told:
    return Told(
        _("The service cannot answer right now"),
        _("Nothing was changed. Wait a few seconds and send it again; it will not count twice."),
        _at_the_counter(),
    )


_BY_STATUS = {
    HTTPStatus.BAD_REQUEST: _too_old,
    HTTPStatus.NOT_FOUND: _not_found,
    HTTPStatus.GONE: _not_found,
    HTTPStatus.METHOD_NOT_ALLOWED: _not_like_that,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _too_much,
    HTTPStatus.TOO_MANY_REQUESTS: _too_many,
    HTTPStatus.SERVICE_UNAVAILABLE: _away,
}


def _who_can(permission: str) -> str:
    """Whose work the page is, and whom the visitor asks for it."""
    try:
        holders = [role for role in roles_with(Permission(permission)) if role != Role.INTEGRATION]
    except ValueError:
        return _ask()
    names = [str(words.ROLES[Role(role)]) for role in holders]
    if not names:
        return _ask()
    listed = format_list(names, style="or", locale=language())
    return _("For: %(roles)s.", roles=listed) + " " + _ask()


def _ask() -> str:
    visitor = g.get("visitor")
    if visitor is not None and visitor.actor.store_id is not None:
        return _("Ask your manager to do it, or an administrator to change your role.")
    if visitor is not None and visitor.may("intake.read"):
        return _("Ask your lead to do it, or an administrator to change your role.")
    return _("Ask an administrator if it should be part of your role.")
