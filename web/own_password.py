"""Choose a password of one's own: the only page for whoever signed in with a start password."""

from http import HTTPStatus

from flask import Response, flash, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from bridge.services import start_passwords
from bridge.settings import settings
from web import cookies, forms
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, safe_next, signed_in, visitor, without_own_password

blueprint = pages("own_password")


@blueprint.get("/password")
@without_own_password
@signed_in
def form() -> Response | str:
    """The form; whoever has chosen already goes on."""
    return _page({}) if visitor().facts["has_start_password"] else see_other(_wanted())


@blueprint.post("/password")
@without_own_password
@signed_in
def choose() -> Response | tuple[str, int]:
    """Keep the new password, and let the session in."""
    if not visitor().facts["has_start_password"]:
        return see_other(_wanted())
    problems = forms.Problems()
    password = request.form.get("password", "")[: LONGEST_PASSWORD + 1]
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        problems.add(
            "password",
            _(
                "Use %(least)s to %(most)s characters.",
                least=SHORTEST_PASSWORD,
                most=LONGEST_PASSWORD,
            ),
        )
    elif password != request.form.get("again", "")[: LONGEST_PASSWORD + 1]:
        problems.add("again", _("The two passwords are not the same."))
    if not problems:
        try:
            with db.transaction() as work:
                token, ends_at = start_passwords.choose(
                    work, visitor().actor, password, now=utc_now(), settings=settings()
                )
        except InvalidInput:
            problems.add("password", _("Choose another one than the start password."))
    if problems:
        return _page(problems.found), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("This is your password from now on."), "go")
    answer = see_other(_wanted())
    cookies.keep(answer, cookies.SESSION, token, expires=ends_at)
    return answer


def _wanted() -> str:
    return safe_next(request.values.get("next", "")) or url_for("page_accounts.home")


def _page(problems: dict[str, str]) -> str:
    return render_template(
        "own_password.html",
        problems=problems,
        next=safe_next(request.values.get("next", "")) or "",
        least=SHORTEST_PASSWORD,
    )
