"""The table: each goal with what was measured for it, as markdown."""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from benchmarks.data import RACE_CODES
from benchmarks.retailer import CLIENTS
from benchmarks.web import Figures, Run


class Report:
    """Collects lines and prints them at the end."""

    def __init__(self, *, sizes: Sequence[int], server: str, seconds: float) -> None:
        self._sizes = sizes
        self._server = server
        self._seconds = seconds
        self._goals: list[tuple[str, ...]] = []
        self._runs: list[tuple[str, ...]] = []
        self._load = os.getloadavg()[0]

    def say(self, line: str) -> None:
        """Progress, on standard error."""
        print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)

    def web(self, figures: Figures, *, succeeded: int, refused: int) -> None:
        """PF1 to PF5 from the rounds."""
        for clients in (CLIENTS, 1):
            self._against_ref(figures, clients)
            for act in ("select", "look-up", "first look-up", "decision", "create"):
                for side in ("ref", "ours", "unlogged", "small"):
                    if figures.has(act, side, clients):
                        self._runs.append(_run_row(act, side, clients, figures.middle(act, side, clients)))
        exactly = succeeded == RACE_CODES
        self._goal(
            "PF3",
            f"8 tills x the same {RACE_CODES} codes",
            f"{RACE_CODES} succeed",
            f"{succeeded}, {refused} refused",
            met=exactly,
        )
        if len(self._sizes) > 1:
            self._growth(figures)

    def _against_ref(self, figures: Figures, clients: int) -> None:
        at = f"c={clients}"
        look, ref_look = ("look-up", "ours"), ("look-up", "ref")
        for goal, what, least, one, other in (
            ("PF1", "look-up : REF select + insert", 0.70, look, ref_look),
            ("PF1", "look-up without log row : REF select", 0.80, ("look-up", "unlogged"), ("select", "ref")),
            (
                "PF1",
                "first look-up of a code : REF select + insert",
                None,
                ("first look-up", "ours"),
                ref_look,
            ),
            ("PF3", "decision : REF redeem", 0.50, ("decision", "ours"), ("decision", "ref")),
            ("PF4", "create : REF three rows", 0.40, ("create", "ours"), ("create", "ref")),
        ):
            if not figures.has(*one, clients):
                continue
            ratio = figures.ratio(one, other, clients)
            self._goal(
                goal,
                f"{what}, {at}",
                f">= {least:.2f}" if least else "-",
                f"{ratio:.2f}",
                met=None if least is None else ratio >= least,
            )
        for name, most in (("p50_ms", 1.35), ("p99_ms", 2.0)):
            ratio = figures.ratio(look, ref_look, clients, name)
            self._goal(
                "PF2", f"look-up {name[:3]} : REF, {at}", f"<= {most:.2f}", f"{ratio:.2f}", met=ratio <= most
            )

    def _growth(self, figures: Figures) -> None:
        sizes = f"{self._sizes[-1]:,} : {self._sizes[0]:,} rows"
        for act in ("look-up", "decision"):
            large, small = (act, "ours"), (act, "small")
            for name, most, least in (
                ("p99_ms", 1.25, None),
                ("p50_ms", 1.35, None),
                ("per_second", None, 0.75),
            ):
                ratio = figures.ratio(large, small, CLIENTS, name)
                self._goal(
                    "PF5",
                    f"{act} {name.removesuffix('_ms').replace('_', ' ')}, {sizes}, c={CLIENTS}",
                    f"<= {most:.2f}" if most else f">= {least:.2f}",
                    f"{ratio:.2f}",
                    met=ratio <= most if most else ratio >= (least or 0),
                )

    def memory(self, *, ours: float, ref: float) -> None:
        """PF10 of the web processes."""
        ratio = ours / ref
        self._goal(
            "PF10",
            f"web processes {ours:.0f} MiB : REF {ref:.0f} MiB",
            "<= 1.35",
            f"{ratio:.2f}",
            met=ratio <= 1.35,
        )

    def outbox(self, found: dict[str, float]) -> None:
        """PF9 and PF10 of the worker."""
        per_second = found["queue_per_second"]
        self._goal(
            "PF9",
            "outbox: claim and mark in batches",
            ">= 20,000 rows/s",
            f"{per_second:,.0f}",
            met=per_second >= 20_000,
        )
        self.at_least(
            "PF9",
            f"same : one Celery message a row ({found['celery_per_second']:,.0f}/s)",
            found["queue_to_celery"],
            8,
        )
        self.at_least(
            "PF9",
            f"delivery, one receiver ({found['deliver_per_second']:,.0f}/s) : bare requests loop "
            f"({found['bare_per_second']:,.0f}/s)",
            found["deliver_to_bare"],
            0.5,
        )
        self.at_least(
            "PF9",
            f"four receivers beside a dead one ({found['beside_dead_per_second']:,.0f}/s) : without it",
            found["beside_dead_to_alone"],
            0.9,
        )
        early, late = found["worker_mib_early"], found["worker_mib_late"]
        self._goal(
            "PF10",
            f"worker over {found['worker_deliveries']:,.0f} deliveries: {early:.0f} -> {late:.0f} MiB",
            "flat",
            f"{late / early:.2f}",
            met=late / early <= 1.05,
        )

    def at_least(self, goal: str, what: str, ratio: float, least: float | None) -> None:
        """A ratio with its goal, or without one."""
        wanted = "-" if least is None else f">= {least:g}"
        self._goal(goal, what, wanted, f"{ratio:,.2f}", met=None if least is None else ratio >= least)

    def at_most(self, goal: str, what: str, ratio: float, most: float | None) -> None:
        """A ratio with its goal, or without one."""
        wanted = "-" if most is None else f"<= {most:g}"
        self._goal(goal, what, wanted, f"{ratio:,.2f}", met=None if most is None else ratio <= most)

    def _goal(self, goal: str, what: str, wanted: str, found: str, *, met: bool | None) -> None:
        self._goals.append((goal, what, wanted, found, {True: "met", False: "missed", None: "-"}[met]))

    def write(self) -> None:
        """Print both tables to standard output."""
        print(
            f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}, {self._server}, {self._seconds:g} s a run, "
            f"load before {self._load:.1f}\n"
        )
        self._goals.sort(key=lambda row: int(row[0][2:]))
        table(("goal", "what", "wanted", "found", ""), self._goals)
        if self._runs:
            print()
            heads = ("c", "act", "side", "req/s", "p50 ms", "p99 ms", "server CPU us", "database CPU us")
            table(heads, self._runs)


def _run_row(act: str, side: str, clients: int, run: Run) -> tuple[str, ...]:
    return (
        str(clients),
        act,
        side,
        f"{run.per_second:.0f}",
        f"{run.p50_ms:.2f}",
        f"{run.p99_ms:.2f}",
        f"{run.server_us:.0f}",
        f"{run.database_us:.0f}",
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table."""
    rows = list(rows)
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    for row in (heads, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
