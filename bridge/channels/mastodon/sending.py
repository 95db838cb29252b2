"""Posting a reply or a direct message, and looking at what it became.

The message's id is the Idempotency-Key, which Mastodon keeps for an hour and other servers ignore; so an
unclear try is looked for among our own posts before it is tried again. What was to be private and came
back otherwise, or names nobody, is taken back at once, and a person has to look: a server was seen that
stores `direct` as something else. Source: POST /api/v1/statuses.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from bridge.channels.accounts import Account
from bridge.channels.asking_for import trouble
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.going_out import Message, Purpose, Result, Told, unanswered
from bridge.channels.mastodon.asked import (
    question,
    said,
    signed_in,
    status_path,
    wait_seconds,
    whole_handle,
)
from bridge.channels.mastodon.reading import name_of
from bridge.channels.webhook import Failed

PAGE: Final = 40
PAGES_MAX: Final = 5
CLOCKS_DIFFER: Final = timedelta(hours=1)
"""A look that stops too early would allow a second post; one that goes too far asks a page more."""
_FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Post once."""
    if message.purpose not in {Purpose.PUBLIC_REPLY, Purpose.PRIVATE_MESSAGE}:
        return Told(result=Result.HAND_OFF, error="cannot_send")
    answered = str(message.reference.get("id", ""))
    if not answered:
        return Told(result=Result.HAND_OFF, error="post_not_known")
    asked = {
        "status": text_for(account, message),
        "in_reply_to_id": answered,
        "visibility": visibility_for(message),
        **({"language": message.language} if message.language else {}),
    }
    headers = {**signed_in(account), "Idempotency-Key": str(message.id)}
    told = call(Request("POST", f"{account.base_url}/api/v1/statuses", headers, json=asked))
    if isinstance(told, Answered) and told.is_good:
        return _became(account, message, told.object(), told.status_code, call)
    return _judged(told, message)


def text_for(account: Account, message: Message) -> str:
    """Our words, with the customer named: without it nobody is told, and in private nobody reads it.

    A customer of our own server is named as that server does, without it: the address by which we call a
    server need not be the one that its handles end in.
    """
    if not message.to_handle:
        return message.text
    acct = _called(account, message)
    text = _mention(message.to_handle).sub(f"@{acct}", message.text)
    return text if _mention(acct).search(text) else f"@{acct} {text}"


def _called(account: Account, message: Message) -> str:
    """The customer's handle as our server writes it, where the post that we answer is the customer's own."""
    acct = str(message.reference.get("acct", ""))
    is_theirs = whole_handle(acct, account).lower() == whole_handle(message.to_handle, account).lower()
    return acct if acct and is_theirs else message.to_handle


def _mention(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@/])@{re.escape(name)}(?![\w@-]|\.\w)", re.IGNORECASE)


