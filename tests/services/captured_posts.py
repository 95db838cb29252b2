"""A complaint as an agent captures it, and who captures it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import func, select

from bridge import db
from bridge.clock import utc_now
from bridge.roles import Actor, Assignment, Role
from bridge.services import capturing
from bridge.services.capturing import Captured, CaptureResult
from tests.cast import Cast, Member

POSTED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=900)
PERMALINK = "https://x.com/wanda/status/1245403438755852288"
COMPLAINT = "@NorthlightCare they refused my exchange.\n\nNever again!\nThird time this year."


def actor_of(cast: Cast, member: Member, role: Role = Role.AGENT) -> Actor:
    return Actor(
        kind="person",
        id=member.person.id,
        name=member.person.display_name,
        brand_id=cast.brand.id,
        assignments=(Assignment(role, cast.care.id, "care_team"),),
    )


def ana(cast: Cast) -> Actor:
    return actor_of(cast, cast.ana)


def kim(cast: Cast) -> Actor:
    return actor_of(cast, cast.kim, Role.LEAD)


def captured(**changes: Any) -> Captured:
    values: dict[str, Any] = {
        "permalink": PERMALINK,
        "handle": "@Wanda",
        "text": COMPLAINT,
        "posted_at": POSTED_AT,
    }
    return Captured(**(values | changes))


def capture(cast: Cast, *, now: datetime | None = None, **changes: Any) -> CaptureResult:
    with db.transaction() as session:
        return capturing.capture(session, ana(cast), captured(**changes), now or utc_now())


def count(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.exec(select(func.count()).select_from(model)).one()


def act(what: Any, *arguments: Any) -> Any:
    with db.transaction() as session:
        return what(session, *arguments)
