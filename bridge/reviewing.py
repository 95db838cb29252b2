"""When a case goes before HQ, and what a row of the queue starts with. Pure.

The clockwork asks these rules once for each thing that happened and hands the answers to
`queries.reviews.open_reviews`; what HQ does with a row is `services/review.py`.
Source: docs/decisions/0011-review-beside-the-life.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from bridge.errors import InvalidInput
from bridge.lifecycle import Action, Status
from bridge.promises import Level
from bridge.reasons import CONTESTED, EntryReason

BINDING = frozenset({Level.AUTHORISE, Level.INSTRUCT})
"""Levels that a store has to carry out. A right covered them at issue, so they are inside its limit."""

PER_MILLE = 1000


class Finding(StrEnum):
    """What HQ found. `noted` leaves the case as it is; the two others decide a contested result."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    NOTED = "noted"


class AgeBand(StrEnum):
    """How long something waits, in bands that each have their place in a list."""

    UNDER_1D = "under_1d"
    FROM_1D_TO_3D = "1d_to_3d"
    FROM_3D_TO_7D = "3d_to_7d"
    OVER_7D = "over_7d"

    def since(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """The instants between which something began: from (excluded), to (included); None is open."""
        youngest, oldest = _BANDS[self]
        return (
            None if oldest is None else now - timedelta(days=oldest),
            None if youngest is None else now - timedelta(days=youngest),
        )


_BANDS: Mapping[AgeBand, tuple[int | None, int | None]] = {
    AgeBand.UNDER_1D: (None, 1),
    AgeBand.FROM_1D_TO_3D: (1, 3),
    AgeBand.FROM_3D_TO_7D: (3, 7),
    AgeBand.OVER_7D: (7, None),
}


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """Thresholds of a brand. Zero switches a rule off. Amounts are in minor units of the brand's currency."""

    high_value_minor: int = 50_000
    sample_per_mille: int = 10
    repeat_cases: int = 3
    repeat_days: int = 14

    @property
    def repeat_window(self) -> timedelta:
        """How far back cases of one kind at one store count together."""
        return timedelta(days=self.repeat_days)


@dataclass(frozen=True, slots=True)
class NewReview:
    """A row for HQ's queue. `facts` says what was seen: JSON values without personal data."""

    brand_id: UUID
    escalation_id: UUID
    store_id: UUID | None
    entry_reason: EntryReason
    opened_at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)
    opened_by: UUID | None = None


def rules_of(definition: Mapping[str, Any]) -> ReviewRules:
    """The rules in an SLA policy's definition, under "review"; what is left out has our default.

    {"review": {"high_value_minor": 50000, "sample_per_mille": 10, "repeat": {"cases": 3, "days": 14}}}
    Raises InvalidInput for a name that we do not know and for a value that is not a whole number.
    """
    given = _object(definition.get("review", {}), "review")
    _refuse_unknown(given, {"high_value_minor", "sample_per_mille", "repeat"}, "review")
    repeat = _object(given.get("repeat", {}), "review.repeat")
    _refuse_unknown(repeat, {"cases", "days"}, "review.repeat")
    usual = ReviewRules()
    return ReviewRules(
        high_value_minor=_whole(given, "high_value_minor", usual.high_value_minor, most=10**12),
        sample_per_mille=_whole(given, "sample_per_mille", usual.sample_per_mille, most=PER_MILLE),
        repeat_cases=_whole(repeat, "cases", usual.repeat_cases, most=1000),
        repeat_days=_whole(repeat, "days", usual.repeat_days, most=366),
    )


def entries_after_decision(action: Action, level: Level) -> list[EntryReason]:
    """What a store's decision calls for.

    Declining what the store was authorised or instructed to do is looked at by HQ, whatever the
    reason given; the same decline of a recommendation is the store's own choice.
    """
    if action is Action.DECLINE and level in BINDING:
        return [EntryReason.WRONGFUL_DECLINE]
    return []


def allowed_findings(reason: EntryReason, status: Status) -> list[Finding]:
    """What HQ may find about a row while its case has this status.

    A contested result is decided while the case is `under_review`. Right after a decline, and until
    the clock has taken the case into review, nothing is: the store may still undo it. A contested
    row whose case went on in another way (undone, or decided under another row) is noted.
    """
    if reason not in CONTESTED:
        return [Finding.NOTED]
    if status is Status.UNDER_REVIEW:
        return [Finding.UPHELD, Finding.OVERTURNED]
    return [] if status in {Status.DECLINED, Status.EXPIRED} else [Finding.NOTED]


def is_high_value(authorised_minor: int, rules: ReviewRules) -> bool:
    """Whether a promise is so large that HQ looks at it in any case."""
    return 0 < rules.high_value_minor <= authorised_minor


def is_sampled(escalation_id: UUID, per_mille: int) -> bool:
    """Whether the case belongs to the random sample; the same answer for the same case, always.

    Drawn from a hash of the id, because the id itself begins with the time.
    """
    drawn = int.from_bytes(sha256(b"review sample" + escalation_id.bytes).digest()[:8]) % PER_MILLE
    return drawn < per_mille


def repeats(cases: int, rules: ReviewRules) -> bool:
    """Whether `cases` of one kind at one store, this one included, inside the window are a pattern."""
    return 0 < rules.repeat_cases <= cases


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{name} must be an object", fields={name: ["must be an object"]})
    return value


def _refuse_unknown(given: Mapping[str, Any], known: set[str], name: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise InvalidInput(
            f"{name} knows no {unknown[0]}", fields={f"{name}.{one}": ["unknown"] for one in unknown}
        )


def _whole(given: Mapping[str, Any], name: str, usual: int, *, most: int) -> int:
    value = given.get(name, usual)
    if type(value) is not int or not 0 <= value <= most:
        raise InvalidInput(f"{name} must be a whole number from 0 to {most}", fields={name: [f"0 to {most}"]})
    return value
