"""The Account Activity API, which X has deprecated: what an app that still has it gets. Pure.

Numbers are larger than JSON carries, so only `id_str` counts. It does not tell the conversation: the post
that is answered leads there. Source: docs.x.com/x-api/account-activity.
"""

from collections.abc import Mapping
from datetime import datetime
from html import unescape
from typing import Any, Final

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind
from bridge.channels.x import talk
from bridge.channels.x.posts import PAGE, language_of, milliseconds, rows, word

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def events(account: Account, given: Mapping[str, Any]) -> list[Event]:
    """Posts, private messages, deletions and a revoked consent; nothing for the rest."""
    if "tweet_create_events" in given:
        return [_post(account, post) for post in rows(given["tweet_create_events"]) if not _is_repost(post)]
    if "direct_message_events" in given:
        return talk.messages(account, given)
    if "tweet_delete_events" in given:
        return [
            Event(kind=EventKind.DELETED, external_id=word(gone["status"]["id"]))
            for gone in rows(given["tweet_delete_events"])
        ]
    user_event = given.get("user_event")
    revoked = user_event.get("revoke") if isinstance(user_event, Mapping) else None
    if isinstance(revoked, Mapping) and word(revoked["source"]["user_id"]) == account.external_id:
        return [Event(kind=EventKind.REVOKED, external_id=f"revoke-{revoked.get('date_time')}"[:120])]
    return []


def _is_repost(post: Mapping[str, Any]) -> bool:
    return isinstance(post.get("retweeted_status"), Mapping)


def _post(account: Account, post: Mapping[str, Any]) -> Event:
    own, user = word(post["id_str"]), post["user"]
    author = Author(word(user["id_str"]), word(user["screen_name"]), str(user.get("name") or ""))
    parent = post.get("in_reply_to_status_id_str") or ""
    is_to_us = bool(parent) and post.get("in_reply_to_user_id_str") == account.external_id
    is_quote = bool(post.get("is_quote_status"))
    if author.external_id == account.external_id:
        kind = EventKind.OUTCOME_ECHO
    elif is_to_us:
        kind = EventKind.PUBLIC_REPLY
    else:
        kind = EventKind.PUBLIC_MENTION
    return Event(
        kind=kind,
        external_id=own,
        thread_id=own,
        parent_id=parent,
        author=author,
        text=_text(post),
        language=language_of(post.get("lang")),
        permalink=f"{PAGE}{own}",
        created_at=_at(post),
        reference={
            "id": own,
            "author_id": author.external_id,
            "is_summons": is_to_us or is_quote or _names_us(account, post),
        },
    )


def _text(post: Mapping[str, Any]) -> str:
    whole = post.get("extended_tweet")
    cut = post.get("full_text") or post["text"]
    return unescape(word(whole["full_text"] if isinstance(whole, Mapping) else cut))


def _names_us(account: Account, post: Mapping[str, Any]) -> bool:
    entities = post.get("entities")
    named = rows(entities.get("user_mentions") if isinstance(entities, Mapping) else None)
    return any(one.get("id_str") == account.external_id for one in named)


def _at(post: Mapping[str, Any]) -> datetime | None:
    if "timestamp_ms" in post:
        return milliseconds(post["timestamp_ms"])
    # "Sun Nov 22 05:10:00 +0000 2026"; the names are English whatever the machine speaks.
    _, month, day, clock, zone, year = word(post["created_at"]).split()
    number = _MONTHS.index(month) + 1
    return datetime.fromisoformat(f"{year}-{number:02}-{day}T{clock}{zone}")
