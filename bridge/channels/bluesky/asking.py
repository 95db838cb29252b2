"""Polling: notifications, our own answers given elsewhere, and searches.

A notification is sorted by the time that its author's app gave, so a late one may stand among older
ones: the whole first page is compared with what it held the last time, and older pages are read until
one reaches what was the newest then.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from bridge.channels.accounts import Account
from bridge.channels.asking_for import NotAnswered, answered, failed, in_turn, quoted, trouble
from bridge.channels.bluesky.asked import POSTS, is_signed_out, question, wait_seconds
from bridge.channels.bluesky.reading import REASONS, item
from bridge.channels.bluesky.rich_text import mentions
from bridge.channels.calling import Answered, Call
from bridge.channels.coming_in import Item, Polled
from bridge.searches import Search

PAGE: Final = 100
PAGES_MAX: Final = 10
OWN_PAGE: Final = 50
QUESTIONS_MAX: Final = 8
"""Searches asked in one poll; when there are more words, they take turns."""

LATE_BY: Final = timedelta(minutes=10)

log = structlog.get_logger()


def poll(account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search]) -> Polled:
    """Everything new. When notifications or our own posts cannot be read, the old cursor stays.

    A search that fails is tried again at its next turn and holds nothing else up.
    """
    if not (account.secret("access_token") and account.external_id):
        return Polled(cursor=cursor, error="signed_out", is_signed_out=True)
    try:
        told, kept = _notifications(account, cursor, call)
        own, own_kept = _own(account, cursor, call)
    except NotAnswered as refused:
        return failed(cursor, refused.told, wait=wait_seconds, is_signed_out=is_signed_out)
    found, turn = _searched(account, cursor, searches, call)
    return Polled((*told, *own, *found), {**kept, **own_kept, **turn})


def _notifications(
    account: Account, cursor: Mapping[str, object], call: Call
) -> tuple[list[Item], dict[str, object]]:
    newest, seen = _word(cursor.get("newest")), _words(cursor.get("seen"))
    items: list[Item] = []
    first_page: list[str] = []
    place, first_at = "", ""
    for number in range(PAGES_MAX):
        values = [("limit", str(PAGE)), *(("reasons", reason) for reason in REASONS)]
        answered = _asked(
            account,
            "app.bsky.notification.listNotifications",
            [*values, ("cursor", place)] if place else values,
            call,
        )
        page = _posts(answered, "notifications")
        names = [_name(one) for one in page]
        items += [
            Item(name, item("notification", post=one))
            for name, one in zip(names, page, strict=True)
            if name not in seen and _word(one.get("reason")) in REASONS
        ]
        if number == 0:
            first_page, first_at = names, _at(page[0]) if page else newest
        given = answered.object().get("cursor")
        # The first time there is no end to go back to: what waits on one page is enough.
        if not newest or not isinstance(given, str) or not given or not page or _at(page[-1]) < newest:
            break
        place = given
    return items[::-1], {"newest": max(first_at, newest), "seen": first_page}


def _own(account: Account, cursor: Mapping[str, object], call: Call) -> tuple[list[Item], dict[str, object]]:
    """What our account wrote by whatever program; what was there before we first looked is left alone."""
    values = [("repo", account.external_id), ("collection", POSTS), ("limit", str(OWN_PAGE))]
    page = _posts(_asked(account, "com.atproto.repo.listRecords", values, call), "records")
    names = [_name(one) for one in page]
    is_first = "own" not in cursor
    known = _words(cursor.get("own"))
    items = [
        Item(f"ours {name}", item("ours", post=one))
        for name, one in zip(names, page, strict=True)
        if not is_first
        and name not in known
        and isinstance(one.get("value"), dict)
        and one["value"].get("reply")
    ]
    return items[::-1], {"own": names}


def _searched(
    account: Account, cursor: Mapping[str, object], searches: Sequence[Search], call: Call
) -> tuple[list[Item], dict[str, object]]:
    """Ask for some of the searches' words. What else a search wants is checked here, word by word."""
    asked = [(search, word) for search in searches for word in search.any_words]
    chosen, start = in_turn(asked, cursor.get("turn"), at_most=QUESTIONS_MAX)
    marks = _marks(cursor, asked)
    items: dict[str, Item] = {}
    for search, word in chosen:
        values = [("q", quoted(word)), ("sort", "latest"), ("limit", str(PAGE))]
        if search.language:
            values.append(("lang", search.language))
        try:
            page = _posts(_asked(account, "app.bsky.feed.searchPosts", values, call), "posts")
        except NotAnswered as refused:
            log.warning("search_failed", account_id=str(account.id), error=trouble(refused.told))
            break
        known = _earlier(marks.get(word, ""))
        marks[word] = max((_at(post) for post in page), default=marks.get(word, ""))
        for post in page:
            if _at(post) > known and _is_for_us_to_find(account, post) and search.keeps(_said(post)):
                items.setdefault(
                    _name(post), Item(_name(post), item("found", matched_on=search.name, post=post))
                )
    turn = {"turn": (start + QUESTIONS_MAX) % len(asked), "marks": marks} if asked else {}
    return list(items.values())[::-1], turn


def _marks(cursor: Mapping[str, object], asked: Sequence[tuple[Search, str]]) -> dict[str, str]:
    """Up to where each word was searched for; a word that nobody looks for any more is forgotten."""
    given = cursor.get("marks")
    wanted = {word for _, word in asked}
    return {word: at for word, at in given.items() if word in wanted} if isinstance(given, dict) else {}


def _earlier(mark: str) -> str:
    """A little before the mark: what was indexed late is looked at once more."""
    try:
        at = datetime.fromisoformat(mark) - LATE_BY
    except ValueError:
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_for_us_to_find(account: Account, post: Mapping[str, Any]) -> bool:
    """Not our own words, and nothing that comes as a notification anyhow."""
    author, record = post.get("author"), post.get("record")
    if not isinstance(author, dict) or not isinstance(record, dict):
        return False
    reply = record.get("reply")
    answers = str(reply.get("parent", "")) if isinstance(reply, dict) else ""
    us = account.external_id
    return author.get("did") != us and us not in mentions(record.get("facets")) and us not in answers


def _said(post: Mapping[str, Any]) -> str:
    record = post.get("record")
    text = record.get("text") if isinstance(record, dict) else ""
    return text if isinstance(text, str) else ""


def _asked(account: Account, method: str, values: Sequence[tuple[str, str]], call: Call) -> Answered:
    return answered(call(question(account, method, values)))


def _posts(told: Answered, name: str) -> list[dict[str, Any]]:
    given = told.object().get(name)
    if not isinstance(given, list):
        raise NotAnswered(told)
    return [one for one in given if isinstance(one, dict)]


def _name(post: Mapping[str, Any]) -> str:
    """The post and its content's hash: the same however often it is shown, and by whatever way."""
    return f"{post.get('uri')} {post.get('cid')}"


def _at(post: Mapping[str, Any]) -> str:
    return _word(post.get("indexedAt"))


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _words(value: object) -> frozenset[str]:
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()
