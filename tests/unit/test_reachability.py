"""One score for how well a store can be reached, and its parts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.reachability import Signals, rate

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
counts = st.integers(0, 1000)


def test_a_store_that_answers_has_none() -> None:
    found = rate(Signals(acknowledgements_due=40, last_sign_at=NOW), now=NOW)

    assert (found.score, found.is_listed) == (0, False)


def test_two_promises_without_an_answer_are_enough() -> None:
    assert rate(Signals(silent_cases=2), now=NOW).is_listed


def test_one_is_not_yet_a_habit() -> None:
    one = Signals(
        acknowledgements_due=1,
        acknowledgements_missed=1,
        silent_cases=1,
        oldest_silent_at=NOW - timedelta(days=2),
    )

    assert not rate(one, now=NOW).is_listed


def test_days_without_a_sign_count_only_while_somebody_waits() -> None:
    quiet = Signals(last_sign_at=NOW - timedelta(days=20))
    waiting = Signals(silent_cases=1, oldest_silent_at=NOW - timedelta(days=3))

    assert rate(quiet, now=NOW).score == 0
    assert {part.name: part.count for part in rate(waiting, now=NOW).parts}["quiet_days"] == 3


@pytest.mark.parametrize("name", ["silent_cases", "lapses", "transfers_not_taken", "calls_reported"])
def test_each_part_only_adds(name: str) -> None:
    scores = [rate(Signals(**{name: count}), now=NOW).score for count in range(10)]

    assert scores == sorted(scores)
    assert scores[1] > scores[0]


@given(counts, counts, counts, counts, counts, counts)
def test_the_score_is_the_sum_of_its_parts_and_at_most_a_hundred(
    due: int, missed: int, silent: int, lapses: int, transfers: int, calls: int
) -> None:
    found = rate(Signals(due, missed, silent, NOW - timedelta(days=90), lapses, transfers, calls), now=NOW)

    assert (
        found.score
        == sum(part.points for part in found.parts)
        <= sum(part.most for part in found.parts)
        == 100
    )
    assert all(0 <= part.points <= part.most for part in found.parts)
