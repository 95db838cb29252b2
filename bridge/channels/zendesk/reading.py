"""What Zendesk tells us, as events. Pure. Ids are texts in webhooks and numbers in the API.

A payload names no post of a network, so that each ticket is a thread of Zendesk.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.channels import care, care_events
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable

EVENT: Final = "zen:event-type:ticket."
PRIVATE_VIAS: Final = frozenset(
    {"email", "mail", "web", "web form", "web_widget", "api", "rest", "chat", "native_messaging", "mobile"}
    | {"mobile_sdk", "whatsapp", "sms", "phone", "voice"}
)
"""Where an answer reaches the customer alone; any other channel may be read by everybody."""


def read(account: Account, body: bytes) -> Sequence[Event]:
    """The events of one delivery. Raises NotReadable."""
    told = care.object_of(body)
    kind = told.get("type")
    if kind == "fetched":
        return _fetched(account, told)
    if isinstance(kind, str) and kind.startswith(EVENT):
        return _event(account, told)
    if care.id_of(told.get("ticket_id")):
        return _trigger(account, told)
    return [Event(kind=EventKind.OTHER, external_id=care.id_of(told.get("id")))]


def door_url(account: Account, ticket: str) -> str:
    """Where an agent opens the ticket."""
    return care.api(account, "agent", "tickets", ticket)


def is_private(via: object) -> bool:
    """Whether an answer to a ticket of this channel reaches the customer alone."""
    return isinstance(via, str) and via.strip().lower() in PRIVATE_VIAS


def _event(account: Account, told: Mapping[str, Any]) -> list[Event]:
    detail = told.get("detail")
    ticket = care.id_of(care.inside(detail, "id"))
    if not isinstance(detail, dict) or not ticket:
        raise NotReadable("no_ticket")
    comment = care.inside(told, "event", "comment")
    events = [*_opening(account, ticket, detail)]
    if isinstance(comment, dict):
        at = comment.get("created_at") or told.get("time")
        staff = care.inside(comment, "author", "is_staff") is not False
        events += _comment(account, detail, comment, at=at, is_staff=staff)
    return [*events, _changed(account, detail)]


def _opening(account: Account, ticket: str, detail: Mapping[str, Any]) -> list[Event]:
    """What the customer wrote first; a ticket that an agent opened in private has none."""
    words = care.text_of(detail.get("description"))
    requester = care.id_of(detail.get("requester_id"))
    if not words.strip() or not requester or detail.get("is_public") is False:
        return []
    return [
        _post(
            account,
            detail,
            name=care.ticket_name(account, ticket),
            text=words,
            author=care_events.author(account, requester),
            at=detail.get("created_at"),
        )
    ]


def _comment(
    account: Account, detail: Mapping[str, Any], comment: Mapping[str, Any], *, at: object, is_staff: bool
) -> list[Event]:
    number, words = care.id_of(comment.get("id")), care.text_of(comment.get("body"))
    is_public = comment.get("is_public", comment.get("public")) is True
    # The first comment is the description again.
    if not number or not words.strip() or not is_public:
        return []
    if care.words_of(words) == care.words_of(care.text_of(detail.get("description"))) and not is_staff:
        return []
    author = comment.get("author")
    own = care.id_of(care.inside(author, "id")) or care.id_of(comment.get("author_id")) or "unknown"
    shown = care.text_of(care.inside(author, "name"))
    return [
        _post(
            account,
            detail,
            name=care.ticket_name(account, care.id_of(detail["id"]), number),
            text=words,
            author=care_events.author(account, own, shown),
            at=at,
            kind=EventKind.OUTCOME_ECHO if is_staff else None,
        )
    ]


def _post(
    account: Account,
    detail: Mapping[str, Any],
    *,
    name: str,
    text: str,
    author: Author,
    at: object,
    kind: EventKind | None = None,
) -> Event:
    ticket = care.id_of(detail["id"])
    private = is_private(care.inside(detail, "via", "channel"))
    if kind is None:
        kind = EventKind.PRIVATE_MESSAGE if private else EventKind.PUBLIC_MENTION
    return Event(
        kind=kind,
        external_id=name,
        thread_id=care.ticket_name(account, ticket),
        author=author,
        text=text,
        created_at=care.moment_of(at),
        is_private=private,
        reference={"conversation": ticket},
        door=ticket,
        door_url=door_url(account, ticket),
    )


def _changed(account: Account, detail: Mapping[str, Any]) -> Event:
    ticket = care.id_of(detail["id"])
    return care_events.changed(
        care.ticket_name(account, ticket),
        door=ticket,
        door_url=door_url(account, ticket),
        facts=care.facts_of(detail.get("status"), detail.get("tags")),
    )


def _trigger(account: Account, told: Mapping[str, Any]) -> list[Event]:
    """The body of docs/channels/zendesk.md, which a trigger sends. It has no id of the comment."""
    ticket, words = care.id_of(told["ticket_id"]), care.text_of(told.get("latest_comment"))
    detail = {"id": ticket, "via": {"channel": told.get("channel")}}
    changed = _changed(account, detail | {"status": told.get("status"), "tags": told.get("tags")})
    if not words.strip():
        return [changed]
    shown = care.text_of(told.get("requester"))
    # Named by its words: the event of the same comment, where both are set up, would be a second post.
    name = care_events.by_words(words)
    own = care.id_of(told.get("requester_id")) or f"ticket-{ticket}"
    author = care_events.author(account, own, shown)
    post = _post(
        account, detail, name=care.ticket_name(account, ticket, name), text=words, author=author, at=None
    )
    return [post, changed]


def _fetched(account: Account, told: Mapping[str, Any]) -> list[Event]:
    """What `sending.fetch` put together: the ticket, its comments, and who wrote them."""
    detail = told.get("ticket")
    ticket = care.id_of(care.inside(detail, "id"))
    if not isinstance(detail, dict) or not ticket:
        raise NotReadable("no_ticket")
    people = {care.id_of(one.get("id")): one for one in care.objects(told.get("users"))}
    events = _opening(account, ticket, detail)
    for comment in care.objects(told.get("comments")):
        person = people.get(care.id_of(comment.get("author_id")), {})
        said = {**comment, "body": comment.get("plain_body") or comment.get("body"), "author": person}
        is_staff = person.get("role") != "end-user"
        events += _comment(account, detail, said, at=comment.get("created_at"), is_staff=is_staff)
    return [*events, _changed(account, detail)]
