"""Reading ladders and policies, and climbing: what an editor is told, and what each step means."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from bridge import ladders, sla
from bridge.calendars import ALWAYS
from bridge.climbing import Recipient, Run, climb
from bridge.errors import InvalidInput
from bridge.hours import ALL_DAY, WeekHours
from bridge.ladders import Do
from bridge.milestones import MilestoneType
from bridge.notices import Channel
from bridge.open_calendar import Closure, OpenCalendar
from bridge.reasons import EntryReason, Priority
from bridge.sla import Told

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PEOPLE = [UUID(int=number) for number in (1, 2, 3)]


class Around:
    """A store that is always open, with three managers and nobody else."""

    calendar: OpenCalendar = ALWAYS

    def __init__(self, number: int = 0, silent: int = 0, other: dict[str, Any] | None = None) -> None:
        self.number, self._silent, self._other = number, silent, other

    def reach(self, role: Told, channel: Channel) -> list[Recipient]:
        known = {Told.STORE_MANAGER: PEOPLE, Told.AGENT: [UUID(int=9)]}
        return [Recipient(channel, person) for person in known.get(role, [])]

    def silent_cases(self, minutes: int) -> int:
        assert minutes == 30
        return self._silent

    def other_store(self) -> dict[str, Any] | None:
        return self._other


def climbed(*steps: dict[str, Any], hours: float = 48, **around: Any) -> list[tuple[int, str, str]]:
    """(minute, what, result) of everything that is done in these hours, the waits left out."""
    rungs = ladders.read({"steps": list(steps)})
    run = Run(UUID(int=7), UUID(int=8), "running", 0, 1, NOON, NOON)
    taken = []
    for minute in range(int(hours * 60)):
        taken += [
            (minute, step.do.value, step.result)
            for step in climb(run, rungs, Around(**around), now=NOON + timedelta(minutes=minute))
            if step.do is not Do.WAIT
        ]
    return taken


WAIT = {"do": "wait", "minutes": 10}
MANAGER = {"do": "notify", "role": "store_manager"}
NOBODY = {"do": "notify", "role": "district_manager"}


def test_steps_follow_each_other_and_waits_count() -> None:
    assert climbed(MANAGER, WAIT, MANAGER, WAIT, {"do": "open_review"}) == [
        (0, "notify", "done"),
        (10, "notify", "done"),
        (20, "open_review", "done"),
    ]


def test_a_rung_without_anybody_is_passed_with_its_wait() -> None:
    assert climbed(NOBODY, WAIT, MANAGER) == [(0, "notify", "no_recipient"), (0, "notify", "done")]


def test_a_ladder_repeats_as_often_as_it_says() -> None:
    taken = climbed(MANAGER, WAIT, {"do": "repeat", "times": 2})

    assert [minute for minute, what, result in taken if what == "notify"] == [0, 10, 20]


def test_the_next_step_is_skipped_unless_the_store_has_many_silent_cases() -> None:
    steps = ({"do": "continue_if_more_than", "cases": 3, "minutes": 30}, MANAGER, {"do": "open_review"})

    assert climbed(*steps, silent=3) == [(0, "continue_if_more_than", "skipped"), (0, "open_review", "done")]
    assert climbed(*steps, silent=4)[1] == (0, "notify", "done")


def test_round_robin_goes_by_the_cases_number() -> None:
    rungs = ladders.read({"steps": [{"do": "notify_round_robin", "role": "store_manager"}]})

    told = []
    for number in range(6):
        run = Run(UUID(int=7), UUID(int=8), "running", 0, 1, NOON, NOON)
        told += [one.person_id for one in climb(run, rungs, Around(number), now=NOON)[0].told]

    assert told == PEOPLE * 2


def test_a_case_is_reassigned_to_somebody_of_the_role() -> None:
    rungs = ladders.read({"steps": [{"do": "reassign", "role": "store_manager"}]})
    run = Run(UUID(int=7), UUID(int=8), "running", 0, 1, NOON, NOON)

    assert climb(run, rungs, Around(4), now=NOON)[0].owner_id == PEOPLE[1]


def test_another_store_is_offered_when_there_is_one() -> None:
    offer = {"do": "offer_other_store"}

    assert climbed(offer) == [(0, "offer_other_store", "skipped")]
    assert climbed(offer, other={"other_number": "14"}) == [(0, "offer_other_store", "done")]


def test_a_sweep_that_was_away_does_not_wake_everybody_at_once() -> None:
    rungs = ladders.read({"steps": [MANAGER, WAIT, MANAGER, WAIT, MANAGER]})
    run = Run(UUID(int=7), UUID(int=8), "running", 0, 1, NOON, NOON)

    taken = climb(run, rungs, Around(), now=NOON + timedelta(hours=9))

    assert [step.do for step in taken] == [Do.NOTIFY, Do.WAIT]
    assert run.next_at == NOON + timedelta(hours=9, minutes=10)


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({}, "steps"),
        ({"steps": []}, "steps"),
        ({"steps": [{"do": "shout"}]}, "steps.0"),
        ({"steps": [{"do": "wait"}]}, "steps.0.minutes"),
        ({"steps": [{"do": "wait", "minutes": -1}]}, "steps.0.minutes"),
        ({"steps": [{"do": "wait", "minutes": True}]}, "steps.0.minutes"),
        ({"steps": [{"do": "notify", "role": "boss"}]}, "steps.0.role"),
        ({"steps": [{"do": "notify", "role": "hq", "channels": ["pigeon"]}]}, "steps.0.channels"),
        ({"steps": [{"do": "webhook", "minutes": 3}]}, "steps.0.minutes"),
        ({"steps": [MANAGER, {"do": "repeat", "times": 2}]}, "steps"),
        ({"steps": [MANAGER], "stepz": []}, "stepz"),
        ({"steps": [MANAGER], "priorities": ["huge"]}, "priorities"),
        ({"steps": [MANAGER], "lapses_most": "3"}, "lapses_most"),
    ],
)
def test_a_wrong_ladder_says_where(definition: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ladders.read(definition)

    assert place in refused.value.details["fields"]  # type: ignore[operator]  # a dict


def test_an_editor_is_told_what_is_of_no_use() -> None:
    faults = ladders.read({"steps": [MANAGER, WAIT]}).faults

    assert faults == (
        "step 2: nothing follows this wait",
        "no step opens a review; the bridge opens one itself at the end of the ladder",
    )


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({}, "targets"),
        ({"targets": [{"milestone": "lunch", "minutes": 3, "calendar": "store"}]}, "targets.0.milestone"),
        ({"targets": [{"milestone": "approval", "minutes": 0, "calendar": "care"}]}, "targets.0.minutes"),
        ({"targets": [{"milestone": "approval", "minutes": 5, "calendar": "moon"}]}, "targets.0.calendar"),
        (
            {"targets": [{"milestone": "approval", "minutes": 5, "calendar": "care", "warn": [100]}]},
            "targets.0.warn",
        ),
        (
            {
                "targets": [
                    {"milestone": "approval", "minutes": 5, "calendar": "care", "tell": {"33": ["hq"]}}
                ]
            },
            "targets.0.tell.33",
        ),
        ({**sla.STARTING, "review": {"sample_per_mille": 2000}}, "sample_per_mille"),
        ({**sla.STARTING, "close_after_days": 0}, "close_after_days"),
    ],
)
def test_a_wrong_policy_says_where(definition: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sla.read(definition, version=1)

    assert place in refused.value.details["fields"]  # type: ignore[operator]  # a dict


def test_the_first_target_that_fits_counts() -> None:
    policy = sla.read(sla.STARTING, version=1)

    urgent = policy.target(MilestoneType.STORE_ACK, kind="promise", priority=Priority.URGENT)
    normal = policy.target(MilestoneType.STORE_ACK, kind="promise", priority=Priority.NORMAL)

    assert urgent is not None
    assert normal is not None
    assert (urgent.amount, normal.amount) == (timedelta(minutes=30), timedelta(minutes=120))


def test_what_everybody_starts_with_can_be_read_and_ends_at_hq() -> None:
    rungs = ladders.read(ladders.STARTING)

    assert [step.reason for step in rungs.steps if step.do is Do.OPEN_REVIEW] == [EntryReason.NO_ACK]
    assert rungs.faults == ()


def test_a_wait_that_is_counted_anew_follows_what_changed_in_the_calendar() -> None:
    rungs = ladders.read({"steps": [{"do": "wait", "minutes": 60}, MANAGER]})
    run, around = Run(UUID(int=7), UUID(int=8), "running", 0, 1, NOON, NOON), Around()
    climb(run, rungs, around, now=NOON)
    assert run.next_at == NOON + timedelta(minutes=60)

    around.calendar = OpenCalendar(
        name="shut for an hour",
        zone=ZoneInfo("UTC"),
        week=WeekHours((ALL_DAY,) * 7),
        closures=[Closure(NOON + timedelta(minutes=10), NOON + timedelta(minutes=70), "flood")],
    )
    climb(run, rungs, around, now=NOON + timedelta(minutes=15))

    assert run.next_at == NOON + timedelta(minutes=120)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"do": "wait", "minutes": 60}, "wait 60 open minutes"),
        ({"do": "notify", "role": "district_manager"}, "notify district manager by inbox"),
        (
            {"do": "continue_if_more_than", "cases": 3, "minutes": 90},
            "continue if more than 3 cases in 90 minutes",
        ),
        ({"do": "reassign", "role": "region_manager"}, "reassign region manager"),
        ({"do": "offer_other_store"}, "offer other store"),
    ],
)
def test_a_step_is_said_with_whom_it_tells(step: dict[str, Any], sentence: str) -> None:
    assert ladders.said(step) == sentence
