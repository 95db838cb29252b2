"""The append-only history and what protects it. The application may only insert and read here."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from bridge.models.base import Table


class TimelineEntry(Table, table=True):
    """One link of a hash chain. `stream` is the escalation's id, or the name of another stream.

    `body` is the canonical JSON that was hashed, byte for byte; the columns repeat parts of it
    for reading, and `bridge audit verify` compares the two.
    """

    __tablename__ = "timeline"
    __table_args__ = (sa.UniqueConstraint("stream", "seq"),)

    id: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    )
    stream: str = Field(max_length=64)
    seq: int
    at: datetime
    action: str = Field(max_length=40)
    actor_id: UUID | None = None
    store_id: UUID | None = None
    body: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    prev_hash: bytes
    hash: bytes


class StreamHead(Table, table=True):
    """The end of a stream that is not an escalation: accounts, configuration, devices."""

    __tablename__ = "stream_heads"

    stream: str = Field(max_length=64, primary_key=True)
    seq: int = 0
    hash: bytes


class Checkpoint(Table, table=True):
    """A signed statement about every row up to a point; its copy outside the database is the anchor."""

    __tablename__ = "checkpoints"

    id: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    )
    at: datetime
    timeline_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    timeline_rows: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    look_ups: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    look_ups_until: datetime
    root: bytes
    signature: bytes
