"""Targets of the clocks as data: one immutable policy version of a brand. Pure.

A definition is JSON that an administrator writes. The first target that fits a milestone, the
case's kind and its priority counts, so special cases stand before the general one. Percentages
are of the target's open time; 100 is the breach itself.
Source: docs/clocks.md shows a whole definition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from bridge.errors import InvalidInput
from bridge.milestones import CalendarSource, MilestoneType
from bridge.reasons import PauseReason, Priority
from bridge.reviewing import ReviewRules, rules_of

MINUTES_MOST: Final = 60 * 24 * 366
KINDS: Final = ("promise", "question")
BREACH_PERCENT: Final = 100


class Told(StrEnum):
    """Whom a clock or a ladder can tell; where somebody works decides who it is for a case."""

    AGENT = "agent"
    STORE_ASSOCIATE = "store_associate"
    STORE_MANAGER = "store_manager"
    DISTRICT_MANAGER = "district_manager"
    REGION_MANAGER = "region_manager"
    LEAD = "lead"
    HQ = "hq"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Target:
    """How long something may take, in whose open time, and who hears of it at which percentage."""

    milestone: MilestoneType
    amount: timedelta
    calendar: CalendarSource
    warn_percents: tuple[int, ...] = (50, 75, 90)
    tell: Mapping[int, tuple[Told, ...]] = field(default_factory=dict)
    kinds: frozenset[str] | None = None
    priorities: frozenset[Priority] | None = None

    def fits(self, milestone: MilestoneType, kind: str, priority: Priority) -> bool:
        """Whether it is the target of this milestone for such a case."""
        return (
            self.milestone is milestone
            and (self.kinds is None or kind in self.kinds)
            and (self.priorities is None or priority in self.priorities)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """One version, read. Lapses are in open time of whoever has to act."""

    version: int
    targets: tuple[Target, ...]
    question_lapses_after: timedelta = timedelta(minutes=1440)
    transfer_lapses_after: timedelta = timedelta(minutes=480)
    close_after: timedelta = timedelta(days=14)
    pause_limits: Mapping[PauseReason, timedelta] = field(default_factory=dict)
    review: ReviewRules = field(default_factory=ReviewRules)

    def target(self, milestone: MilestoneType, *, kind: str, priority: Priority) -> Target | None:
        """The first target that fits; None means: measured, never due."""
        return next((one for one in self.targets if one.fits(milestone, kind, priority)), None)

    def pause_limit(self, reason: PauseReason) -> timedelta:
        """How long a clock may stand still for this reason, in calendar time."""
        return self.pause_limits.get(reason, DEFAULT_PAUSE_LIMIT)


DEFAULT_PAUSE_LIMIT: Final = timedelta(days=3)


def read(definition: Mapping[str, Any], *, version: int) -> Policy:
    """The policy in a definition. Raises InvalidInput that names each wrong place."""
    problems: dict[str, list[str]] = {}
    _only(definition, {"targets", "lapses", "close_after_days", "pause_limits", "review"}, "", problems)
    targets = []
    listed = definition.get("targets", [])
    if not isinstance(listed, list) or not listed:
        problems["targets"] = ["a policy has at least one target"]
        listed = []
    for at, one in enumerate(listed):
        found = _target(one, f"targets.{at}", problems)
        if found is not None:
            targets.append(found)
    lapses = _section(definition, "lapses", problems)
    _only(lapses, {"question_minutes", "transfer_minutes"}, "lapses", problems)
    limits = _section(definition, "pause_limits", problems)
    _only(limits, {reason.value for reason in PauseReason}, "pause_limits", problems)
    review = ReviewRules()
    try:
        review = rules_of(definition)
    except InvalidInput as error:
        problems.update(error.details["fields"])  # type: ignore[call-overload]  # ours, and a dict
    policy = Policy(
        version=version,
        targets=tuple(targets),
        question_lapses_after=timedelta(
            minutes=_whole(lapses, "question_minutes", 1440, problems, place="lapses")
        ),
        transfer_lapses_after=timedelta(
            minutes=_whole(lapses, "transfer_minutes", 480, problems, place="lapses")
        ),
        close_after=timedelta(days=_whole(definition, "close_after_days", 14, problems, most=366)),
        pause_limits={
            PauseReason(reason): timedelta(minutes=_whole(limits, reason, 1, problems, place="pause_limits"))
            for reason in limits
            if reason in set(PauseReason)
        },
        review=review,
    )
    if problems:
        raise InvalidInput("The policy cannot be read.", fields=problems)
    return policy


def _target(one: object, place: str, problems: dict[str, list[str]]) -> Target | None:
    if not isinstance(one, Mapping):
        problems[place] = ["a target is an object"]
        return None
    known = {"milestone", "minutes", "calendar", "warn", "tell", "kinds", "priorities"}
    _only(one, known, place, problems)
    milestone = _word(one.get("milestone"), MilestoneType, f"{place}.milestone", problems)
    calendar = _word(one.get("calendar"), CalendarSource, f"{place}.calendar", problems)
    minutes = _whole(one, "minutes", None, problems, place=place)
    warn = _percents(one.get("warn", [50, 75, 90]), f"{place}.warn", problems)
    tell = _tell(one.get("tell", {}), f"{place}.tell", {*warn, BREACH_PERCENT}, problems)
    kinds = _words(one, "kinds", KINDS, place, problems)
    priorities = _words(one, "priorities", [priority.value for priority in Priority], place, problems)
    if milestone is None or calendar is None:
        return None
    return Target(
        milestone=milestone,
        amount=timedelta(minutes=minutes),
        calendar=calendar,
        warn_percents=warn,
        tell=tell,
        kinds=kinds,
        priorities=None if priorities is None else frozenset(map(Priority, priorities)),
    )


def _only(given: Mapping[str, Any], known: set[str], place: str, problems: dict[str, list[str]]) -> None:
    for name in given:
        if name not in known:
            problems[f"{place}.{name}".lstrip(".")] = ["unknown; a slip of the finger?"]


def _section(given: Mapping[str, Any], name: str, problems: dict[str, list[str]]) -> Mapping[str, Any]:
    found = given.get(name, {})
    if isinstance(found, Mapping):
        return found
    problems[name] = ["an object is needed"]
    return {}


def _whole(
    given: Mapping[str, Any],
    name: str,
    default: int | None,
    problems: dict[str, list[str]],
    *,
    least: int = 1,
    most: int = MINUTES_MOST,
    place: str = "",
) -> int:
    found = given.get(name, default)
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        problems[f"{place}.{name}".lstrip(".")] = [f"a whole number from {least} to {most}"]
        return least
    return found


def _word(found: object, words: Any, place: str, problems: dict[str, list[str]]) -> Any:
    if isinstance(found, str) and found in {word.value for word in words}:
        return words(found)
    problems[place] = ["one of " + ", ".join(word.value for word in words)]
    return None


def _words(
    given: Mapping[str, Any], name: str, allowed: Iterable[str], place: str, problems: dict[str, list[str]]
) -> frozenset[str] | None:
    found = given.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not found or any(one not in list(allowed) for one in found):
        problems[f"{place}.{name}"] = ["a list of " + ", ".join(allowed)]
        return None
    return frozenset(found)


def _percents(found: object, place: str, problems: dict[str, list[str]]) -> tuple[int, ...]:
    if isinstance(found, list) and all(
        isinstance(one, int) and not isinstance(one, bool) and 0 < one < BREACH_PERCENT for one in found
    ):
        return tuple(sorted(set(found)))
    problems[place] = ["a list of whole percentages from 1 to 99"]
    return ()


def _tell(
    found: object, place: str, percents: set[int], problems: dict[str, list[str]]
) -> dict[int, tuple[Told, ...]]:
    told: dict[int, tuple[Told, ...]] = {}
    if not isinstance(found, Mapping):
        problems[place] = ["an object of percentages and lists of roles"]
        return told
    for percent, roles in found.items():
        if str(percent) not in map(str, percents):
            problems[f"{place}.{percent}"] = ["100, or one of the percentages in warn"]
        elif not isinstance(roles, list) or not set(map(str, roles)) <= {word.value for word in Told}:
            problems[f"{place}.{percent}"] = ["a list of " + ", ".join(word.value for word in Told)]
        else:
            told[int(percent)] = tuple(Told(role) for role in roles)
    return told


def _plain(
    milestone: str, minutes: int, calendar: str, tell: Mapping[str, list[str]], **more: Any
) -> dict[str, Any]:
    return {"milestone": milestone, "minutes": minutes, "calendar": calendar, "tell": dict(tell), **more}


STARTING: Final[dict[str, Any]] = {
    "targets": [
        _plain("first_response", 60, "care", {"100": ["lead"]}),
        _plain("next_response", 120, "care", {"100": ["lead"]}),
        _plain("promise_issued", 120, "care", {"100": ["lead"]}),
        _plain("approval", 60, "care", {"75": ["lead"], "100": ["lead", "agent"]}),
        _plain("store_ack", 30, "store", {"100": ["agent"]}, priorities=["urgent"]),
        _plain("store_ack", 120, "store", {"100": ["agent"]}),
        _plain("counter_decision", 20, "store", {"100": ["store_manager"]}),
        _plain("agent_answer", 60, "care", {"75": ["agent"], "100": ["lead"]}),
        _plain("transfer_accept", 120, "target_store", {"75": ["store_manager"], "100": ["agent"]}),
        _plain("outcome_to_customer", 240, "care", {"75": ["agent"], "100": ["lead"]}),
        _plain("resolution", 10_080, "always", {"100": ["lead"]}),
        _plain("hq_review", 2_880, "hq", {"75": ["hq"], "100": ["hq"]}),
        _plain("cause_coded", 4_320, "hq", {"100": ["hq"]}),
    ],
    "lapses": {"question_minutes": 1440, "transfer_minutes": 480},
    "close_after_days": 14,
    "pause_limits": {
        "awaiting_customer": 10_080,
        "awaiting_agent": 1_440,
        "store_closed_unplanned": 4_320,
        "disaster": 20_160,
    },
    "review": {"high_value_minor": 50_000, "sample_per_mille": 10, "repeat": {"cases": 3, "days": 14}},
}
"""What a brand starts with until an administrator writes its own policy."""
