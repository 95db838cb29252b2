"""What proves a person: a password, or on a paired device a PIN; compared in the same time, right or wrong.

Both are argon2id. Six digits are few, so a PIN is first mixed with the service's pepper and the
person's id: whoever steals the table alone can try no PIN, and no row fits another person.
"""

import hmac
import secrets
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bridge.pins import is_pin, plain_pin
from bridge.settings import Settings


class Proof(StrEnum):
    """What the typed text was."""

    WRONG = "wrong"
    PIN = "pin"
    START_CODE = "start_code"
    PASSWORD = "password"  # noqa: S105 - the name of a kind


@lru_cache(maxsize=4)
def _hasher(time_cost: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib)


@lru_cache(maxsize=4)
def _nobodys_hash(time_cost: int, memory_kib: int) -> str:
    return _hasher(time_cost, memory_kib).hash(secrets.token_hex())


def hashed(text: str, *, settings: Settings) -> str:
    """The argon2id hash of a text."""
    return _hasher(*_costs(settings)).hash(text)


def hash_pin(person_id: UUID, pin: str, *, settings: Settings) -> str:
    """The argon2id hash of a person's PIN or start code."""
    return hashed(_mixed(person_id, pin, settings), settings=settings)


def is_right(known_hash: str | None, text: str, *, settings: Settings) -> bool:
    """Whether `text` is what was hashed. Without a hash it works as long and says no."""
    costs = _costs(settings)
    try:
        _hasher(*costs).verify(known_hash or _nobodys_hash(*costs), text)
    except (VerificationError, InvalidHashError):
        return False
    return known_hash is not None


def prove(
    person: Any,
    person_id: UUID,
    typed: str,
    *,
    settings: Settings,
    with_password: bool = True,
) -> Proof:
    """What `typed` proves of the person, after exactly one hash, whoever is asked about.

    `person` is a Person, a row with what proves one, or None for nobody. A start password proves
    nobody: whoever made it knows it.
    """
    digits = plain_pin(typed)
    if is_pin(digits) and (not with_password or (person is not None and person.pin_hash)):
        known = person.pin_hash if person is not None else None
        if not is_right(known, _mixed(person_id, digits, settings), settings=settings):
            return Proof.WRONG
        return Proof.PIN if person is not None and person.pin_start_until is None else Proof.START_CODE
    is_own = person is not None and with_password and not person.password_is_start
    known = person.password_hash if is_own else None
    return Proof.PASSWORD if is_right(known, typed, settings=settings) else Proof.WRONG


def _mixed(person_id: UUID, pin: str, settings: Settings) -> str:
    text = f"pin:{person_id}:{pin}".encode()
    return hmac.new(settings.code_pepper.encode(), text, sha256).hexdigest()


def _costs(settings: Settings) -> tuple[int, int]:
    return settings.argon2_time_cost, settings.argon2_memory_kib
