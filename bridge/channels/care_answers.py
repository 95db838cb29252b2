"""What a care tool answers to a write, a look or a question, and what follows from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from bridge.channels.calling import Answered
from bridge.channels.care import id_of, inside, words_of
from bridge.channels.coming_in import Fetched
from bridge.channels.going_out import Message, Result, Told, unanswered
from bridge.channels.webhook import Failed

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""A note that the tool dates this much before our first try may still be ours."""


def judged(
    told: Answered | Failed, made: Callable[[Any], str], *, permalink: str = "", visibility: str = ""
) -> Told:
    """What an answer to a write means. `made` reads the new thing's name out of it, "" when it is not there;
    `visibility` is who reads it once it is.

    A good answer without a name, and a server that failed, leave it open whether it was written.
    """
    if isinstance(told, Failed):
        return unanswered(told)
    status = told.status_code
    if told.is_good:
        name = made(told.json())
        if name:
            return Told(
                result=Result.SENT,
                external_id=name,
                permalink=permalink,
                visibility=visibility,
                status_code=status,
            )
        return Told(result=Result.UNKNOWN, error="bad_answer", status_code=status)
    result, error = _meaning(status)
    return Told(
        result=result,
        error=error,
        status_code=status,
        retry_after_seconds=wait_of(told) if result is not Result.FINAL else None,
    )


def numbered(name: Callable[[str], str]) -> Callable[[Any], str]:
    """How `judged` names a new thing whose number stands in the answer as `id`."""

    def made(body: Any) -> str:
        number = id_of(inside(body, "id"))
        return name(number) if number else ""

    return made


def _meaning(status: int) -> tuple[Result, str]:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return Result.SIGNED_OUT, "signed_out"
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Result.RETRY, "too_much"
        case HTTPStatus.CONFLICT | HTTPStatus.LOCKED:
            return Result.RETRY, f"status_{status}"
        case HTTPStatus.REQUEST_TIMEOUT:
            return Result.UNKNOWN, "timeout"
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Result.UNKNOWN, f"status_{status}"
        case _ if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return Result.FINAL, "redirected"
        case _:
            return Result.FINAL, f"status_{status}"


def wait_of(told: Answered) -> float | None:
    """How long the tool asks us to wait: Retry-After, else the moment at which its count starts again."""
    if told.retry_after_seconds is not None:
        return told.retry_after_seconds
    for name in ("ratelimit-reset", "x-ratelimit-reset", "rate-limit-reset"):
        value = told.headers.get(name, "")
        if value.isascii() and value.isdigit() and len(value) <= 12:
            seconds = int(value)
            # Some tools give the seconds to wait, others the moment since 1970.
            return float(seconds) if seconds < 10**9 else told.seconds_until(seconds)
    return None


def unclear(told: Answered | Failed) -> Told:
    """A look that brought nothing to read."""
    found = judged(told, lambda _body: "")
    return found if found.result is not Result.FINAL else replace(found, result=Result.RETRY)


def not_begun(told: Answered | Failed) -> Told:
    """The question before a write brought nothing to read: nothing was written, so it may be tried again."""
    found = judged(told, lambda _body: "")
    return replace(found, result=Result.RETRY) if found.result is Result.UNKNOWN else found


def not_fetched(told: Answered | Failed) -> Fetched:
    """A conversation that could not be read."""
    found = unclear(told)
    return Fetched(error=found.error, is_signed_out=found.result is Result.SIGNED_OUT)


@dataclass(frozen=True, slots=True)
class Written:
    """One message that the tool shows in a conversation."""

    name: str
    text: str
    is_note: bool
    at: datetime | None


def looked_up(messages: Iterable[Written], message: Message, *, is_note: bool, permalink: str = "") -> Told:
    """Whether one of the conversation's messages is ours, by its words, its kind and its time."""
    since = message.since - CLOCKS_DIFFER if message.since else None
    wanted = words_of(message.text)
    for one in messages:
        late_enough = since is None or one.at is None or one.at >= since
        if one.is_note == is_note and late_enough and words_of(one.text) == wanted:
            return Told(result=Result.SENT, external_id=one.name, permalink=permalink)
    return Told(result=Result.NOT_THERE)


def not_in_private(door_url: str) -> Told:
    """The conversation is read by everybody, or it cannot be told: a private text must not go there."""
    return Told(result=Result.HAND_OFF, error="conversation_is_public", hand_off_url=door_url)
