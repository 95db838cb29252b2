"""The customer's page: contest a result, once, by the link that the agent sent.

Opening the address changes nothing, so that a link preview cannot use it up. A link that is
unknown, used or over looks the same in every case. The page says a number and a store, and
nothing about anybody. Addresses are never logged.
"""

from hashlib import sha256

from flask import Response, g, make_response, render_template, request

from bridge import db
from bridge.clock import utc_now
from bridge.services import appealing
from bridge.settings import settings
from web import forms
from web.case_forms import needed
from web.languages import say as _
from web.sessions import pages, public

blueprint = pages("appeals")
TEXT_MAX_CHARACTERS = 2000
LONGEST_TOKEN = 100


@blueprint.get("/appeal/<token>")
@public
def show(token: str) -> Response:
    """The form, or that this link does not work."""
    return _page(token, forms.Problems())


@blueprint.post("/appeal/<token>")
@public
def file(token: str) -> Response:
    """Take the appeal."""
    address = sha256((request.remote_addr or "").encode()).hexdigest()[:24]
    with db.statement() as connection:
        wait = appealing.pause_seconds(connection, address, now=utc_now(), settings=settings())
    if wait:
        answer = _plain(_("Too many tries. Wait a minute and send it again."), status=429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    problems = forms.Problems()
    text = needed("appeal_text", TEXT_MAX_CHARACTERS, problems)
    if problems:
        return _page(token, problems, status=422)
    with db.act() as act:
        taken = appealing.file(act, token[:LONGEST_TOKEN], text=text, now=utc_now(), request_id=g.request_id)
    if not taken:
        return _gone()
    return _plain(
        _("Thank you. Somebody who was not involved looks at it now. We answer you where you wrote to us.")
    )


def _page(token: str, problems: forms.Problems, *, status: int = 200) -> Response:
    with db.statement() as connection:
        found = appealing.open_link(connection, token[:LONGEST_TOKEN], now=utc_now())
    if found is None:
        return _gone()
    body = render_template("appeal.html", it=found, problems=problems.found, said="")
    return make_response(body, status)


def _gone() -> Response:
    words = _("This link does not work any more. Ask the person who sent it to you.")
    return _plain(words, status=404)


def _plain(said: str, *, status: int = 200) -> Response:
    return make_response(render_template("appeal.html", it=None, problems={}, said=said), status)
