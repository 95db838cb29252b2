"""X's recent search: posts of the last seven days that a query finds, and how its questions take turns.

Everything read by the API is paid for, so a query asks for what is newer than what it found before.
Source: docs.x.com, GET /2/tweets/search/recent.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import structlog

from bridge.channels.accounts import Account
from bridge.channels.asking_for import NotAnswered, in_turn, is_unauthorized
from bridge.channels.calling import Answered, Call
from bridge.channels.coming_in import Item
from bridge.channels.webhook import Failed
from bridge.channels.x.answers import question, trouble
from bridge.channels.x.pages import PAGE, PAGES_MAX, POST, item, newest, next_page, or_empty, page_of
from bridge.channels.x.posts import mentions
from bridge.channels.x.search_words import queries
from bridge.clock import utc_now
from bridge.searches import Search

QUESTIONS_MAX: Final = 4
"""Searches asked in one poll; the app may ask 450 times in a quarter of an hour."""
BESIDE_A_STREAM_SECONDS: Final = 900
"""How often searches are asked anew while a stream tells the same."""
ASKED_BESIDE_A_STREAM: Final = 2
"""A poll apart: X takes some twenty seconds until a new rule finds anything."""
ROUND: Final = "round"
REACHES_BACK: Final = timedelta(days=7) - timedelta(minutes=10)
"""X refuses (400) to begin at a post older than seven days. Less, for clocks differ and calls take time."""
IDS_BEGAN: Final = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
ID_BITS_BELOW_TIME: Final = 22
_ID_DIGITS_MAX: Final = 19

log = structlog.get_logger()


def searched(account: Account, kept: dict[str, object], searches: Sequence[Search], call: Call) -> list[Item]:
    """Some of the queries, in turn; moves `kept` on. One that fails is asked again at its next turn.

    Raises NotAnswered when the token is not taken.
    """
    every = [(one, query) for one in searches for query in queries(one, handle=account.handle)]
    counted = _round(account, kept, utc_now())
    asked = [(one, query) for one, query in every if counted.get(_key(one, query), 0) < ASKED_BESIDE_A_STREAM]
    chosen, start = in_turn(asked, kept.get("search_turn"), at_most=QUESTIONS_MAX)
    known = kept.get("found")
    places = dict(known) if isinstance(known, Mapping) else {}
    items: dict[str, Item] = {}
    for one, query in chosen:
        name = _name(query)
        found = search(account, query, or_empty(places.get(name)), call)
        if isinstance(found, Failed | Answered):
            log.warning("search_failed", account_id=str(account.id), error=trouble(found))
            if is_unauthorized(found):
                raise NotAnswered(found)
            break
        places[name] = newest(or_empty(places.get(name)), found)
        counted[_key(one, query)] = counted.get(_key(one, query), 0) + 1
        for post in found:
            if is_for_us(account, post["data"]) and one.keeps(str(post["data"].get("text", ""))):
                made = item("post", {**post, "matching_rules": [{"tag": one.name}]})
                items.setdefault(made.delivery_id, made)
    live = {_name(query) for _, query in every}
    kept["found"] = {name: place for name, place in places.items() if name in live}
    kept["search_turn"] = start + QUESTIONS_MAX
    return list(items.values())


def search(
    account: Account, query: str, since: str, call: Call
) -> list[Mapping[str, Any]] | Answered | Failed:
    """What a query finds among the posts of the last seven days after `since`, oldest first."""
    values = {**POST, "query": query, "max_results": str(PAGE), "sort_order": "recency"}
    if since and _reaches(since, utc_now()):
        values["since_id"] = since
    found: list[Mapping[str, Any]] = []
    for _page in range(PAGES_MAX):
        told = call(question(account, "/2/tweets/search/recent", values))
        page = page_of(told)
        if page is None:
            return told
        found += page
        place = next_page(told)
        # The first time there is no end to go back to: one page is enough.
        if not place or not since:
            break
        values = {**values, "next_token": place}
    return found[::-1]


def is_for_us(account: Account, post: Mapping[str, Any]) -> bool:
    """Not our own words, and nothing that comes as a mention anyhow."""
    return post.get("author_id") != account.external_id and not mentions(account, post)


def _round(account: Account, kept: dict[str, object], now: datetime) -> dict[str, int]:
    """How often each question was answered beside the stream that is open; none counts while none is.

    A stream tells at once what would be found. So each question is asked twice since it was opened, for what
    was said before, and again after a while, for what it may have missed. A new question counts from zero.
    """
    if account.streamed_since is None:
        kept.pop(ROUND, None)
        return {}
    opened, known = account.streamed_since.isoformat(), kept.get(ROUND)
    match known:
        case {"opened": str() as same, "began": float() as began, "counted": dict() as counted} if (
            same == opened and 0 <= now.timestamp() - began < BESIDE_A_STREAM_SECONDS
        ):
            pass
        case _:
            began, counted = now.timestamp(), {}
    counted = {name: times for name, times in counted.items() if isinstance(times, int)}
    kept[ROUND] = {"opened": opened, "began": began, "counted": counted}
    return counted


def _key(search: Search, query: str) -> str:
    """What is asked for whom: a search of another name asks anew."""
    return _name(f"{search.name} {query}")


def _reaches(post_id: str, now: datetime) -> bool:
    """Whether a search may begin at this post: its id holds its time, in ms since X began to count.

    Without it X gives all seven days, in which nothing older was found.
    """
    if not (post_id.isascii() and post_id.isdigit() and len(post_id) <= _ID_DIGITS_MAX):
        return False
    said_at = IDS_BEGAN + timedelta(milliseconds=int(post_id) >> ID_BITS_BELOW_TIME)
    return now - said_at < REACHES_BACK


def _name(query: str) -> str:
    return sha256(query.encode()).hexdigest()[:12]
