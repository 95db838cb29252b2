"""One call to the Graph API, and what its answers mean: errors by their code, and how near the limit is.

The token goes in the header; Meta's own examples put it into the address, where logs keep it. An error
comes as `{"error": {"code", "error_subcode"}}`, mostly with 400 and now and then with 200. Codes 1 and 2
say that something went wrong over there: after a POST nobody knows whether it happened.
Sources: developers.facebook.com/docs/graph-api/guides/error-handling, …/overview/rate-limiting,
…/messenger-platform/error-codes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.going_out import Result, Told, unanswered
from bridge.channels.webhook import Failed

VERSION: Final = "v25.0"
STOP_AT_PERCENT: Final = 90
PAUSE_SECONDS: Final = 300.0
PAUSE_MAX_SECONDS: Final = 24 * 3600.0
_VERSION: Final = re.compile(r"v\d{1,3}\.\d{1,3}", re.ASCII)
_PATH: Final = re.compile(r"(?:me|[0-9_]{1,80})(?:/[a-z]{1,20})?", re.ASCII)

TOKEN_DEAD: Final = frozenset({102, 190})
TRANSIENT: Final = frozenset({1, 2})
TOO_MUCH: Final = frozenset({4, 17, 32, 613, *range(80001, 80015)})
TOO_LATE: Final = frozenset({2018278, 2534022})
PAGE_RESTRICTED: Final = 1893063
BLOCKED: Final = 368
CANNOT_BE_WRITTEN_TO: Final = frozenset({551, 2018108})
DUPLICATE: Final = 506
ALREADY_ANSWERED: Final = 10900
GONE: Final = 33


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a limit is used, in per cent, and in how many seconds there is room again."""

    percent: float
    regain_seconds: float


def ask(
    account: Account, path: str, call: Call, *, base_url: str = "", json: object = None, **args: str
) -> Answered | Failed:
    """GET, or POST when there is `json`. A path that is none is not asked for: it came from outside."""
    if not _PATH.fullmatch(path):
        return Failed("bad_reference", 0)
    chosen = account.settings.get("graph_version", "")
    version = chosen if _VERSION.fullmatch(chosen) else VERSION
    query = f"?{urlencode(args)}" if args else ""
    return call(
        Request(
            "GET" if json is None else "POST",
            f"{base_url or account.base_url}/{version}/{path}{query}",
            {"Authorization": f"Bearer {account.secret('access_token')}", "Accept": "application/json"},
            json=json,
        )
    )


def judged(answer: Answered | Failed, *, named: str) -> Told:
    """What a POST came to. `named` is the field of the answer that holds the new thing's id."""
    if isinstance(answer, Failed):
        if answer.error == "bad_reference":
            return Told(result=Result.FINAL, error=answer.error)
        return unanswered(answer)
    body, status = answer.object(), answer.status_code
    error = body.get("error")
    if isinstance(error, dict):
        return _refused(answer, error)
    if answer.is_good:
        made = body.get(named)
        if not isinstance(made, str) or not made:
            return Told(result=Result.UNKNOWN, error="bad_answer", status_code=status)
        usage = used(answer.headers)
        pause = _pause(usage) if usage.percent >= STOP_AT_PERCENT else None
        return Told(result=Result.SENT, external_id=made, status_code=status, pause_seconds=pause)
    if status == HTTPStatus.UNAUTHORIZED:
        return Told(result=Result.SIGNED_OUT, error="signed_out", status_code=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_much(answer, excerpt="")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Told(result=Result.UNKNOWN, error=f"status_{status}", status_code=status)
    if status < HTTPStatus.BAD_REQUEST:
        return Told(result=Result.RETRY, error="redirected", status_code=status)
    return Told(result=Result.FINAL, error=f"status_{status}", status_code=status)


def _refused(answer: Answered, error: Mapping[str, Any]) -> Told:
    code, subcode = _number(error, "code"), _number(error, "error_subcode")
    excerpt = f"code {code} subcode {subcode} trace {str(error.get('fbtrace_id', ''))[:40]}"
    if code in TOO_MUCH or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_much(answer, excerpt)

    def told(result: Result, word: str, pause: float | None = None) -> Told:
        return Told(
            result=result,
            error=word,
            status_code=answer.status_code,
            excerpt=excerpt,
            retry_after_seconds=pause,
            pause_seconds=pause,
        )

    if code in TOKEN_DEAD or (code == 0 and answer.status_code == HTTPStatus.UNAUTHORIZED):
        return told(Result.SIGNED_OUT, "signed_out")
    if code in TRANSIENT or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return told(Result.UNKNOWN, "transient")
    if subcode in TOO_LATE:
        return told(Result.TOO_LATE, "outside_window")
    if subcode == PAGE_RESTRICTED or code == BLOCKED:
        return told(Result.RETRY, "page_restricted", 3600)
    if code in CANNOT_BE_WRITTEN_TO or subcode in CANNOT_BE_WRITTEN_TO:
        return told(Result.FINAL, "cannot_be_written_to")
    if code == DUPLICATE:
        # The same words stand there already, perhaps ours from a try that had no clear end.
        return told(Result.UNKNOWN, "duplicate")
    if ALREADY_ANSWERED in {code, subcode}:
        return told(Result.FINAL, "already_answered")
    if code == 10 or HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        return told(Result.FINAL, "no_permission")
    return told(Result.FINAL, "gone" if subcode == GONE else f"code_{code}")


def _too_much(answer: Answered, excerpt: str) -> Told:
    seconds = answer.retry_after_seconds or _pause(used(answer.headers))
    return Told(
        result=Result.RETRY,
        error="too_much",
        status_code=answer.status_code,
        excerpt=excerpt,
        retry_after_seconds=seconds,
        pause_seconds=seconds,
    )


def used(headers: Mapping[str, str]) -> Usage:
    """The fullest of the limits that the answer's headers tell of; zero without any."""
    percent, regain = 0.0, 0.0
    for one in _usages(headers):
        share = max(_amount(one, name) for name in ("call_count", "total_cputime", "total_time"))
        percent = max(percent, share)
        if share >= STOP_AT_PERCENT:
            regain = max(regain, _amount(one, "estimated_time_to_regain_access") * 60)
    return Usage(percent, regain)


def _usages(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        try:
            told = orjson.loads(headers.get(name, "null"))
        except orjson.JSONDecodeError:
            continue
        if not isinstance(told, dict):
            continue
        yield told
        for of_business in told.values():
            if isinstance(of_business, list):
                yield from (one for one in of_business if isinstance(one, dict))


def _pause(usage: Usage) -> float:
    return min(usage.regain_seconds or PAUSE_SECONDS, PAUSE_MAX_SECONDS)


def _amount(value: Mapping[str, Any], name: str) -> float:
    given = value.get(name)
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else 0.0


def _number(value: Mapping[str, Any], name: str) -> int:
    given = value.get(name)
    if isinstance(given, str) and given.isascii() and given.isdecimal():
        return int(given[:12])
    return given if isinstance(given, int) and not isinstance(given, bool) else 0
