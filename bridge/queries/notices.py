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

# As JSON: psycopg writes an array of texts element by element, which was half of a sweep's CPU.
_PUT = """
INSERT INTO notices (
    id, brand_id, dedup_key, channel, template, escalation_id, store_id, person_id, contact_point_id,
    facts, stops_on, state, next_at, settled_at, created_at, attempts, last_error)
SELECT n.*, n.next_at, 0, ''
FROM jsonb_to_recordset({notices}) AS n (
    id uuid, brand_id uuid, dedup_key text, channel text, template text, escalation_id uuid, store_id uuid,
    person_id uuid, contact_point_id uuid, facts jsonb, stops_on text, state text, next_at timestamptz,
    settled_at timestamptz)
ON CONFLICT (dedup_key) DO NOTHING
"""
_PUT_HOT = _PUT.format(notices="%(notices)s::jsonb")
_PUT_ORM = sa.text(_PUT.format(notices="CAST(:notices AS jsonb)"))


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
    return {"notices": orjson.dumps([_row(one) for one in notices]).decode()}


def _row(one: NewNotice) -> dict[str, Any]:
    is_there = one.channel is Channel.INBOX
    return {
        "id": new_id(),
        "brand_id": one.brand_id,
        "dedup_key": one.dedup_key,
        "channel": one.channel,
        "template": one.template,
        "escalation_id": one.escalation_id,
        "store_id": one.store_id,
        "person_id": one.person_id,
        "contact_point_id": one.contact_point_id,
        "facts": dict(one.facts),
        "stops_on": one.stops_on,
        "state": "sent" if is_there else "queued",
        "next_at": one.next_at,
        "settled_at": one.next_at if is_there else None,
    }
