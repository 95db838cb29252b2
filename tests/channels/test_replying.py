"""Agents write through the bridge: who holds the conversation alone, once, and never a code in public."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import select

from bridge import db
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channels
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotPermitted
from bridge.models import ChannelAccount, ChannelMessage, Thread, ThreadClaim
from bridge.roles import Actor
from bridge.services import claims, handing_over, replying
from bridge.settings import settings
from tests.cast import Cast, Member, acting, promise, vault
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, message, read_all, send, texts, threads
from tests.channels.test_telling_back import can as can  # noqa: PLC0414 - a fixture
from tests.channels.test_telling_back import side

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def thread(toy: None, cast: Cast) -> Thread:
    account = connect(cast)
    come_in(account, delivery(event(at=utc_now().isoformat()), at=utc_now()))
    read_all()
    return threads()[0]


def write(
    by: Member,
    thread: Thread,
    text: str = "On our way.",
    *,
    purpose: Purpose = Purpose.PUBLIC_REPLY,
    key: str = "",
    now: datetime | None = None,
) -> ChannelMessage:
    with db.transaction() as session:
        return replying.reply(
            session,
            acting(by),
            thread.id,
            purpose=purpose,
            text=text,
            dedup_key=key or f"{by.person.id}-{text}",
            vault=vault(),
            now=now or utc_now(),
        ).message


def count() -> int:
    with db.transaction() as session:
        return len(session.exec(select(ChannelMessage)).all())


def test_an_answer_goes_out_takes_the_claim_and_stands_in_the_thread(cast: Cast, thread: Thread) -> None:
    said = write(cast.ana, thread)
    with db.transaction() as session:
        (claim,) = session.exec(select(ThreadClaim)).all()
    assert (claim.person_id, claim.is_soft) == (cast.ana.person.id, True)
    assert send(side) == {"sent": 1}
    assert message(said.id).state == "sent"
    assert texts(thread)[-1] == ("brand", "On our way.")


def test_the_same_key_is_one_message(cast: Cast, thread: Thread) -> None:
    first = write(cast.ana, thread, key="once")
    assert write(cast.ana, thread, "Other words", key="once").id == first.id
    assert count() == 1


def test_a_colleague_who_holds_it_keeps_others_off_until_it_is_taken_over(cast: Cast, thread: Thread) -> None:
    write(cast.ana, thread)
    with pytest.raises(ClaimTaken):
        write(cast.kim, thread, "Me too")
    assert count() == 1
    with db.transaction() as session:
        claims.take_over(session, acting(cast.kim), thread.id, "", utc_now())
    write(cast.kim, thread, "Me now")
    with pytest.raises(ClaimTaken):
        write(cast.ana, thread, "Still me")


def two_at_once(cast: Cast, thread: Thread) -> list[str]:
    """Ana and Kim write to the same thread in the same moment, whichever door it came in by."""
    ready, together = [acting(cast.ana), acting(cast.kim)], Barrier(2)

    def write_as(actor: Actor) -> str:
        together.wait()
        try:
            with db.transaction() as session:
                replying.reply(
                    session,
                    actor,
                    thread.id,
                    purpose=Purpose.PUBLIC_REPLY,
                    text=f"{actor.name} answers",
                    dedup_key=f"race-{actor.name}",
                    vault=vault(),
                    now=utc_now(),
                )
        except ClaimTaken:
            return "taken"
        return "written"

    with ThreadPoolExecutor(2) as both:
        return sorted(both.map(write_as, ready))


def test_of_two_who_write_at_once_one_does(cast: Cast, thread: Thread) -> None:
    assert two_at_once(cast, thread) == ["taken", "written"]
    assert count() == 1


def test_without_the_claim_both_would(cast: Cast, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying.claims, "begin", lambda *_args: None)
    assert two_at_once(cast, thread) == ["written", "written"]
    assert count() == 2


def test_a_thread_of_two_doors_has_one_claim(cast: Cast, thread: Thread) -> None:
    second = connect(cast, name="Second")
    come_in(second, delivery(event(id="p2", thread="p1", at=utc_now().isoformat()), at=utc_now()))
    read_all()
    write(cast.ana, thread)
    with pytest.raises(ClaimTaken):
        write(cast.kim, thread, "By the other door")


def test_no_program_and_nobody_at_a_counter_writes(cast: Cast, thread: Thread) -> None:
    with pytest.raises(NotPermitted):
        write(cast.sam, thread)
    machine = Actor(kind="integration", id=None, name="tool", brand_id=cast.brand.id)
    with pytest.raises(NotPermitted), db.transaction() as session:
        replying.reply(
            session,
            machine,
            thread.id,
            purpose=Purpose.PUBLIC_REPLY,
            text="x",
            dedup_key="x",
            vault=vault(),
            now=utc_now(),
        )


def test_the_network_s_late_window_is_opened_by_the_writer_s_own_name(
    cast: Cast, thread: Thread, can: Any
) -> None:
    can(private_window_hours=24, human_window_hours=168)
    private = event("direct", id="d1", thread="d1", at=utc_now().isoformat())
    with db.transaction() as session:
        account = session.exec(select(ChannelAccount)).one()
    come_in(account, delivery(private, at=utc_now()))
    read_all()
    dm = next(one for one in threads() if one.visibility == "private")
    later = utc_now() + timedelta(hours=30)
    with db.transaction() as session:
        (offer,) = replying.offers(session, dm, now=later)
    assert (offer.why, offer.is_open, offer.is_public) == ("late", True, False)
    said = write(cast.ana, dm, purpose=Purpose.PRIVATE_MESSAGE, now=later)
    assert (said.state, said.released_by) == ("queued", cast.ana.person.id)
    with pytest.raises(Conflict):
        write(cast.ana, dm, "x", purpose=Purpose.PRIVATE_MESSAGE, now=later + timedelta(days=7))
    with pytest.raises(Conflict):
        write(cast.ana, dm, "In public", now=later)


def test_a_promise_s_texts_are_sent_from_its_page_each_once(cast: Cast, thread: Thread) -> None:
    with db.transaction() as session:
        claims.claim(session, acting(cast.ana), thread.id, utc_now())
    made = promise(cast, thread_id=thread.id)
    assert made.code is not None
    with db.statement() as connection:
        given = handing_over.hand_over(
            connection,
            acting(cast.ana),
            made.id,
            channel=None,
            locale=None,
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )

    def hand(purpose: Purpose, text: str = "") -> ChannelMessage:
        with db.transaction() as session:
            return replying.hand_over_by(
                session,
                acting(cast.ana),
                thread.id,
                given,
                escalation_id=made.id,
                purpose=purpose,
                public_text=text,
                vault=vault(),
                now=utc_now(),
            ).message

    private, public = hand(Purpose.PRIVATE_MESSAGE), hand(Purpose.PUBLIC_REPLY)
    assert hand(Purpose.PRIVATE_MESSAGE).id == private.id, "a second press sends no second code"
    assert {private.topic, public.topic} == {"promise"}
    assert made.code not in private.dedup_key
    with pytest.raises(InvalidInput, match="holds a code"):
        hand(Purpose.PUBLIC_REPLY, f"Your code is {made.code}")
    assert send(side) == {"sent": 2}
    assert made.code not in "".join(text for _who, text in texts(thread))
    assert channels()["toy"].capabilities.can_send_private
