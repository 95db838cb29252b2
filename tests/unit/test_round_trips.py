"""How often an act waits for the database, counted on the wire; docs/decisions and the benchmarks rely on it.

A proxy stands between psycopg and PostgreSQL. A round trip is what the client sends after the
server's last word: a pipeline that is sent in one go counts once.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import pytest
from flask.testing import FlaskClient

from api import create_app
from bridge import pools
from bridge.settings import settings
from tests.cast import Cast, build_cast, claimed_thread, promise
from tests.conftest import Servers
from tests.emptying import empty

WARM_UP = 3


class CountingProxy:
    """Passes bytes between a port of its own and the database, and counts the changes of speaker."""

    def __init__(self, host: str, port: int) -> None:
        self.round_trips = 0
        self._target = (host, port)
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for one in [self._listener, *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._open += [client, server]
            speaker = ["server"]
            for who, source, sink in (("client", client, server), ("server", server, client)):
                threading.Thread(target=self._pump, args=(who, source, sink, speaker), daemon=True).start()

    def _pump(self, who: str, source: socket.socket, sink: socket.socket, speaker: list[str]) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                with self._lock:
                    if who == "client" and speaker[0] == "server":
                        self.round_trips += 1
                    speaker[0] = who
                sink.sendall(chunk)


@pytest.fixture
def proxy(environment: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingProxy]:
    parts = urlsplit(environment.database_url)
    assert parts.hostname is not None
    counting = CountingProxy(parts.hostname, parts.port or 5432)
    place = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{counting.port}"
    monkeypatch.setenv("DATABASE_URL", urlunsplit(parts._replace(netloc=place)))
    # One connection, so that the warm-up prepares each statement where it is asked later.
    monkeypatch.setenv("BRIDGE_DB_POOL_SIZE", "1")
    settings.cache_clear()
    pools.dispose()
    empty(environment.database_url)
    yield counting
    pools.dispose()
    counting.close()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def cast(proxy: CountingProxy) -> Cast:
    return build_cast()


@pytest.fixture
def client(proxy: CountingProxy) -> FlaskClient:
    return create_app().test_client()


def look_up(client: FlaskClient, cast: Cast) -> Callable[[], int]:
    body = {"code": promise(cast).code, "source": "scan"}
    return lambda: client.post("/api/v1/counter/look-up", json=body, headers=cast.sam.headers).status_code


def first_look_up(client: FlaskClient, cast: Cast) -> Callable[[], int]:
    made = [promise(cast).code for _ in range(WARM_UP + 1)]
    return lambda: (
        client.post(
            "/api/v1/counter/look-up", json={"code": made.pop()}, headers=cast.sam.headers
        ).status_code
    )


def decision(client: FlaskClient, cast: Cast) -> Callable[[], int]:
    made = [promise(cast).code for _ in range(WARM_UP + 1)]

    def decide() -> int:
        code = made.pop()
        headers = {**cast.sam.headers, "Idempotency-Key": f"decide-{len(made)}"}
        body = {"action": "honour", "code": code}
        return client.post("/api/v1/counter/decisions", json=body, headers=headers).status_code

    return decide


def create(client: FlaskClient, cast: Cast) -> Callable[[], int]:
    threads = [claimed_thread(cast) for _ in range(WARM_UP + 1)]
    line = {"type": "exchange", "level": "authorise", "item": "CD box set", "amount_minor": 4_000}

    def make() -> int:
        thread = threads.pop()
        headers = {**cast.ana.headers, "Idempotency-Key": f"create-{len(threads)}"}
        body = {"thread_id": str(thread.id), "lines": [line], "store_scope": "one", "store_number": "12"}
        return client.post("/api/v1/escalations", json=body, headers=headers).status_code

    return make


def inbox(client: FlaskClient, cast: Cast) -> Callable[[], int]:
    promise(cast)
    return lambda: client.get("/api/v1/counter/inbox", headers=cast.sam.headers).status_code


@pytest.mark.parametrize(
    ("act", "most", "status"),
    [(look_up, 1, 200), (first_look_up, 1, 200), (decision, 3, 201), (create, 5, 201), (inbox, 3, 200)],
)
def test_an_act_waits_for_the_database_no_more_often_than_promised(
    client: FlaskClient,
    cast: Cast,
    proxy: CountingProxy,
    act: Callable[[FlaskClient, Cast], Callable[[], int]],
    most: int,
    status: int,
) -> None:
    once = act(client, cast)
    for _ in range(WARM_UP):  # connections open and statements are prepared
        assert once() == status

    before = proxy.round_trips
    assert once() == status

    assert 1 <= proxy.round_trips - before <= most
