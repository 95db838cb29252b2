"""One POST to somebody's receiver: guarded, bounded in time and size, never redirected or repeated.

Called by the delivery sweep from several threads at once, outside any transaction.
Whatever the network or the receiver does comes back as a value.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
from urllib3.exceptions import HTTPError, NameResolutionError

from bridge.channels.guard import GuardedAdapter, Limits
from bridge.clock import utc_now
from bridge.errors import UnsafeAddress

Response = requests.Response
"""An answer whose body is still to be read."""

USER_AGENT: Final = "store-social-bridge/1"
EXCERPT_MAX_CHARACTERS: Final = 500
CONNECTIONS_MAX: Final = 32
_CHUNK_BYTES: Final = 16 * 1024
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver answered; the status code says how. `excerpt` is the beginning of its words."""

    status_code: int
    excerpt: str
    duration_seconds: float
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """There was no answer. `error` is one word: whether the receiver got the message is unknown."""

    error: str
    duration_seconds: float


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    limits: Limits,
    excerpt_max: int = EXCERPT_MAX_CHARACTERS,
) -> Sent | Failed:
    """Send `body` once. Takes at most `limits.connect_seconds` and `limits.read_seconds`, and raises nothing.

    Once the status has come, it decides: a body that is too long or too slow is cut off.
    """
    return _call("POST", url, body, headers, limits=limits, excerpt_max=excerpt_max)


def get(url: str, headers: Mapping[str, str], *, limits: Limits, excerpt_max: int) -> Sent | Failed:
    """Ask once, as `post`; `excerpt_max` is how many characters of the answer are wanted."""
    return _call("GET", url, None, headers, limits=limits, excerpt_max=excerpt_max)


def _call(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    limits: Limits,
    excerpt_max: int,
) -> Sent | Failed:
    started = time.monotonic()
    response = asked(method, url, body, headers, limits=limits)
    if isinstance(response, Failed):
        return response
    text, _ = read_up_to(response, limits.response_max_bytes)
    return Sent(
        response.status_code,
        _excerpt(text, excerpt_max),
        time.monotonic() - started,
        retry_after_seconds(response.headers.get("Retry-After"), at=said_at(response.headers.get("Date"))),
    )


def asked(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, limits: Limits
) -> Response | Failed:
    """The one place that calls: guarded, never redirected. The body is still to be read."""
    started = time.monotonic()
    try:
        return session(limits).request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=(limits.connect_seconds, limits.read_seconds),
            allow_redirects=False,
            stream=True,
        )
    except UnsafeAddress:
        return Failed("unsafe_address", time.monotonic() - started)
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        return Failed(_word_for(error), time.monotonic() - started)


@lru_cache(maxsize=8)
def session(limits: Limits) -> requests.Session:
    """The process's session. It is shared by threads, so it keeps connections and nothing else."""
    made = requests.Session()
    made.trust_env = False
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Not compressed: an excerpt is all we want, and a small answer must not unfold into a large one.
    made.headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    adapter = GuardedAdapter(limits, connections_max=CONNECTIONS_MAX)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


# A forked process must not write into its parent's connections.
os.register_at_fork(after_in_child=session.cache_clear)


def read_up_to(response: Response, most_bytes: int) -> tuple[bytes, bool]:
    """Read up to `most_bytes`, and say whether that was all.

    A connection whose answer was read whole is kept for the next call.
    """
    text = b""
    try:
        while len(text) < most_bytes:
            chunk = response.raw.read(min(_CHUNK_BYTES, most_bytes - len(text)), decode_content=False)
            if not chunk:
                response.raw.release_conn()
                return text, True
            text += chunk
    except (HTTPError, HTTPException, OSError):
        pass
    # The rest of the answer is still on its way, so this connection cannot be used again.
    response.raw.close()
    response.raw.release_conn()
    return text, False


def pieces(response: Response) -> Iterator[bytes | Failed]:
    """What comes of an answer without end, as it comes; last, once, how it ended. Raises nothing."""
    started, word = time.monotonic(), "connection_lost"
    try:
        while piece := response.raw.read1(_CHUNK_BYTES, decode_content=False):
            yield piece
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        found = _word_for(error)
        word = word if found == "bad_answer" else found  # cut off in the middle of a piece
    finally:
        response.close()
    yield Failed(word, time.monotonic() - started)


def hang_up(response: Response) -> None:
    """Let nothing more come: whoever reads goes on at once. From any thread."""
    with suppress(OSError, RuntimeError, ValueError):
        response.raw.shutdown()


def _excerpt(text: bytes, most: int) -> str:
    return _UNPRINTABLE.sub(" ", text[: most * 4].decode("utf-8", "replace"))[:most]


def said_at(date: str | None) -> datetime:
    """When an answer was given, by its own clock (its Date header); now, when it does not say.

    What it names by that clock is measured from there, so that a difference to ours does not count.
    """
    try:
        at = parsedate_to_datetime(date or "")
    except ValueError:
        return utc_now()
    return at.replace(tzinfo=at.tzinfo or UTC)


def retry_after_seconds(header: str | None, *, at: datetime) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date (RFC 9110 10.2.3); None when it is neither.

    `at` is when the answer with it was given.
    """
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((until.replace(tzinfo=until.tzinfo or UTC) - at).total_seconds(), 0)


def _word_for(error: BaseException) -> str:
    """Name what went wrong in one word that a log and a page can show."""
    if isinstance(error, requests.exceptions.SSLError):
        return "tls_failed"
    if isinstance(error, requests.ConnectTimeout):
        return "connect_timeout"
    if isinstance(error, requests.Timeout | TimeoutError):
        return "timeout"
    causes = list(_causes(error))
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return "name_not_resolved"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "connection_refused"
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return "timeout"
    if isinstance(error, requests.ConnectionError | OSError):
        return "connection_lost"
    if isinstance(error, ValueError):
        return "bad_address"
    return "bad_answer"


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it was made from, through `args`, `reason` and the chain of causes."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found
