import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.retries import (
    ATTEMPTS_MAX,
    BACK_OFF,
    JITTER_SHARE,
    RETRY_AFTER_MAX,
    Judgement,
    judge,
    next_try,
)
from bridge.settings import Settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_table_is_that_of_standard_webhooks() -> None:
    tries = [next_try(made, NOW, 0.0) for made in range(ATTEMPTS_MAX)]

    waits = [at - NOW for at in tries if at is not None]
    hours = [0, 0, 0, 0.5, 2, 5, 10, 14, 20, 24]
    assert waits[1:3] == [timedelta(seconds=5), timedelta(minutes=5)]
    assert waits[3:] == [timedelta(hours=hour) for hour in hours[3:]]
    assert waits[0] == timedelta(0)


def test_the_documented_schedule_is_the_one_that_is_kept() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text()
    seconds = {"s": 1, "min": 60, "h": 3600}
    documented = [
        (int(number), timedelta(seconds=int(wait) * seconds[unit]))
        for number, wait, unit in re.findall(r"^\| (\d+) \| (\d+) (s|min|h) \|$", page, re.MULTILINE)
    ]

    assert documented == list(enumerate(BACK_OFF, start=1))
    assert f"is tried {ATTEMPTS_MAX} times in all" in page
    assert f"up to {JITTER_SHARE:.0%}".replace("%", " %") in page
    assert f"up to {RETRY_AFTER_MAX // timedelta(hours=1)} h." in page
    assert Settings.model_fields["webhook_read_timeout_seconds"].default == 10
    assert "Answer 2xx within ten seconds" in page


@pytest.mark.parametrize("made", [ATTEMPTS_MAX, ATTEMPTS_MAX + 1, 1000])
def test_after_the_tenth_attempt_the_outcome_is_dead(made: int) -> None:
    assert next_try(made, NOW, 0.0, retry_after_seconds=1) is None


@given(st.integers(0, ATTEMPTS_MAX - 1), st.floats(0, 1, exclude_max=True))
def test_jitter_lengthens_a_wait_by_at_most_a_fifth(made: int, jitter: float) -> None:
    at = next_try(made, NOW, jitter)

    assert at is not None
    assert BACK_OFF[made] <= at - NOW <= BACK_OFF[made] * 1.2


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (120, timedelta(seconds=120)),
        (1, timedelta(seconds=5)),
        (0, timedelta(seconds=5)),
        (-5, timedelta(seconds=5)),
        (10**9, timedelta(hours=24)),
        (float("inf"), timedelta(hours=24)),
    ],
)
def test_retry_after_lengthens_up_to_a_day_and_never_shortens(asked: float, wait: timedelta) -> None:
    assert next_try(1, NOW, 0.0, retry_after_seconds=asked) == NOW + wait


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_delivered(status: int) -> None:
    assert judge(status) is Judgement.DELIVERED


@pytest.mark.parametrize(
    "status", [None, 100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 429, 500, 503]
)
def test_everything_else_is_tried_again(status: int | None) -> None:
    assert judge(status) is Judgement.RETRY


def test_gone_is_gone() -> None:
    assert judge(410) is Judgement.GONE
