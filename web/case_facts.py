"""What the page of a case needs of its questions, moves, notes and links, and which acts it offers.

The offers come from the table of the life and the visitor's rights; the services judge again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.circles import writable
from bridge.clock import utc_now
from bridge.db import Connection
from bridge.hours import closing_time_on, week_hours
from bridge.lifecycle import Action, Status, allowed_actions
from bridge.milestones import OPEN
from bridge.queries import appeals, duplicates, questions, transfers
from bridge.roles import Actor, Permission, can, reach
from bridge.services import causes, nearby
from bridge.settings import settings
from web import words
from web.languages import language
from web.languages import say as _
from web.shown import span, word

STORES_OFFERED = 8
_OFFERED = {
    "answer": (Action.ANSWER, Permission.PROMISES_ANSWER, False),
    "offer_transfer": (Action.OFFER_TRANSFER, Permission.PROMISES_WRITE, True),
    "withdraw_transfer": (Action.WITHDRAW_TRANSFER, Permission.PROMISES_WRITE, True),
    "revoke": (Action.REVOKE, Permission.PROMISES_REVOKE, False),
    "extend": (Action.EXTEND, Permission.PROMISES_EXTEND, True),
    "supersede": (Action.SUPERSEDE, Permission.PROMISES_WRITE, True),
    "close": (Action.CLOSE, Permission.PROMISES_WRITE, True),
    "reopen": (Action.REOPEN, Permission.PROMISES_WRITE, True),
    "tell_customer": (Action.TELL_CUSTOMER, Permission.PROMISES_WRITE, False),
    "appeal_link": (Action.APPEAL, Permission.PROMISES_WRITE, True),
}
"""Each act of the care team: its action, the right, and whether it is for the own case or a lead."""


def offered(actor: Actor, row: Any) -> set[str]:
    """The acts that the page offers to this visitor now."""
    possible = allowed_actions(Status(row.status))
    own = actor.id in {row.agent_id, row.owner_id} or can(actor, Permission.PROMISES_APPROVE)
    found = {
        name
        for name, (action, permission, is_own) in _OFFERED.items()
        if action in possible and can(actor, permission) and (own or not is_own)
    }
    if row.store_scope != "one":
        found.discard("offer_transfer")
    if row.superseded_by_id is not None:
        found -= {"reopen"}
    if row.status == Status.ISSUED and row.store_id and own and can(actor, Permission.PROMISES_WRITE):
        found.add("remind")
    return found


def facts(connection: Connection, actor: Actor, row: Any) -> dict[str, Any]:
    """Everything about the middle of the case's life that the visitor may read."""
    acts = offered(actor, row)
    others = []
    if "offer_transfer" in acts:
        others = nearby.other_stores(
            connection, row.id, else_store_id=None, needed=(), limit=STORES_OFFERED, now=utc_now()
        )
    known = causes.in_force(connection.execute, row.brand_id)
    asked = questions.listed(connection, [row.id])
    return {
        "acts": acts,
        "open_question": next((question for question in asked if question.state == "open"), None),
        "transfers": transfers.listed(connection, row.id),
        "may_note": sorted(writable(actor)),
        "links": duplicates.listed(
            connection, row.id, brand_id=actor.brand_id, reach=reach(actor, Permission.PROMISES_READ)
        ),
        "may_link": can(actor, Permission.PROMISES_LINK),
        "appeals": appeals.listed(connection, row.id) if can(actor, Permission.PROMISES_WRITE) else [],
        "others": others,
        "causes": [(cause.code, known.path(cause.code, language())) for cause in known.leaves()]
        if "close" in acts
        else [],
        "told_at": row.told_at,
        "cause": known.path(row.cause_code, language()) if row.cause_code else "",
        "extend_by_days": settings().extension_max_days,
        "extend_to": _a_week_on(row),
    }


@dataclass(frozen=True, slots=True)
class SlaLine:
    """The one clock that matters now, in words. `family` gives its icon."""

    text: str
    name: str
    family: str
    due_at: datetime | None
    zone: str


def sla_line(milestones: Sequence[Any], zone: str, *, now: datetime) -> SlaLine | None:
    """The clock that is latest, else the one due next; None when no clock runs."""
    open_ones = [one for one in milestones if one.state in OPEN and one.due_at is not None]
    if not open_ones:
        return None
    clock = min(open_ones, key=lambda one: one.due_at)
    late = clock.due_at <= now
    distance = span(abs((clock.due_at - now).total_seconds()))
    return SlaLine(
        text=_("%(time)s late", time=distance) if late else _("Due in %(time)s", time=distance),
        name=word(clock.type, words.CLOCKS),
        family="stop" if late else "info",
        due_at=clock.due_at,
        zone=clock.store_zone or zone,
    )


def _a_week_on(row: Any) -> str:
    zone = ZoneInfo(row.store_zone or "UTC")
    week = min(timedelta(days=7), timedelta(days=settings().extension_max_days))
    end: datetime = max(row.valid_until, utc_now()) + week
    return end.astimezone(zone).date().isoformat()


def end_of_day(text: str, row: Any) -> datetime | None:
    """The end of a day written like 2030-12-31: when the store closes, else midnight. None if unreadable."""
    zone = ZoneInfo(row.store_zone or "UTC")
    try:
        chosen = date.fromisoformat(text)
        noon = datetime.combine(chosen, time(12), tzinfo=zone)
        closing = closing_time_on(week_hours(row.store_hours), zone, noon) if row.store_hours else None
        return closing or datetime.combine(chosen, time(23, 59), tzinfo=zone)
    except (ValueError, OverflowError):
        return None
