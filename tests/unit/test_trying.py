"""A ladder climbed through a case's past: the same steps as the clock takes, and none where nobody waited."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bridge import ladders
from bridge.calendars import ALWAYS
from bridge.climbing import Recipient
from bridge.lifecycle import Status
from bridge.notices import Channel
from bridge.open_calendar import OpenCalendar
from bridge.sla import Told
from bridge.trying import Happened, PastCase, replay, totals_of

START = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
PEOPLE = {role: UUID(int=at + 1) for at, role in enumerate(Told)}


@dataclass
class Place:
    """A store that is always open; the roles in `empty` have nobody."""

    empty: frozenset[Told] = frozenset()
    moments: list[datetime] = field(default_factory=list)
    calendar: OpenCalendar = ALWAYS
    number: int = 1

    def at(self, now: datetime) -> "Place":
        self.moments.append(now)
        return self

    def reach(self, role: Told, channel: Channel) -> list[Recipient]:
        return [] if role in self.empty else [Recipient(channel, PEOPLE[role])]

    def silent_cases(self, minutes: int) -> int:
        return minutes // 30

    def other_store(self) -> dict[str, Any] | None:
        return None


LADDER = ladders.read(
    {
        "acknowledgement_lapses_after_minutes": 120,
        "lapses_most": 1,
        "steps": [
            {"do": "notify", "role": "store_manager", "channels": ["inbox", "email"]},
            {"do": "wait", "minutes": 60},
            {"do": "notify", "role": "district_manager"},
            {"do": "wait", "minutes": 60},
            {"do": "open_review"},
        ],
    }
)


def after(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def moved(minutes: int, action: str, was: Status, now: Status) -> Happened:
    return Happened(after(minutes), action, was, now)


ISSUED = moved(0, "submit", Status.DRAFT, Status.ISSUED)


def climbed(*happened: Happened, place: Place | None = None, **more: Any) -> list[tuple[int, str]]:
    """Minute and role (or act) of every step within a day."""
    past = PastCase((ISSUED, *happened), **more)
    found = replay(past, LADDER, place or Place(), store_number="12", until=after(24 * 60))
    return [(int((one.at - START).total_seconds() / 60), one.role or one.do) for one in found.rungs]


ALL = [(0, "store_manager"), (60, "district_manager"), (120, "open_review")]


def test_a_silent_store_is_climbed_to_the_end() -> None:
    assert climbed() == ALL


def test_nothing_is_climbed_after_an_acknowledgement() -> None:
    ok = moved(30, "acknowledge", Status.ISSUED, Status.ACKNOWLEDGED)
    honoured = moved(90, "honour", Status.ACKNOWLEDGED, Status.HONOURED)

    assert climbed(ok, honoured) == ALL[:1]


def test_an_acknowledgement_lapses_by_the_tried_ladder_and_only_so_often() -> None:
    ok = moved(30, "acknowledge", Status.ISSUED, Status.ACKNOWLEDGED)
    lapsed = moved(600, "lapse", Status.ACKNOWLEDGED, Status.ISSUED)
    again = moved(610, "acknowledge", Status.ISSUED, Status.ACKNOWLEDGED)

    # It lapses at 150, not at 600 as it did; the wait of the first rung is over by then.
    assert climbed(ok, lapsed, again) == [
        (0, "store_manager"),
        (150, "district_manager"),
        (210, "open_review"),
    ]
    assert climbed(ok, presented_at=after(100)) == ALL[:1]


def test_a_question_stops_the_climb_and_its_answer_goes_on() -> None:
    asked = moved(30, "ask_agent", Status.ISSUED, Status.AWAITING_AGENT)
    answered = moved(300, "answer", Status.AWAITING_AGENT, Status.ISSUED)

    assert climbed(asked, answered) == [
        (0, "store_manager"),
        (300, "district_manager"),
        (360, "open_review"),
    ]


def test_another_store_begins_anew() -> None:
    offered = moved(70, "offer_transfer", Status.ISSUED, Status.TRANSFERRING)
    taken = moved(100, "accept_transfer", Status.TRANSFERRING, Status.ISSUED)

    assert climbed(offered, taken) == [
        *ALL[:2],
        (100, "store_manager"),
        (160, "district_manager"),
        (220, "open_review"),
    ]


def test_a_rung_without_anybody_is_passed_with_its_wait_and_counted() -> None:
    place = Place(empty=frozenset({Told.STORE_MANAGER}))
    past = PastCase((ISSUED,))

    found = replay(past, LADDER, place, store_number="12", until=after(24 * 60))
    totals = totals_of([found, found])

    assert [one.result for one in found.rungs] == ["no_recipient", "done", "done"]
    assert [(one.at - START) for one in found.rungs][:2] == [timedelta(), timedelta()]
    assert totals.faults == {("12", "store_manager"): 2}
    assert (totals.reached, totals.messages, len(totals.people)) == (
        {"district_manager": 2, "review": 2},
        2,
        1,
    )


def test_a_ladder_without_a_review_ends_in_one_all_the_same() -> None:
    rungs = ladders.read({"steps": [{"do": "notify", "role": "store_manager"}]})

    assert replay(PastCase((ISSUED,)), rungs, Place(), store_number="12", until=after(1)).review
    assert not replay(PastCase((ISSUED,)), LADDER, Place(), store_number="12", until=after(119)).review


def test_the_customer_s_own_time_presses() -> None:
    assert climbed(presses=(after(20),)) == [
        (0, "store_manager"),
        (20, "district_manager"),
        (80, "open_review"),
    ]


def test_the_future_is_not_climbed() -> None:
    found = replay(PastCase((ISSUED,)), LADDER, Place(), store_number="12", until=after(60))

    assert len(found.rungs) == 1
