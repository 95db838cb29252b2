"""One PostgreSQL server in a folder of its own, on the loopback address.

Called by the supervisor and by the tests' fixtures. The start is: choose the programs and
the user, refuse data of another major version, stop a server that a crash left behind,
make the data folder if there is none, start, wait until it is ready, make the database.
A half-made data folder never gets the final name, so a crash in the middle starts over.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from bridge.embedded import answers, binaries, privileges, processes
from bridge.embedded.ports import LOOPBACK, free_port, require_free
from bridge.embedded.processes import Announce, Child, Log
from bridge.errors import StartupError

OWNER = "bridge"
DATABASE = "bridge"
INITDB_SECONDS = 90.0
# After a crash the server first reads back its log, which may take a while on a slow disk.
READY_SECONDS = 90.0
STOP_SECONDS = 10.0
CONNECT_SECONDS = 5
PORT_TRIES = 3

# Fast, immediate, never mind. SIGTERM would wait for every client to leave.
STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)

SETTINGS = (
    f"listen_addresses={LOOPBACK}",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "log_line_prefix=[%p] ",
    # The log is for operators: neither a statement nor the value of a duplicate key belongs there.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)
UNSAFE_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer:
    """A server with its data in `data_dir`. `start()` returns when it answers.

    Without `port` a free one is chosen at each start. `fast_and_unsafe` gives durability
    away and is for tests. With `password` the owner needs it, from the folder's first start
    on; without one everybody on this machine may connect. Start it in a thread that lives
    as long as the server, see `processes.Child`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        fast_and_unsafe: bool = False,
        socket_dir: Path | None = None,
        password: str = "",
        log: Log = processes.no_log,
        announce: Announce = processes.no_announcement,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._wanted_port = port
        self._fast_and_unsafe = fast_and_unsafe
        self._socket_dir = socket_dir
        self._password = password
        self._log = log
        self._announce = announce
        self._port = port
        self.child: Child | None = None

    def start(self) -> None:
        """Start and wait until the server answers. Raises StartupError in one sentence."""
        if self.child is not None and self.child.exit_code() is None:
            return
        programs = binaries.postgres_folder()
        try:
            self._refuse_other_version(programs)
            self.data_dir.parent.mkdir(parents=True, exist_ok=True)
            disguise = privileges.disguise_for(programs / "postgres", self.data_dir.parent)
            self._stop_stale()
            if not self._has_data():
                self._initialise(programs, disguise)
            privileges.give_to(self.data_dir, disguise)
            self.data_dir.chmod(0o700)
            self._run(programs, disguise)
            self._make_database()
        except OSError as error:
            self.stop()
            raise StartupError(f"PostgreSQL cannot use {self.data_dir}: {error.strerror}.") from error
        except BaseException:
            self.stop()
            raise

    def stop(self, *, impatient: Callable[[], bool] = lambda: False) -> None:
        """Stop fast: open transactions are rolled back. Does nothing when it does not run."""
        if self.child is not None:
            self.child.stop(grace_seconds=STOP_SECONDS, impatient=impatient)

    @property
    def port(self) -> int:
        """The port it listens on, known after `start()` or when it was given."""
        assert self._port is not None, "the server was never started"
        return self._port

    @property
    def pid(self) -> int:
        """The process number of the postmaster."""
        assert self.child is not None, "the server was never started"
        return self.child.pid

    @property
    def url(self) -> str:
        """How the owner, a superuser, connects: `postgresql://bridge@127.0.0.1:PORT/bridge`."""
        return self.url_for(OWNER, self._password)

    def url_for(self, role: str, password: str = "") -> str:
        """How another role connects to the same database."""
        secret = f":{quote(password, safe='')}" if password else ""
        return f"postgresql://{role}{secret}@{LOOPBACK}:{self.port}/{DATABASE}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _has_data(self) -> bool:
        return (self.data_dir / "PG_VERSION").exists()

    def _refuse_other_version(self, programs: Path) -> None:
        if not self._has_data():
            return
        stored = (self.data_dir / "PG_VERSION").read_text("ascii", "replace").strip()
        ours = _major_version(programs)
        if stored != ours:
            raise StartupError(
                f"The data in {self.data_dir} belongs to PostgreSQL {stored}, and the programs found are "
                f"version {ours}: set BRIDGE_PG_BIN to version {stored}, or move the folder away."
            )

    def _stop_stale(self) -> None:
        """Stop a postmaster that a crash left in this folder, or forget one that is long gone."""
        lock_file = self.data_dir / "postmaster.pid"
        lines = _lines_of(lock_file)
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        if not processes.is_process_in(pid, self.data_dir):
            # The number may belong to somebody else by now, which PostgreSQL would take for a server.
            lock_file.unlink(missing_ok=True)
            return
        self._log("postgres", f"stopping a server that was left running (process {pid})")
        if not processes.stop_stranger(pid, self.data_dir, signals=STOP_SIGNALS, each_seconds=STOP_SECONDS):
            raise StartupError(f"A PostgreSQL left in {self.data_dir} (process {pid}) cannot be stopped.")

    def _initialise(self, programs: Path, disguise: privileges.Disguise) -> None:
        """Make the data folder beside its place, then move it there in one step."""
        if self.data_dir.exists() and any(self.data_dir.iterdir()):
            raise StartupError(f"{self.data_dir} is not empty and holds no PostgreSQL data.")
        fresh = self.data_dir.with_name(self.data_dir.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        os.chown(fresh, disguise.owner_uid, disguise.owner_gid)
        options = ["-D", str(fresh), "-U", OWNER, "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self._fast_and_unsafe:
            options.append("--no-sync")
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as secret:
            if self._password:
                secret.write(self._password + "\n")
                secret.flush()
                os.chown(secret.name, disguise.owner_uid, disguise.owner_gid)
                options += ["--auth=scram-sha-256", f"--pwfile={secret.name}"]
            else:
                options.append("--auth=trust")
            child = self._child("initdb", [*disguise.prefix, str(programs / "initdb"), *options])
            code = child.wait(timeout_seconds=INITDB_SECONDS)
        if code != 0:
            child.stop(grace_seconds=1)
            why = processes.explain(child.tail, self.data_dir.parent)
            if code is None:
                why = f"it was not done after {INITDB_SECONDS:.0f} seconds"
            shutil.rmtree(fresh, ignore_errors=True)
            raise StartupError(f"PostgreSQL cannot make its data folder: {why}.")
        fresh.rename(self.data_dir)

    def _run(self, programs: Path, disguise: privileges.Disguise) -> None:
        settings = [*SETTINGS, f"unix_socket_directories={self._socket_dir or ''}"]
        if self._fast_and_unsafe:
            settings += UNSAFE_SETTINGS
        flags = [word for setting in settings for word in ("-c", setting)]
        for tries_left in reversed(range(PORT_TRIES)):
            if self._wanted_port is None:
                self._port = free_port()
            else:
                require_free(self._wanted_port, change_with="give PostgreSQL another")
            argv = [str(programs / "postgres"), "-D", str(self.data_dir), "-p", str(self.port), *flags]
            self.child = self._child("postgres", [*disguise.prefix, *argv])
            if self._becomes_ready(self.child):
                return
            # Between choosing a port and listening on it, somebody else may take it.
            if "Address already in use" not in "\n".join(self.child.tail) or not tries_left:
                why = processes.explain(self.child.tail, self.data_dir)
                raise StartupError(f"PostgreSQL did not start: {why}.")

    def _becomes_ready(self, child: Child) -> bool:
        """Wait for "ready" in the lock file. False when it exited, StartupError when it takes too long."""
        waited = child.wait(timeout_seconds=READY_SECONDS, impatient=lambda: self._says_ready(child.pid))
        if waited is not None:
            return False
        if not self._says_ready(child.pid):
            raise StartupError(f"PostgreSQL was not ready after {READY_SECONDS:.0f} seconds.")
        return True

    def _says_ready(self, pid: int) -> bool:
        lines = _lines_of(self.data_dir / "postmaster.pid")
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _make_database(self) -> None:
        url = self.url.removesuffix(DATABASE) + "postgres"
        try:
            with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if known.fetchone() is None:
                    connection.execute(f'CREATE DATABASE "{DATABASE}"')  # a constant
        except psycopg.Error as error:
            if "No space left on device" in str(error):
                full = processes.disk_full(self.data_dir)
                raise StartupError(f"PostgreSQL cannot make its database: {full}.") from error
            raise StartupError(f"PostgreSQL started and refuses us: {answers.first_line(error)}.") from error

    def _child(self, name: str, argv: list[str]) -> Child:
        return Child(
            name,
            argv,
            cwd=Path("/"),
            stop_signals=STOP_SIGNALS,
            # What initdb tells is of interest only when it fails, and then its tail is shown.
            log=processes.no_log if name == "initdb" else self._log,
            announce=self._announce,
        )


def _major_version(programs: Path) -> str:
    """ "18" for "postgres (PostgreSQL) 18.6". Raises StartupError when the program does not run."""
    try:
        said = subprocess.run(
            [str(programs / "postgres"), "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise StartupError(f"{programs / 'postgres'} does not run on this machine.") from error
    found = re.search(r"\) (\d+)", said)
    return found[1] if found else said.strip()


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
