"""What the tests about outcomes share: a migrated database, a brand, and receivers that misbehave.

`receiver()` is a real HTTP server on the loopback address whose behaviour is set by path.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from uuid import UUID

from bridge import db
from bridge.models.base import new_id
from bridge.models.directory import Brand
from bridge.models.outcomes import Outcome
from bridge.roles import Actor
from bridge.services import webhooks
from bridge.services.delivery import deliver_due
from bridge.settings import Settings, read_settings


@dataclass
class Message:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Somebody's server. `answers[path]` is a list of statuses, the last one for ever."""

    port: int
    answers: dict[str, list[int]] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)
    hang_seconds: float = 30

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Message]:
        with self.lock:
            return [one for one in self.messages if one.path == path]

    def next_status(self, path: str) -> int:
        left = self.answers.get(path, [200])
        return left.pop(0) if len(left) > 1 else left[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.receiver.lock:
            self.receiver.messages.append(Message(self.path, headers, body))
            status = self.receiver.next_status(self.path)
        kind = self.path.removeprefix("/").split("/")[0].replace("-", "_")
        getattr(self, f"_{kind}", self._answer)(status)

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def _redirect(self, _status: int) -> None:
        self._answer(301, Location="/inside")

    def _retry_after(self, _status: int) -> None:
        self._answer(429, Retry_After="3600")

    def _pause(self, status: int) -> None:
        time.sleep(0.02)
        self._answer(status)

    def _hang(self, _status: int) -> None:
        time.sleep(self.receiver.hang_seconds)
        self.close_connection = True

    def _reset(self, _status: int) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True

    def _garbage(self, _status: int) -> None:
        self.wfile.write(b"\x00\x01\x02 this is not HTTP\r\n\r\n" * 10)
        self.close_connection = True

    def _drip(self, _status: int) -> None:
        """A header that never ends, a byte at a time: no single read ever takes long."""
        self._until_hung_up(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", pause_seconds=0.05)

    def _huge(self, _status: int) -> None:
        self._until_hung_up(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", b"x\0" * 32_768, 0)

    def _until_hung_up(self, first: bytes, then: bytes, pause_seconds: float) -> None:
        self.close_connection = True
        ends = time.monotonic() + self.receiver.hang_seconds
        try:
            self.wfile.write(first)
            while time.monotonic() < ends:
                self.wfile.write(then)
                time.sleep(pause_seconds)
        except OSError:
            pass

    def log_message(self, *_args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, *_args: object) -> None:
        """Say nothing: hanging up is what these tests are about."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Start a receiver and stop it at the end."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        handler.receiver = running = Receiver(server.server_port)  # type: ignore[attr-defined]  # set once, read by each request
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def delivery_settings(**changes: object) -> Settings:
    """The settings of these tests: local receivers allowed."""
    return read_settings(**{"webhook_allow_private_addresses": True, **changes})


def impatient() -> Settings:
    """The same for receivers that hang; a good one on a busy machine may need as long."""
    return delivery_settings(webhook_read_timeout_seconds=0.6)


def deliver_at(moment: datetime, *, config: Settings | None = None, **options: Any) -> dict[str, int]:
    """Sweep as if it were `moment`."""
    return +deliver_due(config or delivery_settings(), clock=lambda: moment, **options)


@dataclass(frozen=True)
class Office:
    """A brand, and Hana at HQ who may configure its webhooks."""

    hana: Actor

    def register(self, url: str, config: Settings, now: datetime, *topics: str) -> webhooks.WithSecret:
        with db.transaction() as session:
            return webhooks.register(
                session, self.hana, url=url, topics=topics or ("*",), config=config, now=now
            )


def open_office() -> Office:
    """Store a brand of its own for one test."""
    with db.transaction() as session:
        brand = Brand(name=f"Brand {new_id()}")
        session.add(brand)
    return Office(Actor(kind="integration", id=None, name="Hana", brand_id=brand.id))


def owe(endpoint_id: UUID, now: datetime, *, count: int = 1, **payload: object) -> list[UUID]:
    """Write outcomes as the acts do."""
    rows = [
        Outcome(
            channel="webhook",
            topic="escalation.honoured",
            endpoint_id=endpoint_id,
            payload={"number": number, "status": "honoured", "amount_minor": 12_50, **payload},
            created_at=now,
            next_at=now,
            request_id="request-1",
        )
        for number in range(count)
    ]
    with db.transaction() as session:
        session.add_all(rows)
    return [row.id for row in rows]


def read_outcome(outcome_id: UUID) -> Any:
    """The stored row."""
    with db.statement() as connection:
        return connection.execute("SELECT * FROM outcomes WHERE id = %(id)s", {"id": outcome_id}).fetchone()


def read_attempts(outcome_id: UUID) -> list[Any]:
    """The stored attempts, oldest first."""
    with db.statement() as connection:
        return connection.execute(
            "SELECT * FROM delivery_attempts WHERE outcome_id = %(id)s ORDER BY attempt", {"id": outcome_id}
        ).fetchall()


def wait_until(condition: Any, *, seconds: float) -> bool:
    """Ask every 50 ms whether `condition()` holds, for at most so long."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def environment(**changes: str) -> dict[str, str]:
    """The environment of a child process, with changes."""
    return {**os.environ, **changes}
