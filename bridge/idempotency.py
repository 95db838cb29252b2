"""Answering the same request twice with the same bytes.

The stored answer is written in the transaction of the act itself, so a crash leaves both or
neither. An answer may hold a reference code, so it is sealed. Keys are kept for 30 days;
the permanent guard against a double decision is the unique (device, nonce).
Source: docs/decisions/0006-idempotency.md, after the IETF draft "The Idempotency-Key HTTP Header".
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID

from bridge.errors import IdempotencyKeyReused
from bridge.queries.escalations import Kept
from bridge.vault import Vault

Result = TypeVar("Result")
PLACE = "idempotency_keys"
KEPT_DAYS = 30


def fingerprint(request: bytes, *, pepper: str) -> bytes:
    """What tells one payload from another: keyed, because a payload may hold four secret digits."""
    return hmac.new(pepper.encode(), b"request" + request, sha256).digest()


@dataclass(frozen=True, slots=True)
class Replayed:
    """The answer that the same key got before."""

    status_code: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Once(Generic[Result]):
    """One request that must take effect once.

    `render` turns the act's result into a status code and the body's bytes; it runs inside
    the transaction, before the commit.
    """

    key: str
    route: str
    fingerprint: bytes
    render: Callable[[Result], tuple[int, bytes]]
    vault: Vault
    _answers: list[tuple[Result, tuple[int, bytes]]] = field(default_factory=list, repr=False)

    def rendered(self, result: Result) -> tuple[int, bytes]:
        """The status code and the bytes for `result`, rendered once."""
        if not self._answers or self._answers[-1][0] is not result:
            self._answers.append((result, self.render(result)))
        return self._answers[-1][1]

    def keep(self, principal: UUID, result: Result) -> Kept:
        """The row that stores the answer to this request."""
        status_code, body = self.rendered(result)
        return Kept(
            principal=principal,
            route=self.route,
            key=self.key,
            fingerprint=self.fingerprint,
            status_code=status_code,
            response_cipher=self.vault.seal(body, place=PLACE),
        )

    def replay(self, row: Any) -> Replayed | None:
        """The stored answer in a row with `kept_*` columns, if there is one.

        Raises IdempotencyKeyReused when the key was used with another payload.
        """
        if row.kept_status is None:
            return None
        if bytes(row.kept_fingerprint) != self.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key was used before with another request")
        return Replayed(row.kept_status, self.vault.open(row.kept_response, place=PLACE))
