"""Add articles to Zammad's tickets, and read them. Source: zammad-documentation `api/ticket/articles.rst`.

A note is `type: note` and `internal`. An answer has the type of the customer's last article, so that it
leaves by the channel on which they wrote; that is asked for first, and a private text never goes out as a
post that everybody reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from bridge.channels import care
from bridge.channels import care_answers as answers
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import Fetched
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.webhook import Failed
from bridge.channels.zammad import reading

SUBJECT: Final = "Store escalation"


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Add the article once."""
    ticket, is_note = care.conversation_of(message), message.purpose is Purpose.NOTE
    link, visibility = reading.door_url(account, ticket), ""
    about: Mapping[str, Any] = {"type": "note", "internal": True, "subject": SUBJECT}
    if not is_note:
        told = call(Request("GET", _articles_url(account, ticket), _login(account)))
        articles = _articles(told)
        if articles is None:
            return answers.not_begun(told)
        last = _last_of_customer(articles)
        kind = reading.type_of(last) if last else reading.UNKNOWN
        if kind.is_public and message.purpose is not Purpose.PUBLIC_REPLY:
            return answers.not_in_private(link)
        to = care.text_of(last.get("reply_to") or last.get("from")) if last else ""
        if last is None or not kind.answer or (kind.answer == "email" and "@" not in to):
            return Told(result=Result.HAND_OFF, error="cannot_reply", hand_off_url=link)
        visibility = "public" if kind.is_public else "private"
        about = _answering(kind.answer, last, to)
    told = call(
        Request(
            "POST",
            care.api(account, "api", "v1", "ticket_articles"),
            _login(account),
            json={
                "ticket_id": int(ticket) if ticket.isascii() and ticket.isdecimal() else ticket,
                "body": message.text,
                "content_type": "text/plain",
                **about,
            },
        )
    )

    made = answers.numbered(lambda number: care.ticket_name(account, ticket, number))
    return answers.judged(told, made, permalink=link, visibility=visibility)


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Read the ticket's articles back; there is no ticket without one, so that an empty list says nothing."""
    ticket = care.conversation_of(message)
    told = call(Request("GET", _articles_url(account, ticket), _login(account)))
    articles = _articles(told)
    if articles is None:
        return answers.unclear(told)
    written = (
        answers.Written(
            name=care.ticket_name(account, ticket, care.id_of(one.get("id"))),
            text=reading.words(one),
            is_note=one.get("internal") is True,
            at=care.moment_of(one.get("created_at")),
        )
        for one in articles
        if not reading.is_customer(one)
    )
    link = reading.door_url(account, ticket)
    return answers.looked_up(written, message, is_note=message.purpose is Purpose.NOTE, permalink=link)


def fetch(account: Account, conversation: str, *, call: Call) -> Fetched:
    """The ticket with its articles and tags, in one body for `read`."""
    url = care.api(account, "api", "v1", "tickets", conversation, query="expand=true")
    about = call(Request("GET", url, _login(account)))
    if isinstance(about, Failed) or not about.is_good or not about.object():
        return answers.not_fetched(about)
    told = call(Request("GET", _articles_url(account, conversation), _login(account)))
    articles = _articles(told)
    if articles is None:
        return answers.not_fetched(told)
    return Fetched(orjson.dumps({"ticket": about.object(), "articles": articles}))


def _answering(kind: str, last: Mapping[str, Any], to: str) -> Mapping[str, Any]:
    in_reply_to = care.text_of(last.get("message_id"))
    about: dict[str, Any] = {"type": kind, "internal": False, "in_reply_to": in_reply_to}
    if kind in {"email", "sms", "twitter direct-message"}:
        about |= {"to": to, "subject": care.text_of(last.get("subject")) or SUBJECT}
    return about


def _last_of_customer(articles: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    theirs = [one for one in articles if reading.is_customer(one) and one.get("internal") is False]
    return theirs[-1] if theirs else None


def _articles(told: Answered | Failed) -> list[dict[str, Any]] | None:
    """The ticket's articles, oldest first; None for anything but a list with something in it."""
    if isinstance(told, Failed) or not told.is_good:
        return None
    return care.objects(told.json()) or None


def _articles_url(account: Account, ticket: str) -> str:
    return care.api(account, "api", "v1", "ticket_articles", "by_ticket", ticket, query="expand=true")


def _login(account: Account) -> dict[str, str]:
    return {"Authorization": f"Token token={account.secret('access_token')}"}
