"""A worker and a beat in processes of their own, to be killed by tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import outbox

CELERY = (sys.executable, "-m", "celery", "-A", "bridge.celery_app")


class Background:
    """A worker and a beat as `bridge up` starts them, each in a process group of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.started: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> "subprocess.Popen[bytes]":
        return self._start("worker", "-c", "2", "--without-mingle", "--without-gossip")

    def start_beat(self) -> "subprocess.Popen[bytes]":
        schedule = self._folder / f"schedule-{len(self.started)}"
        return self._start("beat", "-s", str(schedule), "--pidfile=")

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def stop(self) -> None:
        for process in self.started:
            kill_group(process)

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*CELERY, *arguments],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def background(folder: Path, redis_url: str) -> Iterator[Background]:
    running = Background(folder, outbox.environment(REDIS_URL=redis_url, BRIDGE_LOG_LEVEL="INFO"))
    try:
        yield running
    finally:
        running.stop()
