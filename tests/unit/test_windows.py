"""When a network lets us write in private: the hours are data, their meaning is one table."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.windows import Way, Window, after_refusal, for_message, for_reply

SPOKE = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(hours=24)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("after", "way", "why"),
    [
        (timedelta(0), Way.FREE, ""),
        (DAY - TICK, Way.FREE, ""),
        (DAY, Way.PERSON, "late"),
        (WEEK - TICK, Way.PERSON, "late"),
        (WEEK, Way.CLOSED, "over"),
        (timedelta(days=400), Way.CLOSED, "over"),
        (timedelta(minutes=-3), Way.FREE, ""),
    ],
)
def test_a_day_is_free_a_week_needs_a_person_and_then_it_is_shut(
    after: timedelta, way: Way, why: str
) -> None:
    window = for_message(SPOKE + after, last_private_at=SPOKE, free_hours=24, person_hours=168)
    assert (window.way, window.why) == (way, why)
    assert window.until == {Way.FREE: SPOKE + DAY, Way.PERSON: SPOKE + WEEK, Way.CLOSED: None}[way]


def test_without_hours_nothing_counts() -> None:
    for last in (None, SPOKE):
        assert for_message(
            SPOKE + WEEK * 9, last_private_at=last, free_hours=None, person_hours=None
        ) == Window(Way.FREE)
    assert for_reply(SPOKE + WEEK * 9, posted_at=SPOKE, hours=None) == Window(Way.FREE)


def test_who_never_wrote_in_private_is_not_written_to() -> None:
    window = for_message(SPOKE, last_private_at=None, free_hours=24, person_hours=168)
    assert window == Window(Way.CLOSED, why="never_wrote")


def test_without_hours_for_a_person_the_day_is_all() -> None:
    window = for_message(SPOKE + DAY, last_private_at=SPOKE, free_hours=24, person_hours=None)
    assert window == Window(Way.CLOSED, why="over")


def test_a_post_has_its_private_answer_for_a_week() -> None:
    assert for_reply(SPOKE + WEEK - TICK, posted_at=SPOKE, hours=168) == Window(Way.FREE, SPOKE + WEEK)
    assert for_reply(SPOKE + WEEK, posted_at=SPOKE, hours=168) == Window(Way.CLOSED, why="post_too_old")


def test_hours_are_hours_whatever_the_clocks_of_the_place_do() -> None:
    from zoneinfo import ZoneInfo

    spoke = datetime(2026, 10, 24, 20, 0, tzinfo=ZoneInfo("Europe/London"))  # the clocks go back that night
    same = spoke.astimezone(UTC)
    for moment in (same + DAY - TICK, same + DAY):
        assert (
            for_message(moment, last_private_at=same, free_hours=24, person_hours=168).way
            is for_message(
                moment.astimezone(ZoneInfo("Europe/London")),
                last_private_at=same,
                free_hours=24,
                person_hours=168,
            ).way
        )


def test_the_network_s_own_word_leaves_it_to_a_person_once() -> None:
    def left(**more: object) -> Window:
        given = {"was_late": False, "last_private_at": SPOKE, "person_hours": 168} | more
        return after_refusal(SPOKE + DAY, **given)  # type: ignore[arg-type]

    assert left() == Window(Way.PERSON, SPOKE + WEEK, "late")
    for nothing in (
        {"was_late": True},
        {"last_private_at": None},
        {"person_hours": None},
        {"person_hours": 24},
    ):
        assert left(**nothing) == Window(Way.CLOSED, why="over"), nothing
