"""From a status to an event. Pure.

A status has an id of each server's own, so it goes by the address that its author's server gave it,
as `bridge/permalinks.py` reads it ("host/id"); where that says nothing, by our server's id. Our server's
name for it is kept beside it, for whoever pastes the page that our server shows.
Source: docs.joinmastodon.org, entities Status, Notification, Account.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable
from bridge.channels.mastodon.asked import host, whole_handle
from bridge.channels.mastodon.html_text import words_of
from bridge.errors import InvalidInput
from bridge.permalinks import Network, recognise

PRIVATE = ("direct", "private")


def events(account: Account, body: bytes) -> list[Event]:
    """The one event of an item. Raises NotReadable."""
    try:
        item = orjson.loads(body)
        match item["kind"]:
            case "mention":
                status = item["status"]
                return [_post(account, item, _kind_of(account, status))]
            case "found":
                return [_post(account, item, EventKind.PUBLIC_UNMENTIONED)]
            case "edited":
                return [_post(account, item, EventKind.EDITED)]
            case "ours":
                return [_post(account, item, EventKind.OUTCOME_ECHO)]
            case "gone":
                return [Event(kind=EventKind.DELETED, external_id=_text(item["name"]))]
            case _:
                raise NotReadable("unknown_item")
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NotReadable("bad_item") from error


def item(kind: str, **more: object) -> bytes:
    """What is kept of one thing that a poll brought; `above` are the statuses that it answers, in order."""
    return orjson.dumps({"kind": kind, **more})


def name_of(account: Account, status: Mapping[str, Any]) -> str:
    """The name by which a status goes everywhere."""
    for address in (status.get("url"), status.get("uri")):
        if not isinstance(address, str):
            continue
        try:
            place = recognise(address)
        except InvalidInput:
            continue
        if place.network is Network.MASTODON:
            return place.post_id
    return local_name(account, status)


def local_name(account: Account, status: Mapping[str, Any]) -> str:
    """The name by which our server shows a status."""
    return f"{host(account)}/{_text(status['id'])}"


def _post(account: Account, item: Mapping[str, Any], kind: EventKind) -> Event:
    status, above = item["status"], item.get("above") or []
    name, local = name_of(account, status), local_name(account, status)
    writer, address = status["account"], status.get("url") or status.get("uri")
    handle = whole_handle(_text(writer["acct"]), account)
    is_private = status["visibility"] in PRIVATE
    return Event(
        kind=kind,
        external_id=name,
        thread_id=_beginning(account, status, above, name),
        parent_id=name_of(account, above[-1]) if above else "",
        author=Author(
            external_id=handle.lower()[:80],
            handle=handle,
            display_name=_text(writer.get("display_name") or ""),
            verified=_verified(writer),
        ),
        text=_words(status),
        language=(_text(status.get("language") or "")).partition("-")[0].lower()[:8],
        permalink=_page(address),
        created_at=_moment(status.get("edited_at") if kind is EventKind.EDITED else status["created_at"]),
        is_private=is_private,
        matched_on=_text(item.get("matched_on", "")),
        reference={
            "id": _text(status["id"]),
            "visibility": _text(status["visibility"]),
            "acct": _text(writer["acct"]),
        },
        also_known_as=() if name == local else (local,),
    )


def _kind_of(account: Account, status: Mapping[str, Any]) -> EventKind:
    if status["visibility"] in PRIVATE:
        return EventKind.PRIVATE_MESSAGE
    answers_us = status.get("in_reply_to_account_id") == account.external_id
    return EventKind.PUBLIC_REPLY if answers_us else EventKind.PUBLIC_MENTION


def _beginning(account: Account, status: Mapping[str, Any], above: list[Any], name: str) -> str:
    """The first of the statuses above of the same kind: a private exchange is not the public one's."""
    is_private = status["visibility"] in PRIVATE
    first = name
    for one in reversed(above):
        if (one["visibility"] in PRIVATE) != is_private:
            break
        first = name_of(account, one)
    return first


def _words(status: Mapping[str, Any]) -> str:
    warning = _text(status.get("spoiler_text") or "").strip()
    words = words_of(_text(status["content"]))
    return f"{warning}\n\n{words}" if warning else words


def _verified(writer: Mapping[str, Any]) -> str:
    """The first page that links back to the account, as its server checked."""
    fields = writer.get("fields")
    proven = [one for one in fields if isinstance(one, dict) and one.get("verified_at")] if fields else []
    return words_of(_text(proven[0].get("value", "")))[:80] if proven else ""


def _page(address: object) -> str:
    """The status's own page; a page that we cannot read as Mastodon's is left out."""
    if not isinstance(address, str):
        return ""
    try:
        place = recognise(address)
    except InvalidInput:
        return ""
    return place.url if place.network is Network.MASTODON else ""


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(_text(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
