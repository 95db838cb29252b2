"""What Zammad tells us, as events. Pure.

An article says by which channel it came. For posts of X and Facebook its `message_id` is the network's own
id, so that the post joins the network's thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.channels import care, care_events
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable
from bridge.permalinks import recognise


@dataclass(frozen=True, slots=True)
class Type:
    """What an article's type means: its network, whether everybody reads it, what answers it."""

    network: str = ""
    is_public: bool = False
    answer: str = ""


TYPES: Final[Mapping[str, Type]] = {
    "twitter status": Type("x", is_public=True, answer="twitter status"),
    "twitter direct-message": Type("x", answer="twitter direct-message"),
    "facebook feed post": Type("facebook", is_public=True, answer="facebook feed comment"),
    "facebook feed comment": Type("facebook", is_public=True, answer="facebook feed comment"),
    "email": Type(answer="email"),
    "web": Type(answer="email"),
    "phone": Type(answer="email"),
    "chat": Type(),
    "sms": Type(answer="sms"),
    "telegram personal-message": Type(answer="telegram personal-message"),
    "whatsapp message": Type(answer="whatsapp message"),
}
UNKNOWN: Final = Type(is_public=True)
"""A type that we do not know may be read by everybody."""


def read(account: Account, body: bytes) -> Sequence[Event]:
    """The events of one delivery, or of a fetched ticket with all its articles. Raises NotReadable."""
    told = care.object_of(body)
    ticket = told.get("ticket")
    if not isinstance(ticket, dict):
        return [Event(kind=EventKind.OTHER, external_id=care.id_of(told.get("id")))]
    if not care.id_of(ticket.get("id")):
        raise NotReadable("no_ticket")
    articles = care.objects(told.get("articles"))
    one = told.get("article")
    if isinstance(one, dict):
        articles = [one]
    events: list[Event] = []
    for article in articles:
        events += _article(account, ticket, article)
    # A payload of one's own may have the tags beside the ticket; Zammad's own has none.
    return [*events, _changed(account, ticket, ticket.get("tags", told.get("tags")))]


def door_url(account: Account, ticket: str) -> str:
    """Where an agent opens the ticket."""
    return f"{account.base_url}/#ticket/zoom/{ticket}" if ticket.isalnum() else account.base_url


def type_of(article: Mapping[str, Any]) -> Type:
    """What the article's type means."""
    return TYPES.get(care.text_of(article.get("type")).strip().lower(), UNKNOWN)


def is_customer(article: Mapping[str, Any]) -> bool:
    """Whether the customer wrote it."""
    return care.text_of(article.get("sender")).lower() == "customer"


def words(article: Mapping[str, Any]) -> str:
    """What it says, without markup."""
    said = article.get("body")
    return care.plain(said) if article.get("content_type") == "text/html" else care.text_of(said)


def _article(account: Account, ticket: Mapping[str, Any], article: Mapping[str, Any]) -> list[Event]:
    number, said, kind = care.id_of(article.get("id")), words(article), type_of(article)
    if not number or not said.strip() or article.get("internal") is not False:
        return []
    ours, ticket_number = not is_customer(article), care.id_of(ticket["id"])
    # A note that is not internal reaches nobody; it is no answer.
    if ours and (care.text_of(article.get("sender")).lower() != "agent" or article.get("type") == "note"):
        return []
    source = "" if ours else _source(article, kind)
    mention = EventKind.PUBLIC_MENTION if kind.is_public else EventKind.PRIVATE_MESSAGE
    link = ""
    if source and kind.network == "x" and kind.is_public and source.isdecimal():
        link = recognise(f"https://x.com/i/web/status/{source}").url
    return [
        Event(
            kind=EventKind.OUTCOME_ECHO if ours else mention,
            external_id=source or care.ticket_name(account, ticket_number, number),
            thread_id=source or care.ticket_name(account, ticket_number),
            network=kind.network if source else "",
            author=_author(account, ticket, article),
            text=said,
            permalink=link,
            created_at=care.moment_of(article.get("created_at")),
            is_private=not kind.is_public,
            reference={"conversation": ticket_number, "article": number},
            door=ticket_number,
            door_url=door_url(account, ticket_number),
        )
    ]


def _source(article: Mapping[str, Any], kind: Type) -> str:
    """The network's id of the post. Facebook's has the page or the post in front of it."""
    given = care.id_of(article.get("message_id")) if kind.network else ""
    return given.rpartition("_")[2] if kind.network == "facebook" else given


def _author(account: Account, ticket: Mapping[str, Any], article: Mapping[str, Any]) -> Author:
    person = article.get("created_by")
    if not isinstance(person, dict):
        person = ticket.get("customer") if isinstance(ticket.get("customer"), dict) else {}
    assert isinstance(person, dict)
    told = person.get("id") or article.get("created_by_id") or article.get("origin_by_id")
    own = care.id_of(told) or "unknown"
    names = (care.text_of(person.get(part)) for part in ("firstname", "lastname"))
    shown = " ".join(name for name in names if name) or _name_in(care.text_of(article.get("from")))
    return care_events.author(account, own, shown)


def _name_in(sender: str) -> str:
    """The name of `Name <address>`, without the address."""
    return sender.partition("<")[0].strip().strip('"') if "@" not in sender.partition("<")[0] else ""


def _changed(account: Account, ticket: Mapping[str, Any], tags: object) -> Event:
    number, state = care.id_of(ticket["id"]), ticket.get("state")
    word = state if isinstance(state, str) else care.inside(state, "name")
    return care_events.changed(
        care.ticket_name(account, number),
        door=number,
        door_url=door_url(account, number),
        facts=care.facts_of(word, tags),
    )
