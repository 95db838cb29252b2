"""A Page's deliveries become events: `feed` (comments, posts of visitors), `mention`, and Messenger.

The Graph names a comment `<post>_<comment>` and a post `<page>_<post>`; the last part is what stands in
its address, and the comment makes the thread, as `bridge/permalinks.py` has it. A Page's visitors have
names, not handles, and many share one: the end of their id makes a handle of it.
Source: developers.facebook.com/docs/graph-api/webhooks/reference/page.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind
from bridge.channels.meta_entries import Told, batch, inner, moment, text
from bridge.channels.meta_talk import talked
from bridge.errors import InvalidInput
from bridge.permalinks import recognise

POSTS: Final = frozenset({"post", "status", "photo", "video", "share", "link", "album", "note"})
EDITS: Final = frozenset({"edit", "edited"})
REMOVALS: Final = frozenset({"remove", "delete"})
NAME_MAX_CHARACTERS: Final = 60
_NOT_IN_HANDLES: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"})


def read(account: Account, body: bytes) -> Sequence[Event]:
    """Everything in one batch. What is not understood, another object's too, is OTHER. Raises NotReadable."""
    about, told = batch(body)
    return [_event(account, one) if about == "page" else _other(one) for one in told]


def _event(account: Account, told: Told) -> Event:
    match told.field:
        case "":
            return talked(told)
        case "feed":
            return _feed(account, told)
        case "mention":
            return _mention(told)
        case _:
            return _other(told)


def _feed(account: Account, told: Told) -> Event:
    value = told.value
    author = inner(value, "from")
    is_ours = text(author, "id") in {told.about or account.external_id} - {""}
    return _post(told, author, is_ours=is_ours, is_foreign=False)


def _mention(told: Told) -> Event:
    author = {"id": text(told.value, "sender_id"), "name": text(told.value, "sender_name")}
    return _post(told, author, is_ours=author["id"] == told.about != "", is_foreign=True)


def _post(told: Told, author: Mapping[str, Any], *, is_ours: bool, is_foreign: bool) -> Event:
    value = told.value
    item, verb = text(value, "item"), text(value, "verb") or "add"
    post_id, comment_id, parent_id = (text(value, name) for name in ("post_id", "comment_id", "parent_id"))
    is_comment = item == "comment"
    whole_id = comment_id if is_comment else post_id if item in POSTS else ""
    kind = _kind(verb, is_comment=is_comment, is_ours=is_ours, is_foreign=is_foreign)
    if not _last(whole_id) or kind is EventKind.OTHER:
        return _other(told)
    parent = _last(parent_id) if is_comment and _last(parent_id) != _last(post_id) else ""
    thread_id = parent or _last(whole_id)
    return Event(
        kind=kind,
        external_id=_last(whole_id)[:120],
        thread_id=thread_id[:120],
        parent_id=parent or (_last(post_id) if is_comment else ""),
        author=None if is_ours else _author(author, _last(whole_id)),
        text=_words(value),
        permalink=_address(post_id, thread_id if is_comment else "", _last(comment_id)),
        created_at=moment(value.get("created_time"))
        if kind is not EventKind.EDITED and verb == "add"
        else told.at,
        reference={"id": whole_id, "kind": "comment" if is_comment else "post"}
        | ({"foreign": True} if is_foreign else {}),
        account=told.about,
        also_known_as=() if is_comment else _other_names(value, _last(whole_id)),
    )


def _kind(verb: str, *, is_comment: bool, is_ours: bool, is_foreign: bool) -> EventKind:
    if verb in REMOVALS:
        return EventKind.DELETED
    if verb in EDITS:
        return EventKind.OTHER if is_ours else EventKind.EDITED
    if verb != "add":
        return EventKind.OTHER
    if is_ours:
        # Our own comment is an answer; our own new post is nobody's complaint.
        return EventKind.OUTCOME_ECHO if is_comment else EventKind.OTHER
    return EventKind.PUBLIC_REPLY if is_comment and not is_foreign else EventKind.PUBLIC_MENTION


def _last(whole_id: str) -> str:
    return whole_id.rpartition("_")[2]


def _words(value: Mapping[str, Any]) -> str:
    said = text(value, "message")
    if said:
        return said
    for kind in ("photo", "video", "link"):
        if value.get(kind):
            return f"[{kind}]"
    return ""


def _author(author: Mapping[str, Any], post_id: str) -> Author:
    """Somebody whom Facebook does not name is nobody else: the post's id tells them apart."""
    name, author_id = text(author, "name"), text(author, "id")
    plain = "".join(
        "." if unicodedata.category(sign) in _NOT_IN_HANDLES else sign
        for sign in unicodedata.normalize("NFC", name)[:NAME_MAX_CHARACTERS]
    ).strip(".@")
    ending = author_id[-6:] or post_id[-12:]
    return Author(
        external_id=author_id[:80], handle=f"{plain or 'facebook'}.{ending}", display_name=name[:200]
    )


def _address(post_id: str, thread_id: str, comment_id: str) -> str:
    page, _, post = post_id.rpartition("_")
    if not (page.isdecimal() and post.isdecimal()):
        return ""
    url = f"https://www.facebook.com/{page}/posts/{post}"
    if not thread_id:
        return url
    reply = {"reply_comment_id": comment_id} if comment_id != thread_id else {}
    return f"{url}?{urlencode({'comment_id': thread_id} | reply)}"


def _other_names(value: Mapping[str, Any], external_id: str) -> tuple[str, ...]:
    """What an agent who pastes the post's own address would call it."""
    given = text(inner(value, "post"), "permalink_url") or text(value, "permalink_url")
    try:
        found = recognise(given).post_id if given else external_id
    except InvalidInput:
        return ()
    return () if found == external_id else (found,)


def _other(told: Told) -> Event:
    return Event(kind=EventKind.OTHER, external_id=f"{told.field or 'message'}-not-understood")
