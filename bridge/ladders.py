"""A ladder version as data: what is tried, in which order, while a store stays silent. Pure.

Steps: wait (open minutes of the store), notify a role by channels, notify_round_robin, continue
only if the store is open (else wait for its opening), skip the next step unless the store has
more than n silent cases in m minutes, reassign the case to a role, offer_other_store, webhook,
open_review, repeat. The editor is told of steps that can never be reached.
Source: docs/clocks.md shows a whole definition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from bridge.errors import InvalidInput
from bridge.notices import Channel
from bridge.reasons import EntryReason, Priority
from bridge.sla import KINDS, MINUTES_MOST, Told

STEPS_MOST: Final = 40
REPEATS_MOST: Final = 5


class Do(StrEnum):
    """What a step does."""

    WAIT = "wait"
    NOTIFY = "notify"
    NOTIFY_ROUND_ROBIN = "notify_round_robin"
    CONTINUE_IF_OPEN = "continue_if_open"
    CONTINUE_IF_MORE_THAN = "continue_if_more_than"
    REASSIGN = "reassign"
    OFFER_OTHER_STORE = "offer_other_store"
    WEBHOOK = "webhook"
    OPEN_REVIEW = "open_review"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. Which fields count depends on `do`."""

    do: Do
    minutes: int = 0
    role: Told | None = None
    channels: tuple[Channel, ...] = ()
    cases: int = 0
    times: int = 0
    reason: EntryReason = EntryReason.NO_ACK


@dataclass(frozen=True, slots=True)
class Rungs:
    """A whole version. `faults` are for the editor: things that are allowed and of no use."""

    steps: tuple[Step, ...]
    acknowledgement_lapses_after_minutes: int = 1440
    lapses_most: int = 3
    kinds: frozenset[str] | None = None
    priorities: frozenset[Priority] | None = None
    faults: tuple[str, ...] = field(default=())

    def fits(self, kind: str, priority: Priority) -> bool:
        """Whether such a case climbs this ladder."""
        return (self.kinds is None or kind in self.kinds) and (
            self.priorities is None or priority in self.priorities
        )

    @property
    def breadth(self) -> int:
        """How general it is; of two ladders that fit a case, the narrower one takes it."""
        return (self.kinds is None) + (self.priorities is None)


_FIELDS: Final[Mapping[Do, frozenset[str]]] = {
    Do.WAIT: frozenset({"minutes"}),
    Do.NOTIFY: frozenset({"role", "channels"}),
    Do.NOTIFY_ROUND_ROBIN: frozenset({"role", "channels"}),
    Do.CONTINUE_IF_OPEN: frozenset(),
    Do.CONTINUE_IF_MORE_THAN: frozenset({"cases", "minutes"}),
    Do.REASSIGN: frozenset({"role"}),
    Do.OFFER_OTHER_STORE: frozenset(),
    Do.WEBHOOK: frozenset(),
    Do.OPEN_REVIEW: frozenset({"reason"}),
    Do.REPEAT: frozenset({"times"}),
}
_OPTIONAL: Final = frozenset({"channels", "reason"})


def read(definition: Mapping[str, Any]) -> Rungs:
    """The ladder in a definition. Raises InvalidInput that names each wrong place."""
    problems: dict[str, list[str]] = {}
    known = {"steps", "acknowledgement_lapses_after_minutes", "lapses_most", "kinds", "priorities"}
    for name in definition:
        if name not in known:
            problems[name] = ["unknown; a slip of the finger?"]
    listed = definition.get("steps")
    if not isinstance(listed, list) or not 1 <= len(listed) <= STEPS_MOST:
        problems["steps"] = [f"a list of 1 to {STEPS_MOST} steps"]
        listed = []
    steps = [_step(one, f"steps.{at}", problems) for at, one in enumerate(listed)]
    found = Rungs(
        steps=tuple(steps),
        acknowledgement_lapses_after_minutes=_number(
            definition.get("acknowledgement_lapses_after_minutes", 1440),
            "acknowledgement_lapses_after_minutes",
            1,
            MINUTES_MOST,
            problems,
        ),
        lapses_most=_number(definition.get("lapses_most", 3), "lapses_most", 0, 20, problems),
        kinds=_some(definition, "kinds", KINDS, problems),
        priorities=_priorities(definition, problems),
        faults=tuple(_faults(steps)),
    )
    if not problems and _loops(steps):
        problems["steps"] = ["a ladder that repeats has to wait somewhere"]
    if problems:
        raise InvalidInput("The ladder cannot be read.", fields=problems)
    return found


def _step(one: object, place: str, problems: dict[str, list[str]]) -> Step:
    if not isinstance(one, Mapping) or one.get("do") not in [word.value for word in Do]:
        problems[place] = ['a step says what to do: {"do": "' + '" | "'.join(Do) + '"}']
        return Step(Do.WEBHOOK)
    do = Do(one["do"])
    for name in set(one) - {"do"} - _FIELDS[do]:
        problems[f"{place}.{name}"] = [f"{do} has no such part"]
    for name in _FIELDS[do] - _OPTIONAL - set(one):
        problems[f"{place}.{name}"] = ["is missing"]
    if f"{place}.minutes" in problems or any(key.startswith(place) for key in problems):
        return Step(do)
    return Step(
        do,
        minutes=_number(one.get("minutes", 0), f"{place}.minutes", 0, MINUTES_MOST, problems),
        role=_role(one.get("role"), f"{place}.role", problems) if "role" in _FIELDS[do] else None,
        channels=_channels(one.get("channels", ["inbox"]), f"{place}.channels", problems),
        cases=_number(one.get("cases", 0), f"{place}.cases", 0, 1000, problems),
        times=_number(one.get("times", 0), f"{place}.times", 0, REPEATS_MOST, problems),
        reason=_reason(one.get("reason", "no_ack"), f"{place}.reason", problems),
    )


