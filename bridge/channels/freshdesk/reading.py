"""What Freshdesk tells us, as events. Pure. A rule names no comment, so that its words name the post."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.channels import care, care_events
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Event, EventKind, NotReadable

PRIVATE_SOURCES: Final = frozenset({1, 2, 3, 7, 9, 10, "email", "portal", "phone", "chat", "feedback widget"})
"""Numbers in the API, words in a rule. An answer to any other may be read by everybody."""
STATES: Final[Mapping[int, str]] = {2: "open", 3: "pending", 4: "resolved", 5: "closed"}


def read(account: Account, body: bytes) -> Sequence[Event]:
    """The events of one delivery. Raises NotReadable."""
    told = care.object_of(body)
    if isinstance(told.get("freshdesk_webhook"), dict):
        return _rule(account, told["freshdesk_webhook"])
    if isinstance(told.get("ticket"), dict):
        return _fetched(account, told["ticket"], care.objects(told.get("conversations")))
    return [Event(kind=EventKind.OTHER, external_id=care.id_of(told.get("id")))]


def door_url(account: Account, ticket: str) -> str:
    """Where an agent opens the ticket."""
    return care.api(account, "a", "tickets", ticket)


def is_private(source: object) -> bool:
    """Whether an answer to a ticket of this source reaches the customer alone."""
    source = source.strip().lower() if isinstance(source, str) else source
    return isinstance(source, int | str) and not isinstance(source, bool) and source in PRIVATE_SOURCES


def _rule(account: Account, told: Mapping[str, Any]) -> list[Event]:
    """Freshdesk's own placeholders, as docs/channels/freshdesk.md shows them; each may be missing."""
    ticket = care.id_of(told.get("ticket_id")).rpartition("-")[2]
    if not ticket:
        raise NotReadable("no_ticket")
    changed = _changed(account, ticket, told.get("ticket_status"), told.get("ticket_tags"))
    words = care.plain(told.get("ticket_latest_public_comment"))
    if not words:
        return [changed]
    shown = care.text_of(told.get("ticket_contact_name"))
    own = care.id_of(told.get("ticket_requester_id")) or f"ticket-{ticket}"
    private = is_private(told.get("ticket_source"))
    post = _post(
        account, ticket, care_events.by_words(words), words, own=own, shown=shown, private=private, at=None
    )
    return [post, changed]


def _fetched(
    account: Account, ticket: Mapping[str, Any], conversations: Sequence[Mapping[str, Any]]
) -> list[Event]:
    number, own = care.id_of(ticket.get("id")), care.id_of(ticket.get("requester_id"))
    if not number:
        raise NotReadable("no_ticket")
    private, shown = is_private(ticket.get("source")), care.text_of(care.inside(ticket, "requester", "name"))
    said = [(ticket.get("description_text") or care.plain(ticket.get("description")), ticket)]
    said += [
        (one.get("body_text") or care.plain(one.get("body")), one)
        for one in conversations
        if one.get("incoming") is True and one.get("private") is not True
    ]
    own = own or f"ticket-{number}"
    events = [
        _post(
            account,
            number,
            care_events.by_words(care.text_of(words)),
            care.text_of(words).strip(),
            own=own,
            shown=shown,
            private=private,
            at=one.get("created_at"),
        )
        for words, one in said
        if care.text_of(words).strip()
    ]
    state = ticket.get("status")
    word = STATES.get(state, str(state)) if isinstance(state, int) else ""
    return [*events, _changed(account, number, word, ticket.get("tags"))]


def _post(
    account: Account,
    ticket: str,
    name: str,
    words: str,
    *,
    own: str,
    shown: str,
    private: bool,
    at: object,
) -> Event:
    return Event(
        kind=EventKind.PRIVATE_MESSAGE if private else EventKind.PUBLIC_MENTION,
        external_id=care.ticket_name(account, ticket, name),
        thread_id=care.ticket_name(account, ticket),
        author=care_events.author(account, own, shown),
        text=words,
        created_at=care.moment_of(at),
        is_private=private,
        reference={"conversation": ticket},
        door=ticket,
        door_url=door_url(account, ticket),
    )


def _changed(account: Account, ticket: str, state: object, tags: object) -> Event:
    return care_events.changed(
        care.ticket_name(account, ticket),
        door=ticket,
        door_url=door_url(account, ticket),
        facts=care.facts_of(state, tags),
    )
