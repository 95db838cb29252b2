"""Notes and answers in Freshdesk's tickets. Source: developers.freshdesk.com/api, "Conversations".

Its texts are HTML, so that ours are escaped; what is read back comes as plain text beside it.
"""

from base64 import b64encode
from html import escape
from typing import Any, Final

import orjson

from bridge.channels import care
from bridge.channels import care_answers as answers
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import Fetched
from bridge.channels.freshdesk import reading
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.webhook import Failed

PAGE: Final = 100
PAGES_MAX: Final = 10


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Write once."""
    ticket, is_note = care.conversation_of(message), message.purpose is Purpose.NOTE
    link = reading.door_url(account, ticket)
    if not is_note:
        told = call(Request("GET", _url(account, ticket), _login(account)))
        if isinstance(told, Failed) or not told.is_good or not told.object().get("id"):
            return answers.not_begun(told)
        if not reading.is_private(told.object().get("source")):
            return answers.not_in_private(link)
    html = escape(message.text, quote=False).replace("\n", "<br>")
    wanted = {"body": html, "private": True} if is_note else {"body": html}
    told = call(
        Request(
            "POST",
            _url(account, ticket, "notes" if is_note else "reply"),
            _login(account),
            json=wanted,
        )
    )

    made = answers.numbered(lambda number: care.ticket_name(account, ticket, number))
    return answers.judged(told, made, permalink=link, visibility="" if is_note else "private")


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Read everything back. An empty list says nothing until the ticket itself is seen to be there."""
    ticket = care.conversation_of(message)
    link, is_note = reading.door_url(account, ticket), message.purpose is Purpose.NOTE
    for page in range(1, PAGES_MAX + 1):
        told = call(Request("GET", _conversations_url(account, ticket, page), _login(account)))
        conversations = _conversations(told)
        if conversations is None:
            return answers.unclear(told)
        written = (
            answers.Written(
                name=care.ticket_name(account, ticket, care.id_of(one.get("id"))),
                text=care.text_of(one.get("body_text")) or care.plain(one.get("body")),
                is_note=one.get("private") is True,
                at=care.moment_of(one.get("created_at")),
            )
            for one in conversations
            if one.get("incoming") is not True
        )
        found = answers.looked_up(written, message, is_note=is_note, permalink=link)
        if found.result is Result.SENT:
            return found
        if len(conversations) < PAGE:
            return found if conversations else _not_there(account, ticket, found, call=call)
    return Told(result=Result.UNKNOWN, error="too_much_to_read")


def fetch(account: Account, conversation: str, *, call: Call) -> Fetched:
    """The ticket and what was written in it, in one body for `read`."""
    about = call(Request("GET", _url(account, conversation, query="include=requester"), _login(account)))
    if isinstance(about, Failed) or not about.is_good or not about.object():
        return answers.not_fetched(about)
    told = call(Request("GET", _conversations_url(account, conversation, 1), _login(account)))
    conversations = _conversations(told)
    if conversations is None:
        return answers.not_fetched(told)
    return Fetched(orjson.dumps({"ticket": about.object(), "conversations": conversations}))


def _not_there(account: Account, ticket: str, found: Told, *, call: Call) -> Told:
    told = call(Request("GET", _url(account, ticket), _login(account)))
    is_there = isinstance(told, Answered) and told.is_good and care.id_of(told.object().get("id"))
    return found if is_there else answers.unclear(told)


def _conversations(told: Answered | Failed) -> list[dict[str, Any]] | None:
    if isinstance(told, Failed) or not told.is_good:
        return None
    listed = told.json()
    return care.objects(listed) if isinstance(listed, list) else None


def _url(account: Account, ticket: str, *more: str, query: str = "") -> str:
    return care.api(account, "api", "v2", "tickets", ticket, *more, query=query)


def _conversations_url(account: Account, ticket: str, page: int) -> str:
    return _url(account, ticket, "conversations", query=f"page={page}&per_page={PAGE}")


def _login(account: Account) -> dict[str, str]:
    login = b64encode(f"{account.secret('access_token')}:X".encode()).decode()
    return {"Authorization": f"Basic {login}"}