def _number(found: object, place: str, least: int, most: int, problems: dict[str, list[str]]) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        problems[place] = [f"a whole number from {least} to {most}"]
        return least
    return found


def _role(found: object, place: str, problems: dict[str, list[str]]) -> Told | None:
    if isinstance(found, str) and found in {word.value for word in Told}:
        return Told(found)
    problems[place] = ["one of " + ", ".join(Told)]
    return None


def _channels(found: object, place: str, problems: dict[str, list[str]]) -> tuple[Channel, ...]:
    if isinstance(found, list) and found and set(map(str, found)) <= {word.value for word in Channel}:
        return tuple(Channel(one) for one in dict.fromkeys(found))
    problems[place] = ["a list of " + ", ".join(Channel)]
    return ()


def _reason(found: object, place: str, problems: dict[str, list[str]]) -> EntryReason:
    if isinstance(found, str) and found in {EntryReason.NO_ACK.value, EntryReason.BREACH.value}:
        return EntryReason(found)
    problems[place] = ["no_ack or breach"]
    return EntryReason.NO_ACK


def _some(
    given: Mapping[str, Any], name: str, allowed: Sequence[str], problems: dict[str, list[str]]
) -> frozenset[str] | None:
    found = given.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not found or any(one not in allowed for one in found):
        problems[name] = ["a list of " + ", ".join(allowed)]
        return None
    return frozenset(found)


def _priorities(given: Mapping[str, Any], problems: dict[str, list[str]]) -> frozenset[Priority] | None:
    found = _some(given, "priorities", [word.value for word in Priority], problems)
    return None if found is None else frozenset(map(Priority, found))


def said(step: Mapping[str, Any]) -> str:
    """A step of a stored definition for an operator: what it does, and whom it tells by which ways."""
    words = [step["do"]]
    if step["do"] == Do.WAIT:
        words.append(f"{step['minutes']} open minutes")
    if "cases" in step:
        words.append(f"{step['cases']} cases in {step['minutes']} minutes")
    if "role" in step:
        words.append(step["role"])
    if step["do"] in {Do.NOTIFY, Do.NOTIFY_ROUND_ROBIN}:
        words.append("by " + ", ".join(step.get("channels", [Channel.INBOX])))
    return " ".join(words).replace("_", " ")


def _loops(steps: Sequence[Step]) -> bool:
    repeats = [at for at, step in enumerate(steps) if step.do is Do.REPEAT and step.times]
    return any(not any(one.do is Do.WAIT and one.minutes for one in steps[:at]) for at in repeats)


def _faults(steps: Sequence[Step]) -> list[str]:
    """What an editor should know: steps after an end, a ladder that never reaches HQ."""
    found = []
    for at, step in enumerate(steps):
        if step.do is Do.REPEAT and at + 1 < len(steps) and not step.times:
            found.append(f"step {at + 1}: repeats 0 times and does nothing")
        if step.do is Do.WAIT and at + 1 == len(steps):
            found.append(f"step {at + 1}: nothing follows this wait")
        if step.do is Do.CONTINUE_IF_MORE_THAN and at + 1 == len(steps):
            found.append(f"step {at + 1}: there is no next step to skip")
    if not any(step.do is Do.OPEN_REVIEW for step in steps):
        found.append("no step opens a review; the bridge opens one itself at the end of the ladder")
    return found


def chosen(rungs: Mapping[str, Rungs], kind: str, priority: Priority) -> str | None:
    """The name of the ladder that such a case climbs: one for special cases wins over a general one."""
    fitting = [name for name, one in sorted(rungs.items()) if one.fits(kind, priority)]
    return min(fitting, key=lambda name: rungs[name].breadth, default=None)


def gaps(rungs: Mapping[str, Rungs]) -> list[tuple[str, str]]:
    """Cases that no ladder takes ("", sentence), and ladders that no case takes (name, sentence)."""
    takers = {(kind, one.value): chosen(rungs, kind, one) for kind in KINDS for one in Priority}
    none = [f"{kind} {priority}" for (kind, priority), name in takers.items() if name is None]
    found = [("", "no ladder takes these cases, so nobody hears of a silent store: " + ", ".join(none))]
    idle = [(name, "no case takes it: other ladders come first") for name in rungs]
    return (found if none else []) + [one for one in idle if one[0] not in takers.values()]


STARTING: Final[dict[str, Any]] = {
    "acknowledgement_lapses_after_minutes": 1440,
    "lapses_most": 3,
    "steps": [
        {"do": "notify", "role": "store_associate", "channels": ["inbox"]},
        {"do": "notify", "role": "store_manager", "channels": ["inbox", "email"]},
        {"do": "wait", "minutes": 60},
        {"do": "notify", "role": "store_manager", "channels": ["inbox", "email", "sms", "slack", "teams"]},
        {"do": "wait", "minutes": 60},
        {"do": "notify", "role": "district_manager", "channels": ["inbox", "email"]},
        {"do": "offer_other_store"},
        {"do": "wait", "minutes": 120},
        {"do": "notify", "role": "region_manager", "channels": ["inbox", "email"]},
        {"do": "wait", "minutes": 240},
        {"do": "notify", "role": "lead", "channels": ["inbox", "email"]},
        {"do": "open_review", "reason": "no_ack"},
        {"do": "wait", "minutes": 660},
        {"do": "notify", "role": "hq", "channels": ["inbox", "email"]},
    ],
}
"""What a brand starts with until an administrator writes its own ladder."""
