"""The counter before a decision: look a code up, pause guessers, list who is expected.

A look-up changes nothing but a log row and the first moment the promise was presented.
Decisions have their own room, `services/decisions.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from bridge import codes
from bridge.db import Connection
from bridge.errors import NotFound, NotPermitted
from bridge.models.base import new_id
from bridge.queries import counter as queries
from bridge.queries import guesses as guess_queries
from bridge.queries.callers import actor_of, caller_values, identify, nobody
from bridge.roles import Actor, Permission, can
from bridge.services.guessing import count_guess
from bridge.services.near_misses import near_miss
from bridge.settings import Settings
from bridge.verdicts import Verdict

_NOT_A_CODE = {
    codes.CodeKind.TYPO: Verdict.TYPO,
    codes.CodeKind.WRONG_SIGN: Verdict.TYPO,
    codes.CodeKind.TOO_LONG: Verdict.TYPO,
    codes.CodeKind.TOO_SHORT: Verdict.TOO_SHORT,
    codes.CodeKind.PRODUCT_CODE: Verdict.PRODUCT_CODE,
}


class Source(StrEnum):
    """How a code reached us. Pauses for wrong guesses stop `typed` only."""

    TYPED = "typed"
    SCAN = "scan"
    CAMERA = "camera"
    API = "api"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The answer to a look-up. `row` is the judged record, None when there is nothing to show.

    `look_up_id` stands for the code in the decision that follows; `signs` repeats a slip of the
    finger, so that the page can show it, and is empty for anything that is a code.
    """

    verdict: Verdict
    look_up_id: UUID | None
    at: datetime
    row: Any = None
    signs: str = ""
    retry_after_seconds: int | None = None


def look_up(
    connection: Connection,
    secret: str,
    *,
    text: str,
    source: Source,
    now: datetime,
    settings: Settings,
) -> LookedUp:
    """Judge what the customer presented, for the caller's own store, in one round trip.

    A text that cannot be a code is no guess; when it is one slip away from exactly one promise that
    the person's own store expects, that one is offered. An unknown code counts as a guess and may
    pause the device. Raises NotSignedIn and NotPermitted.
    """
    parsed = codes.parse(text)
    if parsed.code is None:
        actor = _require_looker(connection, secret, now=now, settings=settings)
        near = None
        if parsed.kind is not codes.CodeKind.PRODUCT_CODE:
            near = near_miss(connection, actor, parsed.signs, source=source.value, now=now, settings=settings)
        if near is not None:
            return LookedUp(Verdict.NEAR_MISS, near.look_up_id, now, row=near)
        return LookedUp(_NOT_A_CODE[parsed.kind], None, now, signs=parsed.signs)
    code_hmac = codes.hmac_of(parsed.code, settings.code_pepper.encode())
    return judged(connection, secret, code_hmac, source=source, now=now, settings=settings)


def judged(
    connection: Connection,
    secret: str,
    code_hmac: bytes,
    *,
    source: Source,
    now: datetime,
    settings: Settings,
) -> LookedUp:
    """The verdict on the code with this HMAC, logged. Raises NotSignedIn and NotPermitted."""
    look_up_id = new_id()
    row = queries.look_up(
        connection,
        {
            **caller_values(secret, now=now, settings=settings),
            "code_hmac": code_hmac,
            "look_up_id": look_up_id,
            "source": source.value,
            "typed": source is Source.TYPED,
            "undo_since": now - timedelta(seconds=settings.undo_window_seconds),
            "ended_before": now - timedelta(seconds=settings.expiry_grace_seconds),
        },
    )
    if row is None:
        raise nobody(connection.execute, secret, now=now, settings=settings)
    if not row.may_look_up:
        raise _only_stores()
    verdict = Verdict(row.verdict)
    if verdict is Verdict.LOCKED_TRIES:
        wait = max(1, int((row.lock_until - now).total_seconds()))
        return LookedUp(verdict, None, now, retry_after_seconds=wait)
    if verdict is Verdict.UNKNOWN:
        count_guess(connection, actor_of(row), now=now, settings=settings)
        return LookedUp(verdict, look_up_id, now)
    return LookedUp(verdict, look_up_id, now, row=row)


def resume(connection: Connection, actor: Actor, device_id: UUID) -> None:
    """Lift the pause of a device at the actor's own store; for managers.

    Raises NotPermitted without the right, NotFound for a device of another store.
    """
    if not can(actor, Permission.COUNTER_DECIDE, at=actor.store_path):
        raise NotPermitted("a manager of this store can do that", permission=Permission.COUNTER_DECIDE.value)
    if not queries.is_device_of(connection, device_id=device_id, store_id=actor.store_id):
        raise NotFound("there is no such device at this store")
    guess_queries.resume(connection, device_id)


def inbox(
    connection: Connection, actor: Actor, *, now: datetime, limit: int, after: tuple[datetime, UUID] | None
) -> list[Any]:
    """Customers whom the actor's store expects, the one who runs out first on top. Never a code.

    `after` is the (valid_until, id) of the last row already seen. Raises NotPermitted.
    """
    if actor.store_id is None or not can(actor, Permission.COUNTER_INBOX, at=actor.store_path):
        raise NotPermitted("only staff of a store have an inbox", permission=Permission.COUNTER_INBOX.value)
    return queries.expected(
        connection,
        store_id=actor.store_id,
        store_path=list(actor.store_path),
        brand_id=actor.brand_id,
        now=now,
        after=after,
        limit=limit,
    )


def _require_looker(connection: Connection, secret: str, *, now: datetime, settings: Settings) -> Actor:
    known = identify(connection, secret, now=now, settings=settings)
    if known is None:
        raise nobody(connection.execute, secret, now=now, settings=settings)
    actor, _ = known
    require_may_look(actor)
    return actor


def require_may_look(actor: Actor) -> None:
    """Raise NotPermitted unless the actor may check codes at the store of the session."""
    if actor.store_id is None or not can(actor, Permission.COUNTER_LOOK_UP, at=actor.store_path):
        raise _only_stores()


def _only_stores() -> NotPermitted:
    return NotPermitted("only staff of a store can check a code", permission=Permission.COUNTER_LOOK_UP.value)
