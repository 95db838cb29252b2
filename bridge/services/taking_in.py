"""One event from a network or a care tool becomes what it means here. Inside the caller's transaction.

A post joins or makes a thread; an edit changes its text; a deletion blanks the text and keeps the
record; our own account's words count as an answer, whoever typed them. Each is safe to repeat: a
network may send everything twice and in any order.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final

import structlog
from sqlmodel import Session

from bridge import codes, db
from bridge.channels import addresses
from bridge.channels.abilities import Kind
from bridge.channels.coming_in import Event, EventKind
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channel as channel_named
from bridge.models.intake import Post, Thread
from bridge.names import holdable
from bridge.permalinks import ID_MAX_CHARACTERS
from bridge.queries import doors as door_queries
from bridge.queries import identities
from bridge.queries import intake as queries
from bridge.queries.looking_up import Sought
from bridge.roles import Actor
from bridge.services import capturing, listening, open_codes
from bridge.services.capturing import CLOCKS_DIFFER_AT_MOST, Captured
from bridge.services.channel_accounts import Opened

MENTION_TYPES: Final[Mapping[EventKind, str]] = {
    EventKind.PUBLIC_MENTION: "tagged",
    EventKind.PUBLIC_REPLY: "reply",
    EventKind.PUBLIC_UNMENTIONED: "untagged",
    EventKind.PRIVATE_MESSAGE: "dm",
    EventKind.CLOSED_MESSAGE: "dm",
}
LANGUAGE_UNKNOWN: Final = "en"
CLOSED: Final = "closed"
"""In a post's reference: only the network's own program can read it."""

log = structlog.get_logger()


def take_in(session: Session, opened: Opened, event: Event, *, received_at: datetime, now: datetime) -> None:
    """Do what the event means. Raises InvalidInput for a post that cannot be stored.

    What is not understood does nothing: it was written down, and was answered like the rest. Locks the
    post's name until the transaction ends, so that a post and its deletion cannot miss each other; and a
    care tool's conversation, so that two of its messages cannot begin two threads. What concerns another
    account of the brand is that account's, through whose address ever it came.
    """
    opened = _concerned(session, opened, event)
    if event.door:
        door_queries.lock_post(session, f"door {opened.account.id}", event.door)
    door_queries.lock_post(session, network_of(opened, event), event.external_id)
    match event.kind:
        case EventKind.OUTCOME_ECHO:
            _echo(session, opened, event, received_at=received_at, now=now)
        case EventKind.EDITED:
            _edit(session, opened, event, received_at=received_at, now=now)
        case EventKind.DELETED:
            blank(session, network_of(opened, event), event.external_id, now=now)
        case EventKind.REVOKED:
            door_queries.sign_out(session, opened.account.id, error="revoked", now=now)
        case EventKind.CONVERSATION:
            _change(session, opened, event, now)
        case EventKind.OTHER:
            pass
        case _:
            post(session, opened, event, received_at=received_at, now=now)


def names_of(opened: Opened, event: Event) -> Sought:
    """The names by which `post` will ask for what it needs; one that is not among them is asked for then."""
    return Sought(
        brand_id=opened.brand_id,
        network=network_of(opened, event),
        post_id=event.external_id,
        thread_id=event.thread_id or event.external_id,
        parent_id=event.parent_id[:ID_MAX_CHARACTERS],
        handle=_shown(event).strip().removeprefix("@"),
        author_id=event.author.external_id if event.author else "",
        account_id=opened.account.id,
        door=event.door,
        address=addresses.unknown(event.permalink),
        aliases=tuple(name for name in event.also_known_as if len(name) <= ID_MAX_CHARACTERS),
    )


def post(session: Session, opened: Opened, event: Event, *, received_at: datetime, now: datetime) -> Thread:
    """A customer's post or message comes in.

    A post that we know stays in its thread, whichever door it comes through next. A new one of a care
    tool's conversation joins the thread that the conversation is, also when that is a network's.
    """
    names = names_of(opened, event)
    network, thread_id, permalink = names.network, names.thread_id, event.permalink or None
    if event.door and queries.thread_with_post(session, network, event.external_id) is None:
        known = door_queries.thread_of_door(session, opened.account.id, event.door)
        if known is not None:
            permalink = permalink if known.network == network else None
            network, thread_id = known.network, known.external_id
    captured = Captured(
        network=network,
        handle=_handle(session, opened, event),
        text=event.text,
        posted_at=_moment(event, received_at, now),
        permalink=permalink,
        external_id=thread_id,
        post_external_id=event.external_id,
        visibility="private" if event.is_private else "public",
        mention_type=MENTION_TYPES.get(event.kind, "tagged"),
        language=(event.language or LANGUAGE_UNKNOWN)[:8],
        addressed_to=event.addressed_to or opened.account.handle,
        matched_on=event.matched_on[:80],
        author_external_id=names.author_id,
        # A listening tool heard it and can carry no answer: the post stays free for an account that can.
        account_id=None if is_listening(opened) else opened.account.id,
        reference=None if is_listening(opened) else _reference(event),
        parent_external_id=names.parent_id,
        has_others=not event.is_private and not event.door and not is_care_tool(opened),
        also_known_as=names.aliases,
    )
    result = capturing.capture(session, _actor(opened), captured, now)
    thread = result.thread
    if result.post_added and door_queries.was_deleted(session, network, event.external_id):
        blank(session, network, event.external_id, now=now)
    if result.post_added:
        # After the commit, since a batch that is undone is read once more.
        db.when_committed(session, partial(listening.measure, opened.account.channel, captured, now))
    if is_listening(opened):
        if result.created:
            listening.sort(session, thread, text=event.text, language=event.language, now=now)
        return thread
    door_queries.open_door(
        session,
        thread_id=thread.id,
        account_id=opened.account.id,
        external_id=(event.door or thread.external_id)[:200],
        url=event.door_url,
        last_customer_at=captured.posted_at,
        now=now,
    )
    return thread


def _change(session: Session, opened: Opened, event: Event, now: datetime) -> None:
    """The care tool's word for the conversation's state, and whether a colleague there asks for a store.

    Which store is never guessed: the thread stands in the queue and says why.
    """
    door = event.door or event.thread_id
    door_queries.set_state(session, opened.account.id, door, event.facts.get("state", ""))
    if "wants" in event.facts:
        door_queries.ask_for_store(session, opened.account.id, door, event.facts["wants"], now=now)


def _edit(session: Session, opened: Opened, event: Event, *, received_at: datetime, now: datetime) -> None:
    """The text is what the customer says now; a post that was never seen comes in as it is."""
    found = queries.post_by_external_id(session, network_of(opened, event), event.external_id)
    if found is None:
        post(session, opened, event, received_at=received_at, now=now)
        return
    # Only edits of one clock are held against each other: cut to one moment, the second would be lost.
    moment = min(event.created_at or received_at, now + CLOCKS_DIFFER_AT_MOST)
    if found.erased_at is not None or (found.edited_at is not None and found.edited_at >= moment):
        return
    text = capturing.plain_text(event.text)
    shown, leaked = open_codes.hide(session, opened.brand_id, text)
    found.text, found.text_sha256, found.edited_at = shown, sha256(text.encode()).digest(), moment
    session.add(found)
    thread = session.get_one(Thread, found.thread_id)
    open_codes.flag(session, _actor(opened), thread, found, leaked, now=now)


def blank(session: Session, network: str, external_id: str, *, now: datetime) -> Post | None:
    """The customer took the post back: the text goes, the record and its hash stay.

    A deletion may overtake its post; then it is remembered, and the post comes in blank.
    """
    found = queries.post_by_external_id(session, network, external_id)
    if found is None:
        door_queries.remember_deletion(session, network, external_id, now=now)
        return None
    if found.erased_at is None:
        found.text, found.erased_at = "", now
        session.add(found)
    return found


def _echo(session: Session, opened: Opened, event: Event, *, received_at: datetime, now: datetime) -> None:
    """Our own account spoke in a thread that we know: it counts as answered, whoever typed it.

    A message of ours whose try had no clear end is settled by it, and one that a person sent by hand. It
    stands in the thread once, whoever comes first: the echo, or the answer to our sending. A note for
    colleagues never does. A code is never stored in a post.
    """
    network = network_of(opened, event)
    known = door_queries.thread_of_door(session, opened.account.id, event.door) if event.door else None
    # Of the customers who speak in one conversation, it is the one whose post we answered.
    if known is None and event.parent_id:
        known = queries.thread_with_post(session, network, event.parent_id)
    if known is None and event.thread_id:
        known = queries.thread_by_external_id(session, network, event.thread_id)
    ours = door_queries.settle_by_echo(
        session,
        opened.account.id,
        external_id=event.external_id,
        thread_id=known.external_id if known else event.thread_id,
        permalink=event.permalink,
        text_sha256=sha256(holdable(event.text).encode()).digest(),
        now=now,
    )
    if ours is not None and ours.purpose == Purpose.NOTE:
        return
    if ours is not None:
        own_network = network if known is None else known.network
        door_queries.call_post(session, own_network, f"message-{ours.id}", event.external_id)
    if known is None or known.brand_id != opened.brand_id:
        return
    moment = _moment(event, received_at, now)
    captured = Captured(
        network=known.network,
        handle=(event.author.handle if event.author else "")
        or opened.account.handle
        or opened.account.channel,
        text=codes.mask(event.text),
        posted_at=moment,
        external_id=known.external_id,
        post_external_id=event.external_id,
        author_kind="brand",
        account_id=opened.account.id,
        reference=dict(event.reference),
    )
    said = capturing.capture(session, _actor(opened), captured, now)
    if said.post_added:
        door_queries.note_answer(session, known.id, moment)
        # A colleague wrote the code in public, on the network itself: as bad as if the customer had.
        leaked = open_codes.hide(session, opened.brand_id, event.text)[1]
        open_codes.flag(session, _actor(opened), said.thread, said.post, leaked, now=now)


def concerns(opened: Opened, event: Event) -> bool:
    """Whether it concerns this very account, and not another one whose deliveries come to its address."""
    return event.account in {"", opened.account.external_id}


def _concerned(session: Session, opened: Opened, event: Event) -> Opened:
    if concerns(opened, event):
        return opened
    row = door_queries.account_named(
        session, opened.brand_id, channel=opened.account.channel, external_id=event.account
    )
    if row is None:
        return opened
    its = replace(opened.account, id=row.id, external_id=event.account, handle=row.handle, secrets={})
    return replace(opened, account=its)


def _reference(event: Event) -> dict[str, object]:
    closed = {CLOSED: True} if event.kind is EventKind.CLOSED_MESSAGE else {}
    return {**event.reference, **closed}


def _handle(session: Session, opened: Opened, event: Event) -> str:
    """Under which name the author is shown: the one given, the one that we know them by, else the id."""
    author = event.author
    known = None
    if author is not None and author.external_id and not author.handle:
        known = identities.identity_by_external_id(
            session, opened.brand_id, network_of(opened, event), author.external_id
        )
    return known.handle if known is not None else _shown(event)


def _shown(event: Event) -> str:
    author = event.author
    return (author.handle or author.external_id if author else "") or "unknown"


def network_of(opened: Opened, event: Event) -> str:
    """Which network the thread is of: the event's own word, else the channel's."""
    return event.network or channel_named(opened.account.channel).capabilities.network


def is_listening(opened: Opened) -> bool:
    """Whether the account is a listening tool's, through which nothing can be answered."""
    return channel_named(opened.account.channel).capabilities.kind is Kind.LISTENING


def is_care_tool(opened: Opened) -> bool:
    """Whether the account is a care tool's."""
    return channel_named(opened.account.channel).capabilities.kind is Kind.CARE_TOOL


def _moment(event: Event, received_at: datetime, now: datetime) -> datetime:
    """When it was said, at the latest when it came in.

    A clock that runs ahead of ours does not lose the post, nor put it above all others.
    """
    return min(event.created_at or received_at, received_at, now)


def _actor(opened: Opened) -> Actor:
    return Actor(
        kind="integration", id=None, name=f"{opened.account.channel} account", brand_id=opened.brand_id
    )
