"""Saved searches: what is looked for where nobody mentions us."""

from typing import Any

from marshmallow import fields, validate

from bridge.searches import (
    LANGUAGE_FORM,
    NAME_MAX_CHARACTERS,
    NETWORK_FORM,
    WORD_MAX_CHARACTERS,
    WORDS_MAX,
)
from bridge.threads import TEXT_MAX_CHARACTERS
from schemas.base import Answer, Moment, Request, Text, Truth


def _words(says: str, *, least: int = 0, required: bool = False) -> "fields.List[Any]":
    word = Text(WORD_MAX_CHARACTERS, least=1, name=True)
    length = validate.Length(min=least or None, max=WORDS_MAX)
    return fields.List(word, required=required, validate=length, metadata={"description": says})


def _network() -> fields.String:
    says = "Where it looks, a network that has a channel; empty for everywhere."
    return fields.String(
        validate=validate.Regexp(NETWORK_FORM), metadata={"description": says, "example": "bluesky"}
    )


def _language() -> fields.String:
    says = "Only posts in this language and those whose language nobody knows; empty for all."
    return fields.String(validate=validate.Regexp(LANGUAGE_FORM), metadata={"description": says})


ANY = "A post has to hold one of these, whole; capitals and accents do not count."
ALSO = "If there are any, it has to hold one of these too."
NOT = "What holds one of these is left out."


class SearchRequest(Request):
    """A new search; it is switched on."""

    name = Text(NAME_MAX_CHARACTERS, least=1, required=True, name=True)
    network = _network()
    language = _language()
    any_words = _words(ANY, least=1, required=True)
    also_words = _words(ALSO)
    not_words = _words(NOT)


class SearchChange(Request):
    """What changes; what is left out stays."""

    name = Text(NAME_MAX_CHARACTERS, least=1, name=True)
    network = _network()
    language = _language()
    any_words = _words(ANY, least=1)
    also_words = _words(ALSO)
    not_words = _words(NOT)
    enabled = Truth()


class SearchAnswer(Answer):
    """A search. `asked` is what it asks of each network that can be asked, in the network's own words."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    network = fields.String(required=True)
    language = fields.String(required=True)
    any_words = fields.List(fields.String(), required=True)
    also_words = fields.List(fields.String(), required=True)
    not_words = fields.List(fields.String(), required=True)
    enabled = fields.Boolean(required=True)
    updated_at = Moment(required=True)
    asked = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


class SearchesAnswer(Answer):
    """Every search of the brand, by name."""

    items = fields.List(fields.Nested(SearchAnswer), required=True)


class SearchTry(Request):
    """A text to hold against the searches that are switched on."""

    text = Text(TEXT_MAX_CHARACTERS, least=1, required=True)
    network = _network()
    language = _language()


class SearchTried(Answer):
    """What found the text, or what left it out by which word; all null when no search means it."""

    found_by = fields.String(required=True, allow_none=True)
    excluded_by = fields.String(required=True, allow_none=True)
    word = fields.String(required=True, allow_none=True)
