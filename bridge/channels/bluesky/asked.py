"""How a question to a server of the protocol is written, and what its answers mean.

A bad token is 400 with a word of its own, not 401 (seen on the network's own programs). Rate limits:
`ratelimit-reset` is a moment in seconds since 1970.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.webhook import Failed

POSTS: Final = "app.bsky.feed.post"
_DEAD_TOKEN: Final = frozenset({"InvalidToken", "ExpiredToken"})
_WORD_MAX: Final = 60


def question(account: Account, method: str, values: Sequence[tuple[str, str]] | Mapping[str, str]) -> Request:
    """A query, signed in where we have a token."""
    return Request("GET", f"{account.base_url}/xrpc/{method}?{urlencode(values)}", signed_in(account))


def signed_in(account: Account) -> dict[str, str]:
    """The header that says who asks; empty before the first sign-in."""
    token = account.secret("access_token")
    return {"Authorization": f"Bearer {token}"} if token else {}


def word(told: Answered) -> str:
    """The server's own word for what went wrong, or an empty text."""
    given = told.object().get("error")
    return given[:_WORD_MAX] if isinstance(given, str) and given.isascii() and given.isalnum() else ""


def is_signed_out(told: Answered | Failed) -> bool:
    """Whether the token is dead or missing."""
    if isinstance(told, Failed):
        return False
    return told.status_code == 401 or (told.status_code == 400 and word(told) in _DEAD_TOKEN)


def wait_seconds(told: Answered) -> float | None:
    """How long the server asks to wait: Retry-After, else the moment at which its limit begins anew."""
    if told.retry_after_seconds is not None:
        return told.retry_after_seconds
    reset = told.headers.get("ratelimit-reset", "")
    if not (reset.isascii() and reset.isdigit()):
        return None
    return told.seconds_until(int(reset[:12]))
