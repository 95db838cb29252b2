"""Cases before HQ, made as the clock and the stores make them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.models import Review
from bridge.promises import DeclineReason, Level
from bridge.queries.escalations import Saved, lock, save
from bridge.queries.reviews import open_reviews
from bridge.reasons import EntryReason
from bridge.reviewing import NewReview
from bridge.roles import THE_CLOCK
from tests.cast import Cast, Member, decide, line, promise

CAUSE = "STORE_SERVICE.conduct.disbelief_of_customer"


@dataclass(frozen=True)
class Before:
    """A case and its row in the queue; `version` is what If-Match needs."""

    case: UUID
    review: UUID
    version: int


def before_hq(
    cast: Cast,
    case: UUID,
    reason: EntryReason = EntryReason.NO_ACK,
    *,
    at: datetime | None = None,
    store_id: UUID | None = None,
) -> Before:
    """Open a row for the case, as the clock does; a case may get several."""
    new = NewReview(
        brand_id=cast.brand.id,
        escalation_id=case,
        store_id=store_id or cast.store_12.id,
        entry_reason=reason,
        opened_at=at or utc_now(),
        facts={},
    )
    with db.act() as act:
        assert open_reviews(act, [new]) == [new]
        act.commit()
    return Before(case, row_of(case, reason).id, version_of(case))


def contested(
    cast: Cast, *, by: Member | None = None, at: datetime | None = None, amount_minor: int = 4_000
) -> Before:
    """Ana instructs, Sam declines, and the clock takes the case into review."""
    made = promise(cast, by=by, lines=[line(amount_minor, level=Level.AUTHORISE)])
    decide(
        cast,
        cast.sam,
        escalation_id=made.id,
        action=Action.DECLINE,
        reason=DeclineReason.MANAGER_DISAGREES,
        reason_text="We never heard of this.",
        customer_text="Just social media, that could be anybody.",
    )
    move(made.id, Action.REVIEW)
    return before_hq(cast, made.id, EntryReason.WRONGFUL_DECLINE, at=at)


def move(case: UUID, action: Action) -> None:
    """The bare act of the clock."""
    with db.act() as act:
        found = lock(act, case)
        assert found is not None
        save(act, found[0], Saved(link=found[0].apply(action, actor=THE_CLOCK, now=utc_now(), facts={})))


def row_of(case: UUID, reason: EntryReason) -> Review:
    with db.transaction() as session:
        return session.exec(
            select(Review)
            .where(col(Review.escalation_id) == case, col(Review.entry_reason) == reason)
            .order_by(col(Review.opened_at).desc())
        ).first()  # type: ignore[return-value]  # a test asks for a row that is there


def version_of(case: UUID) -> int:
    with db.statement() as connection:
        return int(
            connection.execute("SELECT version FROM escalations WHERE id = %(id)s", {"id": case})
            .fetchone()
            .version
        )
