"""The ways by which threads come in and are answered, and what an event changes in them. Nothing commits."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.models.base import new_id
from bridge.models.channels import ThreadDoor
from bridge.models.intake import Thread
from bridge.queries import known
from bridge.queries.triage import ANSWERED

Door = tuple[UUID, str]
"""An account, and its own name for the conversation."""

_OPEN: Final = sa.text(
    """
    INSERT INTO thread_doors (id, thread_id, account_id, external_id, url, state, last_customer_at, created_at)
    VALUES (:id, :thread_id, :account_id, :external_id, :url, '', :last_customer_at, :now)
    ON CONFLICT (account_id, external_id) DO UPDATE
    SET last_customer_at = greatest(thread_doors.last_customer_at, excluded.last_customer_at),
        url = coalesce(nullif(excluded.url, ''), thread_doors.url)
    """
)

_STATE: Final = sa.text(
    "UPDATE thread_doors SET state = :state WHERE account_id = :account_id AND external_id = :external_id"
)

_SIGN_OUT: Final = sa.text(
    """
    UPDATE channel_accounts SET token_state = 'signed_out', last_error = :error, last_error_at = :now
    WHERE id = :id
    """
)

# The network's own id says that it is ours; without one, our words in that thread after an unclear try do.
_ECHO: Final = sa.text(
    """
    UPDATE channel_messages m
    SET state = 'sent', external_id = :external_id, settled_at = coalesce(m.settled_at, :now), next_at = NULL,
        permalink = coalesce(nullif(:permalink, ''), m.permalink)
    WHERE m.id = (
        SELECT c.id FROM channel_messages c JOIN threads t ON t.id = c.thread_id
        WHERE c.account_id = :account_id
          AND (c.external_id = :external_id
               OR (c.external_id IS NULL AND c.state IN ('unknown', 'sending', 'handed_off', 'sent')
                   AND t.external_id = :thread_id AND c.text_sha256 = :text_sha256))
        ORDER BY c.external_id IS NULL, c.created_at
        LIMIT 1
        FOR UPDATE OF c
    )
    RETURNING m.id, m.purpose
    """
)

_ANSWERED: Final = f"""
    UPDATE threads SET {ANSWERED} WHERE id = %(thread_id)s AND last_post_at <= %(now)s
"""

_REMEMBER: Final = sa.text(
    """
    INSERT INTO deleted_posts (network, external_id, deleted_at) VALUES (:network, :external_id, :now)
    ON CONFLICT DO NOTHING
    """
)

_DELETED: Final = sa.text(
    "SELECT external_id FROM deleted_posts WHERE network = :network AND external_id = ANY (CAST(:ids AS text[]))"
)

_IS_ONE_OF: Final = """
(thread_doors.account_id, thread_doors.external_id)
    IN (SELECT * FROM unnest(CAST(:accounts AS uuid[]), CAST(:doors AS text[])))
"""


def lock_post(session: Session, network: str, external_id: str) -> None:
    """Wait for whoever takes in an event about the same post; held until the transaction ends."""
    known.lock(session, known.post_lock(network, external_id), known.POST_LOCK)


_ASK: Final = sa.text(
    """
    UPDATE threads t
    SET asked_for = :why,
        triage = CASE WHEN :why <> '' AND t.triage IN ('replied', 'snoozed') THEN 'open' ELSE t.triage END,
        triaged_by = CASE WHEN :why <> '' AND t.triage IN ('replied', 'snoozed') THEN NULL ELSE t.triaged_by END,
        triaged_at = CASE WHEN :why <> '' AND t.triage IN ('replied', 'snoozed') THEN :now ELSE t.triaged_at END
    FROM thread_doors d
    WHERE d.account_id = :account_id AND d.external_id = :external_id AND t.id = d.thread_id AND t.asked_for <> :why
    """
)


def threads_of_doors(session: Session, doors: Collection[Door]) -> dict[Door, Thread]:
    """The threads that these care tools' conversations are, where we know them."""
    accounts, names = [account for account, _ in doors], [name for _, name in doors]
    found = session.exec(
        select(ThreadDoor.account_id, ThreadDoor.external_id, Thread)
        .join(Thread, col(ThreadDoor.thread_id) == col(Thread.id))
        .where(sa.text(_IS_ONE_OF).bindparams(accounts=accounts, doors=names))
    )
    return {(account_id, name): thread for account_id, name, thread in found}


def thread_of_door(session: Session, account_id: UUID, external_id: str) -> Thread | None:
    """The thread that a care tool's conversation is, when we know it."""

    def ask() -> Thread | None:
        return threads_of_doors(session, [(account_id, external_id)]).get((account_id, external_id))

    return known.find(session, ("door", account_id, external_id), ask)


def ask_for_store(session: Session, account_id: UUID, external_id: str, why: str, *, now: datetime) -> None:
    """Somebody in the care tool asks for an escalation, or takes it back with an empty word.

    Asking puts the thread back among the open ones; asking again changes nothing.
    """
    values = {"account_id": account_id, "external_id": external_id, "why": why[:40], "now": now}
    session.connection().execute(_ASK, values)


def open_door(
    session: Session,
    *,
    thread_id: UUID,
    account_id: UUID,
    external_id: str,
    url: str,
    last_customer_at: datetime,
    now: datetime,
) -> None:
    """Note that the account knows the thread, and when the customer last spoke through it."""
    values = {
        "id": new_id(),
        "thread_id": thread_id,
        "account_id": account_id,
        "external_id": external_id,
        "url": url[:500],
        "last_customer_at": last_customer_at,
        "now": now,
    }
    session.connection().execute(_OPEN, values)
    known.put(session, ("door", account_id, external_id), known.UNKNOWN)


