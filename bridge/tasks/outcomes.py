"""The clock of the outbox."""

from bridge.celery_app import task
from bridge.services import delivery, turns
from bridge.settings import settings


@task("bridge.outcomes.deliver_due")
def deliver_due() -> None:
    """Deliver what is owed to webhooks and due."""
    with turns.live(settings()) as ours:
        if ours:
            delivery.deliver_due(settings())
