"""What django-helpdesk tells us, as events. Pure.

Webhook and API give the same: the whole ticket with its follow-ups. Each time all of it is read again,
which changes nothing, because every follow-up keeps its name.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.channels import care, care_events
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable

STATES: Final[Mapping[int, str]] = {1: "open", 2: "reopened", 3: "resolved", 4: "closed", 5: "duplicate"}
"""The numbers that django-helpdesk gives without settings of one's own."""

OPENING_TITLES: Final = ("Ticket Opened",)
"""The follow-up that repeats the ticket's own words."""


def read(account: Account, body: bytes) -> Sequence[Event]:
    """The ticket's opening, what was written in it since, and its state. Raises NotReadable."""
    told = care.object_of(body)
    ticket = told.get("ticket")
    if not isinstance(ticket, dict) or not care.id_of(ticket.get("id")):
        raise NotReadable("no_ticket")
    followups = care.objects(ticket.get("followup_set"))
    events = [_opening(account, ticket, followups)]
    for one in followups:
        events += _followup(account, ticket, one)
    return [*events, _changed(account, ticket)]


def door_url(account: Account, ticket: object) -> str:
    """Where an agent opens the ticket."""
    return f"{care.api(account, 'tickets', ticket)}/"


def _opening(account: Account, ticket: Mapping[str, Any], followups: Sequence[Mapping[str, Any]]) -> Event:
    number = care.id_of(ticket["id"])
    title, words = care.text_of(ticket.get("title")), care.text_of(ticket.get("description"))
    first = followups[0].get("date") if followups else None
    return Event(
        kind=EventKind.PRIVATE_MESSAGE,
        external_id=care.ticket_name(account, number),
        thread_id=care.ticket_name(account, number),
        author=_customer(account, ticket),
        text="\n\n".join(part for part in (title, words) if part),
        created_at=care.moment_of(first),
        is_private=True,
        reference={"conversation": number},
        door=number,
        door_url=door_url(account, number),
    )


def _followup(account: Account, ticket: Mapping[str, Any], told: Mapping[str, Any]) -> list[Event]:
    """A public follow-up with words; one without a user came from the customer, by mail."""
    number, ticket_number = care.id_of(told.get("id")), care.id_of(ticket["id"])
    words, user = care.text_of(told.get("comment")), care.id_of(told.get("user"))
    is_opening = told.get("title") in OPENING_TITLES
    if not number or told.get("public") is not True or not words.strip() or is_opening:
        return []
    return [
        Event(
            kind=EventKind.OUTCOME_ECHO if user else EventKind.PRIVATE_MESSAGE,
            external_id=care.ticket_name(account, ticket_number, number),
            thread_id=care.ticket_name(account, ticket_number),
            author=None if user else _customer(account, ticket),
            text=words,
            created_at=care.moment_of(told.get("date")),
            is_private=True,
            reference={"conversation": ticket_number},
            door=ticket_number,
            door_url=door_url(account, ticket_number),
        )
    ]


def _changed(account: Account, ticket: Mapping[str, Any]) -> Event:
    number, state = care.id_of(ticket["id"]), ticket.get("status")
    word = STATES.get(state, str(state)) if isinstance(state, int) else ""
    title = care.text_of(ticket.get("title"))
    # It has no tags; a custom field may hold the word, or the title ends with it.
    marks = [care.text_of(value) for name, value in ticket.items() if name.startswith("custom_")]
    return care_events.changed(
        care.ticket_name(account, number),
        door=number,
        door_url=door_url(account, number),
        facts=care.facts_of(word, [*marks, *title.lower().split()]),
    )


def _customer(account: Account, ticket: Mapping[str, Any]) -> Author:
    """The address is who it is, and is not shown: its first part and the ticket's number are."""
    address = care.text_of(ticket.get("submitter_email")).strip().lower()
    number = care.id_of(ticket["id"])
    return Author(
        care.author_id(account, address or f"ticket-{number}"),
        care.handle_of(address.partition("@")[0], number),
    )
