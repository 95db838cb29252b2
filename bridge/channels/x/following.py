"""What X does not tell: a customer's further words in their own thread, and that a post is gone.

Asked for open cases alone, some at a time, for every post read is paid for. Source: docs.x.com,
`conversation_id:` of recent search; GET /2/tweets, whose `errors` name what is not there any more.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call
from bridge.channels.coming_in import Conversation, Held, Item
from bridge.channels.webhook import Failed
from bridge.channels.x.answers import question
from bridge.channels.x.pages import item
from bridge.channels.x.posts import rows
from bridge.channels.x.search_words import conversations
from bridge.channels.x.searching import search

CONVERSATIONS_MAX: Final = 16
POSTS_MAX: Final = 20
GONE: Final = "resource-not-found"


def said_since(account: Account, wanted: Sequence[Conversation], *, call: Call) -> list[Item]:
    """Posts of the same customers in the same conversations that we do not hold."""
    asked = [
        one
        for one in wanted
        if one.external_id.isdigit() and _author(one) and _author(one) != account.external_id
    ]
    items: list[Item] = []
    place = 0
    for query, count in conversations([(one.external_id, _author(one)) for one in asked]):
        some, place = asked[place : place + count], place + count
        found = search(account, query, _oldest(some), call)
        if isinstance(found, Answered | Failed):
            break
        items += [item("post", {**post, "is_followed": True}) for post in found]
    return items


def gone(account: Account, posts: Sequence[Held], *, call: Call) -> list[Item]:
    """An item for each post that X says is not there; one that we may only not see is none of them."""
    names = {
        str(post.reference.get("id") or post.external_id): post.external_id
        for post in posts[:POSTS_MAX]
        if post.external_id.isdigit()
    }
    asked = [name for name in names if name.isdigit()]
    if not asked:
        return []
    told = call(question(account, "/2/tweets", {"ids": ",".join(asked)}))
    if not isinstance(told, Answered) or not told.is_good:
        return []
    missing = [
        str(one.get("resource_id") or one.get("value"))
        for one in rows(told.object().get("errors"))
        if _last(one) == GONE
    ]
    return [
        Item(f"gone {names[name]}", orjson.dumps({"gone": names[name]})) for name in missing if name in names
    ]


def _last(one: Mapping[str, object]) -> str:
    kind = one.get("type")
    return kind.rpartition("/")[2] if isinstance(kind, str) else ""


def _author(one: Conversation) -> str:
    """The numeric id, which outlives the handle."""
    if one.author_external_id.isdigit():
        return one.author_external_id
    name = one.author_handle
    return name if name.isascii() and name.replace("_", "").isalnum() and len(name) <= 15 else ""


def _oldest(some: Sequence[Conversation]) -> str:
    """From where on to ask for all of them: the earliest of their newest posts."""
    ids = [one.newest_external_id for one in some if one.newest_external_id.isdigit()]
    return min(ids, key=lambda own: (len(own), own)) if len(ids) == len(some) else ""
