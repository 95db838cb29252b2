"""Private words through Meta, and looking for what an earlier try left behind.

A post has one private answer, within seven days. A message goes out as RESPONSE within the window; later
only with the tag HUMAN_AGENT, which says that a person stands behind it: without that person's name it is
not even tried. There is no idempotency key, so an unclear try is looked for in the conversation.
Sources: developers.facebook.com/docs/messenger-platform/discovery/private-replies,
…/messenger-platform/send-messages, …/messenger-platform/conversations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.meta_entries import inner, moment, short_id, text
from bridge.channels.meta_graph import ask, judged
from bridge.channels.meta_talk import writer
from bridge.channels.webhook import Failed

MESSAGES_READ: Final = 25
CLOCKS_DIFFER: Final = timedelta(minutes=5)
MESSAGE_FIELDS: Final = f"messages.limit({MESSAGES_READ}){{id,message,from,created_time}}"


def send_private(account: Account, message: Message, call: Call, *, path: str, base_url: str = "") -> Told:
    """Send one private message once. `path` is where this account's messages go.

    The answer names whom it reached, which is what somebody who only commented is called in private.
    """
    if message.is_late and not message.released_by:
        return Told(result=Result.FINAL, error="needs_a_person")
    recipient = recipient_of(message)
    if not recipient:
        return Told(result=Result.FINAL, error="no_recipient")
    body: dict[str, object] = {"recipient": recipient, "message": {"text": message.text}}
    if message.is_late:
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    elif message.purpose is Purpose.PRIVATE_MESSAGE:
        body["messaging_type"] = "RESPONSE"
    answer = ask(account, path, call, base_url=base_url, json=body)
    told = judged(answer, named="message_id")
    if told.result is not Result.SENT or isinstance(answer, Failed):
        return told
    reached = text(answer.object(), "recipient_id")
    return replace(
        told,
        external_id=short_id(told.external_id),
        visibility="private",
        recipient=writer(reached) if reached else None,
    )


def takes_private_reply(reference: Mapping[str, object]) -> bool:
    """A comment or post at our own place does; one that mentions us elsewhere does not."""
    is_named = reference.get("kind") in {"comment", "post"} and isinstance(reference.get("id"), str)
    return is_named and not reference.get("foreign")


def recipient_of(message: Message) -> dict[str, str]:
    """Whom it goes to, as Meta wants it named; empty when that is not known."""
    if message.purpose is Purpose.PRIVATE_REPLY:
        if not takes_private_reply(message.reference):
            return {}
        return {f"{message.reference['kind']}_id": str(message.reference["id"])}
    to = message.reference.get("to") or message.to_external_id
    return {"id": to} if isinstance(to, str) and to else {}


def find_message(
    account: Account, message: Message, call: Call, *, path: str, platform: str, to: str, base_url: str = ""
) -> Told:
    """Look for our words in the conversation with this customer."""
    if not to:
        return Told(result=Result.UNKNOWN, error="cannot_be_told")
    answer = ask(account, path, call, base_url=base_url, platform=platform, user_id=to, fields=MESSAGE_FIELDS)
    listed = listed_in(answer)
    if isinstance(listed, Told):
        return listed
    if not listed:
        return Told(result=Result.NOT_THERE)
    return among(account, message, inner(listed[0], "messages"), words="message")


def listed_in(answer: Answered | Failed) -> list[Mapping[str, Any]] | Told:
    """The rows of a list, or what went wrong: never an empty list for an answer that failed."""
    told = judged(answer, named="data")
    if isinstance(answer, Failed) or not answer.is_good or "error" in answer.object():
        return told
    rows = answer.object().get("data")
    if not isinstance(rows, list):
        return Told(result=Result.UNKNOWN, error="bad_answer", status_code=answer.status_code)
    return [row for row in rows if isinstance(row, dict)]


def among(account: Account, message: Message, page: Mapping[str, Any], *, words: str) -> Told:
    """Our words among a page of messages or comments, not older than the first try.

    NOT_THERE only when the page reaches back to before the first try; otherwise it cannot be told.
    """
    rows = page.get("data")
    if not isinstance(rows, list):
        return Told(result=Result.UNKNOWN, error="bad_answer")
    rows = [row for row in rows if isinstance(row, dict)]
    since = None if message.since is None else message.since - CLOCKS_DIFFER
    is_whole = not text(inner(page, "paging"), "next")
    for row in rows:
        at = moment(row.get("created_time") or row.get("timestamp"))
        if since is not None and at is not None and at < since:
            is_whole = True
        elif _plain(text(row, words)) == _plain(message.text) and _is_ours(account, row) and text(row, "id"):
            return Told(result=Result.SENT, external_id=short_id(text(row, "id")))
    return (
        Told(result=Result.NOT_THERE) if is_whole else Told(result=Result.UNKNOWN, error="too_many_to_tell")
    )


def _is_ours(account: Account, row: Mapping[str, Any]) -> bool:
    """Whether we wrote it; where the network does not say who, the words decide."""
    ids: Sequence[str] = (account.external_id, account.settings.get("page_id", ""))
    by, name = text(inner(row, "from"), "id"), text(inner(row, "from"), "username") or text(row, "username")
    if by and any(ids):
        return by in ids
    return not name or not account.handle or name.lower() == account.handle.lower()


def _plain(words: str) -> str:
    return " ".join(words.split())
