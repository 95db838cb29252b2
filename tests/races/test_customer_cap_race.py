"""Two agents promise to one customer at once: the cap per customer holds, and only by the lock."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bridge.lifecycle import Status
from bridge.queries import promises as promise_queries
from tests.cast import Cast, claimed_thread, promise

Owner = psycopg.Connection[tuple[object, ...]]
AT_ONCE = 8


@pytest.fixture
def capped(cast: Cast, owner: Owner) -> Cast:
    """One promise of 40.00 fits under the cap, two do not."""
    owner.execute("UPDATE authority_grants SET budget_day_minor = NULL, max_customer_30d_minor = 5000")
    return cast


def issued_at_once(cast: Cast) -> int:
    """How many of several promises of 40.00, made at once to one new customer, came out issued."""
    thread = claimed_thread(cast)
    barrier = threading.Barrier(AT_ONCE)

    def one(_number: int) -> Status:
        barrier.wait(10)
        return promise(cast, thread_id=thread.id, second_promise_reason="another item").status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE))).count(Status.ISSUED)


def test_promises_made_at_once_do_not_pass_a_customer_s_cap(capped: Cast) -> None:
    assert [issued_at_once(capped) for _ in range(3)] == [1, 1, 1]


def test_without_the_lock_a_customer_gets_more_than_the_cap(
    capped: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    unlocked = promise_queries._LOCK_CUSTOMER_OF_THREAD.replace("FOR NO KEY UPDATE", "")
    monkeypatch.setattr(promise_queries, "_LOCK_CUSTOMER_OF_THREAD", unlocked)

    assert any(issued_at_once(capped) > 1 for _ in range(10))
