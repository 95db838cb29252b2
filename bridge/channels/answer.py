"""What came of telling somebody something, the same for every channel of staff."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from bridge.channels.webhook import Failed, Sent


class Result(StrEnum):
    """What the sweep does next."""

    SENT = "sent"
    RETRY = "retry"
    FINAL = "final"
    """This notice will never go there."""
    DISABLE = "disable"
    """Nothing will ever go there: the contact point is switched off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One try. `error` is one word, "" when sent; `stops_turn` says that what follows would fail alike."""

    result: Result
    error: str = ""
    status_code: int | None = None
    excerpt: str = ""
    duration_seconds: float = 0.0
    retry_after_seconds: float | None = None
    stops_turn: bool = False


def of_http(
    told: Sent | Failed, *, final: Collection[int], disable: Collection[int] = (HTTPStatus.GONE,)
) -> Answer:
    """Judge an HTTP answer: 2xx is sent, `disable` and `final` are for good, the rest is tried again."""
    if isinstance(told, Failed):
        return Answer(Result.RETRY, told.error, duration_seconds=told.duration_seconds, stops_turn=True)
    status = told.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        result, error = Result.SENT, ""
    elif status in disable:
        result, error = Result.DISABLE, f"status_{status}"
    elif status in final:
        result, error = Result.FINAL, f"status_{status}"
    else:
        result, error = Result.RETRY, f"status_{status}"
    return Answer(
        result,
        error,
        status,
        told.excerpt,
        told.duration_seconds,
        told.retry_after_seconds,
        stops_turn=status == HTTPStatus.TOO_MANY_REQUESTS or result is Result.DISABLE,
    )
