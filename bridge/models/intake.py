"""The social side: customers, their handles, threads, posts, and claims on threads."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Field

from bridge.clock import utc_now
from bridge.models.base import Table, new_id, one_word, words
from bridge.triage import Triage


class Customer(Table, table=True):
    """A person who complained. Handles are linked to it with evidence, never merged by likeness."""

    __tablename__ = "customers"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    locale: str = Field(default="en", max_length=8)
    created_at: datetime = Field(default_factory=utc_now)
    erased_at: datetime | None = None


class SocialIdentity(Table, table=True):
    """A handle of a customer on one network, or one that was theirs: handles change their owners.

    The network's `external_id` is whose it is; `retired_at` is since when the handle is somebody else's.
    While identities are linked as one person their `customer_id` is the same one; `own_customer_id` is
    the customer that each had before, and has again when the link is cut.
    """

    __tablename__ = "social_identities"
    __table_args__ = (
        sa.Index(
            "uq_social_identities_live_handle",
            "brand_id",
            "network",
            sa.text("lower(handle)"),
            unique=True,
            postgresql_where=sa.text("retired_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    customer_id: UUID = Field(foreign_key="customers.id", index=True)
    network: str = Field(max_length=20)
    handle: str = Field(max_length=80)
    external_id: str | None = Field(default=None, max_length=80)
    created_at: datetime = Field(default_factory=utc_now)
    retired_at: datetime | None = None
    own_customer_id: UUID | None = Field(default=None, foreign_key="customers.id")


class IdentityLink(Table, table=True):
    """Somebody's word, with its evidence, that two identities are one person; it stays when it is cut."""

    __tablename__ = "identity_links"
    __table_args__ = (
        sa.CheckConstraint("identity_id <> other_identity_id", name="two"),
        sa.Index("ix_identity_links_identity", "identity_id"),
        sa.Index("ix_identity_links_other_identity", "other_identity_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    identity_id: UUID = Field(foreign_key="social_identities.id")
    other_identity_id: UUID = Field(foreign_key="social_identities.id")
    reason: str = Field(max_length=300)
    linked_by: UUID = Field(foreign_key="people.id")
    linked_at: datetime
    cut_at: datetime | None = None
    cut_by: UUID | None = Field(default=None, foreign_key="people.id")
    cut_reason: str = Field(default="", max_length=300)


class Thread(Table, table=True):
    """A social conversation; one per network and external id.

    `asked_for` says that a colleague in a care tool asked for an escalation; empty while nobody does.
    `triage` says whether it needs an agent; `matched_on` holds the words by which a listener found a
    post that does not mention us.
    """

    __tablename__ = "threads"
    __table_args__ = (
        sa.UniqueConstraint("network", "external_id"),
        one_word("visibility", "public", "private"),
        one_word("mention_type", "tagged", "untagged", "dm", "reply", "review"),
        sa.Index("ix_threads_queue", "brand_id", "last_post_at", "id"),
        sa.Index("ix_threads_attend", "attend_at", postgresql_where=sa.text("attend_at IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brands.id")
    network: str = Field(max_length=20)
    external_id: str = Field(max_length=120)
    permalink: str | None = Field(default=None, max_length=500)
    visibility: str = Field(default="public", max_length=16)
    mention_type: str = Field(default="tagged", max_length=16)
    identity_id: UUID = Field(foreign_key="social_identities.id", index=True)
    official_handle_id: UUID | None = Field(default=None, foreign_key="official_handles.id")
    addressed_to: str = Field(default="", max_length=80)
    language: str = Field(default="en", max_length=8)
    first_post_at: datetime
    last_post_at: datetime
    detected_at: datetime = Field(default_factory=utc_now)
    attend_at: datetime | None = Field(default_factory=utc_now)
    matched_on: str = Field(default="", max_length=80, sa_column_kwargs={"server_default": ""})
    asked_for: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    triage: Triage = Field(
        default=Triage.OPEN,
        sa_column=sa.Column(words(Triage), nullable=False, server_default=Triage.OPEN.value),
    )
    snoozed_until: datetime | None = None
    duplicate_of_id: UUID | None = Field(default=None, foreign_key="threads.id")
    triaged_by: UUID | None = Field(default=None, foreign_key="people.id")
    triaged_at: datetime | None = None


class Post(Table, table=True):
    """One message of a thread. The hash survives when the text is erased.

    `account_id` is the account through which it came, `reference` what the channel wants back to answer it.
    `address` is the hash of its address, where that is of no form that we know (`bridge/permalinks.py`).
    """

    __tablename__ = "posts"
    __table_args__ = (
        sa.UniqueConstraint("network", "external_id"),
        one_word("author_kind", "customer", "brand", "other"),
        sa.Index("ix_posts_address", "address", postgresql_where=sa.text("address IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    thread_id: UUID = Field(foreign_key="threads.id", index=True)
    network: str = Field(max_length=20)
    external_id: str = Field(max_length=120)
    author_kind: str = Field(max_length=16)
    author_handle: str = Field(max_length=80)
    posted_at: datetime
    text: str = Field(max_length=10_000)
    text_sha256: bytes
    received_at: datetime = Field(default_factory=utc_now)
    erased_at: datetime | None = None
    edited_at: datetime | None = None
    account_id: UUID | None = Field(default=None, foreign_key="channel_accounts.id")
    reference: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(pg.JSONB, nullable=True))
    address: str | None = Field(default=None, max_length=40)


class ThreadClaim(Table, table=True):
    """The right to answer a thread: one live claim per thread, with a lease.

    A soft one was taken by starting to write, and anybody may take it over; see `services/claims.py`.
    """

    __tablename__ = "thread_claims"
    __table_args__ = (
        sa.Index(
            "uq_thread_claims_live",
            "thread_id",
            unique=True,
            postgresql_where=sa.text("released_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    thread_id: UUID = Field(foreign_key="threads.id", index=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    claimed_at: datetime = Field(default_factory=utc_now)
    lease_until: datetime
    released_at: datetime | None = None
    release_reason: str | None = Field(default=None, max_length=200)
    is_soft: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class ThreadPresence(Table, table=True):
    """Who has a thread open right now, and whether they write. Thrown away soon after they leave."""

    __tablename__ = "thread_presence"
    __table_args__ = (one_word("doing", "looking", "replying"),)

    thread_id: UUID = Field(foreign_key="threads.id", primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", primary_key=True)
    doing: str = Field(max_length=16)
    since: datetime = Field(default_factory=utc_now)
    seen_at: datetime = Field(default_factory=utc_now)
