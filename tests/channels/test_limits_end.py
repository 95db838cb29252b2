"""When a limit begins anew, each in its network's words: measured by the clock that named the moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bridge.channels import care_answers
from bridge.channels.bluesky import asked as bluesky
from bridge.channels.calling import Answered
from bridge.channels.mastodon import asked as mastodon
from bridge.channels.x import answers as x
from bridge.clock import utc_now
from tests.channels.answers import answer

Wait = Callable[[Answered], float | None]
THEIRS = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
"""What the other side's clock shows; ours is months away from it."""
AGAIN = THEIRS + timedelta(seconds=40)
SECONDS = str(int(AGAIN.timestamp()))

STYLES: dict[str, tuple[Wait, dict[str, str]]] = {
    "bluesky": (bluesky.wait_seconds, {"ratelimit_reset": SECONDS}),
    "mastodon": (mastodon.wait_seconds, {"x_ratelimit_reset": AGAIN.isoformat()}),
    "a server like mastodon": (mastodon.wait_seconds, {"x_ratelimit_reset": SECONDS}),
    "x": (x.wait_seconds, {"x_rate_limit_reset": SECONDS}),
    "a care tool": (care_answers.wait_of, {"x_ratelimit_reset": SECONDS}),
    **{
        f"retry-after, {name}": (wait, {"retry_after": format_datetime(AGAIN, usegmt=True)})
        for name, wait in {
            "bluesky": bluesky.wait_seconds,
            "mastodon": mastodon.wait_seconds,
            "x": x.wait_seconds,
            "a care tool": care_answers.wait_of,
        }.items()
    },
}


@pytest.mark.parametrize("style", STYLES)
def test_a_limit_s_end_is_measured_by_the_clock_that_named_it(style: str) -> None:
    wait, headers = STYLES[style]
    assert wait(answer(429, None, date=format_datetime(THEIRS, usegmt=True), **headers)) == 40


@pytest.mark.parametrize("style", STYLES)
def test_a_limit_s_end_that_is_past_is_no_wait(style: str) -> None:
    wait, headers = STYLES[style]
    later = format_datetime(AGAIN + timedelta(seconds=1), usegmt=True)
    assert wait(answer(429, None, date=later, **headers)) == 0


@pytest.mark.parametrize("date", [{}, {"date": "noon"}])
def test_without_a_date_our_clock_is_as_good_as_any(date: dict[str, str]) -> None:
    reset = str(int(utc_now().timestamp()) + 40)
    assert care_answers.wait_of(answer(429, None, x_ratelimit_reset=reset, **date)) == pytest.approx(
        40, abs=2
    )
