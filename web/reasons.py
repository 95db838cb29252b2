"""The ready-made reasons that a page offers: those that the brand has on, in its order.

Templates ask `reasons_offered("decline")` and get codes with the customer's sentence by language;
`choices_offered("ask", words.QUESTIONS)` is the same as pairs for a choice in a form.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask

from bridge.clock import utc_now
from bridge.offered_reasons import Offered
from bridge.services import offered_reasons
from web.languages import say as _
from web.sessions import visitor


def register(app: Flask) -> None:
    """Give templates the lists."""
    app.jinja_env.globals.update(
        reasons_offered=reasons_offered, choices_offered=choices_offered, sentence_of=sentence_of
    )


def reasons_offered(name: str) -> Sequence[Offered]:
    """What the visitor's brand offers of one list."""
    brand_id = visitor().actor.brand_id
    assert brand_id is not None
    return offered_reasons.reasons_offered(brand_id, name, now=utc_now())


def choices_offered(name: str, words_of: Mapping[Any, Any]) -> list[tuple[str, str]]:
    """The same as values and words."""
    return [(one.code, str(words_of.get(one.code, one.code))) for one in reasons_offered(name)]


def sentence_of(reason: Offered, language: str) -> str:
    """What the customer may hear for a reason, in quotes; a reason without a sentence asks for words."""
    said = reason.say(language)
    return _("“%(sentence)s”", sentence=said) if said else _("Say it in your own words below.")
