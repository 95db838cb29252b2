"""Random people do random things to random cases, and time passes: only what the table allows happens.

Each request is predicted from the table and the documented guards: it must succeed, or be refused
by right, by a guard, or by the table with the list of what is allowed. After every step the
database is asked whether anything else happened.
"""

import copy
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action, allowed_actions
from bridge.services import acting, appealing, webhooks
from bridge.services.attending import Sweeper
from bridge.settings import settings as service_settings
from tests.cast import acting as actor_of
from tests.cast import build_cast, claimed_thread
from tests.clockwork import MONDAY_NOON, rows, stay_signed_in
from tests.conftest import Servers
from tests.emptying import empty
from tests.journeys.life_answers import count_refusal, mismatch, tells_of
from tests.journeys.life_effects import appealed, clock_wrote, overdue, take
from tests.journeys.life_guards import Refused
from tests.journeys.life_invariants import as_believed, broken
from tests.journeys.life_refusals import ACTS, judge
from tests.journeys.life_requests import Desk, Got, Sent, requests
from tests.journeys.life_world import Ask, Case, Review, World

CASES_MOST = 8
MOVES = frozenset(action.value for action in Action)
_SHORT = [timedelta(seconds=s) for s in (1, 20, 61, 61, 600, 1_200)]
PAUSES = [*_SHORT, *_SHORT, *(timedelta(hours=h) for h in (3, 3, 25, 8 * 24, 31 * 24))]
AT_A_STORE = ("decide", "ask", "store_offer", "accept", "refuse", "undo", "annul", "withdraw_question")
IN_ANSWER = ("answer", "approve", "reject", "find", "assign", "appeal_link", "reopen", "tell_customer")
TIME_PASSES, SWEEPS = 0.2, 0.7
"""How often the clock takes a turn before a request, and how often it then looks at what is due."""
DRAWN = st.integers(0, 2**32 - 1)
"""What a request is drawn with. It does not depend on the cases: who wins a race differs from run to run."""
_NEW_LINKS = """
SELECT seq, at, action, body::jsonb -> 'facts' AS facts, body::jsonb -> 'actor' ->> 'kind' AS kind
FROM timeline WHERE stream = %(id)s AND seq > %(seen)s ORDER BY seq
"""
_REVIEWS = """
SELECT r.id::text, r.escalation_id::text AS case_id, r.entry_reason, r.state FROM reviews r
JOIN escalations e ON e.id = r.escalation_id ORDER BY e.number, r.entry_reason, r.opened_at
"""


