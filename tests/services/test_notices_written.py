from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge import db
from bridge.notices import Channel, NewNotice, StopsOn, Template
from bridge.queries import notices
from tests.cast import Cast

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def told(cast: Cast, key: str, channel: Channel = Channel.EMAIL, **changes: Any) -> NewNotice:
    values: dict[str, Any] = {
        "brand_id": cast.brand.id,
        "dedup_key": key,
        "channel": channel,
        "template": Template.CASE_WAITING,
        "escalation_id": None,
        "store_id": cast.store_12.id,
        "person_id": cast.sam.person.id,
        "contact_point_id": None,
        "next_at": NOW,
        "stops_on": StopsOn.ACKNOWLEDGE,
        "facts": {"number": 7, "store_number": "12", "step": 1, "round": 1},
        **changes,
    }
    return NewNotice(**values)


def put_in_an_act(wanted: Sequence[NewNotice]) -> int:
    with db.act() as act:
        count = notices.put(act, wanted)
        act.commit()
    return count


def put_in_a_session(wanted: Sequence[NewNotice]) -> int:
    with db.transaction() as session:
        return notices.put_with_session(session, wanted)


def rows() -> list[Any]:
    with db.statement() as connection:
        return connection.execute("SELECT * FROM notices ORDER BY dedup_key", {}).fetchall()


both_doors = pytest.mark.parametrize("put", [put_in_an_act, put_in_a_session])


@both_doors
def test_an_inbox_notice_is_delivered_by_being_written_and_others_wait(
    cast: Cast, put: Callable[[Sequence[NewNotice]], int]
) -> None:
    count = put([told(cast, "a", Channel.INBOX), told(cast, "b", next_at=NOW + timedelta(hours=1))])

    inbox, email = rows()
    assert count == 2
    assert (inbox.state, inbox.settled_at, inbox.seen_at) == ("sent", NOW, None)
    assert (email.state, email.settled_at, email.next_at) == ("queued", None, NOW + timedelta(hours=1))
    assert (email.template, email.stops_on, email.attempts) == ("case_waiting", "acknowledge", 0)
    assert email.facts == {"number": 7, "store_number": "12", "step": 1, "round": 1}


@both_doors
def test_the_same_reason_is_written_once_and_for_ever(
    cast: Cast, put: Callable[[Sequence[NewNotice]], int]
) -> None:
    first = put([told(cast, "a"), told(cast, "a"), told(cast, "b")])
    again = put([told(cast, "b"), told(cast, "c")])

    assert (first, again) == (2, 1)
    assert [row.dedup_key for row in rows()] == ["a", "b", "c"]


@both_doors
def test_nothing_to_tell_asks_nothing(cast: Cast, put: Callable[[Sequence[NewNotice]], int]) -> None:
    assert put([]) == 0
