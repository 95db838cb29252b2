"""Which language a page speaks to staff: their choice on this browser, their profile, or the browser's wish.

Texts for customers are not here; they come from `bridge.texts` in the thread's language.
Catalogues are in `web/translations`; es and fr are drafts until a native speaker read them.
"""

from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import (  # type: ignore[import-untyped]  # it brings no types
    Babel,
    get_locale,
    gettext,
    lazy_gettext,
    ngettext,
)

from web import cookies, isolation

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français"}
TRANSLATIONS = Path(__file__).parent / "translations"


def register(app: Flask) -> None:
    """Let gettext know the catalogues and how to choose."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=chosen)
    isolation.register(app)
    app.context_processor(lambda: {"language": language(), "languages": LANGUAGES})
    app.jinja_env.globals["colon"] = colon


def chosen() -> str:
    """The language of this request."""
    if not has_request_context():
        return "en"
    kept = cookies.read(cookies.LANGUAGE)
    if kept in LANGUAGES:
        return kept
    visitor = g.get("visitor")
    if visitor is not None and visitor.facts["locale"] in LANGUAGES:
        return str(visitor.facts["locale"])
    return request.accept_languages.best_match(list(LANGUAGES), default="en")


def language() -> str:
    """The language in force, as one of ours."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LANGUAGES else "en"


def colon() -> str:
    """What stands between a word and what it names: French has a space before it, which does not break."""
    return "\u00a0:" if language() == "fr" else ":"


def named(name: object, value: object) -> str:
    """A word and what it names, as the reader's language writes it."""
    return f"{name}{colon()} {value}"


def say(text: str, **values: object) -> str:
    """The text in the reader's language; imported as `_`, which is what the catalogues are made from.

    What people wrote is isolated in it: see `web.isolation`.
    """
    return str(gettext(text, **isolation.all_apart(values)))


def say_lazily(text: str) -> Any:
    """As `say`, but translated while a page is drawn; for lists of words."""
    return lazy_gettext(text)


def say_counted(one: str, many: str, num: int) -> str:
    """The form that fits the number, which stands in the text as %(num)s."""
    return str(ngettext(one, many, num))
