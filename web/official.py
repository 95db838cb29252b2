"""The public page of our accounts on networks: which they are, and whether the one that wrote to you is ours.

For everybody, without sign-in, cookie or script. The question is a POST, so that no handle stands in an
address; it changes nothing, so it needs no token. The documents for machines are made from the same list.
"""

from itertools import groupby
from typing import Any

import orjson
from flask import Response, make_response, render_template, request

from bridge import db
from bridge.clock import utc_now
from bridge.services import official as service
from bridge.settings import settings
from web import forms, words
from web.languages import say as _
from web.sessions import asks_only, pages, public

blueprint = pages("official")

PATH = "/accounts/official"
HANDLE_MOST = 200
_KEPT_SECONDS = 300
_PLAIN = "text/plain; charset=utf-8"


@blueprint.get(PATH)
@public
def accounts() -> Response:
    """The list, and the question."""
    return _page(forms.Problems())


@blueprint.post(PATH)
@public
@asks_only
def ask() -> Response:
    """Whether one account is ours: yes, or not known to us."""
    problems = forms.Problems()
    network, handle = forms.text("network")[:40], forms.text("handle")[:HANDLE_MOST]
    if network not in words.networks():
        problems.add("network", _("Choose one."))
    if not handle:
        problems.add("handle", _("Fill this in."))
    if problems:
        return _page(problems, status=422)
    now = utc_now()
    with db.statement() as connection:
        wait = service.wait_seconds(connection, request.remote_addr or "", now=now, settings=settings())
        if wait:
            problems.add("form", _("Too many questions from here. Wait a minute and ask again."))
        found = not wait and service.is_ours(connection, network, handle, now=now)
    if wait:
        answer = _page(problems, status=429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    return _page(problems, told={"network": network, "handle": handle.removeprefix("@"), "is_ours": found})


@blueprint.get("/.well-known/social-accounts.json")
@public
def document() -> Response:
    """The list for machines."""
    with db.statement() as connection:
        found = service.listed(connection, now=utc_now())
    body = orjson.dumps(service.document(found, base_url=settings().base_url), option=orjson.OPT_INDENT_2)
    return _kept(Response(body + b"\n", content_type="application/json"))


@blueprint.get("/.well-known/trust.txt")
@blueprint.get("/trust.txt")
@public
def trust_text() -> Response:
    """The same as `social=` lines. Source: the Internet-Draft on trust.txt, which expired."""
    with db.statement() as connection:
        found = service.listed(connection, now=utc_now())
    return _kept(Response(service.trust_text(found), content_type=_PLAIN))


def _page(problems: forms.Problems, *, status: int = 200, told: dict[str, Any] | None = None) -> Response:
    now = utc_now()
    with db.statement() as connection:
        found = service.listed(connection, now=now)
    groups = [(name, list(accounts)) for name, accounts in groupby(found, key=lambda one: one.brand)]
    body = render_template(
        "official.html",
        brand=groups[0][0] if len(groups) == 1 else _("Official accounts"),
        title=_("Our official accounts"),
        groups=groups,
        typed=request.form,
        problems=problems.found,
        told=told,
    )
    return make_response(body, status)


def _kept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    return answer
