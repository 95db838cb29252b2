"""Polling: mentions (a direct message is one), our own answers given elsewhere, and searches.

Above a reply stand the statuses that it answers; the server tells them in a question of its own. Mentions
that the server put aside as unwanted are asked for too: a complaint in private comes from a stranger.
Source: docs.joinmastodon.org, methods notifications, statuses, accounts, search.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import structlog

from bridge.channels.accounts import Account
from bridge.channels.asking_for import NotAnswered, answered, failed, in_turn, quoted, trouble
from bridge.channels.calling import Answered, Call
from bridge.channels.coming_in import Item, Polled
from bridge.channels.mastodon.asked import question, status_path, wait_seconds
from bridge.channels.mastodon.html_text import words_of
from bridge.channels.mastodon.reading import PRIVATE, item
from bridge.searches import Search

PAGE: Final = 40
PAGES_MAX: Final = 10
QUESTIONS_MAX: Final = 4
"""Searches asked in one poll; when there are more words, they take turns."""
FOUND_MAX: Final = 400

log = structlog.get_logger()


def poll(account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search]) -> Polled:
    """Everything new. When mentions or our own posts cannot be read, the old cursor stays.

    A search that fails is tried again at its next turn and holds nothing else up.
    """
    if not account.external_id:
        return Polled(cursor=cursor, error="signed_out", is_signed_out=True)
    try:
        told, newest = _mentions(account, str(cursor.get("newest", "")), call)
        own, own_kept = _own(account, cursor, call)
    except NotAnswered as refused:
        return failed(cursor, refused.told, wait=wait_seconds)
    found, turn = _searched(account, cursor, searches, call)
    return Polled((*told, *own, *found), {"newest": newest, **own_kept, **turn})


def _mentions(account: Account, newest: str, call: Call) -> tuple[list[Item], str]:
    """From the oldest that we do not know upwards; the first time what stands on one page."""
    items: list[Item] = []
    for _ in range(PAGES_MAX):
        values = [("types[]", "mention"), ("limit", str(PAGE)), ("include_filtered", "true")]
        page = _list(
            _asked(account, "v1/notifications", values + ([("min_id", newest)] if newest else []), call)
        )
        for one in reversed(page):
            status = one.get("status")
            if one.get("type") == "mention" and isinstance(status, dict):
                above = _above(account, status, call)
                items.append(Item(f"mention {one.get('id')}", item("mention", status=status, above=above)))
        if not page:
            break
        is_first, newest = not newest, str(page[0].get("id", newest))
        if is_first:
            break
    return items, newest


def _own(account: Account, cursor: Mapping[str, object], call: Call) -> tuple[list[Item], dict[str, object]]:
    """What our account answered by whatever program; what was there before we first looked is left alone."""
    path = f"v1/accounts/{quote(account.external_id, safe='')}/statuses"
    page = _list(_asked(account, path, [("limit", str(PAGE)), ("exclude_reblogs", "true")], call))
    names = [str(one.get("id")) for one in page]
    known = _words(cursor.get("own"))
    new = [
        one
        for one, name in zip(page, names, strict=True)
        if "own" in cursor and name not in known and one.get("in_reply_to_id")
    ]
    items = [
        Item(f"ours {one.get('id')}", item("ours", status=one, above=_above(account, one, call)))
        for one in reversed(new)
    ]
    return items, {"own": names}


def _above(account: Account, status: Mapping[str, Any], call: Call) -> list[dict[str, Any]]:
    """The statuses that this one answers, the conversation's first one first; none when it is gone."""
    if not status.get("in_reply_to_id"):
        return []
    told = call(question(account, status_path(str(status.get("id")), "/context")))
    if isinstance(told, Answered) and told.status_code == 404:
        return []
    above = told.object().get("ancestors") if isinstance(told, Answered) and told.is_good else None
    if not isinstance(above, list):
        raise NotAnswered(told)
    return [one for one in above if isinstance(one, dict)]


def _searched(
    account: Account, cursor: Mapping[str, object], searches: Sequence[Search], call: Call
) -> tuple[list[Item], dict[str, object]]:
    """Ask for some of the searches' words. What else a search wants is checked by our own reading."""
    asked = [(search, word) for search in searches for word in search.any_words]
    if not asked:
        return [], {}
    seen = _words(cursor.get("found"))
    chosen, start = in_turn(asked, cursor.get("turn"), at_most=QUESTIONS_MAX)
    items: dict[str, Item] = {}
    for search, word in chosen:
        values = [("q", quoted(word)), ("type", "statuses"), ("limit", str(PAGE))]
        told = call(question(account, "v2/search", values))
        page = told.object().get("statuses") if isinstance(told, Answered) and told.is_good else None
        if not isinstance(page, list):
            log.warning("search_failed", account_id=str(account.id), error=trouble(told))
            break
        for status in page:
            if isinstance(status, dict) and _is_for_us_to_find(account, status, search):
                name = f"found {status.get('id')}"
                items.setdefault(name, Item(name, item("found", matched_on=search.name, status=status)))
    kept = [
        *map(_short, items),
        *(one for one in _ordered(cursor.get("found")) if one not in map(_short, items)),
    ]
    return (
        [one for name, one in items.items() if _short(name) not in seen][::-1],
        {"turn": (start + QUESTIONS_MAX) % len(asked), "found": kept[:FOUND_MAX]},
    )


def _is_for_us_to_find(account: Account, status: Mapping[str, Any], search: Search) -> bool:
    """Public, not our own words, in the search's language, and nothing that comes as a mention anyhow."""
    writer, named = status.get("account"), status.get("mentions")
    if not isinstance(writer, dict) or status.get("visibility") in PRIVATE or status.get("reblog"):
        return False
    mentioned = (
        {one.get("id") for one in named if isinstance(one, dict)} if isinstance(named, list) else set()
    )
    language = status.get("language")
    is_theirs = not (search.language and language) or str(language).startswith(search.language)
    return (
        writer.get("id") != account.external_id
        and account.external_id not in mentioned
        and is_theirs
        and search.keeps(words_of(str(status.get("content", ""))))
    )


def _asked(account: Account, path: str, values: Sequence[tuple[str, str]], call: Call) -> Answered:
    return answered(call(question(account, path, values)))


def _list(told: Answered) -> list[dict[str, Any]]:
    given = told.json()
    if not isinstance(given, list):
        raise NotAnswered(told)
    return [one for one in given if isinstance(one, dict)]


def _short(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _ordered(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _words(value: object) -> frozenset[str]:
    return frozenset(_ordered(value))
