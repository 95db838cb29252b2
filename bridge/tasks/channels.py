"""The clocks of the channels: ask, read, send, and forget raw bytes."""

import structlog

from bridge.celery_app import task
from bridge.clock import utc_now
from bridge.services import channel_health, polling, reading_in, sending, telling_back, turns
from bridge.settings import settings

log = structlog.get_logger()


@task("bridge.channels.poll_due")
def poll_due() -> None:
    """Ask the networks that do not tell us."""
    with turns.live(settings()) as ours:
        if ours:
            polling.poll_due(settings())


@task("bridge.channels.read_due")
def read_due() -> None:
    """Read what came in."""
    with turns.live(settings()) as ours:
        if ours:
            reading_in.read_due(settings())


@task("bridge.channels.send_due")
def send_due() -> None:
    """Send what is to be said."""
    with turns.live(settings()) as ours:
        if ours:
            sending.send_due(settings())


@task("bridge.channels.tell_due")
def tell_due() -> None:
    """Let outcomes go back to where they were promised."""
    with turns.live(settings()) as ours:
        if ours:
            telling_back.tell_due(settings())


@task("bridge.channels.check_health")
def check_health() -> None:
    """Tell administrators of an account that stopped or fell silent."""
    with turns.live(settings()) as ours:
        if ours:
            channel_health.check(utc_now())


@task("bridge.channels.forget_raw")
def forget_raw() -> None:
    """Throw away the bytes of deliveries that were read long ago."""
    log.info("raw_forgotten", rows=reading_in.forget_raw(utc_now()))
