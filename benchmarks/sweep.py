"""PF6: the sweep among few and among many open cases, beside the raw SQL step of the same size.

`python -m benchmarks.sweep [--rows 10000,1000000] [--with-10m] [--rounds 5]`
A round visits every size in turn: promises are made by the service, then the real `Sweeper`
looks at all of them twice (when they were issued, and when their first warning is due), and the
single statements are timed beside the raw step. What is rolled back is not written to disk.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import cases, retailer, servers
from benchmarks.report import Report, table
from bridge import db, pools
from bridge.clock import utc_now
from bridge.queries import attending as queries
from bridge.services.attending import BATCH, Sweeper
from bridge.services.watching import LATE_AFTER
from bridge.settings import settings

DUE = 1000
_REPEATS = 7
_PAIRS = 150
_LONG = 600.0

_RAW = f"""
WITH due AS (
    SELECT id FROM ref_clocks WHERE status = 'open' AND due_at <= now() ORDER BY due_at LIMIT {DUE}
    FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE ref_clocks c SET due_at = now() + interval '1 hour', step = c.step + 1
    FROM due WHERE c.id = due.id RETURNING c.case_id, c.step
)
INSERT INTO ref_outbox (at, topic, payload)
SELECT now(), 'due', jsonb_build_object('case', case_id, 'step', step) FROM moved
"""
_PICK = f"SELECT id FROM escalations WHERE attend_at <= now() ORDER BY attend_at, id LIMIT {DUE}"
_NO_INDEX = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")


@dataclass
class Size:
    """One database, and what was measured in it: by name, one figure for each round."""

    world: retailer.World
    runs: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, value: float) -> None:
        self.runs.setdefault(name, []).append(value)

    def middle(self, name: str) -> float:
        return statistics.median(self.runs[name])

    def cpu(self, look: str) -> list[float]:
        """Processor time of a look on both sides, for each round."""
        runs = self.runs
        pairs = zip(runs[f"{look}, sweeper CPU"], runs[f"{look}, database CPU"], strict=True)
        return [ours + database for ours, database in pairs]

    def ratio(self, name: str, to: "Size", other: str = "") -> float:
        """The median of the ratios within each round."""
        pairs = zip(self.runs[name], to.runs[other or name], strict=True)
        return statistics.median(a / max(b, 1e-9) for a, b in pairs)


def visit(size: Size, database_pid: int) -> None:
    """One round in one database."""
    cases.use(size.world.url)
    sweeper = Sweeper(settings())
    with psycopg.connect(size.world.url, autocommit=True) as owner:
        cases.make_due(owner, size.world, BATCH)
        sweeper.sweep(utc_now(), seconds=_LONG)  # Statements are prepared, calendars read.
        cases.put_aside(owner)
        cases.make_due(owner, size.world, DUE)
        _time_statements(size, owner)
        _look(size, "first", sweeper, utc_now(), database_pid)
        row = owner.execute(
            "SELECT max(attend_at) FROM escalations WHERE attend_at < now() + '20 days'"
        ).fetchone()
        assert row is not None
        _look(size, "later", sweeper, row[0], database_pid)
        cases.put_aside(owner)
    pools.dispose()


def _time_statements(size: Size, owner: psycopg.Connection[Any]) -> None:
    now = utc_now()

    def claim(limit: int) -> None:
        with db.act() as act:
            assert len(queries.claim(act, now, limit=limit)) == limit
            act.rollback()

    def raw() -> None:
        with owner.transaction(force_rollback=True):
            assert owner.execute(_RAW).rowcount == DUE

    def pick() -> None:
        assert owner.execute(_PICK).rowcount == DUE

    def pick_without() -> None:
        with owner.transaction(force_rollback=True):
            for name in _NO_INDEX:
                owner.execute(f"SET LOCAL {name} = off")
            pick()

    def wake() -> None:
        with db.statement() as connection:
            assert queries.wake(connection, now, late=now - LATE_AFTER) == []

    def overdue() -> None:
        with db.statement() as connection:
            assert queries.overdue(connection, now).cases == DUE

    acts: dict[str, tuple[Callable[[], None], int]] = {
        f"claim {BATCH}": (lambda: claim(BATCH), _REPEATS * 3),
        f"claim {DUE}": (lambda: claim(DUE), _REPEATS),
        "raw step": (raw, _REPEATS),
        "pick": (pick, _REPEATS),
        "pick without the index": (pick_without, 1),
        "watchdog, nothing stuck": (wake, _REPEATS),
        "watchdog, count the due": (overdue, _REPEATS),
    }
    for name in random.sample(list(acts), len(acts)):
        act, times = acts[name]
        if times > 1:
            act()
        size.note(name, statistics.median(_milliseconds(act) for _ in range(times)))


def _milliseconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _look(size: Size, which: str, sweeper: Sweeper, now: Any, database_pid: int) -> None:
    database, ours, began = servers.cpu_seconds(database_pid), time.process_time(), time.perf_counter()
    count = sweeper.sweep(now + timedelta(microseconds=1), seconds=_LONG)
    seconds = time.perf_counter() - began
    if count["looked"] < DUE or count["failed"] or count["batches_failed"]:
        raise SystemExit(f"{which} looks: {dict(count)}")
    looked = count["looked"]
    size.note(f"{which} look", seconds / looked * DUE * 1000)
    size.note(f"{which} look, sweeper CPU", (time.process_time() - ours) / looked * 1e6)
    size.note(f"{which} look, database CPU", (servers.cpu_seconds(database_pid) - database) / looked * 1e6)


def claims_in_turns(large: Size, small: Size, limit: int) -> float:
    """The median ratio of the claim's time in two databases, asked in turns: milliseconds need many pairs."""
    ratios = []
    with ExitStack() as stack:
        owners = []
        for size in (large, small):
            cases.use(size.world.url)
            options = " ".join(f"-c {name}={value}" for name, value in pools.HOT_OPTIONS.items())
            owner = psycopg.connect(size.world.url, autocommit=True, options=options, prepare_threshold=1)
            owners.append(stack.enter_context(owner))
            cases.make_due(owner, size.world, limit)
        values = {"now": utc_now(), "limit": limit}
        for at in range(_PAIRS):
            spent = {}
            for owner in owners if at % 2 else reversed(owners):
                with owner.transaction(force_rollback=True):
                    claim = partial(owner.execute, queries.CLAIM.format(lock=queries.LOCK), values)
                    spent[owner] = _milliseconds(claim)
            ratios.append(spent[owners[0]] / spent[owners[1]])
        for owner in owners:
            cases.put_aside(owner)
    pools.dispose()
    return statistics.median(ratios[_PAIRS // 10 :])


def plan_of(url: str) -> str:
    """Name of the index by which due cases are found, planned without the values as in the service."""
    claim = queries.CLAIM.format(lock=queries.LOCK).replace("%(now)s", "$1").replace("%(limit)s", "$2")
    with psycopg.connect(url) as owner:
        found = str(owner.execute(f"EXPLAIN (GENERIC_PLAN) {claim}").fetchall())
    return "ix_escalations_attend" if "Index Scan using ix_escalations_attend" in found else "another plan"


def tell(report: Report, sizes: dict[int, Size]) -> None:
    """Each goal with what was found, and a table of milliseconds."""
    rows = list(sizes)
    for large, small in zip(rows[1:], rows, strict=False):
        names = f"{large:,} : {small:,}"
        one, other = sizes[large], sizes[small]
        for limit in (BATCH, DUE):
            ratio = claims_in_turns(one, other, limit)
            report.at_most("PF6", f"claim {limit}, {names} open cases", ratio, 1.25)
        for what in ("first look", "later look"):
            report.at_most("PF6", f"{what}, {names} open cases", one.ratio(what, other), None)
            cpu = statistics.median(one.cpu(what)) / statistics.median(other.cpu(what))
            report.at_most("PF6", f"{what}, CPU of sweeper and database, {names}", cpu, 1.25)
    for count, size in sizes.items():
        at = f"among {count:,}"
        report.at_least(
            "PF6",
            f"claim of {DUE} : raw SQL step, cases/s, {at}",
            size.ratio("raw step", size, f"claim {DUE}"),
            0.4,
        )
        for what in ("first", "later"):
            report.at_least(
                "PF6",
                f"complete {what} look : raw SQL step, {at}",
                size.ratio("raw step", size, f"{what} look"),
                0.4,
            )
        without = size.ratio("pick without the index", size, "pick")
        wanted = 100 if count >= 10_000_000 else None
        report.at_least("PF6", f"pick {DUE} without the index : with it, {at}", without, wanted)
    names = list(next(iter(sizes.values())).runs)
    table(
        ("milliseconds; CPU in microseconds a case", *(f"{count:,}" for count in sizes)),
        [(name, *(f"{size.middle(name):,.2f}" for size in sizes.values())) for name in sorted(names)],
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sweep", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--rows", default="10000,1000000", help="open cases, smallest first")
    parser.add_argument("--with-10m", action="store_true", help="add ten million (about 22 GB of disk)")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    servers.end_cleanly()
    rows = [int(count) for count in chosen.rows.split(",")] + [10_000_000] * chosen.with_10m
    report = Report(sizes=rows, server="no web server", seconds=0)
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with servers.stores(folder) as running:
            sizes = {}
            for count in rows:
                began = time.monotonic()
                url = servers.new_database(running.postgres, f"cases_{count}")
                sizes[count] = Size(cases.prepare(url, count))
                report.say(f"{count:,} open cases in {time.monotonic() - began:.0f} s; {plan_of(url)}")
            for number in range(chosen.rounds):
                for count in random.sample(rows, len(rows)):
                    visit(sizes[count], running.postgres.pid)
                report.say(f"round {number + 1} of {chosen.rounds}")
            tell(report, sizes)
    report.write()


if __name__ == "__main__":
    main()
