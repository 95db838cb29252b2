"""Notices as they are made: written beside whatever caused them, once for each `dedup_key`.

An in-app notice is delivered by being here, so it is stored as sent; everything else is queued
and the sweep of `bridge/services/noticing.py` sends it.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.db import Act
from bridge.models.base import new_id
from bridge.models.notices import Notice
from bridge.notices import Channel, NewNotice

_COLUMNS = {
    "ids": "uuid",
    "brand_ids": "uuid",
    "dedup_keys": "text",
    "channels": "text",
    "templates": "text",
    "escalation_ids": "uuid",
    "store_ids": "uuid",
    "person_ids": "uuid",
    "contact_point_ids": "uuid",
    "facts": "jsonb",
    "stops_on": "text",
    "states": "text",
    "next_at": "timestamptz",
    "settled_at": "timestamptz",
}

_PUT = """
INSERT INTO notices (
    id, brand_id, dedup_key, channel, template, escalation_id, store_id, person_id, contact_point_id,
    facts, stops_on, state, next_at, settled_at, created_at, attempts, last_error)
SELECT n.*, n.next_at, 0, ''
FROM unnest({arrays}) AS n (
    id, brand_id, dedup_key, channel, template, escalation_id, store_id, person_id, contact_point_id,
    facts, stops_on, state, next_at, settled_at)
ON CONFLICT (dedup_key) DO NOTHING
"""
_PUT_HOT = _PUT.format(arrays=", ".join(f"%({name})s::{kind}[]" for name, kind in _COLUMNS.items()))
_PUT_ORM = sa.text(
    _PUT.format(arrays=", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items()))
)


def put(act: Act, notices: Sequence[NewNotice]) -> int:
    """Write notices inside the act, in one statement; returns how many are new.

    A notice whose `dedup_key` was ever written is left out, whatever became of it. `created_at`
    is `next_at` of the notice: the instant at which it was wanted.
    """
    if not notices:
        return 0
    return act.ask(_PUT_HOT, _values(notices)).rowcount


def put_with_session(session: Session, notices: Sequence[NewNotice]) -> int:
    """`put` for services that hold an ORM session."""
    if not notices:
        return 0
    done: Any = session.execute(_PUT_ORM, _values(notices))
    return int(done.rowcount)


def id_of(session: Session, dedup_key: str) -> UUID:
    """The id of the notice with this key, which must be there."""
    return session.exec(select(col(Notice.id)).where(col(Notice.dedup_key) == dedup_key)).one()


def _values(notices: Sequence[NewNotice]) -> dict[str, Any]:
    return {
        "ids": [new_id() for _ in notices],
        "brand_ids": [one.brand_id for one in notices],
        "dedup_keys": [one.dedup_key for one in notices],
        "channels": [one.channel.value for one in notices],
        "templates": [one.template.value for one in notices],
        "escalation_ids": [one.escalation_id for one in notices],
        "store_ids": [one.store_id for one in notices],
        "person_ids": [one.person_id for one in notices],
        "contact_point_ids": [one.contact_point_id for one in notices],
        "facts": [orjson.dumps(dict(one.facts)).decode() for one in notices],
        "stops_on": [one.stops_on.value for one in notices],
        "states": ["sent" if _is_there(one) else "queued" for one in notices],
        "next_at": [one.next_at for one in notices],
        "settled_at": [one.next_at if _is_there(one) else None for one in notices],
    }


def _is_there(notice: NewNotice) -> bool:
    return notice.channel is Channel.INBOX
