"""One call to somebody's API: guarded, bounded in time and size, never redirected or repeated.

Whatever the network or the other side does comes back as a value. What it means is for the channel
to say; `judged` holds what HTTP means to all of them.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from bridge.channels import webhook
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed

ANSWER_MAX_BYTES: Final = 1024 * 1024
DOUBTFUL: Final = frozenset({"timeout", "connection_lost", "bad_answer"})
"""Failures after which the other side may have done what was asked."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. Of `json`, `form` and `body` at most one is given."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. `headers` have small names; `is_whole` is false when it was cut off at the limit."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    duration_seconds: float
    is_whole: bool = True

    @property
    def is_good(self) -> bool:
        """Whether it is 2xx."""
        return HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES

    def json(self) -> Any:
        """The body as JSON, or None when it is none (or was cut off)."""
        try:
            return orjson.loads(self.body) if self.is_whole else None
        except orjson.JSONDecodeError:
            return None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one when it is none."""
        value = self.json()
        return value if isinstance(value, dict) else {}

    @property
    def at(self) -> datetime:
        """When it was said by the other side's own clock, so that a difference to ours does not count."""
        return webhook.said_at(self.headers.get("date"))

    def seconds_until(self, moment: float) -> float:
        """How long it was then to `moment`, in seconds since 1970; both by the other side's clock."""
        return max(moment - self.at.timestamp(), 0.0)

    @property
    def retry_after_seconds(self) -> float | None:
        """What a Retry-After header asks for."""
        return webhook.retry_after_seconds(self.headers.get("retry-after"), at=self.at)


Call = Callable[[Request], Answered | Failed]
"""What a channel is given to call with: `call` under the limits of the day, or a test in its place."""


def call(request: Request, *, limits: Limits) -> Answered | Failed:
    """Ask once. Takes at most the limits' seconds for connecting and reading; raises nothing."""
    started = time.monotonic()
    headers = dict(request.headers)
    body = request.body
    if request.json is not None:
        body = orjson.dumps(request.json)
        headers.setdefault("Content-Type", "application/json")
    elif request.form is not None:
        body = urlencode(request.form).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    response = webhook.asked(request.method, request.url, body, headers, limits=limits)
    if isinstance(response, Failed):
        return response
    return whole(response, started, limits)


def whole(response: webhook.Response, started: float, limits: Limits) -> Answered:
    """Read an answer to its end, or to the limit. `started` is when it was asked for, by `time.monotonic`."""
    text, is_whole = webhook.read_up_to(response, limits.response_max_bytes)
    return Answered(
        response.status_code,
        {name.lower(): value for name, value in response.headers.items()},
        text,
        time.monotonic() - started,
        is_whole,
    )
