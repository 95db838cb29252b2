"""PF1 to PF5 and the web processes' part of PF10: both sides in turns, round by round.

Every round measures each act once on each side, in an order drawn anew; what counts is the
median over the rounds of the ratio within a round.
"""

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks import load, servers
from benchmarks.data import RACE_CODES
from benchmarks.retailer import CLIENTS
from benchmarks.scripts import Scripts
from benchmarks.servers import WebServer

# More than a side can do in a second, so that time and not the script ends a run: (c=1, c=8).
_MOST_PER_SECOND = {"ref": (2500, 5000), "ours": (500, 1600)}


@dataclass(frozen=True)
class Run:
    """One act on one side in one round."""

    per_second: float
    p50_ms: float
    p99_ms: float
    server_us: float
    database_us: float


@dataclass
class Side:
    """A web server together with the scripts for its database."""

    name: str
    server: WebServer
    scripts: Scripts


@dataclass
class Figures:
    """All runs, by (act, side, connections)."""

    runs: dict[tuple[str, str, int], list[Run]] = field(default_factory=dict)

    def note(self, act: str, side: str, clients: int, run: Run) -> None:
        self.runs.setdefault((act, side, clients), []).append(run)

    def middle(self, act: str, side: str, clients: int) -> Run:
        """The median of each figure over the rounds."""
        runs = self.runs[act, side, clients]
        return Run(
            *(statistics.median(getattr(run, name) for run in runs) for name in Run.__dataclass_fields__)
        )

    def ratio(
        self, one: tuple[str, str], other: tuple[str, str], clients: int, name: str = "per_second"
    ) -> float:
        """The median of the ratios within each round."""
        pairs = zip(self.runs[(*one, clients)], self.runs[(*other, clients)], strict=True)
        return statistics.median(getattr(a, name) / max(getattr(b, name), 1e-9) for a, b in pairs)

    def has(self, act: str, side: str, clients: int) -> bool:
        return (act, side, clients) in self.runs


class Web:
    """The rounds. `sides` are "ref", "ours", "unlogged", and "small" when two table sizes are compared."""

    def __init__(self, sides: dict[str, Side], database_pid: int, *, seconds: float) -> None:
        self._sides = sides
        self._database_pid = database_pid
        self._seconds = seconds
        self.figures = Figures()

    def warm_up(self) -> None:
        """Let every connection prepare its statements; not measured."""
        for name, side in self._sides.items():
            scripts = side.scripts
            scripts.renew()
            if name == "ref":
                made = [scripts.ref_selects(CLIENTS), scripts.ref_look_ups(CLIENTS)]
                made += [scripts.ref_redeems(CLIENTS, 20), scripts.ref_creates(CLIENTS, 20)]
            else:
                made = [
                    scripts.look_ups(CLIENTS),
                    scripts.decisions(CLIENTS, 20),
                    scripts.promises(CLIENTS, 20),
                ]
            for one in made:
                load.drive(side.server.port, [script[:200] for script in one], seconds=3, repeat=False)

    def round(self, clients: int) -> None:
        """One round of every act on every side."""
        for side in self._sides.values():
            side.scripts.renew()
        for act in ("select", "look-up", "first look-up", "decision", "create"):
            if act == "first look-up" and clients == 1:
                continue  # the unused codes of one store would not last
            names = [name for name in self._sides if self._does(name, act)]
            for name in random.sample(names, len(names)):
                self._measure(act, name, clients)

    def _does(self, name: str, act: str) -> bool:
        return (
            act
            in {
                "ref": {"select", "look-up", "decision", "create"},
                "ours": {"look-up", "first look-up", "decision", "create"},
                "unlogged": {"look-up"},
                "small": {"look-up", "decision"},
            }[name]
        )

    def _measure(self, act: str, name: str, clients: int) -> None:
        side = self._sides[name]
        scripts, repeat = self._scripts(act, name, clients)
        if not all(scripts):
            raise SystemExit(f"the table has no unused codes left for {act}: fewer rounds, or shorter ones")
        server, database = side.server.cpu_seconds(), servers.cpu_seconds(self._database_pid)
        measured = load.drive(side.server.port, scripts, seconds=self._seconds, repeat=repeat)
        server = side.server.cpu_seconds() - server
        database = servers.cpu_seconds(self._database_pid) - database
        wrong = {status: count for status, count in measured.statuses.items() if status not in {200, 201}}
        if wrong or not measured.count:
            raise SystemExit(f"{act} on {name}: {measured.count} answers, unexpected ones: {wrong}")
        self.figures.note(
            act,
            name,
            clients,
            Run(
                measured.per_second,
                measured.percentile_ms(50),
                measured.percentile_ms(99),
                server / measured.count * 1e6,
                database / measured.count * 1e6,
            ),
        )

    def _scripts(self, act: str, name: str, clients: int) -> tuple[list[list[bytes]], bool]:
        made = self._sides[name].scripts
        most = _MOST_PER_SECOND["ref" if name == "ref" else "ours"][clients > 1]
        each = int(self._seconds * most / clients)
        wanted: dict[tuple[str, bool], tuple[Callable[[], list[list[bytes]]], bool]] = {
            ("select", True): (lambda: made.ref_selects(clients), True),
            ("look-up", True): (lambda: made.ref_look_ups(clients), True),
            ("decision", True): (lambda: made.ref_redeems(clients, each), False),
            ("create", True): (lambda: made.ref_creates(clients, each), False),
            ("look-up", False): (lambda: made.look_ups(clients), True),
            ("first look-up", False): (lambda: made.first_look_ups(clients, each), False),
            ("decision", False): (lambda: made.decisions(clients, each), False),
            ("create", False): (lambda: made.promises(clients, each), False),
        }
        make, repeat = wanted[act, name == "ref"]
        return make(), repeat

    def race(self) -> tuple[int, int]:
        """Eight tills of one store, the same 500 codes: how many succeeded, how many were refused."""
        side = self._sides["ours"]
        found = load.drive(side.server.port, side.scripts.race(), seconds=120, repeat=False)
        assert found.count == CLIENTS * RACE_CODES, found.statuses
        return found.statuses[201], found.statuses[409]
