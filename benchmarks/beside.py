"""PF7: look-ups at the counter while nothing else happens, beside a sweep, and beside HQ's report.

`python -m benchmarks.beside [--rows 1000000] [--rounds 5] [--seconds 4]`
The neighbour is a process of its own (`python -m benchmarks.beside URL what`), as the worker and
a reader at HQ are. Each round measures quiet and every neighbour, in an order drawn anew.

* `sweep 100`, `sweep 1000`: so many cases become due each second, and the real `Sweeper` looks at
  them, each for the first time: two clocks, a ladder's run, its first steps and four notices.
* `poll`: the sweep finds nothing due, ten times a second.
* `report`: one reader asks for HQ's overview, and again as soon as it came.
"""

import argparse
import json
import random
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg

from benchmarks import cases, data, load, retailer, servers
from benchmarks.report import Report, table
from benchmarks.scripts import Scripts
from benchmarks.web import Figures, Run
from bridge import db, pools
from bridge.clock import utc_now
from bridge.queries.reports import Scope
from bridge.services import reports
from bridge.services.attending import Sweeper
from bridge.settings import settings

NEIGHBOURS = ("poll", "sweep 100", "sweep 1000", "report")

_WAKE = """
UPDATE escalations SET attend_at = now()
WHERE number >= %(first)s AND number < %(last)s AND status = 'issued'
"""


def be_neighbour(url: str, what: str) -> None:
    """Do it until standard input is closed; then say how often it was done, and how long it took."""
    cases.use(url)
    done, busy, began = 0, 0.0, time.perf_counter()
    act = _report if what == "report" else _Sweep(url, what)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:  # Readable means closed.
        start = time.perf_counter()
        done += act()
        spent = time.perf_counter() - start
        busy += spent
        pause = {"poll": 0.1, "report": 0.0}.get(what, 1.0)
        time.sleep(max(0.0, pause - spent))
    print(json.dumps({"done": done, "busy": busy, "seconds": time.perf_counter() - began}))
    pools.dispose()


def _report() -> int:
    now = utc_now()
    start, end = reports.period(None, None, now=now)
    with db.statement() as connection:
        brand = connection.execute("SELECT id FROM brands LIMIT 1").fetchone()
        assert brand is not None
        reports.overview(connection, Scope(brand.id, None), from_at=start, to_at=end, now=now)
    return 1


class _Sweep:
    """Makes cases due and looks at them; every case once, oldest first."""

    def __init__(self, url: str, what: str) -> None:
        self._owner = psycopg.connect(url, autocommit=True)
        self._each = 0 if what == "poll" else int(what.split()[1])
        row = self._owner.execute(
            "SELECT coalesce(max(number) + 1, 0) FROM escalations WHERE attended_seq > 0 "
            "AND number < 1000000000"
        ).fetchone()
        assert row is not None
        self._next: int = row[0]
        self._sweeper = Sweeper(settings())

    def __call__(self) -> int:
        if self._each:
            last = self._next + 2 * self._each  # In a large table every other record is history.
            self._owner.execute(_WAKE, {"first": self._next, "last": last})
            self._next = last
        return self._sweeper.sweep(utc_now(), seconds=60)["looked"]


@contextmanager
def neighbour(url: str, what: str, told: dict[str, list[dict[str, float]]]) -> Iterator[None]:
    """Have it run, and keep what it says at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.beside", url, what],
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        while process.stdout.readline().strip() != "ready":
            if process.poll() is not None:
                raise SystemExit(f"{what} did not start")
        time.sleep(1.0)
        yield
    finally:
        process.stdin.close()
        lines = process.stdout.read().splitlines()
        process.wait()
        if lines:
            told.setdefault(what, []).append(json.loads(lines[-1]))


def measure(
    server: servers.WebServer, scripts: Scripts, clients: int, seconds: float, database_pid: int
) -> Run:
    """Look codes up for some seconds."""
    ours, database = server.cpu_seconds(), servers.cpu_seconds(database_pid)
    found = load.drive(server.port, scripts.look_ups(clients), seconds=seconds, repeat=True)
    if set(found.statuses) != {200}:
        raise SystemExit(f"look-ups: {found.statuses}")
    return Run(
        found.per_second,
        found.percentile_ms(50),
        found.percentile_ms(99),
        (server.cpu_seconds() - ours) / found.count * 1e6,
        (servers.cpu_seconds(database_pid) - database) / found.count * 1e6,
    )


def tell(report: Report, figures: Figures, told: dict[str, list[dict[str, float]]]) -> None:
    """Each goal with what was found, and a table."""
    rows = []
    for clients in (1, retailer.CLIENTS):
        for what in ("quiet", *NEIGHBOURS):
            run = figures.middle("look-up", what, clients)
            rows.append(
                (
                    str(clients),
                    what,
                    f"{run.per_second:.0f}",
                    f"{run.p50_ms:.2f}",
                    f"{run.p99_ms:.2f}",
                    _done(told, what),
                )
            )
            if what != "quiet":
                sides = ("look-up", what), ("look-up", "quiet")
                at = f"look-up beside {what} : quiet, c={clients}"
                report.at_least("PF7", f"{at}, per second", figures.ratio(*sides, clients), 0.9)
                report.at_most("PF7", f"{at}, p99", figures.ratio(*sides, clients, "p99_ms"), 2)
    table(("c", "beside", "req/s", "p50 ms", "p99 ms", "the neighbour"), rows)


def _done(told: dict[str, list[dict[str, float]]], what: str) -> str:
    if what not in told:
        return "-"
    seconds = sum(one["seconds"] for one in told[what])
    done, busy = sum(one["done"] for one in told[what]), sum(one["busy"] for one in told[what])
    return f"{done / seconds:,.1f} a second, busy {busy / seconds:.0%}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.beside", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="promises; at least 200,000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    chosen = parser.parse_args()
    servers.end_cleanly()
    report = Report(sizes=[chosen.rows], server="granian", seconds=chosen.seconds)
    figures, told = Figures(), {}
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with servers.stores(folder) as running:
            world = data.prepare(servers.new_database(running.postgres, "beside"), chosen.rows)
            pools.dispose()
            report.say(f"loaded {chosen.rows:,} promises")
            scripts = Scripts(world)
            scripts.renew()
            environment = {**retailer.ENVIRONMENT, "DATABASE_URL": world.url, "REDIS_URL": running.valkey.url}
            with servers.web_server(
                "ours",
                "api.wsgi:app",
                kind="granian",
                environment=environment,
                log=folder / "log",
                ready="/healthz",
            ) as server:
                load.drive(server.port, scripts.look_ups(retailer.CLIENTS), seconds=4, repeat=True)
                for number in range(chosen.rounds):
                    for clients in (1, retailer.CLIENTS):
                        for what in random.sample(("quiet", *NEIGHBOURS), 1 + len(NEIGHBOURS)):
                            beside = nullcontext() if what == "quiet" else neighbour(world.url, what, told)
                            with beside:
                                run = measure(server, scripts, clients, chosen.seconds, running.postgres.pid)
                            figures.note("look-up", what, clients, run)
                    report.say(f"round {number + 1} of {chosen.rounds}")
        tell(report, figures, told)
    report.write()


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1].startswith("postgresql://"):
        be_neighbour(sys.argv[1], sys.argv[2])
    else:
        main()
