"""Pages of X's API: what is asked of each post, what a page holds, what is kept of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from bridge.channels.calling import Answered
from bridge.channels.coming_in import Item
from bridge.channels.webhook import Failed
from bridge.channels.x.posts import rows

PAGE: Final = 100
PAGES_MAX: Final = 5
POST: Final = {
    "tweet.fields": "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,"
    "in_reply_to_user_id,lang,note_tweet,referenced_tweets",
    "expansions": "author_id",
    "user.fields": "name,username,verified_type",
}
"""What is asked of each post."""


def page_of(told: Answered | Failed) -> list[Mapping[str, Any]] | None:
    """Each thing of a page with its users, as one delivery; None for what is no page."""
    if isinstance(told, Failed) or not told.is_good:
        return None
    given = told.object()
    meta = given.get("meta")
    if not isinstance(meta, Mapping):
        return None
    return [{"data": one, "includes": given.get("includes") or {}} for one in rows(given.get("data"))]


def next_page(told: Answered | Failed) -> str:
    """The name of the page behind this one; empty when there is none."""
    meta = told.object().get("meta") if isinstance(told, Answered) else None
    return or_empty(meta.get("next_token")) if isinstance(meta, Mapping) else ""


def newest(since: str, found: Sequence[Mapping[str, Any]]) -> str:
    """The largest id: ids grow with time, and are longer than numbers of JSON."""
    ids = [since, *(str(one["data"].get("id", "")) for one in found)]
    return max((one for one in ids if one.isdigit()), key=lambda one: (len(one), one), default=since)


def is_after(one: Mapping[str, Any], since: str) -> bool:
    """Whether a thing of a page is newer than the id."""
    own = str(one["data"].get("id", ""))
    return own.isdigit() and (len(own), own) > (len(since), since)


def item(kind: str, given: Mapping[str, Any]) -> Item:
    """What is kept of one thing: `post` or `dm`, and its id, the same by whatever way it comes."""
    history = given["data"].get("edit_history_tweet_ids")
    version = f" {len(history)}" if isinstance(history, list) and len(history) > 1 else ""
    return Item(f"{kind} {given['data'].get('id')}{version}", orjson.dumps(given))


def or_empty(value: object) -> str:
    """A text as it is, and nothing for anything else."""
    return value if isinstance(value, str) else ""
