"""What people wrote keeps its direction of writing to itself, wherever it stands in a sentence of ours.

In a page an element does it (`bdi`, as a filter). In an attribute, a title or a message of Python
there are no elements, so that each value that goes into a translated text passes `bridge.bidi.apart`.
Whoever writes a template or a message need not think of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bridge import bidi


def register(app: Flask) -> None:
    """Give templates the two filters, and isolate what they put into translated texts. After Babel."""
    app.jinja_env.filters.update(apart=apart, bdi=bdi)
    for name in ("gettext", "ngettext"):
        app.jinja_env.globals[name] = _isolating(app.jinja_env.globals[name])


def apart(value: Any) -> Any:
    """A text isolated by signs; what is markup isolates itself, and what is no text needs it not."""
    return bidi.apart(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def all_apart(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a translated text, each isolated."""
    return {name: apart(value) for name, value in values.items()}


def bdi(value: object) -> Markup:
    """The text in an element that isolates it; long words in it may break."""
    return Markup("<bdi>{}</bdi>").format(value)


def _isolating(translate: Any) -> Callable[..., Any]:
    @pass_context
    def translated(context: Context, *texts: object, **values: object) -> Any:
        return translate(context, *texts, **all_apart(values))

    return translated
