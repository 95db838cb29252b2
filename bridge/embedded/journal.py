"""One log of all processes: to `bridge.log`, and to the terminal until hushed, each line with time and name.

Called from the reading threads, so it locks; never called from a signal handler. A closed
terminal or a full disk loses lines and nothing else. The file is readable by its owner
only and is turned over before it grows without end.
"""

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TextIO

from bridge.clock import utc_now

FILE_MAX_BYTES = 20 * 2**20
NAME_WIDTH = 8


class Journal:
    """The open log. Raises OSError when the file cannot be opened."""

    def __init__(self, file: Path) -> None:
        self.path = file
        self._mutex = threading.Lock()
        self._file = self._open()
        self._hushed = False

    def hush(self) -> None:
        """Keep later lines out of the terminal, where they would bury what it shows."""
        self._hushed = True

    def write(self, name: str, line: str) -> None:
        """Write one line to the file, and to the terminal unless it is hushed."""
        text = f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {name:<{NAME_WIDTH}} | {line}\n"
        with self._mutex:
            if not self._hushed:
                _write_to(sys.stdout, text)
            self._store(text)

    def show(self, text: str) -> None:
        """Write to the terminal alone: what is meant for the person in front of it."""
        with self._mutex:
            _write_to(sys.stdout, text.rstrip("\n") + "\n")

    def complain(self, text: str) -> None:
        """Write the one sentence of a failure to the error output, and to the file."""
        with self._mutex:
            _write_to(sys.stderr, f"bridge: {text}\n")
            self._store(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {'bridge':<{NAME_WIDTH}} | {text}\n")

    def close(self) -> None:
        """Close the file; later lines go to the terminal alone."""
        with self._mutex:
            _close(self._file)

    def _open(self) -> TextIO:
        return open(self.path, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600))

    def _store(self, text: str) -> None:
        if self._file.closed:
            return
        _write_to(self._file, text)
        try:
            if self._file.tell() > FILE_MAX_BYTES:
                _close(self._file)
                self.path.replace(self.path.with_name(self.path.name + ".1"))
                self._file = self._open()
        except OSError:
            pass


def _write_to(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except UnicodeEncodeError:
        _write_to(stream, text.encode("ascii", "backslashreplace").decode())
    except (OSError, ValueError):
        pass  # A closed terminal or a full disk must not stop a shop from working.


def _close(stream: TextIO) -> None:
    with contextlib.suppress(OSError):
        stream.close()
