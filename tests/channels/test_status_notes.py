"""A care tool is told where a case stands: once for each change, and nobody is told who has no tool."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.models import ChannelMessage, Thread
from bridge.services import claims, writing
from tests.cast import Cast, acting, decide, promise, vault
from tests.channels.cases import zammad
from tests.channels.stage import come_in, read_all, threads
from tests.channels.test_care_tools import connect, told
from tests.clockwork import act_as, sweep


@pytest.fixture
def thread(cast: Cast) -> Thread:
    told(connect(cast))
    (found,) = threads()
    with db.transaction() as session:
        claims.claim(session, acting(cast.ana), found.id, utc_now())
    return found


def notes() -> list[str]:
    """What the tool is told, in order."""
    with db.transaction() as session:
        found = session.exec(select(ChannelMessage).order_by(col(ChannelMessage.created_at))).all()
        assert {one.purpose for one in found} <= {"note"}
        return [writing.text_of(one, vault()) for one in found]


def test_each_change_is_told_once_and_the_code_never(cast: Cast, thread: Thread) -> None:
    made = promise(cast, thread_id=thread.id)
    assert sweep(utc_now())["status_notes"] == 1
    assert sweep(utc_now() + timedelta(minutes=1))["status_notes"] == 0
    act_as(cast.sam, made.id, Action.ASK_AGENT, now=utc_now(), is_live=False)
    sweep(utc_now() + timedelta(minutes=2))
    first, second = notes()
    assert first.splitlines()[:2] == [
        f"Promise no. {made.number} stands. The store can act on it.",
        "Store: 12 Lakeside",
    ]
    assert first.splitlines()[2].endswith(f"/escalations/{made.id}")
    assert second.startswith(f"Promise no. {made.number}: the store asks the care team.")
    assert made.code
    assert made.code not in first + second


def test_the_end_has_a_note_of_its_own_and_none_of_these(cast: Cast, thread: Thread) -> None:
    made = promise(cast, thread_id=thread.id)
    sweep(utc_now())
    decide(cast, cast.sam, code=made.code)
    assert sweep(utc_now() + timedelta(minutes=1))["status_notes"] == 0


def test_a_conversation_that_is_in_no_tool_has_no_note(cast: Cast) -> None:
    connect(cast)
    promise(cast)
    assert sweep(utc_now())["status_notes"] == 0
    assert not notes()


def test_two_tools_are_told_each(cast: Cast, thread: Thread) -> None:
    other = connect(cast, "zammad")
    article = {**zammad.TWEET, "created_at": utc_now().isoformat()}
    come_in(other, zammad.delivery({"ticket": zammad.ticket(), "article": article}))
    read_all()
    promise(cast, thread_id=thread.id)
    assert sweep(utc_now())["status_notes"] == 2
