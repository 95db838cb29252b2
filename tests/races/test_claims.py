"""Many agents on one conversation at once, each on a connection of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, func, select

from bridge import db
from bridge.clock import utc_now
from bridge.errors import BridgeError, ClaimTaken, Conflict, InvalidInput
from bridge.models import Outcome, Post, SocialIdentity, Thread, ThreadClaim, TimelineEntry
from bridge.queries import triage as queries
from bridge.roles import Actor, Assignment, Role
from bridge.services import capturing, claims, directory, triage
from bridge.services.capturing import Captured
from bridge.settings import settings
from bridge.triage import Move
from tests.cast import Cast

AGENTS = 20
ROUNDS = 20
PERMALINK = "https://x.com/wanda/status/1245403438755852288"


@pytest.fixture
def agents(cast: Cast) -> list[Actor]:
    """Twenty leads of the care team."""
    ada = Actor(kind="person", id=cast.ada.person.id, name="Ada", brand_id=cast.brand.id)
    with db.transaction() as session:
        people = [
            directory.create_person(
                session, brand_id=cast.brand.id, display_name=f"Agent {at}", actor=ada, now=utc_now()
            )
            for at in range(AGENTS)
        ]
    return [
        Actor(
            kind="person",
            id=person.id,
            name=person.display_name,
            brand_id=cast.brand.id,
            assignments=(Assignment(Role.LEAD, cast.care.id, "care_team"),),
        )
        for person in people
    ]


def all_at_once(actors: list[Actor], act: Callable[[Session, Actor], Any]) -> list[Any]:
    """What each actor's own transaction gave: the result or the refusal."""
    start = threading.Barrier(len(actors))

    def run(actor: Actor) -> Any:
        start.wait()
        try:
            with db.transaction() as session:
                return act(session, actor)
        except BridgeError as refused:
            return refused

    with ThreadPoolExecutor(len(actors)) as pool:
        return list(pool.map(run, actors))


def capture(session: Session, actor: Actor, *, handle: str = "wanda") -> capturing.CaptureResult:
    now = utc_now()
    return capturing.capture(
        session, actor, Captured(permalink=PERMALINK, handle=handle, text="Never again!", posted_at=now), now
    )


def new_thread(actor: Actor) -> Thread:
    with db.transaction() as session:
        return capture(session, actor).thread


