"""A post comes in, and makes or joins a thread.

Works with no network's API: an address, a handle and the text are enough. The second
capture of the same post finds the first. Nothing commits.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlmodel import Session

from bridge.channels.addresses import recognise
from bridge.errors import Conflict, InvalidInput, NotPermitted
from bridge.models.base import new_id
from bridge.models.intake import Customer, Post, SocialIdentity, Thread
from bridge.names import holdable, plain_handle, plain_name, plain_network
from bridge.permalinks import ID_MAX_CHARACTERS, Network
from bridge.queries import identities, new_rows
from bridge.queries import intake as queries
from bridge.queries import known as names
from bridge.roles import Actor
from bridge.services import open_codes, same_address
from bridge.threads import AUTHOR_KINDS, MENTION_TYPES, TEXT_MAX_CHARACTERS, VISIBILITIES

CLOCKS_DIFFER_AT_MOST: Final = timedelta(hours=1)
"""Whoever pastes a post may have a clock that is so far ahead; further is a mistake and is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One post as an agent or a connector hands it in. A permalink or an external id is needed.

    `external_id` is the network's name for the conversation, `post_external_id` for the post;
    both are read from the permalink when they are missing. `matched_on` is what a listener looked for
    when it found a post that does not mention us. `handle` is the post's author;
    `customer_handle` is whose complaint the thread is, when somebody else wrote this post. A connected
    account also gives the author's lasting id, itself, what it wants back to answer the post, the other
    names that an address may have given it, and the post that it answers: what answers a post that we
    hold belongs to its thread, unless other customers may speak there too (`has_others`).
    """

    handle: str
    text: str
    posted_at: datetime
    network: str | None = None
    permalink: str | None = None
    external_id: str | None = None
    post_external_id: str | None = None
    visibility: str = "public"
    mention_type: str = "tagged"
    language: str = "en"
    addressed_to: str = ""
    matched_on: str = ""
    author_kind: str = "customer"
    customer_handle: str | None = None
    author_external_id: str = ""
    account_id: UUID | None = None
    reference: Mapping[str, object] | None = None
    also_known_as: tuple[str, ...] = ()
    parent_external_id: str = ""
    has_others: bool = False


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """The thread and the post. `created` tells a new thread, `post_added` a new post."""

    thread: Thread
    post: Post
    created: bool
    post_added: bool


@dataclass(frozen=True, slots=True)
class _Place:
    network: str
    thread_id: str
    post_id: str | None
    permalink: str | None
    is_pasted: bool
    address: str = ""


# A post comes in.


def capture(session: Session, actor: Actor, captured: Captured, now: datetime) -> CaptureResult:
    """Store a post, with its thread, handle and customer where they are new. Safe to race and repeat.

    1. Find where it belongs: the given ids, else what the permalink says.
    2. Find or make the handle, the thread and the post, each with INSERT ... ON CONFLICT.

    Another text under a pasted address is kept as a post of its own: what an agent saw is evidence.
    A post of a clock that runs ahead counts from now, so that it stands above no other.
    Raises InvalidInput, and Conflict when the conversation belongs to another brand.
    """
    if actor.brand_id is None:
        raise NotPermitted("Only somebody who belongs to a brand can capture a post.")
    _check(captured, now)
    captured = replace(captured, posted_at=min(captured.posted_at, now))
    place = _place(captured)
    handle = plain_handle(captured.handle)
    text = plain_text(captured.text)
    if place.address:
        place = _at_its_address(session, place, captured, handle=handle, text=text)
    thread = _known_thread(session, place)
    if thread is None and place.is_pasted:
        place = _by_its_own_name(session, place)
        thread = _known_thread(session, place)
    elif captured.also_known_as and place.post_id is not None:
        thread = _called_by_its_own_name(session, place, captured.also_known_as) or thread
    if thread is None and captured.parent_external_id:
        thread = queries.thread_with_post(session, place.network, captured.parent_external_id)
    if captured.has_others and captured.author_external_id and captured.author_kind == "customer":
        thread, place = _own_thread(session, thread, place, captured, handle)
    created = False
    if thread is None:
        thread, created = _make_thread(session, actor.brand_id, captured, place, handle=handle, now=now)
    if thread.brand_id != actor.brand_id:
        raise Conflict("This conversation belongs to another brand.")
    shown, leaked = open_codes.hide(session, actor.brand_id, text)
    post, post_added = _find_or_make_post(
        session, thread, captured, place, handle=handle, text=text, shown=shown, now=now
    )
    if post_added:
        open_codes.flag(session, actor, thread, post, leaked, now=now)
    if post_added and not created:
        is_customer = captured.author_kind == "customer"
        queries.stretch_thread(session, thread.id, captured.posted_at, now, opens=is_customer)
        session.refresh(thread)
    return CaptureResult(thread, post, created, post_added)


def plain_text(text: str) -> str:
    """A post's text as we store it: NFC, without what PostgreSQL cannot hold; it never raises.

    Direction marks stay, since the customer wrote them; pages isolate the text.
    """
    normal = unicodedata.normalize("NFC", holdable(text))
    return normal if len(normal) <= TEXT_MAX_CHARACTERS else normal[: TEXT_MAX_CHARACTERS - 1] + "…"


def _check(captured: Captured, now: datetime) -> None:
    for name, given, allowed in (
        ("visibility", captured.visibility, VISIBILITIES),
        ("mention_type", captured.mention_type, MENTION_TYPES),
        ("author_kind", captured.author_kind, AUTHOR_KINDS),
    ):
        if given not in allowed:
            raise InvalidInput(f"The {name} is not valid.", fields={name: [f"One of {', '.join(allowed)}."]})
    if captured.posted_at.tzinfo is None or captured.posted_at > now + CLOCKS_DIFFER_AT_MOST:
        problem = "A moment with its time zone, and not in the future."
        raise InvalidInput("The time of the post is not valid.", fields={"posted_at": [problem]})
    plain_name(captured.language, field_name="language", longest=8)
    plain_name(captured.addressed_to, field_name="addressed_to", longest=80, shortest=0)
    plain_name(captured.matched_on, field_name="matched_on", longest=80, shortest=0)


def _place(captured: Captured) -> _Place:
    network = None if captured.network is None else plain_network(captured.network)
    if captured.permalink is None:
        if not captured.external_id or network is None:
            problem = "The post's address is needed, or the network and its name for the conversation."
            raise InvalidInput("It is not said where the post is.", fields={"permalink": [problem]})
        thread_id = _external_id("external_id", captured.external_id)
        post_id = captured.post_external_id and _external_id("post_external_id", captured.post_external_id)
        return _Place(network, thread_id, post_id or None, None, is_pasted=post_id is None)
    link = recognise(captured.permalink)
    if network is not None and link.network not in {network, Network.OTHER}:
        problem = f"This is an address on {link.network}."
        raise InvalidInput("The address is on another network.", fields={"permalink": [problem]})
    thread_id = _external_id("external_id", captured.external_id or link.thread_id)
    post_id = _external_id("post_external_id", captured.post_external_id or link.post_id)
    is_pasted = captured.post_external_id is None
    address = link.post_id if link.network == Network.OTHER else ""
    return _Place(network or str(link.network), thread_id, post_id, link.url, is_pasted, address)


def _external_id(name: str, given: str) -> str:
    return plain_name(given, field_name=name, longest=ID_MAX_CHARACTERS)


def _at_its_address(session: Session, place: _Place, captured: Captured, *, handle: str, text: str) -> _Place:
    told = same_address.Told(
        address=place.address,
        name=same_address.Name(place.network, place.thread_id, place.post_id or place.address),
        handle=handle,
        author_id=captured.author_external_id,
        text_sha256=sha256(text.encode()).digest(),
        is_ours=captured.account_id is not None,
    )
    name = same_address.name_of(session, told)
    return replace(place, network=name.network, thread_id=name.thread_id, post_id=name.post_id)


def _known_thread(session: Session, place: _Place) -> Thread | None:
    """By a post, or by its own id: an address in the middle of a conversation leads to it."""
    if place.post_id is not None:
        thread = queries.thread_with_post(session, place.network, place.post_id)
        if thread is not None:
            return thread
    return queries.thread_by_external_id(session, place.network, place.thread_id)


def _own_thread(
    session: Session, found: Thread | None, place: _Place, captured: Captured, handle: str
) -> tuple[Thread | None, _Place]:
    """A thread is one customer's: somebody else who speaks up in the same conversation gets one of their own.

    Theirs is found by the post that they answer; a new one is called after their post. A private message
    or an answer would otherwise go to the wrong person.
    """
    if place.post_id is None or (found is not None and _is_customer_of(session, found, captured, handle)):
        return found, place
    parent = captured.parent_external_id
    answered = queries.thread_with_post(session, place.network, parent) if parent else None
    if answered is not None and _is_customer_of(session, answered, captured, handle):
        return answered, place
    if found is None or queries.post_by_external_id(session, place.network, place.post_id) is not None:
        return found, place
    own = queries.thread_by_external_id(session, place.network, place.post_id)
    return own, replace(place, thread_id=place.post_id)


def _is_customer_of(session: Session, thread: Thread, captured: Captured, handle: str) -> bool:
    identity = session.get_one(SocialIdentity, thread.identity_id)
    if identity.external_id is not None:
        return identity.external_id == captured.author_external_id
    return identity.handle.lower() == handle.lower()


def _by_its_own_name(session: Session, place: _Place) -> _Place:
    """A pasted address may call a post otherwise than its network does; a delivered event told us so."""
    own = queries.post_known_as(session, place.network, place.post_id or place.thread_id)
    return place if own is None else replace(place, thread_id=own, post_id=own)


def _called_by_its_own_name(session: Session, place: _Place, aliases: Sequence[str]) -> Thread | None:
    """Remember the post's other names. What was pasted under one of them is called as its network calls it.

    Returns the thread of such a pasted post: the network's event joins it.
    """
    assert place.post_id is not None
    queries.remember_aliases(session, place.network, place.post_id, aliases)
    if queries.post_by_external_id(session, place.network, place.post_id) is not None:
        return None
    for alias in aliases:
        post = queries.post_by_external_id(session, place.network, alias)
        if post is not None:
            thread = session.get_one(Thread, post.thread_id)
            post.external_id = place.post_id
            is_free = queries.thread_by_external_id(session, place.network, place.thread_id) is None
            if thread.external_id == alias and is_free:
                thread.external_id = place.thread_id
            session.add_all((post, thread))
            session.flush()
            names.forget(session)
            return thread
    return None


def _make_thread(
    session: Session, brand_id: UUID, captured: Captured, place: _Place, *, handle: str, now: datetime
) -> tuple[Thread, bool]:
    customer = handle if captured.author_kind == "customer" else captured.customer_handle
    if customer is None:
        problem = "Whose complaint this is; the post was written by somebody else."
        raise InvalidInput("The customer is not named.", fields={"customer_handle": [problem]})
    identity = _find_or_make_identity(
        session,
        brand_id,
        place.network,
        plain_handle(customer),
        external_id=captured.author_external_id if captured.author_kind == "customer" else "",
        locale=captured.language,
        now=now,
    )
    addressed_to = plain_name(
        captured.addressed_to.strip().removeprefix("@"), field_name="addressed_to", longest=80, shortest=0
    )
    new = Thread(
        brand_id=brand_id,
        network=place.network,
        external_id=place.thread_id,
        permalink=place.permalink,
        visibility=captured.visibility,
        mention_type=captured.mention_type,
        identity_id=identity.id,
        official_handle_id=queries.official_handle_id(session, brand_id, place.network, addressed_to),
        addressed_to=addressed_to,
        matched_on=plain_name(captured.matched_on, field_name="matched_on", longest=80, shortest=0),
        language=captured.language,
        first_post_at=captured.posted_at,
        last_post_at=captured.posted_at,
        detected_at=now,
        attend_at=now,
    )
    return queries.add_thread(session, new)


def _find_or_make_identity(
    session: Session,
    brand_id: UUID,
    network: str,
    handle: str,
    *,
    external_id: str,
    locale: str,
    now: datetime,
) -> SocialIdentity:
    """By the network's own id first: handles change, and may later be somebody else's.

    Whoever the network calls by another id is another person, whatever the handle says: then the one who
    had the handle keeps everything under a retired one. A handle that we know without an id takes the first
    id that comes with it. An id that comes without a handle, and stands in its place, renames nobody.
    Raises Conflict when the handle changes its owner again and again at this moment.
    """
    new = SocialIdentity(
        brand_id=brand_id,
        customer_id=new_id(),
        network=network,
        handle=handle,
        external_id=external_id or None,
        created_at=now,
    )
    found = _find_identity(session, new, now)
    if found is not None:
        return found
    customer = Customer(id=new.customer_id, brand_id=brand_id, locale=locale, created_at=now)
    new_rows.insert_if_new(session, "customers", customer.model_dump())
    if identities.add_identity(session, new):
        return new
    # Somebody took the handle since we looked, and may be somebody else: the same question once more. Our
    # customer then stays behind without a handle, which harms nobody.
    found = _find_identity(session, new, now)
    if found is not None:
        return found
    if identities.add_identity(session, new):
        return new
    raise Conflict("The handle is being given to somebody else at this moment.")


def _find_identity(session: Session, new: SocialIdentity, now: datetime) -> SocialIdentity | None:
    """Whoever is meant by the handle and id of `new`; None when it is somebody new, and the handle free."""
    brand_id, network, handle, external_id = new.brand_id, new.network, new.handle, new.external_id or ""
    known = (
        identities.identity_by_external_id(session, brand_id, network, external_id) if external_id else None
    )
    is_named = known is not None and handle.lower() in {external_id.lower(), known.handle.lower()}
    if known is not None and is_named and known.retired_at is None:
        return known
    holder = identities.identity_by_handle(session, brand_id, network, handle)
    if not external_id:
        return holder
    identities.lock_handle(session, brand_id, network, handle)
    known = identities.identity_by_external_id(session, brand_id, network, external_id)
    holder = identities.identity_by_handle(session, brand_id, network, handle)
    if known is None and holder is not None and holder.external_id is None:
        holder.external_id = external_id
        session.add(holder)
        names.put_person(session, holder)
        return holder
    if holder is not None and holder.external_id != external_id:
        holder.retired_at = now
        session.add(holder)
        session.flush()  # the handle is free before somebody else has it
        names.put_person(session, holder)
    if known is not None:
        known.handle, known.retired_at = handle, None
        session.add(known)
        session.flush()
        names.put_person(session, known)
    return known


def _find_or_make_post(
    session: Session,
    thread: Thread,
    captured: Captured,
    place: _Place,
    *,
    handle: str,
    text: str,
    shown: str,
    now: datetime,
) -> tuple[Post, bool]:
    """`shown` is the text as it is stored, a code of ours masked in it; the hash is of what was said."""
    words = sha256(f"{thread.external_id}\n{handle.lower()}\n{text}".encode())
    # Without the network's id, the same words of the same author are the same post.
    own_name = f"text-{words.hexdigest()[:32]}"
    new = Post(
        thread_id=thread.id,
        network=place.network,
        external_id=place.post_id or own_name,
        author_kind=captured.author_kind,
        author_handle=handle,
        posted_at=captured.posted_at,
        text=shown,
        text_sha256=sha256(text.encode()).digest(),
        received_at=now,
        account_id=captured.account_id,
        reference=None if captured.reference is None else dict(captured.reference),
        address=place.address or None,
    )
    if place.post_id is not None:
        post, added = queries.add_post(session, new, thread)
        if not added and post.reference is None and new.reference is not None:
            # An agent pasted it first: from now on it can be answered through the account.
            post.account_id, post.reference = new.account_id, new.reference
            session.add(post)
        if added or not place.is_pasted or _is_same(post, new):
            return post, added
        # It is what an agent saw there, and not the post that the address names.
        new.external_id, new.address = own_name, None
    return queries.add_post(session, new, thread)


def _is_same(post: Post, other: Post) -> bool:
    author, other_author = post.author_handle.lower(), other.author_handle.lower()
    return post.text_sha256 == other.text_sha256 and author == other_author
