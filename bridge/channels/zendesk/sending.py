"""Add comments to Zendesk's tickets, and read them. Source: developer.zendesk.com, "Ticket comments".

A write answers with the ticket and an `audit`, whose event of type Comment has the new comment's id.
"""

from base64 import b64encode
from typing import Any, Final

import orjson

from bridge.channels import care
from bridge.channels import care_answers as answers
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import Fetched
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.webhook import Failed
from bridge.channels.zendesk import reading

PAGE: Final = 100
PAGES_MAX: Final = 10


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Add the comment once."""
    ticket, is_note = care.conversation_of(message), message.purpose is Purpose.NOTE
    link, visibility = reading.door_url(account, ticket), ""
    if not is_note:
        told = call(Request("GET", _url(account, f"{ticket}.json"), _login(account)))
        if isinstance(told, Failed) or not told.is_good or not care.inside(told.object(), "ticket", "id"):
            return answers.not_begun(told)
        via = care.inside(told.object(), "ticket", "via", "channel")
        visibility = "private" if reading.is_private(via) else "public"
        if visibility == "public" and message.purpose is not Purpose.PUBLIC_REPLY:
            return answers.not_in_private(link)
    comment = {"body": message.text, "public": not is_note}
    told = call(
        Request(
            "PUT",
            _url(account, f"{ticket}.json"),
            _login(account),
            json={"ticket": {"comment": comment}},
        )
    )
    return answers.judged(
        told, lambda made: _name(account, ticket, made), permalink=link, visibility=visibility
    )


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Read the ticket's comments, the newest first, as far back as our first try."""
    ticket = care.conversation_of(message)
    link = reading.door_url(account, ticket)
    for page in range(1, PAGES_MAX + 1):
        told = call(Request("GET", _comments_url(account, ticket, page), _login(account)))
        comments = _comments(told)
        if comments is None:
            return answers.unclear(told)
        written = [
            answers.Written(
                name=care.ticket_name(account, ticket, care.id_of(one.get("id"))),
                text=care.text_of(one.get("plain_body") or one.get("body")),
                is_note=one.get("public") is not True,
                at=care.moment_of(one.get("created_at")),
            )
            for one in comments
        ]
        found = answers.looked_up(written, message, is_note=message.purpose is Purpose.NOTE, permalink=link)
        if found.result is Result.SENT or len(comments) < PAGE:
            return found
    return Told(result=Result.UNKNOWN, error="too_much_to_read")


def fetch(account: Account, conversation: str, *, call: Call) -> Fetched:
    """The ticket with its newest comments and their authors, in one body for `read`."""
    about = call(Request("GET", _url(account, f"{conversation}.json"), _login(account)))
    ticket = None if isinstance(about, Failed) or not about.is_good else about.object().get("ticket")
    if not isinstance(ticket, dict):
        return answers.not_fetched(about)
    told = call(Request("GET", _comments_url(account, conversation, 1), _login(account)))
    comments = _comments(told)
    if comments is None or isinstance(told, Failed):
        return answers.not_fetched(told)
    users = care.objects(told.object().get("users"))
    body = {"type": "fetched", "ticket": ticket, "comments": comments[::-1], "users": users}
    return Fetched(orjson.dumps(body))


def _comments(told: Answered | Failed) -> list[dict[str, Any]] | None:
    if isinstance(told, Failed) or not told.is_good:
        return None
    comments = told.object().get("comments")
    return care.objects(comments) if isinstance(comments, list) else None


def _name(account: Account, ticket: str, made: Any) -> str:
    for event in care.objects(care.inside(made, "audit", "events")):
        number = care.id_of(event.get("id"))
        if event.get("type") == "Comment" and number:
            return care.ticket_name(account, ticket, number)
    return ""


def _url(account: Account, *steps: str, query: str = "") -> str:
    return care.api(account, "api", "v2", "tickets", *steps, query=query)


def _comments_url(account: Account, ticket: str, page: int) -> str:
    query = f"sort_order=desc&include=users&page={page}&per_page={PAGE}"
    return _url(account, ticket, "comments.json", query=query)


def _login(account: Account) -> dict[str, str]:
    login = f"{account.settings.get('email', '')}/token:{account.secret('access_token')}"
    return {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}
