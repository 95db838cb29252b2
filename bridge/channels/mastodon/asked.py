"""How a question to a server is written, and what its answers mean.

Rate limits: `X-RateLimit-Reset` is an ISO moment on Mastodon; others send seconds since 1970.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request

EXCERPT_MAX: Final = 200


def question(account: Account, path: str, values: Sequence[tuple[str, str]] = ()) -> Request:
    """A query, signed in."""
    asked = f"?{urlencode(values)}" if values else ""
    return Request("GET", f"{account.base_url}/api/{path}{asked}", signed_in(account))


def status_path(status_id: str, more: str = "") -> str:
    """Where one status of the server is; its id is opaque and may hold any sign."""
    return f"v1/statuses/{quote(status_id, safe='')}{more}"


def signed_in(account: Account) -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": f"Bearer {account.secret('access_token')}"}


def host(account: Account) -> str:
    """The account's own server."""
    return (urlsplit(account.base_url).hostname or "").removeprefix("www.")


def whole_handle(acct: str, account: Account) -> str:
    """A handle with its server; the server leaves its own out."""
    return acct if "@" in acct else f"{acct}@{host(account)}"


def wait_seconds(told: Answered) -> float | None:
    """How long the server asks to wait: Retry-After, else the moment at which its limit begins anew."""
    if told.retry_after_seconds is not None:
        return told.retry_after_seconds
    reset = _moment(told.headers.get("x-ratelimit-reset", ""))
    return None if reset is None else told.seconds_until(reset.timestamp())


def _moment(given: str) -> datetime | None:
    try:
        if given.isascii() and given.isdigit():
            return datetime.fromtimestamp(int(given[:12]), UTC)
        moment = datetime.fromisoformat(given)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def said(told: Answered, *, never: str) -> str:
    """What the server says went wrong, unless it repeats our own words."""
    given: Mapping[str, object] = told.object()
    words = given.get("error")
    return words[:EXCERPT_MAX] if isinstance(words, str) and never not in words else ""
