"""The clock that runs and the demo's past take turns, and the sealer waits for both."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

from bridge import db
from bridge.clock import utc_now
from bridge.demo import history
from bridge.queries import turns as queries
from bridge.services import sealing, turns
from bridge.settings import settings
from tests.cast import Cast, promise


@contextmanager
def impatient() -> Iterator[db.Connection]:
    """A connection that waits for no lock."""
    with db.statement() as connection:
        connection.execute("SET lock_timeout = '50ms'")
        try:
            yield connection
        finally:
            connection.execute(f"SET lock_timeout = '{settings().db_lock_timeout_seconds:.0f}s'")


def test_a_sweep_waits_for_the_case_that_is_played(database: object) -> None:
    begun = Event()

    def sweep() -> bool:
        begun.set()
        with turns.live(settings()) as ours:
            return ours

    with ThreadPoolExecutor(1) as pool:
        with turns.past(), impatient() as connection:
            waiting = pool.submit(sweep)
            assert begun.wait(5)
            assert not queries.take(connection, alone=False)
            assert not waiting.done()
        assert waiting.result(5)


def test_sweeps_run_side_by_side_and_the_past_waits_for_them(database: object) -> None:
    with turns.live(settings()) as first, turns.live(settings()) as second, impatient() as connection:
        assert first
        assert second
        assert not queries.take(connection, alone=True)

    with turns.past():
        pass


def test_where_nothing_is_made_up_nothing_is_asked(database: object) -> None:
    real = settings().model_copy(update={"environment": "production"})
    with turns.past(), turns.live(real) as ours:
        assert ours


def test_the_sealer_waits_and_what_it_sealed_gets_no_older_past(cast: Cast) -> None:
    promise(cast)
    later = utc_now() + timedelta(minutes=5)

    with turns.unsealed() as free, db.act() as act:
        assert free
        assert sealing.seal(act, now=later, settings=settings()) is None
    assert history.is_to_come()
    with db.act() as act:
        assert sealing.seal(act, now=later, settings=settings()) is not None

    assert not history.is_to_come()
    heard: list[int] = []
    assert history.write(now=later, settings=settings(), told=heard.append) == 0
    assert heard == []
