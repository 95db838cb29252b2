"""Two people at once in the middle of a life: one of them wins, the other reads why not.

Real connections, each act in a transaction of its own, many rounds; without the lock the same
race gives two winners (the negative control).
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided, Refusal
from bridge.errors import BridgeError
from bridge.lifecycle import Action
from bridge.promises import StoreScope
from bridge.queries import life as life_queries
from bridge.reasons import RevokeReason
from bridge.services import (
    appealing,
    asking,
    closing,
    extending,
    revoking,
    superseding,
    transferring,
    verifying,
)
from bridge.services.issuing import Wanted
from bridge.settings import settings
from tests.api.life_stage import acted, asked_case, closed_case, declined_case, offered_case, small
from tests.cast import Cast, claimed_thread, decide, line, once, vault

Owner = psycopg.Connection[tuple[object, ...]]
ROUNDS = 8


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gave, or the error that it raised; they start together."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait(10)
        try:
            return act()
        except BridgeError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def winners(results: list[Any]) -> int:
    lost = sum(isinstance(result, BridgeError | Refusal) or result is False for result in results)
    return len(results) - lost


def books_agree() -> bool:
    with db.reading() as snapshot:
        found = [*verifying.reconcile(snapshot), *verifying.verify(snapshot, settings=settings())]
    return found == []


def test_of_two_answers_one_is_given(cast: Cast, owner: Owner) -> None:
    for _ in range(ROUNDS):
        made = asked_case(cast)

        def answer(by: Any, text: str, case: Any = made) -> Any:
            return acted(asking.answer, by, case.id, text=text, valid_until=None, settings=settings())

        results = at_once(lambda: answer(cast.ana, "Yes."), lambda: answer(cast.kim, "No."))

        assert winners(results) == 1, results
        row = owner.execute("SELECT answer FROM info_requests WHERE escalation_id = %s", [made.id]).fetchone()
        assert row in {("Yes.",), ("No.",)}
    assert books_agree()


def test_an_offer_is_accepted_or_withdrawn_never_both(cast: Cast, owner: Owner) -> None:
    for _ in range(ROUNDS):
        made, transfer_id = offered_case(cast)

        def accept(which: Any = transfer_id) -> Any:
            return acted(transferring.decide, cast.mia, which, Action.ACCEPT_TRANSFER, note="")

        def withdraw(which: Any = transfer_id) -> Any:
            return acted(transferring.withdraw, cast.sam, which, note="")

        assert winners(at_once(accept, withdraw)) == 1
        row = owner.execute(
            "SELECT t.state, e.store_id FROM transfers t JOIN escalations e ON e.id = t.escalation_id "
            "WHERE e.id = %s",
            [made.id],
        ).fetchone()
        assert row in {("accepted", cast.store_40.id), ("withdrawn", cast.store_12.id)}
    assert books_agree()


def test_a_promise_is_honoured_or_revoked_never_both(cast: Cast, owner: Owner) -> None:
    for _ in range(ROUNDS):
        made = small(cast)

        def revoke(case: Any = made) -> Any:
            reason = RevokeReason.ERROR_IN_PROMISE
            return acted(revoking.revoke, cast.kim, case.id, reason=reason, text="", if_version=None)

        def honour(case: Any = made) -> Any:
            return decide(cast, cast.sam, code=case.code)

        results = at_once(revoke, honour)

        assert winners(results) == 1, results
        given = owner.execute(
            "SELECT coalesce(sum(amount_minor), 0) FROM decisions WHERE escalation_id = %s", [made.id]
        ).fetchone()
        assert given == ((100,) if isinstance(results[1], Decided) else (0,))
    assert books_agree()


def test_a_cause_coded_while_the_promise_is_extended_is_no_outage(cast: Cast) -> None:
    for _ in range(ROUNDS):
        made = small(cast)
        later = made.valid_until + timedelta(days=1)
        more = {"valid_until": later, "if_version": None, "settings": settings(), "vault": vault()}

        results = at_once(
            lambda case=made: acted(closing.code_cause, cast.hana, case.id, cause="POLICY"),
            lambda case=made, more=more: acted(extending.extend, cast.ana, case.id, **more),
        )

        assert winners(results) == 2, results


def test_causes_coded_at_once_on_a_promise_and_the_one_it_replaced_are_no_outage(cast: Cast) -> None:
    for _ in range(ROUNDS):
        thread = claimed_thread(cast)
        old = small(cast, thread_id=thread.id)
        wanted = Wanted(thread.id, [line(100)], StoreScope.ONE, store_number="12")
        with db.act() as act:
            values = {"now": utc_now(), "settings": settings(), "vault": vault(), "if_version": None}
            new = superseding.supersede(act, cast.ana.token, old.id, wanted, once=once("race"), **values)

        results = at_once(
            lambda case=old: acted(closing.code_cause, cast.ana, case.id, cause="POLICY"),
            lambda case=new: acted(closing.code_cause, cast.kim, case.id, cause="POLICY"),
        )

        assert winners(results) == 2, results


def test_a_closed_case_is_opened_again_once(cast: Cast, owner: Owner) -> None:
    made = closed_case(cast)

    def reopen(by: Any) -> Any:
        return acted(
            closing.reopen,
            by,
            made.id,
            reason="again",
            valid_until=utc_now() + timedelta(days=3),
            if_version=None,
            settings=settings(),
            vault=vault(),
        )

    results = at_once(lambda: reopen(cast.ana), lambda: reopen(cast.kim), lambda: reopen(cast.hana))

    assert winners(results) == 1, results
    row = owner.execute("SELECT reopened, remaining_minor FROM escalations").fetchone()
    assert row == (1, 100)
    assert books_agree()


def test_a_link_to_appeal_pressed_five_times_appeals_once(cast: Cast, owner: Owner) -> None:
    made = declined_case(cast)
    link = acted(appealing.make_link, cast.ana, made.id, settings=settings()).link
    assert link is not None
    token = link.rsplit("/", 1)[1]

    def file() -> bool:
        with db.act() as act:
            return appealing.file(act, token, text="Look again.", now=utc_now())

    assert at_once(*[file] * 5).count(True) == 1
    assert owner.execute("SELECT count(*) FROM reviews").fetchone() == (1,)
    assert books_agree()


def test_without_the_lock_two_answers_are_given(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, owner: Owner
) -> None:
    """The negative control: without the lock both are judged before either is written."""
    unlocked = life_queries._LOCK.replace(" FOR NO KEY UPDATE", "")
    assert unlocked != life_queries._LOCK
    monkeypatch.setattr(life_queries, "_LOCK", unlocked)
    owner.execute("ALTER TABLE timeline DROP CONSTRAINT uq_timeline_stream_seq")
    barrier = threading.Barrier(2)
    settle = asking.queries.settle

    def both_judged_first(*args: Any, **values: Any) -> None:
        barrier.wait(10)
        settle(*args, **values)

    monkeypatch.setattr(asking.queries, "settle", both_judged_first)
    made = asked_case(cast)
    try:
        results = at_once(
            *[
                lambda by=by: acted(  # type: ignore[misc]  # bound now
                    asking.answer, by, made.id, text="Yes.", valid_until=None, settings=settings()
                )
                for by in (cast.ana, cast.kim)
            ]
        )
        assert winners(results) == 2
    finally:
        owner.execute("TRUNCATE timeline")
        owner.execute("ALTER TABLE timeline ADD CONSTRAINT uq_timeline_stream_seq UNIQUE (stream, seq)")
