"""Threads and posts: selects, and inserts that are safe to race. The agent's queue is in `queue.py`.

Every read is limited to one brand. Nothing commits; what locks says so.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Session, col, select

from bridge.lifecycle import Status
from bridge.models.channels import PostAlias
from bridge.models.directory import OfficialHandle
from bridge.models.intake import Post, Thread
from bridge.permalinks import Network
from bridge.queries import known, new_rows

OPEN: Final = (
    Status.DRAFT,
    Status.PENDING_APPROVAL,
    Status.ISSUED,
    Status.ACKNOWLEDGED,
    Status.AWAITING_AGENT,
    Status.TRANSFERRING,
    Status.UNDER_REVIEW,
)
"""Somebody still has to do something about the escalation."""

POSTS_AT_MAX: Final = 20

_OPEN_LIST: Final = ", ".join(f"'{status.value}'" for status in OPEN)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An escalation of the same person at the same store, open or recent.

    It was promised to the identity `handle` on `network`, which may be another one of the same person.
    """

    id: UUID
    number: int
    status: Status
    store_id: UUID | None
    agent_name: str
    created_at: datetime
    is_open: bool
    identity_id: UUID
    network: str
    handle: str
    items: Sequence[str] = ()


# Threads and what belongs to them.


def thread_of(session: Session, brand_id: UUID | None, thread_id: UUID) -> Thread | None:
    """The brand's thread, or None."""
    return session.exec(select(Thread).where(Thread.id == thread_id, Thread.brand_id == brand_id)).first()


def threads_called(session: Session, network: str, names: Collection[str]) -> dict[str, Thread]:
    """The threads that the network calls so, of whatever brand."""
    found = session.exec(
        select(Thread).where(Thread.network == network, col(Thread.external_id) == _any(names))
    )
    return {thread.external_id: thread for thread in found}


def posts_called(session: Session, network: str, names: Collection[str]) -> dict[str, tuple[Post, Thread]]:
    """The posts that the network calls so with the threads that hold them, of whatever brand."""
    found = session.exec(
        select(Post, Thread).join(Thread).where(Post.network == network, col(Post.external_id) == _any(names))
    )
    return {post.external_id: (post, thread) for post, thread in found}


def _any(names: Collection[str]) -> Any:
    return sa.any_(sa.literal([*names], pg.ARRAY(sa.Text())))


def thread_by_external_id(session: Session, network: str, external_id: str) -> Thread | None:
    """The thread that the network calls so, of whatever brand."""

    def ask() -> Thread | None:
        return threads_called(session, network, [external_id]).get(external_id)

    return known.find(session, ("thread", network, external_id), ask)


def thread_with_post(session: Session, network: str, external_id: str) -> Thread | None:
    """The thread that holds the network's post, of whatever brand."""

    def ask() -> Thread | None:
        found = posts_called(session, network, [external_id])
        return found[external_id][1] if found else None

    return known.find(session, ("thread of post", network, external_id), ask)


def post_by_external_id(session: Session, network: str, external_id: str) -> Post | None:
    """The post that the network calls so."""

    def ask() -> Post | None:
        found = posts_called(session, network, [external_id])
        return found[external_id][0] if found else None

    return known.find(session, ("post", network, external_id), ask)


def posts_at(session: Session, address: str) -> Sequence[Post]:
    """The posts that came by this address, oldest first; a page may hold several. Locks the address.

    Before a release kept the address beside a post, one without any other name was called so.
    """
    known.lock(session, known.post_lock("address", address), known.POST_LOCK)
    named_so = sa.and_(col(Post.network) == Network.OTHER.value, col(Post.external_id) == address)
    return session.exec(
        select(Post)
        .where(sa.or_(col(Post.address) == address, named_so))
        .order_by(col(Post.received_at), col(Post.id))
        .limit(POSTS_AT_MAX)
    ).all()


def has_other_threads(session: Session, thread: Thread) -> bool:
    """Whether the thread's customer has another one under the same handle."""
    others = select(Thread.id).where(Thread.identity_id == thread.identity_id, Thread.id != thread.id)
    return session.exec(others.limit(1)).first() is not None


def add_thread(session: Session, new: Thread) -> tuple[Thread, bool]:
    """Insert a thread, or find the one that the network calls so; whether it is new."""
    added = new_rows.add_if_new(session, new)
    known.put(session, ("thread", new.network, new.external_id), new if added else known.UNKNOWN)
    thread = new if added else thread_by_external_id(session, new.network, new.external_id)
    assert thread is not None
    return thread, added


def add_post(session: Session, new: Post, thread: Thread) -> tuple[Post, bool]:
    """Insert a post of the thread, or find the one that the network calls so; whether it is new."""
    added = new_rows.add_if_new(session, new)
    known.put(session, ("post", new.network, new.external_id), new if added else known.UNKNOWN)
    known.put(session, ("thread of post", new.network, new.external_id), thread if added else known.UNKNOWN)
    post = new if added else post_by_external_id(session, new.network, new.external_id)
    assert post is not None
    return post, added


_REMEMBER: Final = sa.text(
    """
    INSERT INTO post_aliases (network, alias, external_id)
    SELECT :network, alias, :external_id FROM unnest(CAST(:aliases AS text[])) AS alias
    ON CONFLICT DO NOTHING
    """
)


