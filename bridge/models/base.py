"""What all tables share: names for constraints, time-ordered ids, enums stored by value.

These classes describe the schema and serve lists and administration. The hot path
(look-up, decision, create) never builds them; its SQL stands in `bridge/queries`.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import SQLModel
from sqlmodel._compat import SQLModelConfig

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of every table; checks values in the constructor and on assignment, as SQLModel alone does not."""

    model_config = SQLModelConfig(validate_assignment=True)


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class _Source:
    """What ids are drawn from: the machine's clock and its randomness."""

    milliseconds: Callable[[], int]
    bits: Callable[[int], int]


_source: Final = _Source(_milliseconds, secrets.randbits)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.

    Time-ordered, so that inserts stay at the index's right edge; made here because
    PostgreSQL 15 cannot.
    """
    milliseconds, random = _source.milliseconds(), _source.bits(74)
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76
    value |= (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


def id_at(moment: datetime) -> UUID:
    """The smallest id that `new_id` could have given at that moment: where a walk over newer rows begins."""
    return UUID(int=(int(moment.timestamp() * 1000) & (1 << 48) - 1) << 80)


@contextmanager
def ids_drawn_from(*, milliseconds: Callable[[], int], bits: Callable[[int], int]) -> Iterator[None]:
    """Draw this process's ids from another clock and a seed, for a simulation that repeats itself.

    Two runs with the same seed give the same ids, so only ever into an empty database.
    """
    before = _source.milliseconds, _source.bits
    _source.milliseconds, _source.bits = milliseconds, bits
    try:
        yield
    finally:
        _source.milliseconds, _source.bits = before


def words(enum: type[StrEnum]) -> sa.Enum:
    """A column type that stores an enum by value, with a CHECK; never a native PostgreSQL type.

    Native enum types cannot be dropped and made again by a migration that goes down and up.
    """
    return sa.Enum(
        enum,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
        name=_snake(enum.__name__),
    )


def money(*, nullable: bool = False) -> sa.Column[int]:
    """A column of minor units."""
    return sa.Column(sa.BigInteger, nullable=nullable)


def word_list() -> pg.ARRAY[Any]:
    """A column type for a list of words."""
    return pg.ARRAY(sa.Text())


def ids() -> pg.ARRAY[Any]:
    """A column type for a list of ids."""
    return pg.ARRAY(sa.Uuid())


def one_word(column: str, *allowed: str) -> sa.CheckConstraint:
    """A CHECK that a text column holds one of `allowed`."""
    listed = ", ".join(f"'{word}'" for word in allowed)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
