"""From what Bluesky shows of a post to an event. Pure.

An item is a notification, a post that a search found, a post of our own, or the news that a post is
gone; `kind` says which. A post's id is its address by DID: handles change. Source: app.bsky.feed.post,
app.bsky.notification.listNotifications, app.bsky.feed.defs#postView.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from bridge.channels.accounts import Account
from bridge.channels.bluesky.asked import POSTS
from bridge.channels.bluesky.rich_text import with_whole_links
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable

REASONS: Final = {
    "mention": EventKind.PUBLIC_MENTION,
    "reply": EventKind.PUBLIC_REPLY,
    "quote": EventKind.PUBLIC_MENTION,
}
NO_HANDLE: Final = "handle.invalid"
PAGES: Final = "https://bsky.app"


def events(account: Account, body: bytes) -> list[Event]:
    """The one event of an item. Raises NotReadable."""
    try:
        item = orjson.loads(body)
        match item["kind"]:
            case "notification":
                post = item["post"]
                return [_post(post, REASONS.get(post["reason"], EventKind.OTHER))]
            case "found":
                return [_post(item["post"], EventKind.PUBLIC_UNMENTIONED, matched_on=item["matched_on"])]
            case "ours":
                return [_ours(account, item["post"])]
            case "gone":
                return [Event(kind=EventKind.DELETED, external_id=_text(item["uri"]))]
            case _:
                raise NotReadable("unknown_item")
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NotReadable("bad_item") from error


def item(kind: str, **more: object) -> bytes:
    """What is kept of one thing that a poll brought."""
    return orjson.dumps({"kind": kind, **more})


def _post(post: Mapping[str, Any], kind: EventKind, *, matched_on: str = "") -> Event:
    uri, record, author = _text(post["uri"]), post["record"], post["author"]
    did, handle = _text(author["did"]), _text(author["handle"])
    root, parent = _reply_of(record)
    name = "" if handle == NO_HANDLE else handle
    # Only its own first post is known by handle: who began somebody else's thread is not told here.
    also = (uri.replace(did, handle.lower(), 1),) if name and uri.startswith(f"at://{did}/") else ()
    display_name = author.get("displayName")
    return Event(
        kind=kind,
        external_id=uri,
        thread_id=_text(root["uri"]) if root else uri,
        parent_id=_text(parent["uri"]) if parent else "",
        author=Author(
            external_id=did,
            handle=name,
            display_name=display_name if isinstance(display_name, str) else "",
            verified=_verified(author),
        ),
        text=with_whole_links(_text(record.get("text", "")), record.get("facets")),
        language=_language(record),
        permalink=page_of(uri, handle=name),
        created_at=_moment(record, post.get("indexedAt")),
        matched_on=_text(matched_on),
        reference=reference(uri, _text(post["cid"]), root),
        also_known_as=also,
    )


def _ours(account: Account, post: Mapping[str, Any]) -> Event:
    uri, record = _text(post["uri"]), post["value"]
    root, parent = _reply_of(record)
    return Event(
        kind=EventKind.OUTCOME_ECHO,
        external_id=uri,
        thread_id=_text(root["uri"]) if root else uri,
        parent_id=_text(parent["uri"]) if parent else "",
        author=Author(account.external_id, account.handle),
        text=_text(record.get("text", "")),
        language=_language(record),
        permalink=page_of(uri),
        created_at=_moment(record, None),
        reference=reference(uri, _text(post["cid"]), root),
    )


def reference(uri: str, cid: str, root: Mapping[str, Any] | None) -> dict[str, object]:
    """What a reply has to name: the post it answers and the one that began the conversation."""
    if root is None:
        return {"uri": uri, "cid": cid, "root_uri": uri, "root_cid": cid}
    return {"uri": uri, "cid": cid, "root_uri": _text(root["uri"]), "root_cid": _text(root["cid"])}


def page_of(uri: str, *, handle: str = "") -> str:
    """The post's page, by handle where we know it; an empty text for what is no post."""
    match uri.removeprefix("at://").split("/"):
        case [did, collection, key] if collection == POSTS:
            return f"{PAGES}/profile/{handle or did}/post/{key}"
        case _:
            return ""


def _reply_of(record: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    reply = record.get("reply")
    return (reply["root"], reply["parent"]) if isinstance(reply, Mapping) else (None, None)


def _verified(author: Mapping[str, Any]) -> str:
    given = author.get("verification")
    is_valid = isinstance(given, Mapping) and given.get("verifiedStatus") == "valid"
    return "verified" if is_valid else ""


def _language(record: Mapping[str, Any]) -> str:
    given = record.get("langs")
    first = given[0] if isinstance(given, list) and given else ""
    return first.partition("-")[0].lower()[:8] if isinstance(first, str) else ""


def _moment(record: Mapping[str, Any], indexed_at: object) -> datetime:
    """When it was written, as the author's app says; never after the network saw it."""
    said = _time(_text(record["createdAt"]))
    return min(said, _time(indexed_at)) if isinstance(indexed_at, str) else said


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
