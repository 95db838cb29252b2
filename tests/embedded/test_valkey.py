"""One embedded Valkey."""

import socket
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bridge.embedded.valkey import ValkeyServer
from bridge.errors import StartupError
from tests.embedded.conftest import is_running


def client(server: ValkeyServer) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_a_restart_keeps_the_data(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    with server, client(server) as connection:
        connection.set("store", "12")

    with server, client(server) as connection:
        assert connection.get("store") == "12"

    assert server.url == f"redis://127.0.0.1:{server.port}/0"
    assert not is_running(server.pid)


def test_a_server_that_is_not_persistent_writes_nothing(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path, persistent=False)
    with server, client(server) as connection:
        connection.set("store", "12")

    assert sorted(file.name for file in tmp_path.iterdir()) == ["valkey.conf"]


def test_with_a_password_nobody_else_gets_in(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path, password="word-of-ana") as server:
        with client(server) as connection:
            assert connection.ping()

        stranger = redis.Redis(port=server.port, retry=Retry(NoBackoff(), retries=0))
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()
        assert "word-of-ana" not in Path(f"/proc/{server.pid}/cmdline").read_text()


def test_a_server_that_a_crash_left_is_stopped(tmp_path: Path) -> None:
    left = ValkeyServer(tmp_path)
    left.start()

    with ValkeyServer(tmp_path) as server:
        assert server.pid != left.pid
        assert not is_running(left.pid)
    left.stop()


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(StartupError, match="is taken by another program"):
            ValkeyServer(tmp_path, port=other.getsockname()[1]).start()


def test_a_broken_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path):
        pass
    for file in (tmp_path / "appendonlydir").glob("*.rdb"):
        file.write_bytes(b"not a snapshot")

    with pytest.raises(StartupError, match="Valkey did not start: it said"):
        ValkeyServer(tmp_path).start()
