"""Is this account ours? For everybody who asks, for agents who read a conversation, and as documents.

The answer to the public is yes or "not known to us", alike in shape, status and way: whether an account
was once ours, belongs to another or never existed, nobody learns here. Nothing commits but the counting
of questions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge.db import Connection
from bridge.errors import InvalidInput, NotFound
from bridge.guesses import window_start
from bridge.look_alikes import Alike, Ours, alike
from bridge.mutual_links import Result, profile_url
from bridge.names import plain_handle
from bridge.queries import official as queries
from bridge.queries import status_links
from bridge.queries.guesses import count
from bridge.roles import Actor
from bridge.services import audit
from bridge.services.directory import STREAM
from bridge.settings import Settings

FRESH_FOR: Final = timedelta(hours=72)
"""A check that is older proves nothing any more."""
LOOK_ALIKES_SHOWN: Final = 200
_WINDOW: Final = timedelta(minutes=1)
_COUNTED_AS: Final = "sign_in"  # questions by somebody without an account; the subject says of what


@dataclass(frozen=True, slots=True)
class Account:
    """An account that speaks for us. `checked_at` is given while both directions are proven and fresh."""

    brand: str
    network: str
    handle: str
    external_id: str | None
    kind: str
    since: datetime
    url: str | None
    checked_at: datetime | None


def wait_seconds(connection: Connection, address: str, *, now: datetime, settings: Settings) -> int:
    """Count a question from an internet address; how long it has to wait when it asked too often, else 0."""
    start, seconds = window_start(now, _WINDOW), int(_WINDOW.total_seconds())
    subject = f"official {sha256(address.encode()).hexdigest()[:24]}"
    asked = status_links.tries(connection, _COUNTED_AS, subject, start=start, seconds=seconds)
    if asked >= settings.official_asks_per_minute:
        return max(1, int((start + _WINDOW - now).total_seconds()))
    count(connection, [(_COUNTED_AS, subject, start, seconds)])
    return 0


def is_ours(
    connection: Connection, network: str, handle: str, *, external_id: str = "", now: datetime
) -> bool:
    """Whether an account speaks for us. An odd name is no account of ours, and is asked for all the same."""
    try:
        name = plain_handle(handle)
    except InvalidInput:
        name = "\ufffd"
    held = network.replace("\0", "\ufffd"), external_id.replace("\0", "\ufffd")
    return queries.is_ours(connection, network=held[0], handle=name, external_id=held[1], now=now)


def listed(connection: Connection, *, now: datetime) -> list[Account]:
    """Every account that speaks for one of the brands."""
    return [
        Account(
            row.brand,
            row.network,
            row.handle,
            row.external_id,
            row.kind,
            row.official_since,
            profile_url(row.network, row.handle),
            row.last_checked_at if is_proven(row, now=now) else None,
        )
        for row in queries.listed(connection, now)
    ]


def is_proven(handle: Any, *, now: datetime) -> bool:
    """Whether both directions were seen lately."""
    return handle.check_result == Result.BOTH and is_fresh(handle, now=now)


def is_fresh(handle: Any, *, now: datetime) -> bool:
    """Whether the last answer is young enough to say anything."""
    at = handle.last_checked_at
    return at is not None and now - at <= FRESH_FOR


def document(accounts: Sequence[Account], *, base_url: str) -> dict[str, Any]:
    """`/.well-known/social-accounts.json`: which accounts are ours, for machines."""
    brands: dict[str, list[dict[str, Any]]] = {}
    for one in accounts:
        brands.setdefault(one.brand, []).append(
            {
                "network": one.network,
                "handle": one.handle,
                "id": one.external_id,
                "url": one.url,
                "kind": one.kind,
                "official_since": one.since.isoformat(),
                "links_verified_at": one.checked_at.isoformat() if one.checked_at else None,
            }
        )
    return {
        "version": 1,
        "page": f"{base_url.rstrip('/')}/accounts/official",
        "brands": [{"name": name, "accounts": found} for name, found in brands.items()],
    }


def trust_text(accounts: Sequence[Account]) -> str:
    """`trust.txt`: one `social=` line for each account that has an address."""
    lines = [f"social={one.url}" for one in accounts if one.url]
    return "\n".join(["# Accounts of ours on social networks", *lines]) + "\n"


# For agents and administrators.


def flags(
    connection: Connection, brand_id: UUID, authors: Mapping[tuple[str, str], str | None]
) -> dict[tuple[str, str], Alike]:
    """Which authors could be taken for us: (network, handle) to what they are like.

    `authors` gives the network's lasting id of each, where it is known. What somebody found harmless is
    left out.
    """
    accounts = [ours_of(row) for row in queries.ours(connection, [brand_id])]
    found: dict[tuple[str, str], Alike] = {}
    for (network, handle), external_id in authors.items():
        like = alike(handle, accounts, network=network, external_id=external_id)
        if like is not None:
            found[network, handle] = like
    if not found:
        return found
    known = queries.harmless(connection, brand_id, [handle for _network, handle in found])
    return {key: like for key, like in found.items() if (key[0], key[1].lower()) not in known}


def ours_of(row: Any) -> Ours:
    """A row as it is compared."""
    return Ours(row.id, row.network, row.handle, row.external_id, row.is_active, row.is_taken)


def dismiss(session: Session, look_alike_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Say that an account that looks like ours is harmless; it is flagged no more. Raises NotFound."""
    assert actor.brand_id is not None
    if not queries.dismiss(session, look_alike_id, brand_id=actor.brand_id, person_id=actor.id, now=now):
        raise NotFound("there is no such account")
    audit.record(
        session,
        stream=STREAM,
        action="look_alike.dismissed",
        actor=actor,
        facts={"look_alike_id": str(look_alike_id)},
        now=now,
    )
