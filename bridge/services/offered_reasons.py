"""The ready-made reasons that a brand offers, as versions; the counter asks for them at every verdict.

They are remembered in the process for half a minute, so that a counter page costs no round trip
more: a reason that was switched off is offered that much longer, which is harmless, because its
code still counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge import db, offered_reasons
from bridge.offered_reasons import Lists, Offered
from bridge.queries import wordings as queries
from bridge.roles import Actor
from bridge.services import wordings
from bridge.services.policies import Version

KIND: Final = "reasons"
REMEMBERED: Final = timedelta(seconds=30)

_known: dict[UUID, tuple[datetime, Lists]] = {}


def reasons_offered(brand_id: UUID, name: str, *, now: datetime) -> Sequence[Offered]:
    """What staff of a brand may choose from one list ("decline", "ask", "transfer", "revoke"), in order."""
    kept = _known.get(brand_id)
    if kept is None or not kept[0] <= now < kept[0] + REMEMBERED:
        with db.statement() as connection:
            row = queries.in_force(connection.execute, brand_id, KIND)
        kept = _known[brand_id] = (now, offered_reasons.merged(row.definition if row is not None else {}))
    return [one for one in kept[1][name] if one.is_on]


def versions(connection: db.Connection, brand_id: UUID) -> list[Version]:
    """All versions, newest first; the first is in force."""
    return wordings.versions(connection.execute, brand_id, KIND)


def publish(
    session: Session,
    actor: Actor,
    definition: Mapping[str, Any],
    *,
    note: str,
    if_version: int,
    now: datetime,
) -> Version:
    """Put the brand's next version in force. Locks the brand.

    Raises InvalidInput that names each wrong place, and VersionMismatch.
    """
    checked = offered_reasons.parse(definition)
    done = wordings.publish(session, actor, KIND, checked, note=note, if_version=if_version, now=now)
    if actor.brand_id is not None:
        _known.pop(actor.brand_id, None)
    return done
