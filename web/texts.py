"""Usual or big text: the reader's choice on this browser, for tired eyes and a tablet at arm's length."""

from flask import Flask

from web import cookies
from web.languages import say_lazily as _l

SIZES = {"usual": _l("Usual"), "big": _l("Big")}


def register(app: Flask) -> None:
    """Let the frame of every page know the choice."""
    app.context_processor(lambda: {"text_size": chosen(), "text_sizes": SIZES})


def chosen() -> str:
    """The choice kept on this browser; usual when there is none."""
    kept = cookies.read(cookies.TEXT)
    return kept if kept in SIZES else "usual"
