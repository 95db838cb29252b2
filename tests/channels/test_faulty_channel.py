"""A channel whose own program is at fault: the delivery is kept, and the page has a word for it that the docs explain."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from bridge import db
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable, sound
from bridge.channels.registry import channel
from bridge.clock import utc_now
from bridge.models import ChannelAccount, InboundDelivery
from bridge.services import polling
from bridge.settings import settings
from tests.cast import Cast
from tests.channels.cases.toy import delivery, event, side
from tests.channels.spoiling import is_known
from tests.channels.stage import come_in, connect, read_all

pytestmark = pytest.mark.usefixtures("toy")

GOOD = {"kind": EventKind.PUBLIC_MENTION, "external_id": "p1", "author": Author("u7", "upset")}


def told(**changes: object) -> Event:
    return Event(**{**GOOD, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"author": Author(5, "upset")},  # type: ignore[arg-type]
        {"author": Author("u7", None)},  # type: ignore[arg-type]
        {"author": Author("9" * 81, "upset")},
        {"external_id": 7},
        {"external_id": ""},
        {"external_id": "9" * 121},
        {"thread_id": None},
        {"parent_id": 7},
        {"text": ["words"]},
        {"permalink": None},
        {"created_at": datetime(2026, 11, 22)},  # noqa: DTZ001 - that is what is wrong with it
        {"created_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"created_at": "2026-11-22T05:10:00Z"},
        {"also_known_as": (None,)},
        {"facts": {"state": 1}},
        {"reference": {"id": {1, 2}}},
    ],
    ids=str,
)
def test_an_event_with_something_else_in_a_field_is_unreadable(wrong: dict[str, object]) -> None:
    assert sound([told()]) == [told()]
    with pytest.raises(NotReadable, match="unreadable"):
        sound([told(), told(**wrong)])


def _breaks(*_given: object, **_named: object) -> Sequence[Event]:
    raise TypeError("'int' object is not subscriptable")


@pytest.mark.parametrize(
    ("read", "word"),
    [(lambda *_: [told(external_id=7)], "unreadable"), (_breaks, "channel_failed")],
)
def test_a_faulty_reader_is_told_in_a_word_of_the_docs(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, read: Callable[..., Sequence[Event]], word: str
) -> None:
    monkeypatch.setattr(type(channel("toy")), "read", staticmethod(read))
    come_in(connect(cast), delivery(event(), at=utc_now()))

    read_all()

    with db.transaction() as session:
        assert session.exec(select(InboundDelivery)).one().error == word
    assert is_known(word)


def test_a_faulty_poll_is_told_in_a_word_of_the_docs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    account = connect(cast)
    monkeypatch.setattr(type(channel("toy")), "poll", _breaks)

    assert polling.poll_due(settings(), call=side) == {"failed": 1}

    with db.transaction() as session:
        assert session.get_one(ChannelAccount, account.id).last_error == "channel_failed"
