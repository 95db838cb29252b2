"""The clocks of our official accounts: their links, and who looks like them."""

import structlog

from bridge.celery_app import task
from bridge.clock import utc_now
from bridge.services import official_checks, turns
from bridge.settings import settings

log = structlog.get_logger()


@task("bridge.official.check_due")
def check_due() -> None:
    """Ask both sides whether account and page still link to each other."""
    with turns.live(settings()) as ours:
        if ours:
            official_checks.check_due(settings())


@task("bridge.official.notice_look_alikes")
def notice_look_alikes() -> None:
    """Remember who wrote lately under a name that could be taken for ours."""
    official_checks.notice_look_alikes(now=utc_now())