def remember_aliases(session: Session, network: str, external_id: str, aliases: Sequence[str]) -> None:
    """Keep the other names by which an address may call this post; the first to take a name keeps it."""
    values = {"network": network, "external_id": external_id, "aliases": list(aliases)}
    session.connection().execute(_REMEMBER, values)


def post_known_as(session: Session, network: str, alias: str) -> str | None:
    """The network's own name of the post that an address calls so."""
    return session.exec(
        select(PostAlias.external_id).where(PostAlias.network == network, PostAlias.alias == alias)
    ).first()


def posts_of(session: Session, thread_id: UUID) -> Sequence[Post]:
    """The thread's posts, oldest first."""
    return session.exec(
        select(Post).where(Post.thread_id == thread_id).order_by(col(Post.posted_at), col(Post.external_id))
    ).all()


def official_handle_id(session: Session, brand_id: UUID, network: str, handle: str) -> UUID | None:
    """The id of our own active account of that name."""

    def ask() -> UUID | None:
        return session.exec(
            select(OfficialHandle.id).where(
                OfficialHandle.brand_id == brand_id,
                OfficialHandle.network == network,
                OfficialHandle.status == "active",
                sa.func.lower(OfficialHandle.handle) == sa.func.lower(handle),
            )
        ).first()

    return known.once(session, ("official", brand_id, network, handle), ask)


_STRETCH: Final = sa.text(
    """
    UPDATE threads
    SET first_post_at = least(first_post_at, :posted_at), last_post_at = greatest(last_post_at, :posted_at),
        attend_at = least(attend_at, :now),
        triage = CASE WHEN :opens AND triage IN ('replied', 'snoozed') THEN 'open' ELSE triage END,
        triaged_by = CASE WHEN :opens AND triage IN ('replied', 'snoozed') THEN NULL ELSE triaged_by END,
        triaged_at = CASE WHEN :opens AND triage IN ('replied', 'snoozed') THEN :now ELSE triaged_at END
    WHERE id = :thread_id
    """
)


def stretch_thread(
    session: Session, thread_id: UUID, posted_at: datetime, now: datetime, *, opens: bool
) -> None:
    """Let the thread's first and last post include this moment, and its clocks be looked at.

    With `opens` a thread that was replied to or sleeps needs an agent again.
    """
    values = {"thread_id": thread_id, "posted_at": posted_at, "now": now, "opens": opens}
    session.connection().execute(_STRETCH, values)


def duplicates_of(
    session: Session,
    brand_id: UUID | None,
    *,
    identity_id: UUID,
    store_id: UUID | None,
    since: datetime,
    limit: int = 20,
) -> list[Duplicate]:
    """Escalations of the identity, or of another one of its person, open or made since; newest first.

    With `store_id` those of that store and those that any store could serve; without, all.
    """
    at_store = "" if store_id is None else "AND (e.store_id = :store_id OR e.store_id IS NULL)"
    statement = f"""
        SELECT e.id, e.number, e.status, e.store_id, p.display_name AS agent_name, e.created_at,
               e.status IN ({_OPEN_LIST}) AS is_open, e.identity_id, i.network, i.handle,
               ARRAY(SELECT l.item FROM promises l WHERE l.escalation_id = e.id AND l.item IS NOT NULL
                     ORDER BY l.position) AS items
        FROM escalations e
        JOIN people p ON p.id = e.agent_id
        JOIN social_identities i ON i.id = e.identity_id
        WHERE e.identity_id IN (
            SELECT theirs.id FROM social_identities mine
            JOIN social_identities theirs ON theirs.customer_id = mine.customer_id
            WHERE mine.id = :identity_id
        ) AND e.brand_id = :brand_id {at_store}
          AND (e.status IN ({_OPEN_LIST}) OR e.created_at >= :since)
        ORDER BY e.created_at DESC, e.id DESC
        LIMIT :limit
    """
    values = {"identity_id": identity_id, "brand_id": brand_id, "since": since, "limit": limit}
    if store_id is not None:
        values["store_id"] = store_id
    rows = session.connection().execute(sa.text(statement), values).mappings()
    return [Duplicate(**{**row, "status": Status(row["status"])}) for row in rows]


def open_escalations_of(session: Session, thread: Thread) -> list[Duplicate]:
    """The escalations of one thread that somebody still has to do something about, newest first."""
    statement = f"""
        SELECT e.id, e.number, e.status, e.store_id, p.display_name AS agent_name, e.created_at, true AS is_open,
               e.identity_id, i.network, i.handle, ARRAY[]::text[] AS items
        FROM escalations e
        JOIN people p ON p.id = e.agent_id
        JOIN social_identities i ON i.id = e.identity_id
        WHERE e.identity_id = :identity_id AND e.thread_id = :thread_id AND e.status IN ({_OPEN_LIST})
        ORDER BY e.created_at DESC, e.id DESC
    """
    values = {"identity_id": thread.identity_id, "thread_id": thread.id}
    rows = session.connection().execute(sa.text(statement), values).mappings()
    return [Duplicate(**{**row, "status": Status(row["status"])}) for row in rows]
