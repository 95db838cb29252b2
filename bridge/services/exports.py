"""Take figures or cases out of the service: bounded, and on record who took what."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from bridge.roles import Actor
from bridge.services import audit

MOST_ROWS = 10_000
"""One export holds no more; whoever needs more narrows the filter or reads the API's pages."""

STREAM = "exports"


def record(
    session: Session,
    actor: Actor,
    *,
    what: str,
    form: str,
    rows: int,
    asked: Mapping[str, object],
    now: datetime,
) -> None:
    """Keep who took how many rows of what, in which form, by which filter. Flushes, does not commit.

    `asked` holds the filter as it stood in the address: ids, words and dates, no personal data.
    """
    facts = {
        "what": what,
        "form": form,
        "rows": rows,
        "filter": {name: str(value) for name, value in asked.items()},
    }
    audit.record(session, stream=STREAM, action=f"export.{what}", actor=actor, facts=facts, now=now)
