"""Write into a Chatwoot conversation, and read it. Source: Chatwoot's application API, "messages".

A note is `private: true`. What the customer gets is `private: false`, and before it is sent Chatwoot is
asked what kind of conversation it is: a private text must not go where everybody reads it.
"""

from typing import Any, Final

import orjson

from bridge.channels import care
from bridge.channels import care_answers as answers
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.chatwoot import reading
from bridge.channels.coming_in import Fetched, NotReadable
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.webhook import Failed

PAGES_MAX: Final = 10
"""Twenty messages a page: a look goes back as far as our first try, and no further than this."""


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Write once."""
    conversation = care.conversation_of(message)
    is_note = message.purpose is Purpose.NOTE
    visibility = ""
    if not is_note:
        refused, visibility = _before_reply(account, message, conversation, call=call)
        if refused is not None:
            return refused
    told = call(
        Request(
            "POST",
            _url(account, conversation, "messages"),
            _login(account),
            json={
                "content": message.text,
                "message_type": "outgoing",
                "private": is_note,
                "content_type": "text",
            },
        )
    )
    link = reading.door_url(account, conversation)
    return answers.judged(
        told,
        answers.numbered(lambda number: reading.own_name(account, conversation, number)),
        permalink=link,
        visibility=visibility,
    )


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Read back until our first try, newest page first."""
    conversation = care.conversation_of(message)
    is_note, link = message.purpose is Purpose.NOTE, reading.door_url(account, conversation)
    before = ""
    for _ in range(PAGES_MAX):
        told = call(Request("GET", _url(account, conversation, "messages", before=before), _login(account)))
        page = _page(told)
        if page is None:
            return answers.unclear(told)
        written = [
            answers.Written(
                name=reading.own_name(account, conversation, care.id_of(one.get("id"))),
                text=care.text_of(one.get("content")),
                is_note=one.get("private") is True,
                at=care.moment_of(one.get("created_at")),
            )
            for one in page
            if one.get("message_type") in reading.OUTGOING
        ]
        found = answers.looked_up(written, message, is_note=is_note, permalink=link)
        if found.result is Result.SENT or not page or _is_early_enough(page, message):
            return found
        before = care.id_of(page[0].get("id"))
    return Told(result=Result.UNKNOWN, error="too_much_to_read")


def fetch(account: Account, conversation: str, *, call: Call) -> Fetched:
    """The conversation with its newest messages, in one body for `read`."""
    about = call(Request("GET", _url(account, conversation), _login(account)))
    if isinstance(about, Failed) or not about.is_good or not about.object():
        return answers.not_fetched(about)
    told = call(Request("GET", _url(account, conversation, "messages"), _login(account)))
    page = _page(told)
    if page is None:
        return answers.not_fetched(told)
    body = {"event": "fetched", "conversation": about.object(), "messages": page}
    return Fetched(orjson.dumps(body))


def _before_reply(
    account: Account, message: Message, conversation: str, *, call: Call
) -> tuple[Told | None, str]:
    """What speaks against a reply to the customer, and who will read it."""
    told = call(Request("GET", _url(account, conversation), _login(account)))
    if isinstance(told, Failed) or not told.is_good:
        return answers.not_begun(told), ""
    try:
        found_one = reading.conversation_of(told.object())
    except NotReadable:
        return Told(result=Result.RETRY, error="bad_answer"), ""
    link = reading.door_url(account, conversation)
    if found_one.is_public and message.purpose is not Purpose.PUBLIC_REPLY:
        return answers.not_in_private(link), ""
    if not found_one.can_reply:
        return Told(result=Result.HAND_OFF, error="cannot_reply", hand_off_url=link), ""
    return None, "public" if found_one.is_public else "private"


def _page(told: Answered | Failed) -> list[dict[str, Any]] | None:
    """The messages of one page, oldest first; None when it is no page."""
    if isinstance(told, Failed) or not told.is_good:
        return None
    payload = told.object().get("payload")
    return care.objects(payload) if isinstance(payload, list) else None


def _is_early_enough(page: list[dict[str, Any]], message: Message) -> bool:
    at = care.moment_of(page[0].get("created_at"))
    return message.since is None or at is None or at < message.since - answers.CLOCKS_DIFFER


def _url(account: Account, conversation: str, *more: str, before: str = "") -> str:
    number = account.settings.get("account_id", "")
    query = f"before={before}" if before else ""
    steps = ("api", "v1", "accounts", number, "conversations", conversation, *more)
    return care.api(account, *steps, query=query)


def _login(account: Account) -> dict[str, str]:
    return {"api_access_token": account.secret("access_token")}
