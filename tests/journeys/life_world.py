"""What a test of random lives believes of its cases. Pure: no database, no HTTP.

A `World` is changed only by what the service acknowledged, and by what the clock wrote into the
timeline. Instants are aware UTC, money is in minor units.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bridge.lifecycle import LIVE, Action, Status, next_status

CARE = frozenset({"ana", "kim", "ivy", "hana"})
LEADS = frozenset({"kim", "hana"})
STORE_OF = {"sam": "12", "lee": "12", "mia": "40"}
MANAGERS = frozenset({"sam", "mia"})
EVERYBODY = ("ana", "kim", "ivy", "hana", "sam", "lee", "mia", "ada", "nobody")

UNDO_WINDOW = timedelta(seconds=60)
ANNUL_WINDOW = timedelta(days=1)
GRACE = timedelta(minutes=15)
WINDOW_30_DAYS = timedelta(days=30)
UNSETTLED = frozenset({Status.DRAFT, Status.PENDING_APPROVAL, *LIVE})
"""A thread has one case at most that stands in one of these."""


@dataclass(frozen=True)
class Ask:
    """One request: which act, by whom, about which case, or about which row of it (`subject`)."""

    act: str
    who: str
    case: str | None = None
    subject: str | None = None
    version: int | None = None
    body: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.who} {self.act} {self.body}"


@dataclass
class Decision:
    """A store's decision; a reversal is one as well."""

    id: str
    by: str
    action: Action
    amount: int
    gave_up: int
    at: datetime
    is_reversal: bool = False
    reversed: bool = False


@dataclass
class Offer:
    """An offer to another store."""

    id: str
    by: str
    from_store: str
    to_store: str
    state: str = "offered"


@dataclass
class Question:
    """The open question of a case."""

    id: str
    by: str
    store: str
    lapses_at: datetime | None


@dataclass
class Case:
    """One escalation, as the model believes it to be."""

    id: str
    author: str
    owner: str
    thread: str
    level: str
    authorised: int
    remaining: int
    status: Status
    valid_until: datetime
    store: str = "12"
    before: Status | None = Status.DRAFT
    version: int = 1
    code: str | None = None
    old_codes: list[str] = field(default_factory=list)
    issued_at: datetime | None = None
    closed_at: datetime | None = None
    decisions: list[Decision] = field(default_factory=list)
    questions: int = 0
    question: Question | None = None
    offers: list[Offer] = field(default_factory=list)
    appealed: bool = False
    appeal_token: str | None = None
    appeal_until: datetime | None = None
    superseded: bool = False
    upheld: bool = False
    links_seen: int = 1
    refused_decisions: int = 0
    topics: list[str] = field(default_factory=list)

    @property
    def given(self) -> int:
        """What customers got and kept."""
        return sum(d.amount for d in self.decisions if not d.is_reversal and not d.reversed)

    @property
    def rest(self) -> int:
        """What giving the promise again would issue."""
        return self.authorised - self.given

    @property
    def last(self) -> Decision | None:
        """The newest decision that stands."""
        standing = [d for d in self.decisions if not d.is_reversal and not d.reversed]
        return standing[-1] if standing else None

    @property
    def expires_at(self) -> datetime:
        """When the clock ends it."""
        return self.valid_until + GRACE

    def decision(self, decision_id: str) -> Decision:
        return next(d for d in self.decisions if d.id == decision_id)

    def offer(self, offer_id: str) -> Offer:
        return next(o for o in self.offers if o.id == offer_id)

    def move(self, action: Action, now: datetime) -> None:
        """As the table says; raises IllegalAction as the service would."""
        after = next_status(self.status, action, before=self.before)
        if after is not self.status:
            self.status, self.before = after, self.status
        self.version += 1
        self.closed_at = (self.closed_at or now) if self.status is Status.CLOSED else None

    def settle_open(self) -> None:
        """The case ends, and with it what was open."""
        if self.question is not None:
            self.question, self.questions = None, self.questions - 1
        for offer in self.offers:
            if offer.state == "offered":
                offer.state = "withdrawn"

    def issue_again(self, code: str, valid_until: datetime, now: datetime) -> None:
        """A new code and the rest of the value; the old code is replaced."""
        if self.code is not None:
            self.old_codes.append(self.code)
        self.code, self.remaining = code, self.rest
        self.valid_until, self.issued_at = valid_until, now


@dataclass
class Review:
    """A row of HQ's queue; read from the service, because the clock writes it."""

    id: str
    case: str
    reason: str
    closed: bool = False


@dataclass
class Link:
    """A link between two cases."""

    id: str
    case: str
    of: str
    cut: bool = False


@dataclass
class World:
    """Every case, by id in order of their making, and what stands beside them."""

    threads: dict[str, str]
    """Thread and who starts there."""
    cases: dict[str, Case] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    """Every row, as of the last look at the queue."""

    def unsettled_on(self, thread: str, *, but: str | None = None) -> bool:
        """Whether the thread has a case that is not ended."""
        return any(c.thread == thread and c.id != but and c.status in UNSETTLED for c in self.cases.values())

    def issued_30d(self, thread: str, now: datetime, *, but: str | None = None) -> int:
        """What was authorised for the thread's customer lately; each thread has its own customer."""
        return sum(
            c.authorised
            for c in self.cases.values()
            if c.thread == thread
            and c.id != but
            and c.issued_at is not None
            and c.issued_at > now - WINDOW_30_DAYS
        )

    def with_decision(self, decision_id: str) -> Case:
        return next(c for c in self.cases.values() if any(d.id == decision_id for d in c.decisions))

    def with_offer(self, offer_id: str) -> Case:
        return next(c for c in self.cases.values() if any(o.id == offer_id for o in c.offers))

    def review(self, review_id: str) -> Review:
        return next(r for r in self.reviews if r.id == review_id)
