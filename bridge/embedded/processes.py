"""One child process: started in a group of its own, read line by line, ended with its whole group.

Three things keep a child from outliving us: `stop()`; the kernel, which sends the child its
stop signal when we die (PR_SET_PDEATHSIG); and the keeper of `orphans.py`, told of every
start, which also reaches the child's own children.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bridge.errors import StartupError

# Takes the child's name and one line without its line end. Called from the reading threads.
Log = Callable[[str, str], None]
# Told "+PID STOP KILL" after a start and "-PID" after an end.
Announce = Callable[[str], None]

LINE_MAX_BYTES = 16 * 1024
TAIL_LINES = 50
POLL_SECONDS = 0.02
KILL_WAIT_SECONDS = 5.0

_PR_SET_PDEATHSIG = 1
_CONTROL_SIGNS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Resolved here and not in the forked child, where nothing but the call itself is safe.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def no_log(_name: str, _line: str) -> None:
    """Drop the line; `Child.tail` still holds the last ones."""


def no_announcement(_line: str) -> None:
    """Tell nobody: for servers that a test starts without a keeper."""


class Child:
    """A running child process. Raises StartupError when the program cannot be executed.

    Must be created in a thread that lives as long as the child: the kernel takes the end
    of the creating *thread* for the parent's death. `stop_signals` are tried in order.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGKILL),
        log: Log = no_log,
        announce: Announce = no_announcement,
    ) -> None:
        self.name = name
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._stop_signals = tuple(stop_signals)
        self._log = log
        self._announce = announce
        self._code: int | None = None
        try:
            self._popen = subprocess.Popen(
                list(argv),
                env=dict(env) if env is not None else None,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C in the terminal reaches only the supervisor.
                start_new_session=True,
                preexec_fn=_die_with(os.getpid(), self._stop_signals[0]),  # noqa: PLW1509 - one C call
            )
        except OSError as error:
            raise StartupError(f"{name} cannot be started: {argv[0]}: {error.strerror}.") from error
        self.pid = self._popen.pid
        announce(f"+{self.pid} {self._stop_signals[0]:d} {self._stop_signals[1]:d}")
        self._reader = threading.Thread(target=self._read, name=f"log of {name}", daemon=True)
        self._reader.start()

    def exit_code(self) -> int | None:
        """The exit code, negative for a signal as in `subprocess`; None while it runs."""
        if self._code is None:
            # WNOWAIT leaves the zombie in place, so that its group number cannot be somebody else's yet.
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
            self._end_group()
        return self._code

    def wait(self, *, timeout_seconds: float, impatient: Callable[[], bool] = lambda: False) -> int | None:
        """Wait for the end. Returns the exit code; None when the time is over or `impatient()`."""
        deadline = time.monotonic() + timeout_seconds
        while self.exit_code() is None and time.monotonic() < deadline and not impatient():
            time.sleep(POLL_SECONDS)
        return self.exit_code()

    def stop(self, *, grace_seconds: float, impatient: Callable[[], bool] = lambda: False) -> int | None:
        """Ask the child to end, then force it and its whole group. Returns the exit code.

        None means that not even SIGKILL ended it in time, as when a disk does not answer.
        """
        for stop_signal in self._stop_signals:
            if self.exit_code() is not None:
                break
            os.kill(self.pid, stop_signal)
            last = stop_signal is signal.SIGKILL
            self.wait(
                timeout_seconds=KILL_WAIT_SECONDS if last else grace_seconds,
                impatient=(lambda: False) if last else impatient,
            )
        return self.exit_code()

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._code = self._popen.wait()
        # A process that left the group may still hold the pipe, so the wait has a limit.
        self._reader.join(timeout=1)
        self._announce(f"-{self.pid}")

    def _read(self) -> None:
        pipe = self._popen.stdout
        assert pipe is not None
        with pipe:
            while raw := pipe.readline(LINE_MAX_BYTES):
                line = _CONTROL_SIGNS.sub("", raw.decode("utf-8", "replace")).rstrip()
                if line:
                    self.tail.append(line)
                    self._log(self.name, line)


def is_process_in(pid: int, folder: Path) -> bool:
    """True when the process runs, is no zombie, and its working folder is `folder`.

    A container's root may not see the working folder of another user's process; then the folder
    must be named on its command line.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
        if state == "Z":
            return False
        try:
            return Path(f"/proc/{pid}/cwd").samefile(folder)
        except PermissionError:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return os.fsencode(folder) in words
    except OSError:
        return False


def stop_stranger(pid: int, folder: Path, *, signals: Sequence[signal.Signals], each_seconds: float) -> bool:
    """End a server that is no child of ours but works in `folder`. True when it is gone."""
    for stop_signal in signals:
        try:
            os.kill(pid, stop_signal)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        deadline = time.monotonic() + each_seconds
        while time.monotonic() < deadline:
            if not is_process_in(pid, folder):
                return True
            time.sleep(POLL_SECONDS)
    return False


def explain(tail: Sequence[str], folder: Path) -> str:
    """Turn a server's last lines into the reason why it did not start."""
    text = "\n".join(tail)
    if "No space left on device" in text:
        return disk_full(folder)
    marks = ("FATAL:", "PANIC:", "error:", "Fatal error", "could not", "Failed", "Can't")
    told = [line for line in tail if any(mark in line for mark in marks)] or list(tail)
    return f"it said: {told[0].strip().rstrip('.')}" if told else "it said nothing"


def disk_full(folder: Path) -> str:
    """One reason that every server of ours may meet, with what is left."""
    try:
        free_mib = shutil.disk_usage(folder).free // 2**20
    except OSError:
        free_mib = 0
    return f"the disk that holds {folder} is full ({free_mib} MiB free)"


def describe_exit(code: int) -> str:
    """Say an exit code in words: "exited with code 3", "was ended by SIGKILL"."""
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _die_with(parent_pid: int, stop_signal: signal.Signals) -> Callable[[], None]:
    """What runs in the forked child: ask the kernel to end it when the parent dies."""
    number = int(stop_signal)

    def prepare() -> None:
        if _prctl is not None:
            _prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent_pid:
            os._exit(1)  # The parent died before the kernel was asked.

    return prepare
