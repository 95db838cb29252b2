"""The clock of notices to staff."""

from bridge.celery_app import task
from bridge.services import noticing, turns
from bridge.settings import settings


@task("bridge.notices.notify_due")
def notify_due() -> None:
    """Tell staff what is due."""
    with turns.live(settings()) as ours:
        if ours:
            noticing.notify_due(settings())
