"""Every part that pages are made of, in both themes, drawn by the templates and macros of the pages.

For whoever builds a page, and for the tests that look at all parts at once. Open in the demo; for
administrators elsewhere. The samples are made up and stand in `web/gallery_samples.py`.
"""

import re
from typing import Any, Final

from flask import render_template
from flask_login import current_user
from markupsafe import Markup

from bridge.errors import NotPermitted, NotSignedIn
from bridge.roles import Permission, can
from bridge.settings import settings
from web import gallery_samples
from web.sessions import pages, public, recognise

blueprint = pages("gallery")
blueprint.before_request(recognise)

THEMES: Final = ("light", "dark")
_ID: Final = re.compile(r'\b(id|for|aria-labelledby|aria-describedby|popovertarget|list)="([^"]*)"')
_TARGET: Final = re.compile(r'(href="|url\()#(?!i-)([^")]*)')
_REGION: Final = re.compile(r'(role="region"[^>]*aria-label=")([^"]*)"')
_FOCUS: Final = re.compile(r"\s(autofocus|tabindex=\"-1\")(?=[\s>])")


@blueprint.get("/ui")
@public
def gallery() -> str:
    """Buttons, fields, tags, notices, cards, tables, charts, empty states, panels."""
    _require_reader()
    drawn = {
        theme: _drawn("_gallery_parts.html", theme, charts=gallery_samples.charts(theme)) for theme in THEMES
    }
    return render_template("gallery.html", drawn=drawn)


def _require_reader() -> None:
    """Everybody in the demo; elsewhere whoever sets the service up. Raises NotSignedIn and NotPermitted."""
    if settings().is_demo:
        return
    if not current_user.is_authenticated:
        raise NotSignedIn("sign in first")
    if not can(current_user.actor, Permission.PEOPLE_MANAGE):
        raise NotPermitted("only administrators see this", permission=Permission.PEOPLE_MANAGE.value)


def _drawn(template: str, suffix: str, **values: Any) -> Markup:
    """A piece of a page that can stand beside itself: ids end in `suffix`, and nothing takes the focus."""
    html = render_template(template, **values)
    html = _ID.sub(lambda found: f'{found[1]}="{_ended(found[2], suffix)}"', html)
    html = _TARGET.sub(lambda found: f"{found[1]}#{found[2]}-{suffix}", html)
    html = _REGION.sub(lambda found: f'{found[1]}{found[2]}, {suffix}"', html)
    return Markup(_FOCUS.sub("", html))  # noqa: S704 - of our own templates


def _ended(ids: str, suffix: str) -> str:
    return " ".join(f"{one}-{suffix}" for one in ids.split())
