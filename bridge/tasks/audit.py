"""The clock of the sealer."""

from bridge import db
from bridge.celery_app import task
from bridge.clock import utc_now
from bridge.services import sealing
from bridge.settings import settings


@task("bridge.audit.seal")
def seal() -> None:
    """Sign a checkpoint over the history and anchor it."""
    with db.act() as act:
        sealed = sealing.seal(act, now=utc_now(), settings=settings())
    if sealed is not None:
        sealing.anchor(sealed, settings=settings())
