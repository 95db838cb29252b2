"""How a poll or a renewal ends that brought no answer: one word, how long to wait, and whether to sign in again."""

from collections.abc import Mapping

import pytest

from bridge.channels.accounts import NotNow
from bridge.channels.asking_for import NotAnswered, answered
from bridge.channels.calling import Answered
from bridge.channels.protocol import Plain
from bridge.channels.registry import channel
from bridge.channels.webhook import Failed
from tests.channels.answers import answer
from tests.channels.cases import bluesky, mastodon, x

NETWORKS = {"bluesky": bluesky.ACCOUNT, "mastodon": mastodon.ACCOUNT, "x": x.ACCOUNT}
KEPT: Mapping[str, object] = {"kept": 1}
CAPPED = {"type": "https://api.x.com/2/problems/usage-capped", "title": "UsageCapExceeded"}

ENDINGS: list[tuple[str, Answered | Failed, tuple[str, float | None, bool]]] = [
    *(
        (name, told, ending)
        for name in NETWORKS
        for told, ending in [
            (Failed("timeout", 1.0), ("timeout", None, False)),
            (answer(401), ("signed_out", None, True)),
            (answer(429, None, retry_after="30"), ("status_429", 30, False)),
            (answer(503), ("status_503", None, False)),
        ]
    ),
    ("bluesky", answer(400, {"error": "ExpiredToken"}), ("signed_out", None, True)),
    ("x", answer(429, CAPPED, retry_after="30"), ("usage-capped", 30, False)),
]


@pytest.mark.parametrize(("name", "told", "ending"), ENDINGS)
def test_a_poll_that_is_not_answered_ends_so(
    name: str, told: Answered | Failed, ending: tuple[str, float | None, bool]
) -> None:
    its: Plain = channel(name)
    polled = its.poll(NETWORKS[name], KEPT, call=lambda _request: told)
    assert (polled.error, polled.retry_after_seconds, polled.is_signed_out) == ending
    assert (polled.cursor, polled.items) == (KEPT, ())


@pytest.mark.parametrize(("name", "told", "ending"), [one for one in ENDINGS if not one[2][2]])
def test_new_tokens_that_are_not_given_just_now_sign_nobody_out(
    name: str, told: Answered | Failed, ending: tuple[str, float | None, bool]
) -> None:
    with pytest.raises(NotNow) as refused:
        channel(name).refresh(NETWORKS[name], call=lambda _request: told)
    status = told.status_code if isinstance(told, Answered) else None
    assert (refused.value.reason, refused.value.retry_after_seconds) == ending[:2]
    assert refused.value.status_code == status


@pytest.mark.parametrize("told", [Failed("timeout", 1.0), answer(404), answer(302)])
def test_only_a_good_answer_is_one(told: Answered | Failed) -> None:
    with pytest.raises(NotAnswered):
        answered(told)
    assert answered(good := answer(204)) is good
