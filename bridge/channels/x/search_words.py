"""Saved searches as queries for X's recent search and as rules for its stream. Pure.

A query has 512 characters. Groups are never negated, and negations, `is:` and `lang:` never stand alone.
What does not fit is split over several queries, or left to be checked when the post is here.
Source: docs.x.com/x-api/posts/search, build a query.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bridge.searches import Search

QUERY_MAX: Final = 512
RULE_MAX: Final = 1_024
_PLAIN: Final = re.compile(r"[#$]?\w+", re.UNICODE)
_RESERVED: Final = frozenset({"or", "and", "not"})


def queries(search: Search, *, handle: str, longest: int = QUERY_MAX) -> list[str]:
    """The queries that together find what the search looks for, without our own posts and our mentions."""
    words = [term for word in search.any_words if (term := _term(word))]
    also = [term for word in search.also_words if (term := _term(word))]
    without = _without(handle, search.language)
    group = f" {_group(also)}" if also else ""
    if len(group) > longest // 2:
        group = ""  # too many to ask for: they are looked for in what is found
    room = longest - len(group) - len(without)
    found = []
    for some in _split(words, room):
        query = f"{_group(some)}{group}"
        for word in search.not_words:
            term = _term(word)
            if term and len(query) + len(term) + 2 + len(without) <= longest:
                query += f" -{term}"
        found.append(f"{query}{without}")
    return found


def conversations(
    wanted: Sequence[tuple[str, str]], *, longest: int = QUERY_MAX
) -> Iterator[tuple[str, int]]:
    """Queries for what these authors went on to say in their conversations, with how many each asks for."""
    parts: list[str] = []
    for conversation, author in wanted:
        part = f"(conversation_id:{conversation} from:{author})"
        if parts and len(" OR ".join((*parts, part))) > longest:
            yield " OR ".join(parts), len(parts)
            parts = []
        parts.append(part)
    if parts:
        yield " OR ".join(parts), len(parts)


def _term(word: str) -> str:
    """One word, or a phrase in quotation marks; nothing of it is an operator."""
    plain = " ".join(word.replace('"', " ").replace("\\", " ").split())
    if not plain:
        return ""
    is_word = _PLAIN.fullmatch(plain) is not None and plain.lower() not in _RESERVED
    return plain if is_word else f'"{plain}"'


def _group(terms: Sequence[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def _split(terms: Sequence[str], room: int) -> Iterator[list[str]]:
    some: list[str] = []
    for term in terms:
        if len(term) > room:
            continue
        if some and len(_group([*some, term])) > room:
            yield some
            some = []
        some.append(term)
    if some:
        yield some


def _without(handle: str, language: str) -> str:
    name = handle.removeprefix("@")
    ours = f" -@{name} -from:{name}" if name else ""
    spoken = f" lang:{language}" if language.isalpha() and language.isascii() else ""
    return f"{ours} -is:retweet{spoken}"