def count(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.exec(select(func.count()).select_from(model)).one()


def live_claims() -> list[ThreadClaim]:
    with db.transaction() as session:
        return [claim for claim in session.exec(select(ThreadClaim)) if claim.released_at is None]


def actions() -> list[str]:
    with db.transaction() as session:
        entries = session.exec(select(TimelineEntry).order_by(TimelineEntry.seq))  # type: ignore[arg-type]  # a column
        return [entry.action for entry in entries if entry.stream.startswith("thread:")]


def test_of_twenty_claims_at_once_one_wins_and_all_others_learn_the_winner(agents: list[Actor]) -> None:
    thread = new_thread(agents[0])

    results = all_at_once(agents, lambda session, actor: claims.claim(session, actor, thread.id, utc_now()))

    winners = [
        actor for actor, result in zip(agents, results, strict=True) if isinstance(result, ThreadClaim)
    ]
    refusals = [result for result in results if isinstance(result, ClaimTaken)]
    assert (len(winners), len(refusals)) == (1, AGENTS - 1)
    assert {refused.details["holder"] for refused in refusals} == {winners[0].name}
    assert [claim.person_id for claim in live_claims()] == [winners[0].id]
    assert actions() == ["claim.taken"]


def test_of_twenty_after_a_lease_ran_out_one_wins(agents: list[Actor]) -> None:
    thread = new_thread(agents[0])
    now = utc_now()
    with db.transaction() as session:
        claims.claim(session, agents[0], thread.id, now)
    later = now + timedelta(seconds=settings().claim_lease_seconds)

    results = all_at_once(agents[1:], lambda session, actor: claims.claim(session, actor, thread.id, later))

    assert sum(isinstance(result, ThreadClaim) for result in results) == 1
    assert len(live_claims()) == 1
    assert actions() == ["claim.taken", "claim.lapsed", "claim.taken"]


def test_take_overs_at_once_leave_one_holder_and_tell_each_former_one(agents: list[Actor]) -> None:
    thread = new_thread(agents[0])
    with db.transaction() as session:
        claims.claim(session, agents[0], thread.id, utc_now())

    results = all_at_once(
        agents[1:], lambda session, actor: claims.take_over(session, actor, thread.id, "mine", utc_now())
    )

    # Whoever looks after the first commit takes over from the new holder; the others are refused.
    won = [result for result in results if isinstance(result, ThreadClaim)]
    assert all(isinstance(result, ThreadClaim | ClaimTaken) for result in results)
    assert len(live_claims()) == 1
    assert actions().count("claim.taken_over") == count(Outcome) == len(won) >= 1


def test_one_agent_in_twenty_windows_has_one_claim(agents: list[Actor]) -> None:
    thread = new_thread(agents[0])

    results = all_at_once(
        [agents[0]] * AGENTS, lambda session, actor: claims.claim(session, actor, thread.id, utc_now())
    )

    assert len({result.id for result in results}) == 1
    assert actions() == ["claim.taken"]


def test_twenty_captures_of_one_post_make_one_thread(agents: list[Actor]) -> None:
    results = all_at_once(agents, capture)

    assert sum(result.created for result in results) == 1
    assert sum(result.post_added for result in results) == 1
    assert (count(Thread), count(Post), count(SocialIdentity)) == (1, 1, 1)


def test_of_twenty_who_start_to_write_at_once_one_wins(agents: list[Actor]) -> None:
    thread = new_thread(agents[0])

    results = all_at_once(agents, lambda session, actor: claims.begin(session, actor, thread.id, utc_now()))

    winners = [
        actor for actor, result in zip(agents, results, strict=True) if isinstance(result, ThreadClaim)
    ]
    assert len(winners) == 1
    assert {refused.details["holder"] for refused in results if isinstance(refused, ClaimTaken)} == {
        winners[0].name
    }
    assert len(live_claims()) == 1


def test_typing_against_a_take_over_leaves_one_holder(agents: list[Actor]) -> None:
    thread, (writer, *rivals) = new_thread(agents[0]), agents
    with db.transaction() as session:
        claims.begin(session, writer, thread.id, utc_now())

    def act(session: Session, actor: Actor) -> ThreadClaim:
        if actor is writer:
            return claims.begin(session, actor, thread.id, utc_now())
        return claims.take_over(session, actor, thread.id, "", utc_now())

    results = all_at_once([writer, *rivals[:5]], act)

    assert all(isinstance(result, ThreadClaim | ClaimTaken) for result in results)
    assert [claim.is_soft for claim in live_claims()] == [True]
    assert live_claims()[0].person_id != writer.id


def test_of_two_who_set_aside_one_is_told_that_it_was_done(agents: list[Actor]) -> None:
    thread = new_thread(agents[0])

    results = all_at_once(
        agents[:6],
        lambda session, actor: triage.move(session, actor, thread.id, Move.NOT_OURS, now=utc_now()),
    )

    assert sum(isinstance(result, Conflict) for result in results) == 5
    assert actions() == ["triage.not_ours"]


def set_aside_crosswise(agents: list[Actor], number: int) -> list[Any]:
    """Two agents say of two conversations, at the same moment, that each repeats the other."""
    ids = []
    for at in (2 * number, 2 * number + 1):
        handle, now = f"mira{at}", utc_now()
        post = f"https://x.com/{handle}/status/12454034387{at:05}"
        seen = Captured(permalink=post, handle=handle, text="Never again!", posted_at=now)
        with db.transaction() as session:
            ids.append(capturing.capture(session, agents[0], seen, now).thread.id)
    of = dict(zip(agents[:2], (tuple(ids), tuple(reversed(ids))), strict=True))

    def act(session: Session, actor: Actor) -> Any:
        one, other = of[actor]
        return triage.move(session, actor, one, Move.DUPLICATE, now=utc_now(), duplicate_of=other)

    return all_at_once(agents[:2], act)


def test_two_conversations_never_repeat_each_other(agents: list[Actor]) -> None:
    for number in range(ROUNDS):
        results = set_aside_crosswise(agents, number)
        assert sum(isinstance(result, InvalidInput) for result in results) == 1, results


def test_without_the_lock_they_do(agents: list[Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: each looks at the other before either has written."""
    both_looked, look = threading.Barrier(2), queries.other

    def all_look_first(*asked: Any) -> Any:
        found = look(*asked)
        both_looked.wait(10)
        return found

    monkeypatch.setattr(queries, "lock_both", lambda *_asked: None)
    monkeypatch.setattr(queries, "other", all_look_first)

    results = set_aside_crosswise(agents, 0)

    assert not any(isinstance(result, InvalidInput) for result in results)