def set_state(session: Session, account_id: UUID, external_id: str, state: str) -> None:
    """What the care tool calls the conversation's state."""
    values = {"account_id": account_id, "external_id": external_id, "state": state[:40]}
    session.connection().execute(_STATE, values)


def sign_out(session: Session, account_id: UUID, *, error: str, now: datetime) -> None:
    """The account's consent was taken back."""
    session.connection().execute(_SIGN_OUT, {"id": account_id, "error": error, "now": now})


def settle_by_echo(
    session: Session,
    account_id: UUID,
    *,
    external_id: str,
    thread_id: str,
    permalink: str,
    text_sha256: bytes,
    now: datetime,
) -> Any:
    """Find our own message in what the network echoes; an unclear one is sent from now on.

    Returns its id and purpose, or None.
    """
    values = {
        "account_id": account_id,
        "external_id": external_id,
        "thread_id": thread_id,
        "permalink": permalink,
        "text_sha256": text_sha256,
        "now": now,
    }
    return session.connection().execute(_ECHO, values).first()


_CALL_POST: Final = sa.text(
    """
    UPDATE posts SET external_id = :external_id
    WHERE network = :network AND external_id = :provisional
      AND NOT EXISTS (SELECT FROM posts WHERE network = :network AND external_id = :external_id)
    """
)


def call_post(session: Session, network: str, provisional: str, external_id: str) -> None:
    """A post of ours that stands under a name of our own gets the network's."""
    values = {"network": network, "provisional": provisional, "external_id": external_id}
    session.connection().execute(_CALL_POST, values)


def note_answer(session: Session, thread_id: UUID, moment: datetime) -> None:
    """The thread was answered outside the bridge, unless the customer spoke again since."""
    values = {"thread_id": thread_id, "person_id": None, "now": moment}
    session.connection().exec_driver_sql(_ANSWERED, values)


def remember_deletion(session: Session, network: str, external_id: str, *, now: datetime) -> None:
    """A post was deleted before we saw it."""
    values = {"network": network, "external_id": external_id, "now": now}
    session.connection().execute(_REMEMBER, values)


def deleted_among(session: Session, network: str, names: Collection[str]) -> set[str]:
    """Those of these posts of which the network told us that they are gone."""
    values = {"network": network, "ids": [*names]}
    return {*session.connection().execute(_DELETED, values).scalars()}


def was_deleted(session: Session, network: str, external_id: str) -> bool:
    """Whether the network told us that this post is gone."""

    def ask() -> bool:
        return bool(deleted_among(session, network, [external_id]))

    return known.find(session, ("deleted", network, external_id), ask)


def doors_of(session: Session, thread_id: UUID) -> list[Any]:
    """The thread's doors with their accounts, the one through which the customer spoke last first."""
    sql = sa.text(
        """
        SELECT d.*, a.channel, a.name AS account_name, a.handle AS account_handle, a.settings,
               a.sends_outcomes, a.enabled AND a.deleted_at IS NULL AS is_open, a.token_state
        FROM thread_doors d JOIN channel_accounts a ON a.id = d.account_id
        WHERE d.thread_id = :thread_id
        ORDER BY d.last_customer_at DESC NULLS LAST, d.id
        """
    )
    return list(session.connection().execute(sql, {"thread_id": thread_id}))


def account_named(session: Session, brand_id: UUID, *, channel: str, external_id: str) -> Any:
    """The brand's working account that the network calls so; None when there is none."""
    sql = sa.text(
        """
        SELECT id, handle FROM channel_accounts
        WHERE brand_id = :brand_id AND channel = :channel AND external_id = :external_id
          AND enabled AND deleted_at IS NULL
        ORDER BY created_at, id
        LIMIT 1
        """
    )
    values = {"brand_id": brand_id, "channel": channel, "external_id": external_id}
    return session.connection().execute(sql, values).first()


def private_thread_of(session: Session, thread_id: UUID) -> UUID | None:
    """The private conversation, on the same network, in which the customer of this thread last wrote to us."""
    sql = sa.text(
        """
        SELECT p.id
        FROM threads t
        JOIN social_identities i ON i.id = t.identity_id
        JOIN social_identities theirs ON theirs.customer_id = i.customer_id
        JOIN threads p ON p.identity_id = theirs.id AND p.network = t.network AND p.brand_id = t.brand_id
        JOIN thread_doors d ON d.thread_id = p.id
        WHERE t.id = :thread_id AND p.visibility = 'private' AND d.last_customer_at IS NOT NULL
        ORDER BY d.last_customer_at DESC
        LIMIT 1
        """
    )
    return session.connection().execute(sql, {"thread_id": thread_id}).scalar()


def post_to_answer(session: Session, thread_id: UUID, account_id: UUID, post_id: UUID | None) -> Any:
    """The customer's post of that id, else the newest that came through the account; None when there is none."""
    sql = sa.text(
        """
        SELECT id, posted_at, reference FROM posts
        WHERE thread_id = :thread_id AND author_kind = 'customer'
          AND CASE WHEN CAST(:post_id AS uuid) IS NULL THEN account_id = :account_id ELSE id = :post_id END
        ORDER BY posted_at DESC, external_id DESC
        LIMIT 1
        """
    )
    values = {"thread_id": thread_id, "account_id": account_id, "post_id": post_id}
    return session.connection().execute(sql, values).first()
