"""What X's answers mean: waits, refusals, and errors that come with 200.

An error is `application/problem+json`, a list `errors`, or both, and may stand in an answer of 200. Only
the last step of its `type` counts: the host differs. `x-rate-limit-reset` is a moment in seconds since
1970. Source: docs.x.com/x-api/fundamentals/response-codes-and-errors, rate-limits.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from bridge.channels import asking_for
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Result, Told, unanswered
from bridge.channels.webhook import Failed
from bridge.channels.x.posts import rows

EXCERPT_MAX: Final = 200
WAIT_WHEN_CAPPED_SECONDS: Final = 3600.0
_WORD_MAX: Final = 60
_NO_TYPE: Final = frozenset({"", "about:blank"})


def question(account: Account, path: str, values: Mapping[str, str], *, by: str = "access_token") -> Request:
    """A query in the name of the account, or of the app."""
    query = f"?{urlencode(values)}" if values else ""
    return Request("GET", f"{account.base_url}{path}{query}", signed_in(account, by=by))


def signed_in(account: Account, *, by: str = "access_token") -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": f"Bearer {account.secret(by)}"}


def problem(told: Answered) -> str:
    """The last step of the error's type: `resource-not-found`; empty when there is none."""
    given = told.object()
    for one in (*rows(given.get("errors")), given):
        kind = one.get("type")
        last = kind.rstrip("/").rpartition("/")[2][:_WORD_MAX] if isinstance(kind, str) else ""
        if last not in _NO_TYPE and last.isascii():
            return last
    return ""


def said(told: Answered) -> str:
    """X's own words about what went wrong, in small letters."""
    given = told.object()
    words: list[Any] = []
    for one in (*rows(given.get("errors")), given):
        words += [one.get("detail"), one.get("message"), one.get("title")]
    return " ".join(word for word in words if isinstance(word, str)).lower()


def wait_seconds(told: Answered) -> float | None:
    """How long to wait: until the limit begins anew, else what Retry-After asks for."""
    reset = told.headers.get("x-rate-limit-reset", "")
    if reset.isascii() and reset.isdigit():
        return told.seconds_until(int(reset[:12]))
    return told.retry_after_seconds


def trouble(told: Answered | Failed) -> str:
    """One word for an answer that is none; X's own word where it has one."""
    return (problem(told) if isinstance(told, Answered) else "") or asking_for.trouble(told)


def judged(told: Answered | Failed, text: str) -> Told:
    """What an answer without what was asked for means; a refusal is FINAL, and the caller may know better."""
    if isinstance(told, Failed):
        return unanswered(told)
    status, kind = told.status_code, problem(told)
    if status == 401:
        return Told(result=Result.SIGNED_OUT, error="signed_out", status_code=status)
    if kind == "usage-capped":
        return Told(
            result=Result.RETRY, error=kind, status_code=status, pause_seconds=WAIT_WHEN_CAPPED_SECONDS
        )
    if status == 429 or kind == "rate-limit-exceeded":
        wait = wait_seconds(told)
        return Told(result=Result.RETRY, error="too_much", status_code=429, retry_after_seconds=wait)
    if status >= 500 or (told.is_good and not kind):
        wait = wait_seconds(told) if status >= 500 else None
        return Told(
            result=Result.UNKNOWN,
            error="bad_answer" if told.is_good else f"status_{status}",
            status_code=status,
            retry_after_seconds=wait,
        )
    if 300 <= status < 400:
        # Never followed, so nothing was done; their side is being moved, or somebody stands in between.
        return Told(result=Result.RETRY, error=f"status_{status}", status_code=status)
    return Told(
        result=Result.FINAL,
        error=_refusal(told, kind, status),
        status_code=status,
        excerpt=_excerpt(told, text),
    )


def _refusal(told: Answered, kind: str, status: int) -> str:
    words = said(told)
    if "duplicate" in words:
        return "duplicate"
    if kind == "invalid-request" and "length" in words:
        return "too_long"
    return kind or f"status_{status}"


def _excerpt(told: Answered, text: str) -> str:
    words = said(told)[:EXCERPT_MAX]
    return "" if text.lower() in words else words
