"""One manager's yes, two decisions at once: one counts. Shown to matter by leaving its guards out."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from bridge import db, pools
from bridge.clock import utc_now
from bridge.decision import Decided
from bridge.errors import Conflict, NotFound
from bridge.lifecycle import Action
from bridge.pins import WRONG_UNTIL_PAUSED
from bridge.services import accounts, counter, devices, pin_tries, pins, refusals, step_up
from bridge.services.step_up import Given, Wanted
from bridge.settings import settings
from tests.cast import Cast, Member, acting, decide, promise
from tests.pins import PINS, Tablet, give_pins, paired_tablet, signed_in

ROUNDS = 20


def given_part(cast: Cast, lee: Member) -> tuple[Given, object]:
    """Sam's yes to ten of forty dollars; a part, so that the rest alone would not stop a second one."""
    with db.statement() as connection:
        found = counter.look_up(
            connection,
            lee.token,
            text=promise(cast).code or "",
            source=counter.Source.SCAN,
            now=utc_now(),
            settings=settings(),
        )
        assert found.look_up_id is not None
        wanted = Wanted(found.look_up_id, Action.HONOUR, 1_000)
        case = step_up.judge(
            connection, acting(lee), wanted, cast.sam.person.id, now=utc_now(), settings=settings()
        )
    with db.transaction() as session:
        given = step_up.give(
            session,
            acting(lee),
            wanted,
            cast.sam.person.id,
            PINS["sam"],
            case=case,
            now=utc_now(),
            settings=settings(),
        )
    assert isinstance(given, Given)
    lee.token = given.token
    return given, found.look_up_id


def taken_at_once(cast: Cast, lee: Member, hands: int = 4) -> int:
    """How many of some decisions with one yes were taken."""
    given, look_up_id = given_part(cast, lee)
    barrier = threading.Barrier(hands)

    def one(_number: int) -> object:
        barrier.wait(10)
        try:
            return decide(cast, lee, look_up_id=look_up_id, amount_minor=1_000, step_up_id=given.step_up_id)
        except Conflict as error:
            return error

    with ThreadPoolExecutor(hands) as pool:
        return sum(isinstance(result, Decided) for result in pool.map(one, range(hands)))


def unasked(row: Any, _asked: object) -> str | None:
    """As the rule, but for what the yes is bound to: act, amount and version."""
    return None if row.step_up_id is not None else "used"


@pytest.fixture
def tablet(cast: Cast) -> Tablet:
    give_pins(cast)
    return paired_tablet(cast)


def test_one_yes_is_one_decision(cast: Cast, tablet: Tablet) -> None:
    lee = signed_in(cast, tablet, "lee")

    assert [taken_at_once(cast, lee) for _ in range(ROUNDS)] == [1] * ROUNDS


def test_the_index_alone_holds_where_the_version_is_not_asked(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_not_covered", unasked)
    lee = signed_in(cast, tablet, "lee")

    assert [taken_at_once(cast, lee) for _ in range(ROUNDS)] == [1] * ROUNDS


def test_without_its_guards_one_yes_is_several_decisions(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    """The negative control: if this took one each time, the tests above would prove nothing."""
    monkeypatch.setattr(refusals, "_not_covered", unasked)
    lee = signed_in(cast, tablet, "lee")
    owner.execute("DROP INDEX uq_decisions_step_up_id")
    try:
        assert max(taken_at_once(cast, lee) for _ in range(ROUNDS)) > 1
    finally:
        owner.execute("TRUNCATE decisions CASCADE")
        owner.execute(
            "CREATE UNIQUE INDEX uq_decisions_step_up_id ON decisions (step_up_id) WHERE step_up_id IS NOT NULL"
        )


def tried_at_once(cast: Cast, tablet: Tablet, hands: int = 12) -> int:
    """How many wrong PINs, typed together, were compared at all."""
    barrier = threading.Barrier(hands)

    def one(number: int) -> object:
        barrier.wait(10)
        with db.transaction() as session:
            device = devices.paired_by(session, tablet.secret, now=utc_now())
            assert device is not None
            return pins.sign_in(
                session, device, cast.lee.person.id, f"9991{number:02}", now=utc_now(), settings=settings()
            )

    with ThreadPoolExecutor(hands) as pool:
        results = list(pool.map(one, range(hands)))
    return sum(r == accounts.SignInRefused() for r in results)


def test_wrong_pins_typed_together_are_five_at_most(cast: Cast, tablet: Tablet) -> None:
    # The fifth answers with the pause that it began.
    assert tried_at_once(cast, tablet) == WRONG_UNTIL_PAUSED - 1


def test_without_taking_turns_more_are_tried(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a pause that is asked for first and set afterwards lets a crowd through."""
    barrier = threading.Barrier(12)

    def all_ask_first(*_args: object, **_kwargs: object) -> None:
        barrier.wait(10)

    monkeypatch.setattr(pin_tries, "paused_for", all_ask_first)

    assert tried_at_once(cast, tablet) > WRONG_UNTIL_PAUSED - 1


def test_a_one_time_token_pairs_one_tablet(cast: Cast) -> None:
    with db.transaction() as session:
        made = devices.create(session, acting(cast.sam), name="Counter 5", now=utc_now())
    barrier = threading.Barrier(8)

    def one(_number: int) -> bool:
        barrier.wait(10)
        try:
            with db.transaction() as session:
                devices.initialize(session, made.token, software="", now=utc_now())
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1


def test_a_refused_save_leaves_its_connection_whole(cast: Cast, database: object) -> None:
    """The last statement of an act fails on a new connection; the next act there commits as ever."""
    pools.dispose()
    with pytest.raises(psycopg.errors.DivisionByZero), db.act() as act:
        act.ask_and_commit("SELECT 1 / 0", {})

    for _ in range(3):
        with db.act() as act:
            act.ask_and_commit("SELECT 1", {})
