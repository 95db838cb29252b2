"""What the tests about notices share: a notice in one line, and a sweep at a moment."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bridge import db
from bridge.models.notices import ContactPoint
from bridge.notices import Channel, NewNotice, StopsOn, Template
from bridge.queries import notices
from bridge.services import contacts, noticing
from bridge.services.notice_sending import Sender
from bridge.settings import Settings, read_settings
from tests.cast import Cast, Member

OPEN = datetime(2035, 3, 5, 18, 0, tzinfo=UTC)
"""A Monday at noon in Chicago, when every store of the cast is open; later than any role begins."""
NIGHT = datetime(2035, 3, 6, 8, 0, tzinfo=UTC)
"""Two in the morning there."""
OPENING = datetime(2035, 3, 6, 16, 0, tzinfo=UTC)

_keys = itertools.count(1)


def tell(cast: Cast, who: Member, channel: Channel = Channel.EMAIL, **changes: Any) -> UUID:
    """Owe somebody a notice, due at OPEN; returns its id."""
    values: dict[str, Any] = {
        "brand_id": cast.brand.id,
        "dedup_key": f"key-{next(_keys)}",
        "channel": channel,
        "template": Template.CASE_WAITING,
        "escalation_id": None,
        "store_id": cast.store_12.id,
        "person_id": who.person.id,
        "contact_point_id": None,
        "next_at": OPEN,
        "stops_on": StopsOn.NOTHING,
        "facts": {"number": 7, "store_number": "12", "step": 1, "round": 1},
        **changes,
    }
    wanted = NewNotice(**values)
    with db.transaction() as session:
        notices.put_with_session(session, [wanted])
        return notices.id_of(session, wanted.dedup_key)


def tell_unit(cast: Cast, point: ContactPoint, **changes: Any) -> UUID:
    """Owe a unit's channel a notice."""
    channel = Channel(point.channel)
    return tell(cast, cast.sam, channel, person_id=None, contact_point_id=point.id, **changes)


def point_of(
    cast: Cast, channel: Channel, address: str, *, person: Member | None = None, unit_id: UUID | None = None
) -> ContactPoint:
    """Ada adds an address."""
    with db.transaction() as session:
        return contacts.add(
            session,
            actor_of(cast),
            channel=channel,
            address=address,
            person_id=person.person.id if person else None,
            unit_id=unit_id,
            config=read_settings(),
            now=OPEN,
        )


def actor_of(cast: Cast, member: Member | None = None) -> Any:
    """Ada, or somebody else, as an actor."""
    from bridge.clock import utc_now
    from bridge.queries.callers import identify

    with db.statement() as connection:
        known = identify(connection, (member or cast.ada).token, now=utc_now(), settings=read_settings())
    assert known is not None
    return known[0]


def notify_settings(**changes: Any) -> Settings:
    """Short limits, no encryption on the loopback."""
    values = {
        "smtp_starttls": False,
        "base_url": "https://bridge.example",
        **changes,
    }
    return read_settings(**values)


def sweep(
    moment: datetime = OPEN, *, sender: Callable[[Settings], Sender] = Sender, **changes: Any
) -> dict[str, int]:
    """Sweep as if it were `moment`."""
    count = noticing.notify_due(notify_settings(**changes), clock=lambda: moment, sender=sender)
    return {word: number for word, number in count.items() if number}


def read_notice(notice_id: UUID) -> Any:
    """The stored row."""
    with db.statement() as connection:
        return connection.execute("SELECT * FROM notices WHERE id = %(id)s", {"id": notice_id}).fetchone()


def read_tries(notice_id: UUID) -> list[Any]:
    """The stored attempts, oldest first."""
    sql = "SELECT * FROM notice_attempts WHERE notice_id = %(id)s ORDER BY attempt"
    with db.statement() as connection:
        return connection.execute(sql, {"id": notice_id}).fetchall()


def inbox_of(who: Member) -> list[Any]:
    """The person's in-app notices, oldest first."""
    sql = "SELECT * FROM notices WHERE channel = 'inbox' AND person_id = %(id)s ORDER BY created_at, id"
    with db.statement() as connection:
        return connection.execute(sql, {"id": who.person.id}).fetchall()
