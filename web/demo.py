"""Pages of the demo alone: the mails that would have gone out. Not found outside the demo."""

from pathlib import Path

from flask import Flask, render_template

from bridge.demo import mails
from bridge.errors import NotFound
from bridge.settings import settings
from web.sessions import pages, signed_in

blueprint = pages("demo")


def register(app: Flask) -> None:
    """Let the foot of every page lead to the mails where there are some."""
    config = settings()
    app.jinja_env.globals["demo_mails"] = config.is_demo and bool(config.demo_mail_folder)


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
