"""What several tests of the middle of a life do to a case, and what they read of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from bridge.clock import utc_now
from bridge.reasons import RevokeReason
from bridge.services import closing, revoking
from bridge.settings import settings
from tests.api.life_stage import acted
from tests.cast import Member, vault

Owner = psycopg.Connection[tuple[object, ...]]


def one(owner: Owner, columns: str, escalation_id: UUID) -> tuple[object, ...] | None:
    """The columns of a case as they stand."""
    return owner.execute(f"SELECT {columns} FROM escalations WHERE id = %s", [escalation_id]).fetchone()


def told(owner: Owner, escalation_id: UUID) -> list[str]:
    """What its history tells, oldest first."""
    rows = owner.execute("SELECT action FROM timeline WHERE stream = %s ORDER BY seq", [str(escalation_id)])
    return [str(row[0]) for row in rows.fetchall()]


def revoke(by: Member, escalation_id: UUID) -> Any:
    """Take a promise back: it was a mistake."""
    return acted(
        revoking.revoke,
        by,
        escalation_id,
        reason=RevokeReason.ERROR_IN_PROMISE,
        text="Meant another one.",
        if_version=None,
    )


def reopen(by: Member, escalation_id: UUID, *, after: timedelta = timedelta()) -> Any:
    """Let a closed case live again, now or so long after now."""
    return acted(
        closing.reopen,
        by,
        escalation_id,
        reason="They have it now.",
        valid_until=None,
        if_version=None,
        now=utc_now() + after,
        settings=settings(),
        vault=vault(),
    )
