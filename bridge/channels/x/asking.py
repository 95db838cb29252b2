"""Polling X: what a webhook would have told us, and complaints that do not mention us.

Where X delivers to us by a webhook that it takes for valid, mentions and private messages are not asked
for; everything read by the API is paid for. Searches and their words take turns. Source: docs.x.com,
GET /2/users/:id/mentions, /2/dm_events, /2/tweets/search/recent.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson
import structlog

from bridge.channels.accounts import Account
from bridge.channels.asking_for import NotAnswered, failed, in_turn, is_unauthorized
from bridge.channels.calling import Answered, Call
from bridge.channels.coming_in import Item, Polled
from bridge.channels.webhook import Failed
from bridge.channels.x import subscribing
from bridge.channels.x.answers import question, trouble, wait_seconds
from bridge.channels.x.posts import mentions, rows
from bridge.channels.x.search_words import queries
from bridge.searches import Search

PAGE: Final = 100
PAGES_MAX: Final = 5
QUESTIONS_MAX: Final = 4
"""Searches asked in one poll; the app may ask 450 times in a quarter of an hour."""
POST: Final = {
    "tweet.fields": "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,"
    "in_reply_to_user_id,lang,note_tweet,referenced_tweets",
    "expansions": "author_id",
    "user.fields": "name,username,verified_type",
}
_MESSAGES: Final = {
    "event_types": "MessageCreate",
    "dm_event.fields": "id,text,sender_id,dm_conversation_id,created_at",
    "expansions": "sender_id",
    "user.fields": "name,username",
}

log = structlog.get_logger()


def poll(account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search]) -> Polled:
    """Everything new. When mentions or messages cannot be read the old cursor stays; a search may fail."""
    if not (account.secret("access_token") and account.external_id):
        return Polled(cursor=cursor, error="signed_out", is_signed_out=True)
    hook = subscribing.upkeep(account, cursor.get("hook"), call=call)
    kept: dict[str, object] = {**cursor, "hook": hook}
    items: list[Item] = []
    try:
        if not subscribing.delivers(hook):
            items += _mentions(account, kept, call)
            items += _messages(account, kept, call)
        items += _searched(account, kept, searches, call)
    except NotAnswered as refused:
        return failed(cursor, refused.told, wait=wait_seconds, error=trouble(refused.told))
    return Polled(items, kept)


def search(
    account: Account, query: str, since: str, call: Call
) -> list[Mapping[str, Any]] | Answered | Failed:
    """What a query finds among the posts of the last seven days after `since`, oldest first."""
    values = {**POST, "query": query, "max_results": str(PAGE), "sort_order": "recency"}
    if since:
        values["since_id"] = since
    found: list[Mapping[str, Any]] = []
    for _page in range(PAGES_MAX):
        told = call(question(account, "/2/tweets/search/recent", values))
        page = page_of(told)
        if page is None:
            return told
        found += page
        place = _place(told)
        # The first time there is no end to go back to: one page is enough.
        if not place or not since:
            break
        values = {**values, "next_token": place}
    return found[::-1]


def page_of(told: Answered | Failed) -> list[Mapping[str, Any]] | None:
    """Each thing of a page with its users, as one delivery; None for what is no page."""
    if isinstance(told, Failed) or not told.is_good:
        return None
    given = told.object()
    meta = given.get("meta")
    if not isinstance(meta, Mapping):
        return None
    return [{"data": one, "includes": given.get("includes") or {}} for one in rows(given.get("data"))]


def newest(since: str, found: Sequence[Mapping[str, Any]]) -> str:
    """The largest id: ids grow with time, and are longer than numbers of JSON."""
    ids = [since, *(str(one["data"].get("id", "")) for one in found)]
    return max((one for one in ids if one.isdigit()), key=lambda one: (len(one), one), default=since)


def _mentions(account: Account, kept: dict[str, object], call: Call) -> list[Item]:
    return _since(account, kept, "mentions", call=call)


def _messages(account: Account, kept: dict[str, object], call: Call) -> list[Item]:
    """Every second time: X lets an account ask 15 times in a quarter of an hour."""
    turn = kept.get("turn")
    kept["turn"] = number = (turn if isinstance(turn, int) else 0) + 1
    if number % 2 == 0:
        return []
    return _since(account, kept, "messages", call=call)


def _since(account: Account, kept: dict[str, object], name: str, *, call: Call) -> list[Item]:
    """What is newer than what `kept` names; moves it on."""
    is_posts = name == "mentions"
    where = f"/2/users/{account.external_id}/mentions" if is_posts else "/2/dm_events"
    since = _word(kept.get(name))
    values = {**(POST if is_posts else _MESSAGES), "max_results": str(PAGE)}
    if since and is_posts:
        values["since_id"] = since
    found: list[Mapping[str, Any]] = []
    for _page in range(PAGES_MAX):
        told = call(question(account, where, values))
        page = page_of(told)
        if page is None:
            raise NotAnswered(told)
        fresh = [one for one in page if _is_after(one, since)]
        found += fresh
        place = _place(told)
        if not place or not since or len(fresh) < len(page):
            break
        values = {**values, "pagination_token": place}
    kept[name] = newest(since, found)
    return [item("post" if is_posts else "dm", one) for one in found[::-1]]


def _searched(
    account: Account, kept: dict[str, object], searches: Sequence[Search], call: Call
) -> list[Item]:
    """Some of the queries, in turn. One that fails is asked again at its next turn."""
    asked = [(one, query) for one in searches for query in queries(one, handle=account.handle)]
    chosen, start = in_turn(asked, kept.get("search_turn"), at_most=QUESTIONS_MAX)
    known = kept.get("found")
    places = dict(known) if isinstance(known, Mapping) else {}
    items: dict[str, Item] = {}
    for one, query in chosen:
        name = sha256(query.encode()).hexdigest()[:12]
        found = search(account, query, _word(places.get(name)), call)
        if isinstance(found, Failed | Answered):
            log.warning("search_failed", account_id=str(account.id), error=trouble(found))
            if is_unauthorized(found):
                raise NotAnswered(found)
            break
        places[name] = newest(_word(places.get(name)), found)
        for post in found:
            if is_for_us(account, post["data"]) and one.keeps(str(post["data"].get("text", ""))):
                made = item("post", {**post, "matching_rules": [{"tag": one.name}]})
                items.setdefault(made.delivery_id, made)
    live = {sha256(query.encode()).hexdigest()[:12] for _, query in asked}
    kept["found"] = {name: place for name, place in places.items() if name in live}
    kept["search_turn"] = start + QUESTIONS_MAX
    return list(items.values())


def is_for_us(account: Account, post: Mapping[str, Any]) -> bool:
    """Not our own words, and nothing that comes as a mention anyhow."""
    return post.get("author_id") != account.external_id and not mentions(account, post)


def item(kind: str, given: Mapping[str, Any]) -> Item:
    """What is kept of one thing: `post` or `dm`, and its id, the same by whatever way it comes."""
    history = given["data"].get("edit_history_tweet_ids")
    version = f" {len(history)}" if isinstance(history, list) and len(history) > 1 else ""
    return Item(f"{kind} {given['data'].get('id')}{version}", orjson.dumps(given))


def _is_after(one: Mapping[str, Any], since: str) -> bool:
    own = str(one["data"].get("id", ""))
    return own.isdigit() and (len(own), own) > (len(since), since)


def _place(told: Answered | Failed) -> str:
    meta = told.object().get("meta") if isinstance(told, Answered) else None
    return _word(meta.get("next_token")) if isinstance(meta, Mapping) else ""


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
