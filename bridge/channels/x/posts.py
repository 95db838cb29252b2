"""From a post as X's API v2 shows it to an event. Pure.

The same shape comes by webhook, from a search, from the stream and from polling. An edited post has a
new id and names its earlier ones: it is the first of them, edited. Source: docs.x.com/x-api, data
dictionary.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind

PAGE: Final = "https://x.com/i/web/status/"
_NO_LANGUAGE: Final = frozenset({"und", "zxx", "art"})


def event(
    account: Account,
    post: Mapping[str, Any],
    users: Mapping[str, Mapping[str, Any]],
    *,
    kind: EventKind,
    matched_on: str = "",
    is_quote: bool = False,
) -> Event:
    """The event of one post. `kind` is what it is when it is neither ours, nor an answer to us, nor an edit.

    Raises KeyError, TypeError and ValueError for what is no post.
    """
    newest, author_id = word(post["id"]), word(post["author_id"])
    history = [word(one) for one in post.get("edit_history_tweet_ids") or ()] or [newest]
    own = history[0]
    conversation = word(post.get("conversation_id") or own)
    is_ours = author_id == account.external_id
    is_to_us = answers(account, post)
    is_summons = mentions(account, post) or is_to_us or is_quote
    if is_ours:
        kind = EventKind.OUTCOME_ECHO
    elif len(history) > 1:
        kind = EventKind.EDITED
    elif kind is EventKind.PUBLIC_UNMENTIONED and is_summons:
        kind = EventKind.PUBLIC_REPLY if is_to_us else EventKind.PUBLIC_MENTION
    return Event(
        kind=kind,
        external_id=own,
        thread_id=own if conversation in history else conversation,
        parent_id=parent_of(post),
        author=author_of(author_id, users),
        text=text_of(post),
        language=language_of(post.get("lang")),
        permalink=f"{PAGE}{own}",
        created_at=moment(post.get("created_at")),
        matched_on=matched_on if kind is EventKind.PUBLIC_UNMENTIONED else "",
        reference={"id": newest, "author_id": author_id, "is_summons": is_summons},
        also_known_as=tuple(history[1:]),
    )


def users_of(includes: object) -> dict[str, Mapping[str, Any]]:
    """The users who came along, by id: plain, or each wrapped in `data`; as a list, or as a map."""
    given = includes.get("users") if isinstance(includes, Mapping) else includes
    rows = given.values() if isinstance(given, Mapping) else given if isinstance(given, list) else ()
    found = {}
    for row in rows:
        user = row.get("data", row) if isinstance(row, Mapping) else None
        if isinstance(user, Mapping) and isinstance(user.get("id") or user.get("id_str"), str | int):
            found[str(user.get("id_str") or user["id"])] = user
    return found


def author_of(user_id: str, users: Mapping[str, Mapping[str, Any]]) -> Author:
    """Who wrote; without a word about the user, the id is all that we know."""
    user = users.get(user_id, {})
    name = user.get("username") or user.get("screen_name")
    shown, verified = user.get("name"), user.get("verified_type")
    return Author(
        external_id=user_id,
        handle=name if isinstance(name, str) else "",
        display_name=shown if isinstance(shown, str) else "",
        verified=verified if isinstance(verified, str) and verified != "none" else "",
    )


def mentions(account: Account, post: Mapping[str, Any]) -> bool:
    """Whether the post names our account."""
    given = post.get("entities")
    named = given.get("mentions") if isinstance(given, Mapping) else None
    return any(
        isinstance(one, Mapping)
        and (
            (account.external_id and one.get("id") == account.external_id)
            or (account.handle and str(one.get("username", "")).lower() == account.handle.lower())
        )
        for one in (named if isinstance(named, list) else ())
    )


def answers(account: Account, post: Mapping[str, Any]) -> bool:
    """Whether the post answers one of ours."""
    return bool(account.external_id) and post.get("in_reply_to_user_id") == account.external_id


def parent_of(post: Mapping[str, Any]) -> str:
    """The post that this one answers, or an empty text."""
    given = post.get("in_reply_to_tweet_id") or post.get("in_reply_to_post_id")
    if isinstance(given, str):
        return given
    found = [
        one["id"]
        for one in rows(post.get("referenced_tweets"))
        if one.get("type") == "replied_to" and isinstance(one.get("id"), str)
    ]
    return found[0] if found else ""


def text_of(post: Mapping[str, Any]) -> str:
    """The whole text, with links as they lead and not as X shortens them."""
    note = post.get("note_tweet")
    source = note if isinstance(note, Mapping) and isinstance(note.get("text"), str) else post
    text = unescape(word(source["text"]))
    entities = source.get("entities")
    for link in rows(entities.get("urls") if isinstance(entities, Mapping) else None):
        short, whole = link.get("url"), link.get("expanded_url")
        if isinstance(short, str) and short and isinstance(whole, str):
            text = text.replace(short, whole)
    return text


def language_of(given: object) -> str:
    """X's word for the language; `und` and its own words that begin with q are none."""
    short = given.partition("-")[0].lower() if isinstance(given, str) else ""
    return "" if short in _NO_LANGUAGE or short.startswith("q") or not short.isalpha() else short[:8]


def moment(given: object) -> datetime | None:
    """An ISO 8601 time, or none."""
    if not isinstance(given, str):
        return None
    said = datetime.fromisoformat(given)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def milliseconds(given: object) -> datetime | None:
    """A time as milliseconds since 1970, mostly as a text; none for anything else."""
    digits = str(given)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        return None
    return datetime.fromtimestamp(int(digits) / 1000, UTC)


def rows(given: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a list, whatever was given."""
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []


def word(value: object) -> str:
    """A text that is not empty. Raises TypeError for anything else: ids are no numbers here."""
    if not isinstance(value, str) or not value:
        raise TypeError("not a text")
    return value
