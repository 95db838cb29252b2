"""An Instagram account's deliveries become events: comments on our media, and direct messages.

A comment makes the thread, as `bridge/permalinks.py` has it; an answer to it says so by `parent_id`. It
comes with its author's name and with the id by which the same person writes messages, so both are one
customer. Nothing tells of a deleted comment. A mention elsewhere (`mentions`) comes without words and
without an author, and is not understood.
Source: developers.facebook.com/docs/graph-api/webhooks/reference/instagram.
"""

from collections.abc import Sequence
from typing import Final

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind
from bridge.channels.meta_entries import Told, batch, inner, moment, text
from bridge.channels.meta_talk import talked

COMMENTS: Final = frozenset({"comments", "live_comments"})


def read(account: Account, body: bytes) -> Sequence[Event]:
    """Everything in one batch. What is not understood, another object's too, is OTHER. Raises NotReadable."""
    about, told = batch(body)
    return [_event(account, one) if about == "instagram" else _other(one) for one in told]


def _event(account: Account, told: Told) -> Event:
    if told.field == "":
        return talked(told)
    comment_id = text(told.value, "id")
    if told.field not in COMMENTS or not comment_id:
        return _other(told)
    author, value = inner(told.value, "from"), told.value
    author_id, username = text(author, "id"), text(author, "username").strip("@ ")
    is_ours = _is_ours(account, told, author_id, username)
    parent_id = text(value, "parent_id")
    return Event(
        kind=EventKind.OUTCOME_ECHO if is_ours else EventKind.PUBLIC_REPLY,
        external_id=comment_id[:120],
        thread_id=(parent_id or comment_id)[:120],
        parent_id=parent_id,
        author=None if is_ours else _author(author_id, username, comment_id),
        text=text(value, "text"),
        created_at=moment(value.get("timestamp")) or told.at,
        reference={"id": comment_id, "kind": "comment", "top": parent_id or comment_id},
        account=told.about,
        facts={"media": text(inner(value, "media"), "media_product_type")[:40]},
    )


def _is_ours(account: Account, told: Told, author_id: str, username: str) -> bool:
    """Our own account by its id, or by its name, which is one account's at a time."""
    if author_id and author_id == (told.about or account.external_id):
        return True
    is_about_it = told.about in {"", account.external_id} or not account.external_id
    return is_about_it and bool(account.handle) and username.lower() == account.handle.lower()


def _author(author_id: str, username: str, comment_id: str) -> Author:
    """Somebody whom Instagram does not name is nobody else: the comment's id tells them apart."""
    handle = username[:80] or ("" if author_id else f"instagram.{comment_id}"[:80])
    return Author(external_id=author_id[:80], handle=handle, display_name=username)


def _other(told: Told) -> Event:
    return Event(kind=EventKind.OTHER, external_id=f"{told.field or 'message'}-not-understood")
