"""Who is on the local X, and which of their posts a query finds."""

from collections.abc import Mapping
from typing import Any

US, CUSTOMER, OTHER = "1790000000000000001", "1790000000000000002", "1790000000000000003"
NAMES = {US: "northlight", CUSTOMER: "upset_shopper", OTHER: "other_shopper"}


def matches(post: Mapping[str, Any], query: str) -> bool:
    """A small part of X's query language: words, phrases, OR in groups, negations, and the operators we use."""
    return any(all(_term(post, term) for term in group) for group in _alternatives(_tokens(query)))


def _tokens(query: str) -> list[str]:
    found, word, quoted = [], "", False
    for sign in query:
        if sign == '"':
            quoted, word = not quoted, word + sign
        elif not quoted and sign in "() ":
            found += [word] if word else []
            found += [sign] if sign != " " else []
            word = ""
        else:
            word += sign
    return [*found, word] if word else found


def _alternatives(tokens: list[str]) -> list[list[Any]]:
    """Tokens as alternatives of terms; a group is a list of alternatives itself."""
    stack: list[list[list[Any]]] = [[[]]]
    for token in tokens:
        if token == "(":
            stack.append([[]])
        elif token == ")":
            group = stack.pop()
            stack[-1][-1].append(group)
        elif token == "OR":
            stack[-1].append([])
        else:
            stack[-1][-1].append(token)
    return stack[0]


def _term(post: Mapping[str, Any], term: Any) -> bool:
    if isinstance(term, list):
        return any(all(_term(post, one) for one in group) for group in term)
    if term.startswith("-"):
        return not _term(post, term[1:])
    name, _, value = term.partition(":")
    match name:
        case "lang":
            return bool(post["lang"] == value)
        case "is":
            return False
        case "from":
            return value in {post["author_id"], NAMES[post["author_id"]]}
        case "conversation_id":
            return bool(post["conversation_id"] == value)
    if term.startswith("@"):
        return any(one["username"] == term[1:] for one in post["entities"]["mentions"])
    return term.strip('"').lower() in str(post["text"]).lower()
