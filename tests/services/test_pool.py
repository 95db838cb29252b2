"""The database came back after a restart: whoever asks next is answered, though every kept connection is dead."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest

from bridge import db, pools
from bridge.errors import DatabaseUnavailable
from tests.cast import Cast
from tests.conftest import Servers

KEPT = 6
Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(autouse=True)
def fresh_pool(environment: Servers) -> Iterator[None]:
    """What a test ends here is not the next one's, and several connections are kept."""
    pools.dispose()
    with ThreadPoolExecutor(KEPT) as people:
        together = Barrier(KEPT)
        list(people.map(lambda _: hold(together), range(KEPT)))
    yield
    pools.dispose()


def hold(together: Barrier) -> None:
    """Keep a connection until everybody has one."""
    with db.statement():
        together.wait(5)


def ask() -> int:
    """Ask through the pool; which of the server's processes answered."""
    with db.statement() as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def kept(owner: Owner) -> set[int]:
    """The server's processes behind the application's connections."""
    rows = owner.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'bridge'")
    return {int(str(pid)) for (pid,) in rows}


def end(owner: Owner, pids: set[int]) -> None:
    """End connections from the server's side, as its restart does."""
    owner.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (list(pids),))
    deadline = time.monotonic() + 60
    while kept(owner) & pids:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lending(monkeypatch: pytest.MonkeyPatch) -> list[Owner]:
    """Every connection that the pool lends from now on, in turn."""
    lent: list[Owner] = []
    pool = pools.pool()
    getconn = pool.getconn

    def getting(timeout: float | None = None) -> Any:
        lent.append(getconn(timeout))
        return lent[-1]

    monkeypatch.setattr(pool, "getconn", getting)
    return lent


def test_a_connection_that_the_server_ended_is_not_handed_out(
    cast: Cast, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    before = kept(owner)
    assert len(before) >= KEPT
    end(owner, before)
    lent = lending(monkeypatch)

    began = time.monotonic()
    assert ask() not in before

    # By our own look, each dead one at once; the pool's own check waits a second before it tries the next
    # one, and longer each time, while whoever asked sees one call.
    assert 2 <= len(lent) <= len(before) + 1
    assert [one.closed for one in lent] == [True] * (len(lent) - 1) + [False]
    assert time.monotonic() - began < pools.pool().timeout


def test_without_the_check_whoever_asks_next_is_told_that_nothing_answers(
    cast: Cast, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "has_ended", lambda connection: False)
    ask()
    end(owner, kept(owner))

    with pytest.raises(DatabaseUnavailable):
        ask()


def test_an_idle_connection_that_lives_is_handed_out_again(cast: Cast, owner: Owner) -> None:
    ask()
    before = kept(owner)

    assert ask() in before
