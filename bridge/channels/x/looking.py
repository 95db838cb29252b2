"""Looking for an earlier try: X has no key against repeats, so our own posts are read back.

A post counts as ours by what it answers and by its words, without the mentions that X puts before a reply
and with every link taken for the same, because X shortens them. Source: GET /2/users/:id/tweets,
GET /2/dm_conversations/with/:id/dm_events.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Final

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.x.answers import judged, question
from bridge.channels.x.posts import PAGE, moment, parent_of, rows
from bridge.channels.x.sending import answered_post, recipient

PAGES_MAX: Final = 5
CLOCKS_DIFFER: Final = timedelta(minutes=2)
_LINK: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_LEADING: Final = re.compile(r"\A(?:@\w{1,15}\s+)+")


def find(account: Account, message: Message, *, call: Call) -> Told:
    """SENT with its id, NOT_THERE when everything since the first try was read, else what went wrong."""
    if not account.external_id:
        return Told(result=Result.SIGNED_OUT, error="signed_out")
    if message.purpose is Purpose.PUBLIC_REPLY:
        where = f"/2/users/{account.external_id}/tweets"
        values = {
            "max_results": "100",
            "tweet.fields": "created_at,in_reply_to_user_id,referenced_tweets,note_tweet",
        }
        return _look(account, message, where, values, call)
    to = recipient(account, message, call)
    if isinstance(to, Told):
        return to
    where = f"/2/dm_conversations/with/{to}/dm_events"
    values = {
        "max_results": "100",
        "event_types": "MessageCreate",
        "dm_event.fields": "id,text,sender_id,created_at",
    }
    return _look(account, message, where, values, call)


def _look(account: Account, message: Message, where: str, values: dict[str, str], call: Call) -> Told:
    since = None if message.since is None else message.since - CLOCKS_DIFFER
    for _page in range(PAGES_MAX):
        told = call(question(account, where, values))
        if not isinstance(told, Answered) or not told.is_good:
            return judged(told, message.text)
        given = told.object()
        if not _is_page(given):
            return Told(result=Result.UNKNOWN, error="bad_answer", status_code=told.status_code)
        page = rows(given.get("data"))
        for one in page:
            found = _found(account, message, one)
            if found:
                return found
        place = given["meta"].get("next_token")
        if not isinstance(place, str) or _reaches_back(page, since):
            return Told(result=Result.NOT_THERE, status_code=told.status_code)
        values = {**values, "pagination_token": place}
    return Told(result=Result.UNKNOWN, error="too_many_posts")


def _is_page(given: Mapping[str, Any]) -> bool:
    """An empty list has no `data` and says so in `meta`."""
    meta = given.get("meta")
    return isinstance(meta, Mapping) and (
        isinstance(given.get("data"), list) or meta.get("result_count") == 0
    )


def _reaches_back(page: list[Mapping[str, Any]] | Any, since: datetime | None) -> bool:
    try:
        at = moment(page[-1].get("created_at")) if page else None
    except ValueError:
        return False
    return since is not None and at is not None and at < since


def _found(account: Account, message: Message, one: Mapping[str, Any]) -> Told | None:
    own, text = one.get("id"), one.get("text")
    if not isinstance(own, str) or not isinstance(text, str):
        return None
    note = one.get("note_tweet")
    whole = note.get("text") if isinstance(note, Mapping) else None
    if same_words(message.text) not in {
        same_words(text),
        same_words(whole if isinstance(whole, str) else text),
    }:
        return None
    if message.purpose is Purpose.PUBLIC_REPLY:
        if parent_of(one) not in {answered_post(message), message.reply_to}:
            return None
        return Told(result=Result.SENT, external_id=own, permalink=f"{PAGE}{own}", visibility="public")
    if one.get("sender_id") != account.external_id or _is_before(one, message.since):
        return None
    return Told(result=Result.SENT, external_id=f"dm-{own}", visibility="private")


def _is_before(one: Mapping[str, Any], since: datetime | None) -> bool:
    """The same words may have been said to them last month."""
    try:
        at = moment(one.get("created_at"))
    except ValueError:
        return True
    return since is not None and at is not None and at < since - CLOCKS_DIFFER


def same_words(text: str) -> str:
    """A text as it is compared: without leading mentions, every link the same."""
    plain = unicodedata.normalize("NFC", unescape(text))
    return " ".join(_LINK.sub("(link)", _LEADING.sub("", plain, count=1)).split())
