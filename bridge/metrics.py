"""Every metric, declared once: unit in the name, buckets with their reason, few label values, no ids.

With PROMETHEUS_MULTIPROC_DIR set (before this module is imported) the processes of one
machine share their figures through that folder, which must be emptied when the service
starts; `render` then adds them up.
"""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

REGISTRY: Final = CollectorRegistry()

# A look-up takes about a millisecond and the promise to the counter is one second; the steps
# are fine around both.
REQUEST_SECONDS: Final = Histogram(
    "bridge_request_duration_seconds",
    "Time from the request's arrival in our code to its answer.",
    ("route", "method", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
LOOK_UPS: Final = Counter("bridge_look_ups_total", "Look-ups at a counter.", ("verdict",), registry=REGISTRY)
DECISIONS: Final = Counter(
    "bridge_decisions_total", "Decisions by a store, refused ones too.", ("action",), registry=REGISTRY
)
GUESSES: Final = Counter(
    "bridge_guesses_total",
    "Look-ups that spent a guess, by the budget that counted or refused them.",
    ("budget",),
    registry=REGISTRY,
)
OUTCOMES: Final = Counter(
    "bridge_outcomes_total",
    "Attempts at delivering an outcome: delivered, retry, dead, gone.",
    ("channel", "result"),
    registry=REGISTRY,
)
# How late we are, not how long a broken receiver has been broken: an outcome that waits for its
# next try is not due. The newest sweep speaks for all processes.
OUTCOME_AGE_SECONDS: Final = Gauge(
    "bridge_outcome_age_seconds",
    "How long the outcome that is due longest has been due.",
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
DEAD_LETTERS: Final = Counter(
    "bridge_dead_letters_total", "Outcomes given up after the last attempt.", ("channel",), registry=REGISTRY
)
# A local receiver answers in milliseconds; our own limits are 3 s to connect and 10 s to answer.
DELIVERY_SECONDS: Final = Histogram(
    "bridge_delivery_duration_seconds",
    "Time of one delivery attempt on the network.",
    ("channel",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
    registry=REGISTRY,
)
NOTICES: Final = Counter(
    "bridge_notices_total",
    "What became of notices to staff: sent, retry, dead, disabled, cancelled, digested, postponed.",
    ("channel", "result"),
    registry=REGISTRY,
)
# As for outcomes: how late we are. What waits for a store to open or for its next try is not due.
NOTICE_AGE_SECONDS: Final = Gauge(
    "bridge_notice_age_seconds",
    "How long the notice that is due longest has been due.",
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
# A sweep without work takes milliseconds; it stops itself after 20 s and is killed after 60 s.
TASK_SECONDS: Final = Histogram(
    "bridge_task_duration_seconds",
    "Time of one background task, by how it ended: success, failure.",
    ("task", "outcome"),
    buckets=(0.005, 0.025, 0.1, 0.5, 1, 5, 10, 20, 30, 45, 60),
    registry=REGISTRY,
)

# A sweep comes every five seconds; a case that waits longer waits for a worker that is away.
LOOK_LATE_SECONDS: Final = Histogram(
    "bridge_look_late_seconds",
    "How late the clock looked at a case, after the moment at which something was due.",
    buckets=(0.5, 1, 2.5, 5, 10, 15, 30, 60, 300, 900, 3600),
    registry=REGISTRY,
)
LOOKS_FAILED: Final = Counter(
    "bridge_looks_failed_total", "Cases that the clock could not look at and put aside.", registry=REGISTRY
)
LADDER_STEPS: Final = Counter(
    "bridge_ladder_steps_total",
    "Steps of ladders: taken, or no_recipient when nobody could be reached.",
    ("step", "result"),
    registry=REGISTRY,
)

CASE_AGE_SECONDS: Final = Gauge(
    "bridge_case_age_seconds",
    "How long the case that is due longest has been due for a look of the clock.",
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
WATCHDOG_MENDED: Final = Counter(
    "bridge_watchdog_mended_total", "Stuck cases that the watchdog set going again.", registry=REGISTRY
)
# A moment and not an age: an age that nobody sets any more would look young for ever.
HEARTBEAT_TIMESTAMP_SECONDS: Final = Gauge(
    "bridge_heartbeat_timestamp_seconds",
    "When a piece of clockwork last came to its end, in Unix time: sweep, watchdog.",
    ("name",),
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)


# A network that tells us takes a second, one that is asked takes half a minute, a listening tool minutes to
# hours; a day is a file that was imported.
DETECTION_LAG_SECONDS: Final = Histogram(
    "bridge_detection_lag_seconds",
    "From the moment a customer said something to the moment we had read it.",
    ("channel", "mention"),
    buckets=(1, 5, 15, 30, 60, 120, 300, 900, 3600, 6 * 3600, 24 * 3600),
    registry=REGISTRY,
)
# Each of its deliveries was then read alone, so nobody notices a bug in reading together but here.
BATCHES_FAILED: Final = Counter(
    "bridge_batches_failed_total",
    "Deliveries that could not be read together: expected (a bad one, a rival, an outage) or a bug.",
    ("why",),
    registry=REGISTRY,
)


def render() -> bytes:
    """All figures in the Prometheus text format, of every process on this machine if they share a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
    return generate_latest(registry)
