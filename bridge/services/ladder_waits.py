"""Why the next step of a ladder is taken when it is: its wait, counted again in the hours of today."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from bridge.calendars import ALWAYS, Due
from bridge.climbing import open_after_with_trace
from bridge.db import Act
from bridge.queries import attending as queries
from bridge.services.calendars import load_calendars


def waits_of(act: Act, brand_id: UUID, runs: Iterable[Any]) -> dict[UUID, Due]:
    """The wait of each running ladder that waits, by the run's id; reads only, `runs` as in `clocks_of`.

    Counted as the clock counts it: in the store's hours, or the care desk's for a promise at any
    store. No windows are stored with a wait, because the clock counts it anew at each look; so where
    hours were changed since the last look, what comes out here is the time of the next one.
    """
    waiting = [run for run in runs if run.state == "running" and run.wait_minutes is not None]
    if not waiting:
        return {}
    desk = next((row.care_unit_id for row in queries.desks(act, [brand_id])), None)
    calendars = load_calendars(
        act,
        store_ids={run.store_id for run in waiting if run.store_id},
        unit_ids={desk} if desk else set(),
    )
    found = {}
    for run in waiting:
        place = run.store_id or desk
        calendar = calendars[place] if place else ALWAYS
        found[run.id] = open_after_with_trace(calendar, run.waits_from, timedelta(minutes=run.wait_minutes))
    return found
