"""One Valkey (or Redis) server in a folder of its own, on the loopback address.

Called by the supervisor and by the tests' fixtures. Valkey runs as root as it is, so
there is nothing to disguise. With `persistent` each write is in a file within a second.
"""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from bridge.embedded import binaries, processes
from bridge.embedded.ports import LOOPBACK, free_port, require_free
from bridge.embedded.processes import Announce, Child, Log
from bridge.errors import StartupError

READY_SECONDS = 30.0
STOP_SECONDS = 10.0
PING_SECONDS = 1.0
PORT_TRIES = 3
STOP_SIGNALS = (signal.SIGTERM, signal.SIGKILL)


class ValkeyServer:
    """A server with its files in `data_dir`. `start()` returns when it answers.

    Without `port` a free one is chosen at each start. Without `persistent` nothing is
    written to disk. With `password` clients need it, otherwise everybody on this machine
    may connect. Start it in a thread that lives as long as the server.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        persistent: bool = True,
        password: str = "",
        log: Log = processes.no_log,
        announce: Announce = processes.no_announcement,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._wanted_port = port
        self._persistent = persistent
        self._password = password
        self._log = log
        self._announce = announce
        self._port = port
        self.child: Child | None = None

    def start(self) -> None:
        """Start and wait until the server answers. Raises StartupError in one sentence."""
        if self.child is not None and self.child.exit_code() is None:
            return
        program = binaries.valkey_program()
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._stop_stale()
            self._write_settings()
            self._run(program)
        except OSError as error:
            self.stop()
            raise StartupError(f"Valkey cannot use {self.data_dir}: {error.strerror}.") from error
        except BaseException:
            self.stop()
            raise

    def stop(self, *, impatient: Callable[[], bool] = lambda: False) -> None:
        """Stop after writing what is not on disk yet. Does nothing when it does not run."""
        if self.child is not None:
            self.child.stop(grace_seconds=STOP_SECONDS, impatient=impatient)

    @property
    def port(self) -> int:
        """The port it listens on, known after `start()` or when it was given."""
        assert self._port is not None, "the server was never started"
        return self._port

    @property
    def pid(self) -> int:
        """The process number of the server."""
        assert self.child is not None, "the server was never started"
        return self.child.pid

    @property
    def url(self) -> str:
        """How to connect: `redis://127.0.0.1:PORT/0`."""
        secret = f":{self._password}@" if self._password else ""
        return f"redis://{secret}{LOOPBACK}:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _stop_stale(self) -> None:
        """Stop a server that a crash left in this folder."""
        try:
            pid = int((self.data_dir / "valkey.pid").read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return
        if not processes.is_process_in(pid, self.data_dir):
            return
        self._log("valkey", f"stopping a server that was left running (process {pid})")
        if not processes.stop_stranger(pid, self.data_dir, signals=STOP_SIGNALS, each_seconds=STOP_SECONDS):
            raise StartupError(f"A Valkey left in {self.data_dir} (process {pid}) cannot be stopped.")

    def _write_settings(self) -> None:
        """Write the settings file: a password on the command line would be everybody's to read."""
        lines = [
            f"bind {LOOPBACK}",
            "loglevel warning",
            *(("save 60 1", "appendonly yes") if self._persistent else ('save ""', "appendonly no")),
            *((f"requirepass {self._password}",) if self._password else ()),
        ]
        file = self.data_dir / "valkey.conf"
        with open(file, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write("\n".join(lines) + "\n")

    def _run(self, program: Path) -> None:
        for tries_left in reversed(range(PORT_TRIES)):
            if self._wanted_port is None:
                self._port = free_port()
            else:
                require_free(self._wanted_port, change_with="give Valkey another")
            argv = [str(program), "valkey.conf", "--port", str(self.port), "--pidfile", "valkey.pid"]
            child = self.child = Child(
                "valkey",
                argv,
                cwd=self.data_dir,
                stop_signals=STOP_SIGNALS,
                log=self._log,
                announce=self._announce,
            )
            waited = child.wait(timeout_seconds=READY_SECONDS, impatient=self._answers)
            if waited is None:
                if not self._answers():
                    raise StartupError(f"Valkey was not ready after {READY_SECONDS:.0f} seconds.")
                return
            if "Address already in use" not in "\n".join(child.tail) or not tries_left:
                raise StartupError(f"Valkey did not start: {processes.explain(child.tail, self.data_dir)}.")

    def _answers(self) -> bool:
        """True when the server of this folder answers; it says "LOADING" while it reads its files."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=PING_SECONDS) as connection:
                connection.sendall(b"PING\r\n")
                answer = connection.recv(64)
        except OSError:
            return False
        return answer.startswith((b"+PONG", b"-NOAUTH"))
