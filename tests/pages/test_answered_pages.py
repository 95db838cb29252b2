"""The page of a conversation that was answered: here, by a person on the network, or in the tool itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bridge import db
from bridge.clock import utc_now
from bridge.models import ChannelAccount, Thread
from bridge.services import claims, triage
from bridge.triage import Move
from tests.cast import Cast, Member, acting
from tests.channels import stage
from tests.channels.cases import chatwoot
from tests.pages.browser import Browser

As = Callable[[Member], Browser]


@pytest.fixture
def account(people: Cast) -> ChannelAccount:
    values = {"access_token": "tool-token", "webhook_secret": "tool-secret-of-16-signs", "account_id": "1"}
    return stage.connect(people, "chatwoot", base_url=chatwoot.ACCOUNT.base_url, values=values)


@pytest.fixture
def thread(people: Cast, account: ChannelAccount) -> Thread:
    """A conversation that came in through a connected account, and that Ana holds."""
    told(account)
    (found,) = stage.threads()
    with db.transaction() as session:
        claims.claim(session, acting(people.ana), found.id, utc_now())
    return found


def told(account: ChannelAccount, **changes: object) -> None:
    now = utc_now()
    said = chatwoot.created(**{"created_at": now.isoformat(), **changes})  # type: ignore[arg-type]
    stage.come_in(account, chatwoot.delivery(said, at=now))
    stage.read_all()


def answered_elsewhere(account: ChannelAccount) -> None:
    told(account, id=9101, message_type="outgoing", source_id=None, content="And from me, Ava.")


def snoozed(people: Cast, thread: Thread, *, awake: bool) -> None:
    with db.transaction() as session:
        until = utc_now() + timedelta(hours=1)
        triage.move(session, acting(people.ana), thread.id, Move.SNOOZE, now=utc_now(), until=until)
        if awake:
            session.get_one(Thread, thread.id).snoozed_until = utc_now() - timedelta(seconds=1)


def standing(people: Cast, thread: Thread) -> triage.Standing:
    with db.transaction() as session:
        return triage.standing(session, acting(people.ana), thread.id, now=utc_now())


def test_after_an_answer_the_conversation_says_who_gave_it(people: Cast, as_: As, thread: Thread) -> None:
    ana = as_(people.ana)
    ana.open(f"/threads/{thread.id}").press("Send it now", reply_text="We are on it.")
    assert stage.send(chatwoot.side) == {"sent": 1}
    page = ana.open(f"/threads/{thread.id}")
    assert page.status == 200
    assert "Only needed a reply" in page.text
    it = standing(people, thread)
    assert (it.triage, it.triaged_by_name) == ("replied", "Ana")
    assert it.triaged_at is not None


def test_an_answer_given_elsewhere_has_a_time_and_nobody_s_name(
    people: Cast, as_: As, account: ChannelAccount, thread: Thread
) -> None:
    answered_elsewhere(account)
    assert as_(people.ana).open(f"/threads/{thread.id}").status == 200
    it = standing(people, thread)
    assert (it.triage, it.triaged_by_name) == ("replied", None)
    assert it.triaged_at is not None


def test_a_conversation_that_was_answered_before_times_were_kept_opens(
    people: Cast, as_: As, account: ChannelAccount, thread: Thread
) -> None:
    answered_elsewhere(account)
    with db.transaction() as session:
        session.connection().execute(sa.text("UPDATE threads SET triaged_at = NULL"))
    page = as_(people.ana).open(f"/threads/{thread.id}")
    assert page.status == 200
    assert "Only needed a reply" in page.text


def test_who_set_it_aside_before_does_not_stand_for_what_came_later(
    people: Cast, account: ChannelAccount, thread: Thread
) -> None:
    with db.transaction() as session:
        triage.move(session, acting(people.ana), thread.id, Move.REPLY_ONLY, now=utc_now())
    told(account, id=9102, source_id="2091000000000000011", content="And now?")
    it = standing(people, thread)
    assert (it.triage, it.triaged_by_name) == ("open", None), "the customer opened it again"
    answered_elsewhere(account)
    it = standing(people, thread)
    assert (it.triage, it.triaged_by_name) == ("replied", None)


@pytest.mark.parametrize(("awake", "becomes"), [(True, "replied"), (False, "snoozed")])
def test_an_answer_sets_aside_what_has_slept_long_enough_and_wakes_nothing(
    people: Cast, account: ChannelAccount, thread: Thread, awake: bool, becomes: str
) -> None:
    snoozed(people, thread, awake=awake)
    answered_elsewhere(account)
    assert standing(people, thread).triage == becomes