def visibility_for(message: Message) -> str:
    """As quiet as the post that is answered, and never more public than asked."""
    if message.purpose is Purpose.PRIVATE_MESSAGE:
        return "direct"
    return "unlisted" if message.reference.get("visibility") == "unlisted" else "public"


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Look through our posts back to the first try; only a whole look can say that it is not there."""
    if not account.external_id:
        return Told(result=Result.SIGNED_OUT, error="signed_out")
    path, before = f"v1/accounts/{quote(account.external_id, safe='')}/statuses", ""
    for _ in range(PAGES_MAX):
        values = [("limit", str(PAGE)), ("exclude_reblogs", "true")]
        told = call(question(account, path, values + ([("max_id", before)] if before else [])))
        if isinstance(told, Failed) or not told.is_good:
            return _judged(told, message)
        page = told.json()
        if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
            return _unclear("bad_answer", told.status_code)
        for status in page:
            if _may_be(account, message, status):
                same = _is_same(account, message, status, call)
                if same is None:
                    return _unclear("source_not_read", told.status_code)
                if same:
                    return _became(account, message, status, told.status_code, call)
        if not page:
            is_whole = bool(before) or _has_none(account, call)
            return _not_there(told) if is_whole else _unclear("empty_list", told.status_code)
        if _is_from_before(message, page[-1]):
            return _not_there(told)
        before = str(page[-1].get("id", ""))
    return _unclear("too_far_back", None)


def _may_be(account: Account, message: Message, status: Mapping[str, Any]) -> bool:
    """Whether a status of ours is worth a closer look.

    The customer may have written again since, so what was answered then need not be what is answered now.
    """
    answers = status.get("in_reply_to_id") == message.reference.get("id")
    return not _is_from_before(message, status) and (answers or _names(account, message, status))


def _is_from_before(message: Message, status: Mapping[str, Any]) -> bool:
    """Whether a status is older than our first try."""
    return message.since is not None and _moment(status) < message.since - CLOCKS_DIFFER


def _is_same(account: Account, message: Message, status: Mapping[str, Any], call: Call) -> bool | None:
    """Whether a status of ours has these words, as we wrote them; None when it cannot be told."""
    told = call(question(account, status_path(str(status.get("id")), "/source")))
    source = told.object().get("text") if isinstance(told, Answered) and told.is_good else None
    return source == text_for(account, message) if isinstance(source, str) else None


def _has_none(account: Account, call: Call) -> bool:
    """An empty list is believed when the account says that it never wrote anything."""
    told = call(question(account, "v1/accounts/verify_credentials"))
    return isinstance(told, Answered) and told.is_good and told.object().get("statuses_count") == 0


def _became(account: Account, message: Message, status: Mapping[str, Any], code: int, call: Call) -> Told:
    """What the server made of it. Something private that others may read is taken back."""
    number, visibility = status.get("id"), status.get("visibility")
    if not isinstance(number, str) or not number or not isinstance(visibility, str):
        return _unclear("bad_answer", code)
    is_private = message.purpose is Purpose.PRIVATE_MESSAGE
    problem = ""
    if is_private and visibility != "direct":
        problem = "wrong_visibility"
    elif is_private and not _names(account, message, status):
        problem = "names_nobody"
    if problem:
        problem += "_taken_back" if _take_back(account, number, call) else "_still_there"
    address = status.get("url")
    return Told(
        result=Result.FINAL if problem else Result.SENT,
        error=problem,
        external_id=name_of(account, status),
        permalink=address if isinstance(address, str) and len(address) <= 500 else "",
        status_code=code,
        visibility="private" if visibility == "direct" else "public",
    )


def _names(account: Account, message: Message, status: Mapping[str, Any]) -> bool:
    given = status.get("mentions")
    named = {
        whole_handle(str(one.get("acct", "")), account).lower()
        for one in (given if isinstance(given, list) else ())
        if isinstance(one, dict)
    }
    return whole_handle(message.to_handle, account).lower() in named


def _take_back(account: Account, number: str, call: Call) -> bool:
    told = call(Request("DELETE", f"{account.base_url}/api/{status_path(number)}", signed_in(account)))
    return isinstance(told, Answered) and (told.is_good or told.status_code == 404)


def _judged(told: Answered | Failed, message: Message) -> Told:
    """What an answer without a status means."""
    if isinstance(told, Failed):
        return unanswered(told)
    status = told.status_code
    if status == 401:
        return Told(result=Result.SIGNED_OUT, error="signed_out", status_code=status)
    if status == 429:
        return Told(
            result=Result.RETRY, error="too_much", status_code=status, retry_after_seconds=wait_seconds(told)
        )
    if status >= 500 or told.is_good:
        return Told(
            result=Result.UNKNOWN,
            error=trouble(told),
            status_code=status,
            retry_after_seconds=wait_seconds(told),
        )
    error = "post_is_gone" if status == 404 else trouble(told)
    return Told(result=Result.FINAL, error=error, status_code=status, excerpt=said(told, never=message.text))


def _unclear(error: str, status_code: int | None) -> Told:
    return Told(result=Result.UNKNOWN, error=error, status_code=status_code)


def _not_there(told: Answered) -> Told:
    return Told(result=Result.NOT_THERE, status_code=told.status_code)


def _moment(status: Mapping[str, Any]) -> datetime:
    """When it was posted; what does not say so is taken for new, so that the look goes on."""
    try:
        moment = datetime.fromisoformat(str(status.get("created_at")))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        return _FAR
