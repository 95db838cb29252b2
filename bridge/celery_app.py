"""The Celery application: only the bell. What is due stands in the database, and beat asks for it.

A lost message costs one interval, a message run twice does nothing twice, and no task
carries more than a limit. Nothing here is a source of truth, so no result is stored and
no message waits with an ETA. Started with `celery -A bridge.celery_app worker` and `beat`.
"""

import time
from collections.abc import Callable
from typing import IO, Any, Final, cast

import structlog
from celery import Celery, Task
from celery.app.amqp import AMQP
from celery.signals import setup_logging, worker_process_init
from kombu import Connection
from kombu.transport import redis as redis_transport

from bridge import metrics, pools
from bridge.logs import configure_logging
from bridge.settings import settings

TIME_LIMIT_SECONDS: Final = 60
SOFT_TIME_LIMIT_SECONDS: Final = 45
# Ten times the time limit: a message comes back only after its worker is surely dead.
VISIBILITY_TIMEOUT_SECONDS: Final = 600
RECONNECT_SECONDS_MAX: Final = 5
HOUR_SECONDS: Final = 3600
DAY_SECONDS: Final = 24 * HOUR_SECONDS
SEAL_SECONDS: Final = 60
WATCH_SECONDS: Final = 60
OFFICIAL_SECONDS: Final = 120
LOOK_ALIKE_SECONDS: Final = 600

log = structlog.get_logger()


class _GoneWithItsConnection(redis_transport.QoS):
    """A message whose connection was lost is neither given back nor acknowledged over it.

    When the broker goes away in the middle of a task, kombu tries both on the connection that it has closed,
    and the worker dies of it: the transport is gone, or stands there and has forgotten whom it spoke for.
    Beat rings again by itself, so nothing is lost. An ordinary shutdown gives everything back before it
    closes, or it would wait for `VISIBILITY_TIMEOUT_SECONDS`.
    """

    def _has_somebody_to_tell(self) -> bool:
        return getattr(self.channel.connection, "client", None) is not None

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge, if there is still somebody to tell."""
        if self._has_somebody_to_tell():
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu calls it so
        """Reject, if there is still somebody to tell."""
        if self._has_somebody_to_tell():
            super().reject(delivery_tag, requeue=requeue)

    def restore_unacked_once(self, stderr: IO[str] | None = None) -> None:
        """Give back what was not acknowledged, if there is still somebody to tell."""
        self.restore_at_shutdown = self._has_somebody_to_tell()
        super().restore_unacked_once(stderr)


redis_transport.Channel.QoS = _GoneWithItsConnection


class BridgeTask(Task):  # type: ignore[type-arg]  # the class is not generic when it runs
    """The base of every task: ids into the log, one line at the end, how long it took and how it ended.

    A task that raises is logged here, once, with its traceback; Celery's own lines about tasks are off
    (`bridge.logs`).
    """

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send, and let the message carry the id of the request that caused it."""
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            options["headers"] = {"request_id": request_id, **(options.get("headers") or {})}
        return super().apply_async(*args, **options)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run the task with its ids in every log line."""
        ids = {"task_id": self.request.id, "request_id": getattr(self.request, "request_id", None)}
        with structlog.contextvars.bound_contextvars(**{name: one for name, one in ids.items() if one}):
            return self._run_measured(*args, **options)

    def _run_measured(self, *args: Any, **options: Any) -> Any:
        started = time.monotonic()
        log.debug("task_started", task=self.name)
        try:
            result = self.run(*args, **options)
        except Exception:
            duration = time.monotonic() - started
            metrics.TASK_SECONDS.labels(self.name, "failure").observe(duration)
            log.exception("task_failed", task=self.name, duration_seconds=round(duration, 4))
            raise
        duration = time.monotonic() - started
        metrics.TASK_SECONDS.labels(self.name, "success").observe(duration)
        log.info("task_succeeded", task=self.name, duration_seconds=round(duration, 4))
        return result


class _SoonBack(Connection):
    """A connection that looks for a lost broker every few seconds, however long it was away.

    Kombu waits up to 30 s between tries, which is twice what outcomes may be late; Celery has
    no setting for it.
    """

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        """Wait for the broker; the pauses grow to five seconds and no further."""
        return super().ensure_connection(*args, **{"interval_max": RECONNECT_SECONDS_MAX, **options})


class _SoonBackAMQP(AMQP):
    """Celery's part that makes connections, with ours."""

    Connection = _SoonBack


