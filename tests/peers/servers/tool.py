"""What the local care tools have in common: numbers, who is let in, and what goes wrong when somebody writes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.peers.servers.loopback import Fault, Handler, listening


@dataclass
class Tool:
    """Somebody's care tool. `faults` are taken one by one by requests that write.

    A fault that `keeps` has its side effect all the same.
    """

    faults: list[str] = field(default_factory=list)
    numbers: int = 9_000
    asked: list[tuple[str, str]] = field(default_factory=list)

    KEEPS = frozenset({"status_500", "status_502", "silence", "hang_up", "malformed", "empty", "huge"})

    def number(self) -> int:
        """The next id."""
        self.numbers += 1
        return self.numbers

    def require(self, headers: dict[str, str]) -> None:
        """Raise Refused unless the request is signed in."""
        raise NotImplementedError

    def answer(self, method: str, path: str, args: dict[str, str], body: Any) -> tuple[int, object]:
        """Do what is asked."""
        raise NotImplementedError


def now() -> str:
    """The moment as these tools write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def serving(tool: Tool) -> Iterator[str]:
    """The tool's address, until the block ends."""
    with listening(_Handler, tool) as url:
        yield url


class _Handler(Handler):
    vendor: Tool

    def take(self, raw: bytes) -> None:
        tool, parts = self.vendor, urlsplit(self.path)
        tool.asked.append((self.command, parts.path))
        kind = tool.faults.pop(0) if self.command != "GET" and tool.faults else ""
        self.respond(
            Fault(kind, keeps=kind in tool.KEEPS) if kind else None,
            allow=lambda: tool.require({name.lower(): value for name, value in self.headers.items()}),
            do=lambda: tool.answer(
                self.command, parts.path, dict(parse_qsl(parts.query)), json.loads(raw or b"null")
            ),
        )

    def own_fault(self, kind: str) -> None:
        soon = datetime.now(UTC) + timedelta(seconds=90)
        match kind:
            case "status_401" | "status_403" | "status_500" | "status_502":
                self.send(int(kind[-3:]), {"error": "made on request"})
            case "429_seconds":
                self.send(429, {"error": "too many"}, **{"Retry-After": "90"})
            case "429_date":
                self.send(429, {"error": "too many"}, **{"Retry-After": format_datetime(soon, usegmt=True)})
            case "429_reset":
                self.send(429, b"Retry later\n", **{"X-RateLimit-Reset": str(int(soon.timestamp()))})
            case "429_ratelimit":
                self.send(429, {"error": "too many"}, **{"RateLimit-Reset": "90"})
            case _:
                raise AssertionError(kind)
