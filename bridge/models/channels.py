"""Connected accounts, what came in through them, and what goes out: the two ledgers of the channels."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word


class ChannelAccount(Table, table=True):
    """One account of ours at a network, one mailbox of a care tool, or one listening tool.

    `external_id` is the other side's own, lasting name for the account; the handle may change.
    `sends_outcomes` says which outcomes go back by themselves and which wait for a person
    (`bridge/ways_back.py`). `cursor` is where polling stands, `reread_after` the post after which posts
    are asked for again. `quiet_after_seconds` is how long nothing may come before somebody is told; null
    when silence means nothing. `refused_at` and `refused_why` are the last delivery that was not taken
    because of who sent it, noted once in some seconds at most: whoever knows the address can cause them.
    `stream_since` is since when a stream is open, as whoever holds it said at `stream_seen_at`.
    """

    __tablename__ = "channel_accounts"
    __table_args__ = (
        one_word("token_state", "ok", "refreshing", "signed_out"),
        one_word("sends_outcomes", "all", "good", "none"),
        sa.Index("uq_channel_accounts_name", "brand_id", "channel", sa.text("lower(name)"), unique=True),
        sa.Index("ix_channel_accounts_poll", "poll_at", postgresql_where=sa.text("poll_at IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    channel: str = Field(max_length=20)
    name: str = Field(max_length=80)
    base_url: str = Field(default="", max_length=300)
    external_id: str = Field(default="", max_length=120)
    handle: str = Field(default="", max_length=80)
    official_handle_id: UUID | None = Field(default=None, foreign_key="official_handles.id")
    settings: dict[str, Any] = Field(
        default_factory=dict, sa_column=sa.Column(pg.JSONB, nullable=False, server_default="{}")
    )
    enabled: bool = True
    disabled_reason: str = Field(default="", max_length=200)
    sends_outcomes: str = Field(default="good", max_length=16, sa_column_kwargs={"server_default": "good"})
    token_state: str = Field(default="ok", max_length=16)
    token_expires_at: datetime | None = None
    cursor: dict[str, Any] = Field(
        default_factory=dict, sa_column=sa.Column(pg.JSONB, nullable=False, server_default="{}")
    )
    poll_at: datetime | None = None
    polled_at: datetime | None = None
    reread_after: UUID | None = None
    poll_failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    last_error: str = Field(default="", max_length=120)
    last_error_at: datetime | None = None
    paused_until: datetime | None = None
    rate: dict[str, Any] = Field(
        default_factory=dict, sa_column=sa.Column(pg.JSONB, nullable=False, server_default="{}")
    )
    quiet_after_seconds: int | None = None
    quiet_since: datetime | None = None
    refused_at: datetime | None = None
    refused_why: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    stream_since: datetime | None = None
    stream_seen_at: datetime | None = None
    created_at: datetime = Field(default_factory=utc_now)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    deleted_at: datetime | None = None


class ChannelSecret(Table, table=True):
    """One secret of an account, sealed. Two of a name are live while one replaces the other."""

    __tablename__ = "channel_secrets"
    __table_args__ = (sa.Index("ix_channel_secrets_account", "account_id", "name", "created_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="channel_accounts.id")
    name: str = Field(max_length=40)
    cipher: bytes
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime | None = None


class InboundDelivery(Table, table=True):
    """One thing that came in: the bytes as they came, sealed, until they were read and their time is over.

    Written before it is answered, unique by the sender's own name for it; a repeat finds it here.
    """

    __tablename__ = "inbound_deliveries"
    __table_args__ = (
        one_word("how", "webhook", "poll", "intake", "import"),
        one_word("state", "queued", "done", "failed"),
        sa.UniqueConstraint("account_id", "delivery_id"),
        sa.Index("ix_inbound_deliveries_due", "next_at", postgresql_where=sa.text("state = 'queued'")),
        sa.Index("ix_inbound_deliveries_account", "account_id", "received_at"),
        sa.Index(
            "ix_inbound_deliveries_raw", "raw_until", postgresql_where=sa.text("raw_cipher IS NOT NULL")
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="channel_accounts.id")
    delivery_id: str = Field(max_length=200)
    how: str = Field(max_length=16)
    received_at: datetime
    raw_cipher: bytes | None = None
    raw_sha256: bytes
    raw_until: datetime
    state: str = Field(default="queued", max_length=16)
    attempts: int = 0
    next_at: datetime
    done_at: datetime | None = None
    events: int = 0
    kinds: str = Field(default="", max_length=120)
    error: str = Field(default="", max_length=120)
    times_seen: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class ThreadDoor(Table, table=True):
    """A way by which a thread came in and is answered: one for each account that knows the conversation."""

    __tablename__ = "thread_doors"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "external_id"),
        sa.Index("ix_thread_doors_thread", "thread_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    thread_id: UUID = Field(foreign_key="threads.id")
    account_id: UUID = Field(foreign_key="channel_accounts.id")
    external_id: str = Field(max_length=200)
    url: str = Field(default="", max_length=500)
    state: str = Field(default="", max_length=40)
    last_customer_at: datetime | None = None
    created_at: datetime = Field(default_factory=utc_now)


class DeletedPost(Table, table=True):
    """A post that its network says is gone, told before the post itself came. Its text never comes in."""

    __tablename__ = "deleted_posts"

    network: str = Field(max_length=20, primary_key=True)
    external_id: str = Field(max_length=120, primary_key=True)
    deleted_at: datetime


class PostAlias(Table, table=True):
    """Another name by which an address of a post may call it: by handle, or on another server."""

    __tablename__ = "post_aliases"

    network: str = Field(max_length=20, primary_key=True)
    alias: str = Field(max_length=120, primary_key=True)
    external_id: str = Field(max_length=120)


class ChannelMessage(Table, table=True):
    """One thing that we write to a network or into a care tool. This table is the queue.

    `waiting` needs a named person to let it go, before `release_until`; `unknown` may have been sent and
    is looked up; `handed_off` is sent by a person on the network itself. `dedup_key` is the guard against
    saying the same twice. The text is sealed, because a private one may hold a code.
    """

    __tablename__ = "channel_messages"
    __table_args__ = (
        one_word("purpose", "public_reply", "private_reply", "private_message", "note"),
        one_word(
            "state",
            "waiting",
            "queued",
            "sending",
            "sent",
            "unknown",
            "handed_off",
            "failed_final",
            "cancelled",
        ),
        sa.UniqueConstraint("account_id", "dedup_key"),
        # A network gives a post one private answer, ever; what was never tried and was called off is none.
        sa.Index(
            "uq_channel_messages_private_reply",
            "post_id",
            unique=True,
            postgresql_where=sa.text(
                "purpose = 'private_reply' AND NOT (state = 'cancelled' AND attempts = 0)"
            ),
        ),
        sa.Index(
            "ix_channel_messages_due",
            "account_id",
            "next_at",
            postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
        ),
        sa.Index("ix_channel_messages_thread", "thread_id", "created_at"),
        sa.Index("ix_channel_messages_escalation", "escalation_id"),
        sa.Index(
            "ix_channel_messages_person",
            "brand_id",
            "created_at",
            postgresql_where=sa.text("state IN ('waiting', 'unknown', 'handed_off', 'failed_final')"),
        ),
        sa.Index("ix_channel_messages_external", "account_id", "external_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    account_id: UUID = Field(foreign_key="channel_accounts.id")
    thread_id: UUID = Field(foreign_key="threads.id")
    escalation_id: UUID | None = Field(default=None, foreign_key="escalations.id")
    post_id: UUID | None = Field(default=None, foreign_key="posts.id")
    purpose: str = Field(max_length=16)
    topic: str = Field(default="", max_length=60)
    text_cipher: bytes
    text_sha256: bytes
    language: str = Field(default="en", max_length=8)
    dedup_key: str = Field(max_length=200)
    state: str = Field(default="queued", max_length=16)
    attempts: int = 0
    looks: int = 0
    next_at: datetime | None = Field(default_factory=utc_now)
    first_tried_at: datetime | None = None
    release_until: datetime | None = None
    released_by: UUID | None = Field(default=None, foreign_key="people.id")
    released_at: datetime | None = None
    external_id: str | None = Field(default=None, max_length=200)
    permalink: str = Field(default="", max_length=500)
    visibility: str = Field(default="", max_length=16)
    hand_off_url: str = Field(default="", max_length=2000)
    last_error: str = Field(default="", max_length=120)
    created_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime = Field(default_factory=utc_now)
    settled_at: datetime | None = None


class MessageAttempt(Table, table=True):
    """One try at sending, or one look for an earlier try. Append-only."""

    __tablename__ = "message_attempts"
    __table_args__ = (sa.Index("ix_message_attempts_message", "message_id", "id"),)

    id: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    )
    message_id: UUID = Field(foreign_key="channel_messages.id")
    is_look: bool = False
    started_at: datetime
    result: str = Field(max_length=16)
    status_code: int | None = None
    error: str = Field(default="", max_length=120)
    excerpt: str = Field(default="", max_length=500)
