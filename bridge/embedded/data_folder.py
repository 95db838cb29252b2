"""The folder that `bridge up` keeps everything in: its lock, its secrets, its disk.

    postgres/ valkey/   the servers' data        metrics/     counters of this run
    secrets.env         what signs and encrypts  bridge.log   one log of all processes
    passwords.env       the servers' passwords   bridge.lock  one supervisor at a time
    mail/               what the demo's mail catcher kept
    connection.env      how to reach the running servers from another terminal

Everything in it is readable by its owner only. Nothing here starts a process.
"""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from bridge.embedded.processes import disk_full
from bridge.errors import StartupError

SMALLEST_FREE_BYTES = 128 * 2**20
# Longer than the keeper needs to end what a killed supervisor left.
LOCK_WAIT_SECONDS = 20.0
LOCK_POLL_SECONDS = 0.1
SECRET_NAMES = ("BRIDGE_SECRET_KEY", "BRIDGE_CODE_PEPPER", "BRIDGE_ENCRYPTION_KEYS")
PASSWORD_NAMES = ("OWNER", "WEB", "VALKEY")
SECRET_BYTES = 48


class DataFolder:
    """A data folder that this process may use until `close()`."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock_fd: int | None = None

    def open(self) -> int:
        """Make the folder, check the disk and take the lock. Returns the lock's file descriptor.

        Raises StartupError when it cannot be written, when the disk is full, or when another
        supervisor uses it. After a killed one, waits until its remains are gone.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock_fd = os.open(self.path / "bridge.lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._lock()
            self._require_space()
        except OSError as error:
            self.close()
            if error.errno == errno.ENOSPC:
                raise StartupError(_sentence(disk_full(self.path))) from error
            raise StartupError(f"The data folder {self.path} cannot be used: {error.strerror}.") from error
        except StartupError:
            self.close()
            raise
        return self._lock_fd

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def secrets(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The secrets of this installation, made at the first start; `environment` wins.

        Raises StartupError when there is data and the secrets it was written with are gone:
        with new ones, every code that was issued would silently stop working.
        """
        file = self.path / "secrets.env"
        given = {
            name: environment[name]
            for name in (*SECRET_NAMES, *(f"{name}_FILE" for name in SECRET_NAMES))
            if environment.get(name)
        }
        all_given = all(name in given or f"{name}_FILE" in given for name in SECRET_NAMES)
        if not file.exists() and not all_given and (self.path / "postgres" / "PG_VERSION").exists():
            raise StartupError(
                f"{file} is gone, and the data in {self.path} cannot be read without it: put it back, "
                "or start with another data folder."
            )
        return _read_or_make(file, SECRET_NAMES) | given

    def passwords(self) -> dict[str, str]:
        """The passwords of the embedded servers, made at the first start."""
        return _read_or_make(self.path / "passwords.env", PASSWORD_NAMES)

    def empty_metrics(self) -> Path:
        """Start the metrics folder anew: files of dead processes would be counted for ever."""
        folder = self.path / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def write_connection(self, variables: Mapping[str, str]) -> None:
        """Leave the addresses for commands in another terminal, until `forget_connection()`."""
        _write_variables(self.path / "connection.env", variables)

    def forget_connection(self) -> None:
        """Remove the addresses of servers that no longer run."""
        (self.path / "connection.env").unlink(missing_ok=True)

    def _require_space(self) -> None:
        if shutil.disk_usage(self.path).free < SMALLEST_FREE_BYTES:
            raise StartupError(_sentence(disk_full(self.path)))

    def _lock(self) -> None:
        assert self._lock_fd is not None
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                holder = os.pread(self._lock_fd, 32, 0).decode("ascii", "replace").strip()
                if _lives(holder) or time.monotonic() > deadline:
                    raise StartupError(
                        f"The bridge is already running on {self.path} (process {holder or 'unknown'})."
                    ) from error
                time.sleep(LOCK_POLL_SECONDS)
        os.ftruncate(self._lock_fd, 0)
        os.pwrite(self._lock_fd, f"{os.getpid()}\n".encode(), 0)


def _lives(pid: str) -> bool:
    """True while the holder runs. An empty file means that it is just taking the lock."""
    if not pid.isdigit():
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _read_or_make(file: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Read `NAME=value` lines; make and store a value for each name that has none."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"{file} cannot be read.") from error
    known = {name: value for name, sign, value in (line.partition("=") for line in lines) if sign and value}
    variables = {name: known.get(name) or secrets.token_urlsafe(SECRET_BYTES) for name in names}
    if any(known.get(name) != value for name, value in variables.items()):
        _write_variables(file, known | variables)
    return variables


def _write_variables(file: Path, variables: Mapping[str, str]) -> None:
    """Replace the file in one step; 0600 from its first byte."""
    fresh = file.with_name(file.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as out:
            out.writelines(f"{name}={value}\n" for name, value in variables.items())
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except OSError as error:
        raise StartupError(f"{file} cannot be written: {error.strerror}.") from error


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
