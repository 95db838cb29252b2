"""Messages that wait for a person: listed by their deadline, counted for the menu, locked for an act."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from bridge.db import Connection
from bridge.models.channels import ChannelAccount, ChannelMessage

COUNTED_MAX: Final = 100

# What has no deadline comes after what has one.
_DEADLINE: Final = "coalesce(m.release_until, timestamptz '9999-01-01 00:00Z')"

_MESSAGE: Final = f"""
SELECT m.id, m.state, m.purpose, m.topic, m.text_cipher, m.language, m.created_at, m.release_until, m.next_at,
       m.last_error, m.hand_off_url, m.permalink, m.external_id, m.attempts, m.settled_at, m.released_at,
       m.escalation_id, e.number AS escalation_number, m.thread_id, t.network, t.permalink AS thread_permalink,
       i.handle AS customer_handle, a.channel, a.name AS account_name, a.handle AS account_handle,
       d.url AS door_url, p.display_name AS author_name, r.display_name AS released_by_name,
       {_DEADLINE} AS deadline
FROM channel_messages m
JOIN channel_accounts a ON a.id = m.account_id
JOIN threads t ON t.id = m.thread_id
JOIN social_identities i ON i.id = t.identity_id
LEFT JOIN escalations e ON e.id = m.escalation_id
LEFT JOIN thread_doors d ON d.thread_id = m.thread_id AND d.account_id = m.account_id
LEFT JOIN people p ON p.id = m.created_by
LEFT JOIN people r ON r.id = m.released_by
"""

_LIST: Final = f"""
{_MESSAGE}
WHERE m.brand_id = %(brand_id)s AND m.state = ANY (%(states)s)
  AND (%(after_at)s::timestamptz IS NULL
       OR ({_DEADLINE}, m.created_at, m.id) > (%(after_at)s::timestamptz, %(after_made)s::timestamptz, %(after_id)s::uuid))
ORDER BY {_DEADLINE}, m.created_at, m.id
LIMIT %(limit)s
"""

_ONE: Final = f"{_MESSAGE} WHERE m.brand_id = %(brand_id)s AND m.id = %(id)s"

_OF: Final = f"""
{_MESSAGE}
WHERE m.brand_id = %(brand_id)s
  AND (m.thread_id = %(thread_id)s::uuid OR m.escalation_id = %(escalation_id)s::uuid)
ORDER BY m.created_at DESC, m.id DESC
LIMIT %(limit)s
"""

_COUNT: Final = """
SELECT count(*) AS number FROM (
    SELECT 1 FROM channel_messages
    WHERE brand_id = %(brand_id)s AND state IN ('waiting', 'unknown', 'handed_off', 'failed_final')
    LIMIT %(most)s
) waiting
"""


def listed(
    connection: Connection,
    brand_id: UUID | None,
    *,
    states: Sequence[str],
    limit: int,
    after: tuple[str, str, str] | None = None,
) -> Sequence[Any]:
    """Messages in these states, the nearest deadline first."""
    after_at, after_made, after_id = after or (None, None, None)
    values = {
        "brand_id": brand_id,
        "states": list(states),
        "limit": limit,
        "after_at": after_at,
        "after_made": after_made,
        "after_id": after_id,
    }
    return connection.execute(_LIST, values).fetchall()


def of_thread(
    connection: Connection, brand_id: UUID | None, thread_id: UUID, *, limit: int = 50
) -> Sequence[Any]:
    """What was written in a conversation, newest first, whatever became of it."""
    values = {"brand_id": brand_id, "thread_id": thread_id, "escalation_id": None, "limit": limit}
    return connection.execute(_OF, values).fetchall()


def of_escalation(
    connection: Connection, brand_id: UUID | None, escalation_id: UUID, *, limit: int = 50
) -> Sequence[Any]:
    """What was written about a case, newest first, whatever became of it."""
    values = {"brand_id": brand_id, "thread_id": None, "escalation_id": escalation_id, "limit": limit}
    return connection.execute(_OF, values).fetchall()


def one(connection: Connection, brand_id: UUID | None, message_id: UUID) -> Any:
    """One message with what is shown of it, or None."""
    return connection.execute(_ONE, {"brand_id": brand_id, "id": message_id}).fetchone()


def one_in(session: Session, brand_id: UUID | None, message_id: UUID) -> Any:
    """As `one`, inside an ORM transaction."""
    values = {"brand_id": brand_id, "id": message_id}
    return session.connection().exec_driver_sql(_ONE, values).one()


def count(connection: Connection, brand_id: UUID | None) -> int:
    """How many wait for a person, counted to a hundred."""
    row = connection.execute(_COUNT, {"brand_id": brand_id, "most": COUNTED_MAX}).fetchone()
    return int(row.number) if row else 0


def find(session: Session, brand_id: UUID | None, message_id: UUID) -> ChannelMessage | None:
    """The message, not locked."""
    query = select(ChannelMessage).where(
        col(ChannelMessage.id) == message_id, col(ChannelMessage.brand_id) == brand_id
    )
    return session.exec(query).first()


def lock(session: Session, brand_id: UUID | None, message_id: UUID) -> ChannelMessage | None:
    """The message, locked until the transaction ends."""
    query = select(ChannelMessage).where(
        col(ChannelMessage.id) == message_id, col(ChannelMessage.brand_id) == brand_id
    )
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def with_address(session: Session, brand_id: UUID, external_id: str, *, but: UUID) -> ChannelMessage | None:
    """Another message of the brand that became the same post."""
    of_brand = select(ChannelAccount.id).where(col(ChannelAccount.brand_id) == brand_id)
    query = select(ChannelMessage).where(
        col(ChannelMessage.account_id).in_(of_brand),
        col(ChannelMessage.external_id) == external_id,
        col(ChannelMessage.id) != but,
    )
    return session.exec(query.limit(1)).first()


def account(session: Session, account_id: UUID) -> ChannelAccount:
    """The account that carries the message."""
    return session.get_one(ChannelAccount, account_id)


def place(row: Any) -> tuple[datetime, datetime, UUID]:
    """The row's place in the list."""
    return row.deadline, row.created_at, row.id
