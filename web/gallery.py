"""Every part that pages are made of, in both themes, drawn by the templates and macros of the pages.

For whoever builds a page, and for the tests that look at all parts at once. Open in the demo; for
administrators elsewhere. The samples are made up and stand in `web/gallery_samples.py`.
"""

import re
from typing import Any, Final

from flask import g, render_template
from flask_login import current_user
from markupsafe import Markup

from bridge.errors import NotFound, NotPermitted, NotSignedIn
from bridge.roles import Permission, Role, can
from bridge.settings import settings
from web import counter, gallery_answers, gallery_samples
from web.sessions import pages, public, recognise

blueprint = pages("gallery")
blueprint.before_request(recognise)

THEMES: Final = ("light", "dark")
_ID: Final = re.compile(r'\b(id|for|aria-labelledby|aria-describedby|popovertarget|list)="([^"]*)"')
_TARGET: Final = re.compile(r'(href="|url\()#(?!i-)([^")]*)')
_REGION: Final = re.compile(r'(role="region"[^>]*aria-label=")([^"]*)"')
_SECTION: Final = re.compile(r'(<section\b[^>]*?)\saria-labelledby="[^"]*"')
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


@blueprint.get("/ui/answers/<string(maxlength=8):shown_theme>")
@public
def answers(shown_theme: str) -> str:
    """Every verdict's panel, and every result of a press, by the counter's own templates."""
    _require_reader()
    if shown_theme not in THEMES:
        raise NotFound("there is no such page")
    drawn = []
    reader = g.get("visitor")
    try:
        for verdict in gallery_answers.panels():
            g.visitor = gallery_answers.at_work(gallery_answers.role_for(verdict))
            parts = {"panel": gallery_answers.panel(verdict)}
            drawn.append((verdict.value, _answer(verdict.value, parts)))
        g.visitor = gallery_answers.at_work(Role.STORE_MANAGER)
        drawn += [
            (result["action"], _answer(f"result-{result['action']}", {"result": result}))
            for result in gallery_answers.results()
        ]
        drawn += [
            (asked["state"], _answer(f"asked-{asked['state']}", {"asked": asked}))
            for asked in gallery_answers.questions()
        ]
    finally:
        g.visitor = reader
    return render_template("gallery_answers.html", drawn=drawn, shown_theme=shown_theme)


def _answer(suffix: str, parts: dict[str, Any]) -> Markup:
    made_up = {"step_up_approvers": gallery_answers.approvers, "is_fragment": False}
    return _drawn("_answer.html", suffix, **{**counter.NOTHING, **parts, **made_up})


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
    # Many of one kind on a page are no landmarks.
    html = _SECTION.sub(r"\1", html)
    html = _REGION.sub(lambda found: f'{found[1]}{found[2]}, {suffix}"', html)
    return Markup(_FOCUS.sub("", html))  # noqa: S704 - of our own templates


def _ended(ids: str, suffix: str) -> str:
    return " ".join(f"{one}-{suffix}" for one in ids.split())
