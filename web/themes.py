"""Light or dark: the reader's choice on this browser, else what the device says.

The counter is light unless somebody chose otherwise: dark screens mirror the shop's lamps.
"""

from flask import Flask

from web import cookies
from web.languages import say_lazily as _l

THEMES = {"auto": _l("As this device"), "light": _l("Light"), "dark": _l("Dark")}


def register(app: Flask) -> None:
    """Let the frame of every page know the choice."""
    app.context_processor(lambda: {"theme": chosen(), "themes": THEMES})


def chosen() -> str:
    """The choice kept on this browser; empty when there is none."""
    kept = cookies.read(cookies.THEME)
    return kept if kept in THEMES else ""
