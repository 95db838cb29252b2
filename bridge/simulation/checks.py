"""What has to hold at the end of a simulation: the service's own examination, and what only a run knows."""

from collections.abc import Iterator

from bridge.db import Connection
from bridge.services import soundness
from bridge.services.verifying import Finding
from bridge.settings import Settings
from bridge.simulation.clockwork import Played

SWEEPS_LATE = 2


def violations(connection: Connection, settings: Settings, played: Played) -> Iterator[Finding]:
    """Everything that should not be. The connection must be inside a transaction."""
    late_after = SWEEPS_LATE * played.sweep_every
    yield from soundness.examine(connection, settings, now=played.end, late_after=late_after)
    for name in ("failed", "batches_failed"):
        if played.sweeps[name]:
            yield Finding("sweep", name, f"{played.sweeps[name]} times")
    if played.mended:
        yield Finding("watchdog", "cases", f"{played.mended} had to be woken")
