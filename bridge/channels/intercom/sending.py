"""Notes and answers in Intercom's conversations. Source: Intercom-OpenAPI 2.16, "Reply to a conversation".

A write answers with the whole conversation; the part with our words in it is the new one.
"""

from html import escape
from typing import Any, Final

from bridge.channels import care
from bridge.channels import care_answers as answers
from bridge.channels.accounts import Account
from bridge.channels.calling import Call, Request
from bridge.channels.coming_in import Fetched
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.intercom import reading
from bridge.channels.webhook import Failed

VERSION: Final = "2.16"
KINDS: Final = {Purpose.NOTE: "note"}


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Write once."""
    conversation, is_note = care.conversation_of(message), message.purpose is Purpose.NOTE
    link = reading.door_url(account, conversation)
    if not is_note:
        told = call(Request("GET", _url(account, conversation), _login(account)))
        if isinstance(told, Failed) or not told.is_good or not told.object().get("id"):
            return answers.not_begun(told)
        if not reading.is_private(told.object()):
            return answers.not_in_private(link)
    paragraphs = [escape(part, quote=False).replace("\n", "<br>") for part in message.text.split("\n\n")]
    told = call(
        Request(
            "POST",
            _url(account, conversation, "reply"),
            _login(account),
            json={
                "message_type": KINDS.get(message.purpose, "comment"),
                "type": "admin",
                "admin_id": account.settings.get("admin_id", ""),
                "body": "".join(f"<p>{part}</p>" for part in paragraphs),
            },
        )
    )

    def made(body: Any) -> str:
        """The newest part with our words."""
        for part in reversed(_written(account, conversation, body)):
            if part.is_note == is_note and care.words_of(part.text) == care.words_of(message.text):
                return part.name
        return ""

    return answers.judged(told, made, permalink=link, visibility="" if is_note else "private")


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Read the conversation back: it comes with its newest five hundred parts."""
    conversation = care.conversation_of(message)
    told = call(Request("GET", _url(account, conversation), _login(account)))
    if isinstance(told, Failed) or not told.is_good:
        return answers.unclear(told)
    if not isinstance(told.object().get("conversation_parts"), dict):
        return Told(result=Result.UNKNOWN, error="bad_answer")
    return answers.looked_up(
        _written(account, conversation, told.object()),
        message,
        is_note=message.purpose is Purpose.NOTE,
        permalink=reading.door_url(account, conversation),
    )


def fetch(account: Account, conversation: str, *, call: Call) -> Fetched:
    """The conversation as it is."""
    told = call(Request("GET", _url(account, conversation), _login(account)))
    if isinstance(told, Failed) or not told.is_good or told.object().get("type") != "conversation":
        return answers.not_fetched(told)
    return Fetched(told.body)


def _written(account: Account, conversation: str, body: object) -> list[answers.Written]:
    return [
        answers.Written(
            name=reading.own_name(account, conversation, care.id_of(part.get("id"))),
            text=care.plain(part.get("body")),
            is_note=part.get("part_type") == "note",
            at=care.moment_of(part.get("created_at")),
        )
        for part in (reading.parts_of(body) if isinstance(body, dict) else ())
        if care.inside(part, "author", "type") not in reading.CUSTOMERS
    ]


def _url(account: Account, *steps: str) -> str:
    return care.api(account, "conversations", *steps)


def _login(account: Account) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {account.secret('access_token')}",
        "Intercom-Version": VERSION,
        "Accept": "application/json",
    }
