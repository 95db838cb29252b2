"""A really running service for tests: the web server's own processes, and the worker and clock on request.

Everything is on loopback, ends with the block, and is ended by pid.
"""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bridge.embedded.commands import bridge_commands
from bridge.embedded.ports import free_port

START_SECONDS = 40


@dataclass
class Service:
    """The processes of a running service, by name."""

    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def connection(self, timeout_seconds: float = 30) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_seconds)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        connection: http.client.HTTPConnection | None = None,
    ) -> tuple[int, dict[str, object], bytes]:
        """One request; returns status, parsed body (or {}), raw body."""
        used = connection or self.connection()
        sent = None if body is None else orjson.dumps(body)
        given = {"Content-Type": "application/json", **(headers or {})}
        used.request(method, path, body=sent, headers=given)
        answer = used.getresponse()
        raw = answer.read()
        if connection is None:
            used.close()
        try:
            parsed = orjson.loads(raw)
        except orjson.JSONDecodeError:
            parsed = {}
        return answer.status, parsed if isinstance(parsed, dict) else {}, raw

    def web_workers(self) -> list[int]:
        """The pids of the web server's worker processes."""
        return children_of(self.processes["web"].pid)


def children_of(parent: int) -> list[int]:
    """The pids of a process's children that are no zombies."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent and words[0] != "Z":
            found.append(int(entry.parent.name))
    return found


@contextmanager
def running(data_dir: Path, *, names: tuple[str, ...] = ("web",), **environment: str) -> Iterator[Service]:
    """Start the named processes with the test's own settings; `environment` adds to them."""
    service = Service(free_port())
    commands = dict(bridge_commands(port=service.port, data_dir=data_dir).children)
    metrics = data_dir / "metrics"
    metrics.mkdir(exist_ok=True)
    variables = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "BRIDGE_BASE_URL": f"http://127.0.0.1:{service.port}",
        **environment,
    }
    log = (data_dir / "service.log").open("ab")
    try:
        for name in names:
            start(service, name, commands[name], variables, log.fileno())
        if "web" in names:
            wait_until_ready(service)
        yield service
    finally:
        for process in reversed(service.processes.values()):
            stop(process)
        log.close()


def start(
    service: Service, name: str, command: object, variables: dict[str, str], log: int
) -> subprocess.Popen[bytes]:
    """Start one process in a group of its own."""
    process = subprocess.Popen(
        [str(word) for word in command],  # type: ignore[attr-defined]  # a sequence of words
        env=variables,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    service.processes[name] = process
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group, gently first."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, how)
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                continue


def wait_until_ready(service: Service) -> None:
    """Until it answers that it is ready; fails the test after `START_SECONDS`."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if service.call("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("the web server was not ready in time")


def revive(service: Service, data_dir: Path) -> None:
    """Start the web server again if it ended, as a container's restart policy does."""
    process = service.processes.get("web")
    if process is None or process.poll() is None:
        return
    log = (data_dir / "service.log").open("ab")
    commands = dict(bridge_commands(port=service.port, data_dir=data_dir).children)
    variables = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(data_dir / "metrics")}
    start(service, "web", commands["web"], variables, log.fileno())
    log.close()