def _configuration() -> dict[str, object]:
    """Celery's settings, read when first needed so that importing this module reads no environment."""
    config = settings()
    return {
        "broker_url": config.redis_url,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "socket_connect_timeout": 3,
            "socket_timeout": 30,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "max_retries": 3,  # of one publish; beat comes again in a moment
            "interval_start": 0.2,
            "interval_step": 0.2,
            "interval_max": 1,
        },
        # A broker that is away is waited for, however long.
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": TIME_LIMIT_SECONDS,
        "task_soft_time_limit": SOFT_TIME_LIMIT_SECONDS,
        "worker_prefetch_multiplier": 1,
        "worker_redirect_stdouts": False,
        "worker_send_task_events": False,
        "task_send_sent_event": False,
        "enable_utc": True,
        "timezone": "UTC",
        "include": [
            "bridge.tasks.audit",
            "bridge.tasks.channels",
            "bridge.tasks.notices",
            "bridge.tasks.official",
            "bridge.tasks.outcomes",
            "bridge.tasks.timers",
            "bridge.tasks.upkeep",
        ],
        "beat_schedule": {
            "deliver_due": _every(config.outcome_sweep_seconds, "bridge.outcomes.deliver_due"),
            "notify_due": _every(config.notice_sweep_seconds, "bridge.notices.notify_due"),
            "poll_due": _every(config.channel_sweep_seconds, "bridge.channels.poll_due"),
            "read_due": _every(config.channel_sweep_seconds, "bridge.channels.read_due"),
            "send_due": _every(config.channel_sweep_seconds, "bridge.channels.send_due"),
            "tell_due": _every(config.channel_sweep_seconds, "bridge.channels.tell_due"),
            "check_channels": _every(WATCH_SECONDS, "bridge.channels.check_health"),
            "forget_raw": _every(HOUR_SECONDS, "bridge.channels.forget_raw"),
            "check_official": _every(OFFICIAL_SECONDS, "bridge.official.check_due"),
            "notice_look_alikes": _every(LOOK_ALIKE_SECONDS, "bridge.official.notice_look_alikes"),
            "attend_due": _every(config.attend_sweep_seconds, "bridge.timers.attend_due"),
            "watch": _every(WATCH_SECONDS, "bridge.timers.watch"),
            "seal": _every(SEAL_SECONDS, "bridge.audit.seal"),
            "prune_idempotency": _every(DAY_SECONDS, "bridge.upkeep.prune_idempotency"),
            "prune_store_files": _every(HOUR_SECONDS, "bridge.upkeep.prune_store_files"),
            "prune_presence": _every(HOUR_SECONDS, "bridge.upkeep.prune_presence"),
        },
        # Beat looks at its schedule this often, so that it also notices that it fell behind.
        "beat_max_loop_interval": min(config.outcome_sweep_seconds, config.notice_sweep_seconds, 5),
    }


def _every(seconds: float, task: str) -> dict[str, object]:
    """A beat entry. What nobody took within one interval is dropped: the next one asks the same."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app = Celery("bridge", task_cls=BridgeTask, amqp=_SoonBackAMQP)
app.add_defaults(_configuration)


@setup_logging.connect
def _use_our_logging(**_signal: object) -> None:
    """Stop Celery from setting up its own."""
    configure_logging(settings())


@worker_process_init.connect
def _forget_inherited_pools(**_signal: object) -> None:
    """Give a freshly forked process pools of its own."""
    pools.dispose()


def task(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a function without arguments as a task with an explicit name."""
    return cast("Callable[[Callable[[], None]], Callable[[], None]]", app.task(name=name))
