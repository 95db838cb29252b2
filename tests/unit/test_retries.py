from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.retries import ATTEMPTS_MAX, BACK_OFF, Judgement, judge, next_try

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_table_is_that_of_standard_webhooks() -> None:
    tries = [next_try(made, NOW, 0.0) for made in range(ATTEMPTS_MAX)]

    waits = [at - NOW for at in tries if at is not None]
    hours = [0, 0, 0, 0.5, 2, 5, 10, 14, 20, 24]
    assert waits[1:3] == [timedelta(seconds=5), timedelta(minutes=5)]
    assert waits[3:] == [timedelta(hours=hour) for hour in hours[3:]]
    assert waits[0] == timedelta(0)


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
