"""Write follow-ups, and read tickets. Source: django-helpdesk 2.6, `views/api.py`.

Its server answers 500 after it saved the follow-up when the mail about it could not be sent: such an answer
leaves it open, and the next thing is a look. A follow-up is sent without a title, for there one would become
the title of the ticket.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from bridge.channels import care
from bridge.channels import care_answers as answers
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import Fetched, Item, Polled
from bridge.channels.django_helpdesk import reading
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.webhook import Failed

PAGE: Final = 100
PAGES_MAX: Final = 10
OPEN: Final = "1,2"
"""The states of tickets that somebody still works on: open and reopened."""


def send(account: Account, message: Message, *, call: Call) -> Told:
    """Write a follow-up once."""
    ticket = care.conversation_of(message)
    is_note = message.purpose is Purpose.NOTE
    told = call(
        Request(
            "POST",
            f"{care.api(account, 'api', 'followups')}/",
            _login(account),
            json={
                "ticket": int(ticket) if ticket.isascii() and ticket.isdecimal() else ticket,
                "comment": message.text,
                "public": not is_note,
            },
        )
    )

    made = answers.numbered(lambda number: care.ticket_name(account, ticket, number))
    return answers.judged(told, made, permalink=reading.door_url(account, ticket))


def find(account: Account, message: Message, *, call: Call) -> Told:
    """Read the ticket back: it comes with all its follow-ups."""
    ticket = care.conversation_of(message)
    told = call(Request("GET", _ticket_url(account, ticket), _login(account)))
    if isinstance(told, Failed) or not told.is_good:
        return answers.unclear(told)
    followups = told.object().get("followup_set")
    if not isinstance(followups, list):
        return Told(result=Result.UNKNOWN, error="bad_answer")
    written = (
        answers.Written(
            name=care.ticket_name(account, ticket, care.id_of(one.get("id"))),
            text=care.text_of(one.get("comment")),
            is_note=one.get("public") is not True,
            at=care.moment_of(one.get("date")),
        )
        for one in care.objects(followups)
    )
    link = reading.door_url(account, ticket)
    return answers.looked_up(written, message, is_note=message.purpose is Purpose.NOTE, permalink=link)


def fetch(account: Account, conversation: str, *, call: Call) -> Fetched:
    """The ticket, as its webhook would tell it."""
    told = call(Request("GET", _ticket_url(account, conversation), _login(account)))
    if isinstance(told, Failed) or not told.is_good or not told.object():
        return answers.not_fetched(told)
    return Fetched(orjson.dumps({"ticket": told.object()}))


def poll(account: Account, cursor: Mapping[str, object], *, call: Call) -> Polled:
    """Read the tickets that are open: the list cannot be asked for what is new.

    A ticket that is as it was has the same bytes, so that it is known by them and read no second time.
    With more open tickets than one poll reads, the next one goes on where this one stopped.
    """
    items: list[Item] = []
    page = _page_of(cursor)
    for number in range(page, page + PAGES_MAX):
        told = call(Request("GET", _list_url(account, number), _login(account)))
        tickets = _tickets(told)
        if tickets is None:
            return _failed(told, cursor)
        for ticket in tickets:
            body = orjson.dumps({"ticket": ticket}, option=orjson.OPT_SORT_KEYS)
            items.append(Item(care.delivery_name(None, body), body))
        if isinstance(told, Answered) and told.object().get("next") is None:
            return Polled(items, {"page": 1})
    return Polled(items, {"page": page + PAGES_MAX})


def _page_of(cursor: Mapping[str, object]) -> int:
    page = cursor.get("page")
    return page if isinstance(page, int) and page > 0 else 1


def _tickets(told: Answered | Failed) -> list[dict[str, Any]] | None:
    if isinstance(told, Failed) or not told.is_good:
        return None
    results = told.object().get("results")
    return care.objects(results) if isinstance(results, list) else None


def _failed(told: Answered | Failed, cursor: Mapping[str, object]) -> Polled:
    found = answers.unclear(told)
    return Polled(
        cursor=cursor,
        error=found.error,
        retry_after_seconds=found.retry_after_seconds,
        is_signed_out=found.result is Result.SIGNED_OUT,
    )


def _ticket_url(account: Account, ticket: str) -> str:
    return f"{care.api(account, 'api', 'tickets', ticket)}/"


def _list_url(account: Account, page: int) -> str:
    return f"{care.api(account, 'api', 'tickets')}/?status={OPEN}&page={page}&page_size={PAGE}"


def _login(account: Account) -> dict[str, str]:
    return {"Authorization": f"Token {account.secret('access_token')}"}
