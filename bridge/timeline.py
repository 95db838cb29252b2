"""One link of a hash chain: what is hashed, and how. Pure.

The body is canonical JSON (sorted keys, no spaces, integers and strings only), so that
anybody can recompute `hash = SHA-256(0x00 || prev_hash || body)`. It names people by id and
role, never by name, so that erasing a person leaves the chain whole.
Source: docs/decisions/0004-timeline-chain.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import orjson

from bridge.roles import Actor

LEAF = b"\x00"


@dataclass(frozen=True, slots=True)
class Link:
    """A timeline entry ready to be stored."""

    stream: str
    seq: int
    at: datetime
    action: str
    actor_id: UUID | None
    store_id: UUID | None
    body: str
    prev_hash: bytes
    hash: bytes


def genesis(stream: str) -> bytes:
    """The hash before the first link of `stream`; differs by stream, so chains cannot be swapped."""
    return sha256(b"bridge timeline " + stream.encode()).digest()


def next_link(
    stream: str,
    *,
    head_seq: int,
    head_hash: bytes,
    at: datetime,
    action: str,
    actor: Actor,
    facts: Mapping[str, object],
    request_id: str = "",
) -> Link:
    """The link after (`head_seq`, `head_hash`). `facts` holds JSON values without personal data."""
    seq = head_seq + 1
    body = canonical(
        {
            "v": 1,
            "stream": stream,
            "seq": seq,
            "at": moment(at),
            "action": action,
            "actor": {
                "kind": actor.kind,
                "id": _text(actor.id),
                "credential": _text(actor.credential_id),
                "device": _text(actor.device_id),
            },
            "store": _text(actor.store_id),
            "facts": facts,
            "request": request_id,
        }
    )
    return Link(
        stream=stream,
        seq=seq,
        at=at,
        action=action,
        actor_id=actor.id,
        store_id=actor.store_id,
        body=body.decode(),
        prev_hash=head_hash,
        hash=link_hash(head_hash, body),
    )


def link_hash(prev_hash: bytes, body: bytes) -> bytes:
    """SHA-256 over a leaf mark, the previous hash and the body's exact bytes."""
    return sha256(LEAF + prev_hash + body).digest()


def canonical(value: object) -> bytes:
    """JSON as RFC 8785 has it, for the values we use: strings, integers, booleans, null, lists, objects."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def moment(at: datetime) -> str:
    """An instant as it stands in a body: UTC with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
