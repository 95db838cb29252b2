"""What all pages of the demo share, and the mails that would have gone out. Not found outside the demo.

`rooms(name)` makes a blueprint whose every address is a 404 unless `BRIDGE_ENVIRONMENT` is demo.
The frame of every page asks `offered()` whether it shows the demo's menu.
"""

from pathlib import Path

from flask import Blueprint, Flask, g, render_template

from bridge.demo import mails, people
from bridge.errors import NotFound
from bridge.settings import settings
from web import cookies
from web.demo_words import CUSTOMER, PARTS
from web.sessions import check, pages, recognise, signed_in

blueprint = pages("demo")


def rooms(name: str) -> Blueprint:
    """A blueprint of pages that only the demo has. The 404 comes before sign-in and rights."""
    blueprint = pages(name)
    blueprint.before_request_funcs[None] = [require_demo, check, recognise]
    return blueprint


def register(app: Flask) -> None:
    """Let the frame of every page know the demo's menu, and where there are mails."""
    config = settings()
    app.jinja_env.globals["demo_mails"] = config.is_demo and bool(config.demo_mail_folder)
    app.context_processor(lambda: {"demo": offered()})


def require_demo() -> None:
    """Raise NotFound where the data is real."""
    if not settings().is_demo:
        raise NotFound("there is no such page")


def offered() -> dict[str, object] | None:
    """The demo's menu for the frame; None outside the demo, and for people who are not made up.

    Asks no database: error pages have a frame too.
    """
    if not settings().is_demo:
        return None
    visitor = g.get("visitor")
    if visitor is not None and not visitor.facts["email"].endswith(people.ADDRESSES):
        return None
    return {
        "parts": [(one, PARTS[one.name]) for name in people.PARTS if (one := people.member(name))],
        "customer": CUSTOMER,
        "pane": cookies.pane_of_request(),
    }


@blueprint.get("/demo/mail")
@signed_in
def mail_list() -> str:
    """The newest mails."""
    return render_template("demo_mails.html", mails=mails.newest(_folder()))


@blueprint.get("/demo/mail/<string(maxlength=40):name>")
@signed_in
def mail(name: str) -> str:
    """One mail, its text as text."""
    found = mails.read(_folder(), name)
    if found is None:
        raise NotFound("there is no such mail")
    return render_template("demo_mail.html", mail=found)


def _folder() -> Path:
    config = settings()
    if not config.is_demo or not config.demo_mail_folder:
        raise NotFound("there is no such page")
    return Path(config.demo_mail_folder)
