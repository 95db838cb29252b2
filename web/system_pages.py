"""Addresses that machines and browsers ask for by themselves: security.txt, robots.txt, the icon, no network.

None of them asks the database. Source of the format: RFC 9116.
"""

from datetime import timedelta

from flask import Response, current_app, render_template

from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.settings import Settings, settings
from web.error_words import offline
from web.languages import LANGUAGES
from web.sessions import pages, public

blueprint = pages("system")

EXPIRES_AFTER = timedelta(days=180)
"""The standard wants less than a year, so that an abandoned file is known as one."""
DEMO_CONTACT = "mailto:security@demo.example"
_DAY_SECONDS = 86_400
_PLAIN = "text/plain; charset=utf-8"


@blueprint.get("/.well-known/security.txt")
@blueprint.get("/security.txt")
@public
def security_text() -> Response:
    """Where a weakness is reported, until when this counts, and in which languages."""
    config = settings()
    contact = _contact(config)
    if not contact:
        raise NotFound("there is no such file")
    expires = (utc_now() + EXPIRES_AFTER).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {config.base_url}/.well-known/security.txt",
    ]
    return _kept(Response("\n".join(lines) + "\n", content_type=_PLAIN))


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """Nothing here is for search engines."""
    return _kept(Response("User-agent: *\nDisallow: /\n", content_type=_PLAIN))


@blueprint.get("/favicon.ico")
@public
def icon() -> Response:
    """The icon, for browsers that ask for it without reading a page."""
    body = current_app.extensions["bridge_static_files"]["icon.svg"]
    return _kept(Response(body, content_type="image/svg+xml; charset=utf-8"))


@blueprint.get("/offline")
@public
def without_network() -> str:
    """What a browser may keep, to show it when there is no network."""
    return render_template("error.html", told=offline(), support=settings().support_contact[:80])


def _contact(config: Settings) -> str:
    return config.security_contact or (DEMO_CONTACT if config.is_demo else "")


def _kept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = f"public, max-age={_DAY_SECONDS}"
    return answer
