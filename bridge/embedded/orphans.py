"""The keeper: a small process that ends what a killed supervisor leaves behind.

The supervisor holds the other end of our standard input and writes one line for every
child: "+PID STOP KILL" when it started and "-PID" when it ended. When the input ends and
groups are still listed, the supervisor was killed. The kernel has then sent each child its
stop signal; we wait, and force what is left, the children's own children too. We hold
the data folder's lock meanwhile, so that a new start waits for the end of the old one.

Run as `python -m bridge.embedded.orphans`; only the standard library, so that it is small.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import BinaryIO

GRACE_SECONDS = 6.0
FORCE_SECONDS = 4.0
POLL_SECONDS = 0.05


class Keeper:
    """The supervisor's end. Starts the keeper, which keeps `lock_fd` open as long as it lives."""

    def __init__(self, lock_fd: int) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "bridge.embedded.orphans"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock_fd,),
            start_new_session=True,
        )

    def announce(self, line: str) -> None:
        """Tell of a child's start or end."""
        assert self._popen.stdin is not None
        try:
            self._popen.stdin.write(line.encode() + b"\n")
            self._popen.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # Somebody ended the keeper; the kernel's parent-death signal still stands.

    def close(self) -> None:
        """End the keeper; with every child announced as ended it has nothing to do."""
        assert self._popen.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()
        try:
            self._popen.wait(timeout=GRACE_SECONDS + 2 * FORCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def keep(announcements: BinaryIO) -> None:
    """Read announcements until the supervisor is gone, then end what it left."""
    left: dict[int, tuple[int, int]] = {}
    for raw in announcements:
        sign, words = raw[:1], raw[1:].split()
        if sign == b"+":
            left[int(words[0])] = (int(words[1]), int(words[2]))
        else:
            left.pop(int(words[0]), None)
    if sys.platform != "linux":  # Elsewhere no kernel tells the children that their parent died.
        _signal_groups({pid: stop for pid, (stop, _) in left.items()})
    _wait_until_gone(left, GRACE_SECONDS)
    _signal_groups({pid: force for pid, (_, force) in left.items()})
    _wait_until_gone(left, FORCE_SECONDS)
    _signal_groups(dict.fromkeys(left, signal.SIGKILL))
    _wait_until_gone(left, FORCE_SECONDS)


def _signal_groups(signals: dict[int, int]) -> None:
    for pid, number in signals.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)


def _wait_until_gone(left: dict[int, tuple[int, int]], limit_seconds: float) -> None:
    """Forget groups as they end, at most `limit_seconds`."""
    deadline = time.monotonic() + limit_seconds
    while left and time.monotonic() < deadline:
        for pid in list(left):
            try:
                os.killpg(pid, 0)
            except ProcessLookupError:
                del left[pid]
            except PermissionError:
                pass
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    keep(sys.stdin.buffer)
