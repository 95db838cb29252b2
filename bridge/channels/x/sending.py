"""Answering on X: a reply, a private message, or a text for a person to send.

Since February 2026 a reply by the API is taken only when the author of the post summoned us, by a mention
or a quote; an app with Enterprise access is exempt. Reaching out to somebody who did not is against X's
rules for automation in private as well. So such a message is never tried: a person sends it in X, with
the text filled in. A refused reply goes the same way. Source: docs.x.com, manage-tweets, changelog,
developer-guidelines; web intents.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.x.answers import judged, question, signed_in
from bridge.channels.x.posts import PAGE

INTENT: Final = "https://x.com/intent/tweet"
COMPOSE: Final = "https://x.com/messages/compose"
ADDRESS_MAX: Final = 2_000
_NOT_FOUND: Final = frozenset({"resource-not-found", "not-authorized-for-resource"})


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Send once, or hand it to a person."""
    if message.purpose is Purpose.PUBLIC_REPLY:
        return _reply(account, message, call)
    if message.purpose is Purpose.PRIVATE_MESSAGE:
        return _private(account, message, call)
    return Told(result=Result.HAND_OFF, error="cannot_send")


def is_summoned(account: Account, reference: Mapping[str, object]) -> bool:
    """Whether X takes an automated answer: the author called us, or our access lets us answer anybody."""
    return reference.get("is_summons") is True or account.settings.get("access", "") == "enterprise"


def intent(reply_to: str, text: str) -> str:
    """X's own page with the reply filled in; without the text where the address would grow too long."""
    where = f"{INTENT}?in_reply_to={quote(reply_to, safe='')}"
    whole = f"{where}&text={quote(text, safe='')}"
    return whole if len(whole) <= ADDRESS_MAX else where


def compose(user_id: str) -> str:
    """X's own page for a private message. The text may hold a code, so it stands in no address."""
    return f"{COMPOSE}?recipient_id={quote(user_id, safe='')}" if user_id.isdigit() else COMPOSE


def answered_post(message: Message) -> str:
    """The post to answer: its newest version where it was edited."""
    given = message.reference.get("id")
    return given if isinstance(given, str) and given else message.reply_to


def _reply(account: Account, message: Message, call: Call) -> Told:
    to = answered_post(message)
    by_hand = intent(to, message.text)
    if not to.isdigit():
        return Told(result=Result.HAND_OFF, error="post_not_known")
    if not is_summoned(account, message.reference):
        return Told(result=Result.HAND_OFF, error="not_summoned", hand_off_url=by_hand)
    asked = {
        "text": message.text,
        "reply": {"in_reply_to_tweet_id": to, "auto_populate_reply_metadata": True},
    }
    told = call(Request("POST", f"{account.base_url}/2/tweets", signed_in(account), json=asked))
    made = _id_in(told, "id")
    if made:
        assert isinstance(told, Answered)
        return Told(
            result=Result.SENT,
            external_id=made,
            permalink=f"{PAGE}{made}",
            status_code=told.status_code,
            visibility="public",
        )
    why = judged(told, message.text)
    if why.result is not Result.FINAL:
        return why
    is_refused = why.status_code == 403 or why.error == "duplicate"
    if is_refused:
        error = why.error if why.error == "duplicate" else "reply_refused"
        return Told(
            result=Result.HAND_OFF,
            error=error,
            status_code=why.status_code,
            excerpt=why.excerpt,
            hand_off_url=by_hand,
        )
    return Told(
        result=Result.FINAL,
        error="status_404" if why.error in _NOT_FOUND else why.error,
        status_code=why.status_code,
        excerpt=why.excerpt,
    )


def _private(account: Account, message: Message, call: Call) -> Told:
    if not is_summoned(account, message.reference):
        return Told(
            result=Result.HAND_OFF, error="not_summoned", hand_off_url=compose(message.to_external_id)
        )
    to = recipient(account, message, call)
    if isinstance(to, Told):
        return to
    where = f"{account.base_url}/2/dm_conversations/with/{to}/messages"
    told = call(Request("POST", where, signed_in(account), json={"text": message.text}))
    made = _id_in(told, "dm_event_id")
    if made:
        assert isinstance(told, Answered)
        return Told(
            result=Result.SENT,
            external_id=f"dm-{made}",
            status_code=told.status_code,
            visibility="private",
        )
    why = judged(told, message.text)
    if why.result is Result.FINAL and why.status_code == 403:
        return Told(
            result=Result.FINAL, error="private_refused", status_code=why.status_code, excerpt=why.excerpt
        )
    return why


def recipient(account: Account, message: Message, call: Call) -> str | Told:
    """The customer's numeric id; asked for by handle where an agent pasted the post."""
    if message.to_external_id.isdigit():
        return message.to_external_id
    if not message.to_handle.isascii() or not message.to_handle.replace("_", "").isalnum():
        return Told(result=Result.HAND_OFF, error="post_not_known", hand_off_url=COMPOSE)
    told = call(question(account, f"/2/users/by/username/{message.to_handle}", {}))
    found = _id_in(told, "id")
    if found.isdigit():
        return found
    why = judged(told, message.text)
    # Nothing was written yet, so even an unclear answer may be tried again.
    return why if why.result is not Result.UNKNOWN else Told(result=Result.RETRY, error=why.error)


def _id_in(told: object, name: str) -> str:
    """The id in a good answer's `data`, or an empty text."""
    data = told.object().get("data") if isinstance(told, Answered) and told.is_good else None
    given = data.get(name) if isinstance(data, dict) else None
    return given if isinstance(given, str) else ""
