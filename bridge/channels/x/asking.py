"""Polling X: what a webhook would have told us, and complaints that do not mention us.

Where X delivers to us by a webhook that it takes for valid, mentions and private messages are not asked
for; everything read by the API is paid for. Source: docs.x.com, GET /2/users/:id/mentions, /2/dm_events.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.channels.accounts import Account
from bridge.channels.asking_for import NotAnswered, failed
from bridge.channels.calling import Call
from bridge.channels.coming_in import Item, Polled
from bridge.channels.x import subscribing
from bridge.channels.x.answers import question, trouble, wait_seconds
from bridge.channels.x.pages import (
    PAGE,
    PAGES_MAX,
    POST,
    is_after,
    item,
    newest,
    next_page,
    or_empty,
    page_of,
)
from bridge.channels.x.searching import searched
from bridge.searches import Search

_MESSAGES: Final = {
    "event_types": "MessageCreate",
    "dm_event.fields": "id,text,sender_id,dm_conversation_id,created_at",
    "expansions": "sender_id",
    "user.fields": "name,username",
}


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
        items += searched(account, kept, searches, call)
    except NotAnswered as refused:
        return failed(cursor, refused.told, wait=wait_seconds, error=trouble(refused.told))
    return Polled(items, kept)


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
    since = or_empty(kept.get(name))
    values = {**(POST if is_posts else _MESSAGES), "max_results": str(PAGE)}
    if since and is_posts:
        values["since_id"] = since
    found: list[Mapping[str, Any]] = []
    for _page in range(PAGES_MAX):
        told = call(question(account, where, values))
        page = page_of(told)
        if page is None:
            raise NotAnswered(told)
        fresh = [one for one in page if is_after(one, since)]
        found += fresh
        place = next_page(told)
        if not place or not since or len(fresh) < len(page):
            break
        values = {**values, "pagination_token": place}
    kept[name] = newest(since, found)
    return [item("post" if is_posts else "dm", one) for one in found[::-1]]
