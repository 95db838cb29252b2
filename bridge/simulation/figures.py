"""What a simulation came to, as figures that two runs can be compared by, and as lines of text."""

from collections.abc import Iterator
from typing import Any

from bridge.db import Connection
from bridge.queries import simulation as queries
from bridge.services import soundness
from bridge.settings import Settings
from bridge.simulation.checks import SWEEPS_LATE
from bridge.simulation.clockwork import Played

_TITLES = {
    "list": "On whose list",
    "status": "Status",
    "outcome": "Outcome",
    "review": "Reviews",
    "step": "Steps of the ladder",
    "notice_state": "Notices by state",
    "notice": "Notices",
    "value": "Value in minor units",
    "verdict": "Look-ups",
    "deed": "Acts",
    "refused": "Acts that were refused",
    "sweep": "The clock",
}


def gather(connection: Connection, settings: Settings, played: Played) -> dict[str, Any]:
    """Every figure; no id, code or wall time is among them."""
    found: dict[str, Any] = dict(queries.figures(connection))
    found["list"] = soundness.whose(
        connection, settings, now=played.end, late_after=SWEEPS_LATE * played.sweep_every
    )
    found["deed"] = dict(sorted(played.deeds.items()))
    found["refused"] = dict(sorted(played.refused.items()))
    found["sweep"] = dict(sorted(played.sweeps.items()))
    found["clock"] = {row.type: _clock(row) for row in queries.clock_figures(connection)}
    found["honour_rate_percent"] = _honour_rate(found["outcome"])
    return found


def _clock(row: Any) -> dict[str, Any]:
    counted = ("started", "met", "late", "late_and_open", "running", "cancelled")
    minutes = {
        name: None if seconds is None else round(seconds / 60, 1)
        for name, seconds in (("median_minutes", row.median_seconds), ("p90_minutes", row.p90_seconds))
    }
    return {**{name: int(getattr(row, name)) for name in counted}, **minutes}


def _honour_rate(outcomes: dict[str, int]) -> float | None:
    """Of the promises for which the customer came, those that were kept, whole or in part."""
    kept = sum(outcomes.get(name, 0) for name in ("honoured_full", "honoured_part", "answered"))
    came = kept + outcomes.get("declined", 0)
    return round(100 * kept / came, 1) if came else None


def lines(figures: dict[str, Any]) -> Iterator[str]:
    """The figures as a table for people."""
    for name, title in _TITLES.items():
        yield f"{title}:"
        for what, count in figures[name].items():
            yield f"  {what:<40}{count:>14,}"
    yield "Clocks (minutes in their own hours):"
    heads = (
        "started",
        "met",
        "late",
        "late_and_open",
        "running",
        "cancelled",
        "median_minutes",
        "p90_minutes",
    )
    yield f"  {'':<20}" + "".join(f"{head.replace('_', ' '):>16}" for head in heads)
    for kind, clock in figures["clock"].items():
        cells = ("" if clock[head] is None else f"{clock[head]:,}" for head in heads)
        yield f"  {kind:<20}" + "".join(f"{cell:>16}" for cell in cells)
    yield f"Kept of the promises that customers came for: {figures['honour_rate_percent']} %"
