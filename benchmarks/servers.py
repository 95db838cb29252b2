"""PostgreSQL, Valkey and web servers for a run, and what their processes cost: CPU and memory.

Web servers are started with the very command of `bridge up` (granian) or with gunicorn when
that is installed; only the application at the end of the command differs between the sides.
"""

import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bridge.embedded.commands import bridge_commands
from bridge.embedded.ports import LOOPBACK, free_port
from bridge.embedded.postgres import PostgresServer
from bridge.embedded.valkey import ValkeyServer

ROOT = Path(__file__).resolve().parents[1]
THREADS = 4
WORKERS = 2
SERVERS = ("granian", "gunicorn-gthread", "gunicorn-sync")
# Enough for a million records, so that the disk is not what we measure; durability stays as it is.
POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def end_cleanly() -> None:
    """Let SIGTERM end the run as Ctrl-C does, so that servers and folders go with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@dataclass(frozen=True)
class Stores:
    """The running PostgreSQL and Valkey."""

    postgres: PostgresServer
    valkey: ValkeyServer


@contextmanager
def stores(folder: Path) -> Iterator[Stores]:
    """Both servers, durable (fsync on), stopped at the end."""
    postgres = PostgresServer(folder / "postgres")
    valkey = ValkeyServer(folder / "valkey")
    try:
        postgres.start()
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            for name, value in POSTGRES.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        postgres.stop()
        postgres.start()
        valkey.start()
        yield Stores(postgres, valkey)
    finally:
        valkey.stop()
        postgres.stop()


def new_database(postgres: PostgresServer, name: str) -> str:
    """An empty database on the server; returns the owner's URL."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres.url.rpartition("/")[0] + "/" + name


@dataclass(frozen=True)
class WebServer:
    """One side of a comparison: a web server's process tree on a port."""

    name: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """CPU that the tree used so far."""
        return cpu_seconds(self.pid)

    def pss_mib(self) -> float:
        """Memory of the tree; shared pages are counted once."""
        return sum(_pss_kib(pid) for pid in tree(self.pid)) / 1024


@contextmanager
def web_server(
    name: str,
    app: str,
    *,
    kind: str,
    environment: Mapping[str, str],
    log: Path,
    ready: str,
    flags: Sequence[str] = (),
    root: Path = ROOT,
) -> Iterator[WebServer]:
    """Serve `app` ("package.module:app") and wait until `ready` (a path) answers. `flags` are granian's.

    `root` is the checkout that the application comes from.
    """
    port = free_port()
    metrics = log.with_suffix(".metrics")
    metrics.mkdir(exist_ok=True)
    env = {**os.environ, **environment, "PROMETHEUS_MULTIPROC_DIR": str(metrics), "PYTHONPATH": _path(root)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(kind, port=port, app=app, flags=flags),
            cwd=root,
            env=env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, ready, log)
        yield WebServer(name, port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            for pid in reversed(tree(process.pid)):
                os.kill(pid, 9)
            process.wait()


def command(kind: str, *, port: int, app: str, flags: Sequence[str] = ()) -> list[str]:
    """The web server's command line. Raises SystemExit when gunicorn is asked for and not installed."""
    if kind == "granian":
        web = dict(bridge_commands(port=port, data_dir=ROOT).children)["web"]
        return [*web[:-1], *flags, app]
    if importlib.util.find_spec("gunicorn") is None:
        raise SystemExit("gunicorn is no requirement of the bridge: install it to compare, or name its path")
    worker = kind.removeprefix("gunicorn-")
    threads = ["--threads", str(THREADS)] if worker == "gthread" else []
    return [
        *(sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "-k", worker, *threads),
        *("-b", f"{LOOPBACK}:{port}", "--keep-alive", "75", "--log-level", "warning", app),
    ]


def _path(root: Path) -> str:
    return os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends and process.poll() is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise SystemExit(f"a web server did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def tree(pid: int) -> list[int]:
    """The process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, ended children included."""
    ticks = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11 : 15 if one == pid else 13])
    return ticks / _TICKS_PER_SECOND


def own_pss_mib() -> float:
    """Memory of this process alone."""
    return _pss_kib(os.getpid()) / 1024


def _pss_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
