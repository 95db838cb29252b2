"""One state of the agent's queue: its rows, cards and people, and the tag by which a page knows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import request

from bridge import db
from bridge.queries.presence import Present
from bridge.queries.queue import COUNTED_TO, QueueItem
from bridge.roles import Actor
from bridge.services import board, intake, presence
from bridge.threads import QueueFilter
from web import sought
from web.polling import tag_of

ROWS = 50


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What the page shows. `found` is `words` as in an address; `after` is where the older posts begin."""

    show: QueueFilter
    words: str
    found: str
    rows: list[QueueItem]
    counts: dict[QueueFilter, int]
    others: dict[UUID, list[Present]]
    unseen: int
    after: tuple[datetime, UUID] | None
    is_paged: bool
    now: datetime

    @property
    def state(self) -> dict[str, object]:
        """What a page has to know: it asks again when this changed. No text of a post, no time that runs."""
        seen = [[str(row.thread_id), *self._row(row)] for row in self.rows]
        return {
            "counts": [self.counts[show] for show in self.counts],
            "new": self.counts[QueueFilter.NEW],
            "late": self.counts[QueueFilter.LATE],
            "rows": tag_of({"rows": seen}),
        }

    @property
    def is_cut(self) -> bool:
        """Whether these are the newest of more."""
        return self.after is not None and not self.is_paged

    @property
    def is_counted(self) -> bool:
        """Whether a card says how many there are in all."""
        return not self.words and self.show in self.counts

    def count(self, show: QueueFilter) -> str:
        """How many a card has, as it is written."""
        return f"{COUNTED_TO - 1}+" if self.counts[show] >= COUNTED_TO else str(self.counts[show])

    def _row(self, row: QueueItem) -> list[object]:
        return [
            row.last_post_at.isoformat(),
            str(row.holder_id),
            row.is_soft,
            str(row.escalation_status),
            row.triage.value,
            row.asked_for,
            row.due_at is not None and row.due_at <= self.now,
            [[one.name, one.doing] for one in self.others.get(row.thread_id, ())],
        ]


def read(actor: Actor, *, now: datetime) -> QueuePage:
    """The state of the queue that the request's address asks for."""
    wanted = request.args.get("show", "")
    words = sought.words()
    every = QueueFilter.ALL if words else QueueFilter.NEW
    show = QueueFilter(wanted) if wanted in set(QueueFilter) else every
    with db.transaction() as session:
        rows = intake.queue(
            session,
            actor,
            filter=show,
            now=now,
            limit=ROWS + 1,
            before=_place(request.args),
            words=words,
        )
        page = rows[:ROWS]
        return QueuePage(
            show=show,
            words=words,
            found=request.args.get(sought.PARAMETER, "") if words else "",
            rows=page,
            counts=dict(intake.queue_counts(session, actor, now=now)),
            others=presence.others(session, actor, [row.thread_id for row in page], now=now),
            unseen=len(board.page(session, actor, unseen=True, limit=ROWS)),
            after=page[-1].cursor if len(rows) > ROWS else None,
            is_paged="at" in request.args,
            now=now,
        )


def _place(asked: dict[str, str]) -> tuple[datetime, UUID] | None:
    """Where the next page starts; an address that somebody bent starts at the top."""
    try:
        moment = datetime.fromisoformat(asked["at"])
        return (moment, UUID(asked["id"])) if moment.tzinfo else None
    except (KeyError, ValueError):
        return None
