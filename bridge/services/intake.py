"""What an agent sees of what came in: the queue, a conversation, and promises that one may repeat."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from bridge.errors import NotFound
from bridge.models.intake import Post, SocialIdentity, Thread
from bridge.names import holdable, plain_handle
from bridge.queries import identities
from bridge.queries import intake as queries
from bridge.queries import queue as queue_queries
from bridge.queries.claims import LiveClaim, live_claim
from bridge.queries.intake import Duplicate
from bridge.queries.queue import QueueItem
from bridge.roles import Actor
from bridge.settings import settings
from bridge.threads import QueueFilter

WORDS_MAX_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread as the agent's page shows it."""

    thread: Thread
    identity: SocialIdentity
    posts: Sequence[Post]
    claim: LiveClaim | None


def queue(
    session: Session,
    actor: Actor,
    *,
    filter: QueueFilter = QueueFilter.NEW,
    now: datetime,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
    words: str = "",
) -> list[QueueItem]:
    """The brand's threads, newest activity first. The last item's `cursor` as `before` gives the next page.

    `new` is what nobody holds, what was not set aside, and what got no promise since its last post.
    `words` look in handles and posts.
    """
    return queue_queries.queue_page(
        session,
        actor.brand_id,
        show=filter,
        person_id=actor.id,
        now=now,
        limit=limit,
        before=before,
        # Handles are stored without the sign that pages show before them.
        words=holdable(words)[:WORDS_MAX_CHARACTERS].strip().removeprefix("@"),
    )


def queue_counts(session: Session, actor: Actor, *, now: datetime) -> Mapping[QueueFilter, int]:
    """How many threads each filter has, a hundred at most; `all` is not counted."""
    return queue_queries.counts(session, actor.brand_id, person_id=actor.id, now=now)


def conversation(session: Session, actor: Actor, thread_id: UUID) -> Conversation:
    """A thread with its posts, oldest first, and whoever holds it. Raises NotFound outside the brand."""
    thread = queries.thread_of(session, actor.brand_id, thread_id)
    if thread is None:
        raise NotFound("There is no such conversation.")
    return Conversation(
        thread=thread,
        identity=session.get_one(SocialIdentity, thread.identity_id),
        posts=queries.posts_of(session, thread_id),
        claim=live_claim(session, thread_id),
    )


def duplicates(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    store_id: UUID | None,
    identity_id: UUID | None = None,
    network: str | None = None,
    handle: str | None = None,
    item: str = "",
) -> list[Duplicate]:
    """Escalations of the same person at the same store, open or made in the duplicate window.

    The handle is given by its id, or by network and name; an unknown one has none. Identities linked as one
    person count as one. With an `item` those about the same product, and those that name none.
    """
    if identity_id is None and network and handle and actor.brand_id is not None:
        known = identities.identity_by_handle(session, actor.brand_id, network, plain_handle(handle))
        identity_id = None if known is None else known.id
    if identity_id is None:
        return []
    since = now - timedelta(days=settings().duplicate_window_days)
    found = queries.duplicates_of(
        session, actor.brand_id, identity_id=identity_id, store_id=store_id, since=since
    )
    return [one for one in found if same_product(item, one.items)]


def same_product(item: str, items: Sequence[str]) -> bool:
    """Whether a promise about `items` may be about `item`; without words on one side nobody can tell."""
    wanted = _words_of(item)
    if not wanted or not items:
        return True
    return any(wanted <= words or words <= wanted for words in map(_words_of, items) if words)


def _words_of(item: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFKC", item).casefold().split())
