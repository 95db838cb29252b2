"""A line that stays open is read as it comes, and ends in one word whatever the other side does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bridge.channels import lines
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import RAW_MAX_BYTES
from bridge.channels.guard import Limits
from bridge.channels.lines import Line, open_line
from bridge.channels.webhook import Failed

LIMITS = Limits(allow_private=True, read_seconds=0.5)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\n\r\n"

Act = Callable[[socket.socket], None]


@contextmanager
def other_side(act: Act) -> Iterator[Request]:
    """Listens on loopback, and does this with whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                act(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Request(
            "GET", f"http://127.0.0.1:{server.getsockname()[1]}/stream", {"Authorization": "Bearer x"}
        )
        thread.join(20)


def opened(request: Request) -> Line:
    line = open_line(request, limits=LIMITS)
    assert isinstance(line, Line)
    return line


def chunk(text: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(text), text)


def says(*parts: bytes) -> Act:
    def act(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02)

    return act


@pytest.mark.parametrize(
    "parts",
    [
        (CHUNKED, chunk(b'{"a": 1}\r\n'), chunk(b"\r\n"), chunk(b'{"b'), chunk(b'": 2}\r\n{"c": 3}\r\n')),
        (PLAIN, b'{"a": 1}\r\n\r\n{"b": 2', b'}\r\n{"c": 3}\r\n'),
    ],
)
def test_lines_come_whole_however_they_are_cut_into_pieces(parts: tuple[bytes, ...]) -> None:
    with other_side(says(*parts)) as request:
        line = opened(request)
        assert [one.strip() for one in line] == [b'{"a": 1}', b"", b'{"b": 2}', b'{"c": 3}']
        assert line.ended.error == "connection_lost"


def test_a_line_is_read_as_it_comes_and_longer_than_an_answer_may_take() -> None:
    """Half a second is what the limits give an answer; each of these pieces comes later than that."""

    def act(connection: socket.socket) -> None:
        connection.sendall(CHUNKED)
        for _ in range(3):
            connection.sendall(chunk(b"x\n"))
            waits.acquire()
            time.sleep(LIMITS.read_seconds)

    waits = threading.Semaphore(0)
    with other_side(act) as request:
        began = time.monotonic()
        heard = []
        for one in opened(request):
            heard.append(one)
            waits.release()
        assert heard == [b"x"] * 3
        assert time.monotonic() - began > 2 * LIMITS.read_seconds


def test_silence_longer_than_the_network_s_heartbeat_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "IDLE_SECONDS", 0.3)
    done = threading.Event()

    def act(connection: socket.socket) -> None:
        connection.sendall(CHUNKED + chunk(b"x\n"))
        done.wait(20)

    with other_side(act) as request:
        line = opened(request)
        assert list(line) == [b"x"]
        done.set()
    assert line.ended.error == "timeout"


def test_a_line_that_never_ends_costs_no_more_memory_than_a_delivery_may() -> None:
    sent = threading.Event()

    def act(connection: socket.socket) -> None:
        connection.sendall(CHUNKED)
        try:
            for _ in range(30 * RAW_MAX_BYTES // 60_000):
                connection.sendall(chunk(b"x" * 60_000))
        except OSError:
            sent.set()

    with other_side(act) as request:
        line = opened(request)
        assert list(line) == []
    assert line.ended.error == "line_too_long"
    assert sent.is_set(), "we hung up"


@pytest.mark.parametrize("part", [b"zz\r\nno size\r\n", b"ff\r\ncut off"])
def test_what_is_cut_off_or_no_http_is_a_lost_connection(part: bytes) -> None:
    with other_side(says(CHUNKED, part)) as request:
        line = opened(request)
        assert not [one for one in line if one]
    assert line.ended.error == "connection_lost"


@pytest.mark.parametrize(
    "status", ["302 Found\r\nLocation: http://127.0.0.1:1/", "401 No", "429 Slow", "204 Empty"]
)
def test_what_is_not_200_is_an_answer_and_no_line(status: str) -> None:
    text = f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with other_side(says(text)) as request:
        told = open_line(request, limits=LIMITS)
    assert isinstance(told, Answered)
    assert told.status_code == int(status[:3])


@pytest.mark.parametrize(
    "begins", [b"HTTP/1.1 429 Slow\r\nContent-Length: 900\r\n\r\n", b"HTTP/1.1 200 OK\r\n"]
)
def test_headers_and_a_refusal_have_the_time_of_an_answer_however_slowly_they_drip(begins: bytes) -> None:
    done = threading.Event()

    def act(connection: socket.socket) -> None:
        try:
            connection.sendall(begins)
            while not done.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            pass

    with other_side(act) as request:
        told = open_line(request, limits=LIMITS)
        done.set()
    assert not isinstance(told, Line)


def test_an_address_inside_is_never_called() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = open_line(Request("GET", f"http://127.0.0.1:{server.getsockname()[1]}/"), limits=Limits())
    assert isinstance(told, Failed)
    assert told.error == "unsafe_address"


def test_another_thread_ends_the_waiting() -> None:
    done = threading.Event()

    def act(connection: socket.socket) -> None:
        connection.sendall(CHUNKED + chunk(b"x\n"))
        done.wait(20)

    with other_side(act) as request:
        line = opened(request)
        heard = iter(line)
        assert next(heard) == b"x"
        threading.Timer(0.2, line.close).start()
        began = time.monotonic()
        assert list(heard) == []
        assert time.monotonic() - began < lines.IDLE_SECONDS
        line.close()
        done.set()
