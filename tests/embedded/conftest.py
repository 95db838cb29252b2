"""A whole service of stand-ins, and ways to see whether a process is really gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.embedded.ports import free_port

STAND_IN = Path(__file__).with_name("stand_in.py")
OURS = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "BRIDGE_PG_BIN", "BRIDGE_REDIS_BIN")


def wait_until(condition: Callable[[], bool], *, limit_seconds: float) -> bool:
    deadline = time.monotonic() + limit_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Service:
    """`bridge up` with small Python programs in place of the web server, the worker and beat."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self._log_from = 0

    def start(self, *, misbehave: str = "", **environment: str) -> None:
        self._log_from += len(self.log())
        (self.data_dir / "greeted").unlink(missing_ok=True)
        clean = {name: value for name, value in os.environ.items() if name not in OURS}
        self.process = subprocess.Popen(
            [sys.executable, str(STAND_IN), "up", str(self.data_dir), str(self.port)],
            env={**clean, "MISBEHAVE": misbehave, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        assert self.process is not None
        assert wait_until(self._greeted_or_ended, limit_seconds=50), self.log()
        assert not self._ended(), self.process.communicate()

    def end(self, number: signal.Signals | None = None, *, limit_seconds: float = 40) -> tuple[int, str, str]:
        """Send a signal if one is given; returns exit code, output and error output."""
        assert self.process is not None
        if number is not None:
            self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=limit_seconds)
        return self.process.returncode, output, errors

    def log(self) -> str:
        """What was logged since the last start."""
        file = self.data_dir / "bridge.log"
        return file.read_text("utf-8")[self._log_from :] if file.exists() else ""

    def pids(self) -> dict[str, int]:
        """Every process of the service, the children's children too, by name."""
        notes = {file.name: int(file.read_text()) for file in (self.data_dir / "pids").glob("*")}
        servers = {"postgres": "postgres/postmaster.pid", "valkey": "valkey/valkey.pid"}
        files = {name: self.data_dir / file for name, file in servers.items()}
        return notes | {
            name: int(file.read_text().splitlines()[0]) for name, file in files.items() if file.exists()
        }

    def _greeted_or_ended(self) -> bool:
        return (self.data_dir / "greeted").exists() or self._ended()

    def _ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def clean_up(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that the test starts and stops itself."""
    service = Service(tmp_path / "data")
    yield service
    service.clean_up()


@pytest.fixture(scope="module")
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for tests that only look at it."""
    service = Service(tmp_path_factory.mktemp("running") / "data")
    service.start()
    service.wait_until_ready()
    yield service
    service.clean_up()


@pytest.fixture
def all_gone() -> Callable[[dict[str, int]], bool]:
    """Whether every one of these processes ends within the time that the keeper may take."""

    def check(pids: dict[str, int]) -> bool:
        return wait_until(lambda: not any(map(is_running, pids.values())), limit_seconds=20)

    return check


@pytest.fixture(autouse=True)
def nothing_of_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        if name not in ("BRIDGE_PG_BIN", "BRIDGE_REDIS_BIN"):
            monkeypatch.delenv(name, raising=False)