class RandomLife(RuleBasedStateMachine):
    """The model beside the service. `app` and `servers` are set by the test."""

    app: Flask
    servers: Servers
    tried: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        empty(self.servers.database_url)
        self.time = time_machine.travel(MONDAY_NOON, tick=False)
        self.clock = self.time.start()
        self.cast = build_cast()
        stay_signed_in()
        with db.transaction() as session:
            webhooks.register(
                session,
                actor_of(self.cast.ada),
                url="https://receiver.example/in",
                topics=["*"],
                config=service_settings(),
                now=utc_now(),
            )
        self.world = World({str(claimed_thread(self.cast).id): who for who in ("ana", "ana", "ivy")})
        self.desk = Desk(self.app, self.cast)
        self.sweeper = Sweeper(service_settings())
        self.taken: list[tuple[Sent, Got]] = []
        self.story: list[str] = []

    def teardown(self) -> None:
        failure = sys.exc_info()[0]
        try:
            if failure is None:
                self._sweep()
                self._hold()
            elif issubclass(failure, AssertionError):
                print("\n".join(self.story))  # Hypothesis' own tells what was drawn, not what it came to
        finally:
            self.time.stop()

    @initialize(amounts=st.lists(st.integers(0, 4), min_size=3, max_size=3))
    def three_promises(self, amounts: list[int]) -> None:
        for (thread, who), which in zip(self.world.threads.items(), amounts, strict=True):
            asks = [ask for ask in requests(self.world, "make", utc_now()) if ask.who == who]
            self._do([ask for ask in asks if ask.body["thread_id"] == thread][which])

    @rule(drawn=DRAWN)
    def something_allowed(self, drawn: int) -> None:
        self._do(self._choose(drawn, allowed=True))

    @rule(drawn=DRAWN)
    def a_store_does_something(self, drawn: int) -> None:
        self._do(self._choose(drawn, allowed=True, acts=AT_A_STORE))

    @rule(drawn=DRAWN)
    def a_store_does_something_else(self, drawn: int) -> None:
        self._do(self._choose(drawn, allowed=True, acts=AT_A_STORE))

    @rule(drawn=DRAWN)
    def care_or_hq_answers(self, drawn: int) -> None:
        self._do(self._choose(drawn, allowed=True, acts=IN_ANSWER))

    @rule(drawn=DRAWN)
    def anything(self, drawn: int) -> None:
        self._do(self._choose(drawn, allowed=False))

    @rule(drawn=DRAWN)
    def anything_else(self, drawn: int) -> None:
        self._do(self._choose(drawn, allowed=False))

    @rule(drawn=DRAWN, by=st.sampled_from([-1, 1]))
    def something_already_changed(self, drawn: int, by: int) -> None:
        ask = self._choose(drawn, allowed=True)
        stale = (ask.version or 1) + by
        self._do(Ask(ask.act, ask.who, ask.case, ask.subject, max(stale, 1), ask.body))

    @rule(which=st.integers(0, 19))
    def the_same_request_again(self, which: int) -> None:
        sent, before = self.taken[-1 - which % len(self.taken)]
        again = self.desk.send(sent)
        assert (again.status, again.raw, again.replayed) == (before.status, before.raw, True), sent
        self.tried["repeated"] += 1
        other = Sent(sent.path, sent.headers, b"{}" if sent.body is None else sent.body + b" ")
        refused = self.desk.send(other)
        assert (refused.status, refused.json["code"]) == (422, "idempotency_key_reused"), other
        self._hold()

    @rule(drawn=DRAWN)
    def the_same_request_twice_at_once(self, drawn: int) -> None:
        ask = self._choose(drawn, allowed=True)
        sent, expected = self._sent(ask), judge(self.world, ask, utc_now())
        one, two = self.desk.send_at_once(sent, sent)
        if expected is None:
            assert (one.status, one.raw) == (two.status, two.raw), (ask, one, two)
            assert {one.replayed, two.replayed} == {False, True}, ask
            self._believe(ask, sent, None, one)
        else:
            self._believe(ask, sent, expected, one)
            self._believe(ask, sent, expected, two)
        self.tried["twice at once"] += 1
        self._hold()

    @rule(drawn=DRAWN, also=DRAWN)
    def two_at_once(self, drawn: int, also: int) -> None:
        asks = [self._choose(drawn, allowed=True), self._choose(also, allowed=True)]
        if len({ask.who for ask in asks if ask.act in {"make", "supersede"}}) > 1:
            return  # they would first have to settle who holds the thread
        sent = [self._sent(ask) for ask in asks]
        got = self.desk.send_at_once(*sent)
        for order in ([0, 1], [1, 0]):
            world = copy.deepcopy(self.world)
            if all(self._could(world, asks[i], got[i]) for i in order) and not as_believed(world):
                for i in order:
                    self._believe(asks[i], sent[i], judge(self.world, asks[i], utc_now()), got[i])
                self.tried["two at once"] += 1
                self._hold()
                return
        raise AssertionError(f"no order explains {asks}: {got}")

    @rule(drawn=DRAWN)
    def the_clock_takes_a_turn(self, drawn: int) -> None:
        lot = Random(drawn)
        self.time_passes(lot.choice(PAUSES), sweeps=lot.random() < SWEEPS)

    def time_passes(self, pause: timedelta, *, sweeps: bool) -> None:
        self.clock.shift(pause)
        if sweeps:
            self._sweep()
        self._hold()

    @rule(which=st.integers(0, CASES_MOST))
    def the_customer_appeals(self, which: int) -> None:
        cases = [case for case in self.world.cases.values() if case.appeal_token]
        if not cases:
            return
        case, now = cases[which % len(cases)], utc_now()
        assert case.appeal_token is not None
        assert case.appeal_until is not None
        with db.act() as act:
            filed = appealing.file(act, case.appeal_token, text="They sent me away.", now=now)
        possible = Action.APPEAL in allowed_actions(case.status)
        assert filed == (possible and not case.appealed and now < case.appeal_until), case
        if filed:
            appealed(case, now)
            self._see_links(case)
            self._see_reviews()
            self.tried["appealed"] += 1
        self._hold()

    @rule()
    def mia_sees_nothing_of_store_12(self) -> None:
        inbox = {item["id"] for item in self.desk.read("counter/inbox", "mia").json["items"]}
        for case in self.world.cases.values():
            at_40, path = case.store == "40", f"counter/escalations/{case.id}"
            assert self.desk.read(f"escalations/{case.id}", "mia").status == 403
            assert self.desk.read(f"escalations/{case.id}", "nobody").status == 401
            assert self.desk.read(f"{path}/notes", "mia").status == (200 if at_40 else 404)
            assert at_40 or case.id not in inbox
            if case.code is not None:
                body = f'{{"code": "{case.code}"}}'.encode()
                seen = self.desk.send(Sent("/api/v1/counter/look-up", self.desk.signed("mia"), body)).json
                assert at_40 or (seen["verdict"], "escalation" in seen) == ("other_store", False)

    def _choose(self, drawn: int, *, allowed: bool, acts: Sequence[str] = ACTS) -> Ask:
        """A request that must succeed where there is one among the drawn acts, or any."""
        lot = Random(drawn)
        if lot.random() < TIME_PASSES:
            self.time_passes(lot.choice(PAUSES), sweeps=lot.random() < SWEEPS)
        now = utc_now()
        for act in lot.choices(acts, k=6):
            if act in {"make", "supersede"} and len(self.world.cases) >= CASES_MOST:
                continue
            asks = requests(self.world, act, now)
            if allowed:
                asks = [ask for ask in asks if judge(self.world, ask, now) is None]
            if asks:
                return lot.choice(asks)
        refused = [ask for act in acts[:8] for ask in requests(self.world, act, now)]
        return lot.choice(refused or requests(self.world, "revoke", now))

    def _do(self, ask: Ask) -> None:
        """Send one request and hold the answer against the prediction."""
        sent, expected = self._sent(ask), judge(self.world, ask, utc_now())
        self._believe(ask, sent, expected, self.desk.send(sent))
        self._hold()

    def _sent(self, ask: Ask) -> Sent:
        """The request; whoever promises holds the thread, because claims have tests of their own."""
        if ask.act in {"make", "supersede"} and ask.who in self.cast.members:
            with db.statement() as connection:
                connection.execute(
                    "UPDATE thread_claims SET person_id = %(person)s, lease_until = '2099-01-01' "
                    "WHERE thread_id = %(thread)s",
                    {"person": self.cast.members[ask.who].person.id, "thread": ask.body["thread_id"]},
                )
        return self.desk.write(ask)

    def _could(self, world: World, ask: Ask, got: Got) -> bool:
        """Whether `world` predicts this answer; it then believes it."""
        expected, now = judge(world, ask, utc_now()), utc_now()
        if expected is None or got.ok:
            if expected is not None or not got.ok:
                return False
            take(world, ask, got.json, now)
            return tells_of(world, ask, got)
        if mismatch(world, ask, expected, got):
            return False
        count_refusal(world, ask, got)
        return True

    def _believe(self, ask: Ask, sent: Sent, expected: Refused | None, got: Got) -> None:
        self.tried[f"{ask.act} {got.status}"] += 1
        about = f"{str(ask.case)[-4:]} {str(ask.subject)[-4:]}"
        self.story.append(
            f"{utc_now():%d %H:%M:%S} {ask} {about}: {got.status} {sent.headers.get('If-Match', '')}"
        )
        if expected is None:
            assert got.ok, f"{ask} must succeed: {got}"
            take(self.world, ask, got.json, utc_now())
            assert tells_of(self.world, ask, got), f"{ask}: {got}"
            self.taken.append((sent, got))
            for case in self.world.cases.values():
                self._see_links(case)
            return
        assert not got.ok, f"{ask} must be refused with {expected}: {got}"
        assert mismatch(self.world, ask, expected, got) == "", f"{ask}: {got}"
        count_refusal(self.world, ask, got)

    def _sweep(self) -> None:
        """The clock's turn; what it wrote is judged and believed."""
        now = utc_now()
        self._see_reviews()
        count = self.sweeper.sweep(now)
        assert not count["failed"], count
        assert not count["batches_failed"], count
        owners = {str(m.person.id): name for name, m in self.cast.members.items()}
        for case in self.world.cases.values():
            for row in self._see_links(case):
                if row.action in MOVES:
                    clock_wrote(case, Action(row.action), row.facts, row.at)
                    self.tried[f"clock {row.action}"] += 1
                    self.story.append(f"{now:%d %H:%M:%S} the clock: {row.action} {case.id[-4:]}")
        for row in rows("SELECT id::text, owner_id FROM escalations WHERE owner_id IS NOT NULL"):
            self.world.cases[row.id].owner = owners[str(row.owner_id)]
        self._see_reviews()
        assert overdue(self.world, now) == []

    def _see_links(self, case: Case) -> list[Any]:
        """The links of a case that were not seen yet."""
        found = rows(_NEW_LINKS, id=case.id, seen=case.links_seen)
        case.links_seen += len(found)
        return found

    def _see_reviews(self) -> None:
        self.world.reviews = [
            Review(r.id, r.case_id, r.entry_reason, r.state == "closed") for r in rows(_REVIEWS)
        ]

    def _hold(self) -> None:
        assert broken(self.world, keys=len(self.taken)) == []


@pytest.fixture
def lives(journey_app: Flask, database: Servers) -> Iterator[type[RandomLife]]:
    class Lives(RandomLife):
        app, servers, tried = journey_app, database, Counter()

    yield Lives
    print(sorted(Lives.tried.items()))


def run(lives: type[RandomLife], *, examples: int, steps: int, **more: Any) -> None:
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            **more,
        ),
    )


@pytest.mark.timeout(300)
def test_random_people_only_ever_do_what_the_table_allows(lives: type[RandomLife]) -> None:
    run(lives, examples=13, steps=30, derandomize=True, phases=(Phase.generate,))

    assert sum(n for name, n in lives.tried.items() if name.endswith(" 201")) > 100


@pytest.mark.timeout(300)
def test_a_guard_that_is_gone_is_noticed(lives: type[RandomLife], monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what was read before somebody else changed the case still counts."""
    monkeypatch.setattr(acting, "require_version", lambda *_: None)

    with pytest.raises((AssertionError, Flaky)):
        run(lives, examples=25, steps=30, derandomize=True, phases=(Phase.generate,))


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_random_people_never_find_a_way_around_the_table(lives: type[RandomLife]) -> None:
    run(lives, examples=300, steps=60, phases=(Phase.generate,))
