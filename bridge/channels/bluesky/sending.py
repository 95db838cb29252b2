"""Replying. The record's key comes from the message, so a second try cannot make a second post.

The second create of a key is answered 500 (seen on the network's own programs), like a real fault;
either way the key is looked up and the words are compared. Source: com.atproto.repo.createRecord.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bridge.channels.accounts import Account
from bridge.channels.bluesky.asked import POSTS, is_signed_out, question, signed_in, wait_seconds, word
from bridge.channels.bluesky.reading import page_of
from bridge.channels.bluesky.record_keys import record_key
from bridge.channels.bluesky.rich_text import facets_of
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.going_out import Message, Purpose, Result, Told, unanswered
from bridge.channels.webhook import Failed

EXCERPT_MAX = 200


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Create the record, once. What has no public form here goes to a person."""
    if message.purpose is not Purpose.PUBLIC_REPLY:
        return Told(result=Result.HAND_OFF, error="cannot_send_private")
    if not (account.secret("access_token") and account.external_id):
        return Told(result=Result.SIGNED_OUT, error="signed_out")
    reference = message.reference
    if not reference.get("cid"):
        answered = _read_reference(account, message, call)
        if isinstance(answered, Told):
            return answered
        reference = answered
    asked = {
        "repo": account.external_id,
        "collection": POSTS,
        "rkey": record_key(message.id),
        "record": record(message, reference),
    }
    create = Request(
        "POST", f"{account.base_url}/xrpc/com.atproto.repo.createRecord", signed_in(account), json=asked
    )
    told = call(create)
    if isinstance(told, Answered) and told.is_good:
        return _made(told)
    return _judged(told, message.text)


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Read the record of our key back from the account's own server, which knows at once."""
    if not account.external_id:
        return Told(result=Result.SIGNED_OUT, error="signed_out")
    values = [("repo", account.external_id), ("collection", POSTS), ("rkey", record_key(message.id))]
    told = call(question(account, "com.atproto.repo.getRecord", values))
    if isinstance(told, Answered):
        if told.status_code == 400 and word(told) == "RecordNotFound":
            return Told(result=Result.NOT_THERE, status_code=told.status_code)
        if told.is_good:
            value = told.object().get("value")
            if isinstance(value, dict) and value.get("text") == message.text:
                return _made(told)
            return Told(result=Result.UNKNOWN, error="another_record", status_code=told.status_code)
    return _judged(told, message.text)


def record(message: Message, reference: Mapping[str, object]) -> dict[str, Any]:
    """The post as the network keeps it: the same at every try."""
    made = {
        "$type": POSTS,
        "text": message.text,
        "createdAt": _written(message).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "reply": {
            "root": {"uri": reference["root_uri"], "cid": reference["root_cid"]},
            "parent": {"uri": reference["uri"], "cid": reference["cid"]},
        },
    }
    facets = facets_of(message.text, handles={message.to_handle: message.to_external_id})
    languages = {"langs": [message.language]} if message.language else {}
    return made | languages | ({"facets": facets} if facets else {})


def _written(message: Message) -> datetime:
    """When the first try began; without one, when the message was made, as its id says."""
    if message.since is not None:
        return message.since.astimezone(UTC)
    return datetime.fromtimestamp((message.id.int >> 80) / 1000, UTC)


def _read_reference(account: Account, message: Message, call: Call) -> dict[str, object] | Told:
    """A post that an agent pasted: ask the network for what a reply has to name."""
    if not message.reply_to.startswith("at://"):
        return Told(result=Result.HAND_OFF, error="post_not_known")
    told = call(question(account, "app.bsky.feed.getPosts", [("uris", message.reply_to)]))
    if isinstance(told, Failed):
        return Told(result=Result.RETRY, error=told.error)
    posts = told.object().get("posts") if told.is_good else None
    if not isinstance(posts, list):
        # Nothing was written yet, so even an unclear answer may be tried again.
        judged = _judged(told, message.text)
        return judged if judged.result is not Result.UNKNOWN else _again(told)
    if not posts:
        return Told(result=Result.FINAL, error="post_is_gone", status_code=told.status_code)
    try:
        uri, cid = posts[0]["uri"], posts[0]["cid"]
        root = (posts[0]["record"].get("reply") or {"root": {"uri": uri, "cid": cid}})["root"]
        return {"uri": uri, "cid": cid, "root_uri": root["uri"], "root_cid": root["cid"]}
    except (KeyError, TypeError, AttributeError):
        return _again(told)


def _again(told: Answered) -> Told:
    return Told(result=Result.RETRY, error="post_not_read", status_code=told.status_code)


def _made(told: Answered) -> Told:
    uri = told.object().get("uri")
    if not isinstance(uri, str) or not uri.startswith("at://"):
        return Told(result=Result.UNKNOWN, error="bad_answer", status_code=told.status_code)
    return Told(
        result=Result.SENT,
        external_id=uri,
        permalink=page_of(uri),
        status_code=told.status_code,
        visibility="public",
    )


def _judged(told: Answered | Failed, text: str) -> Told:
    """What an answer without a record means."""
    if isinstance(told, Failed):
        return unanswered(told)
    status, why = told.status_code, word(told)
    if is_signed_out(told):
        return Told(result=Result.SIGNED_OUT, error="signed_out", status_code=status)
    if status == 429:
        return Told(
            result=Result.RETRY, error="too_much", status_code=status, retry_after_seconds=wait_seconds(told)
        )
    if status >= 500 or told.is_good:
        return Told(
            result=Result.UNKNOWN,
            error=why or f"status_{status}",
            status_code=status,
            retry_after_seconds=wait_seconds(told),
        )
    said = told.object().get("message")
    excerpt = said[:EXCERPT_MAX] if isinstance(said, str) and text not in said else ""
    return Told(result=Result.FINAL, error=why or f"status_{status}", status_code=status, excerpt=excerpt)
