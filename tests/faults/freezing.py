"""PostgreSQL hangs, as on a disk that does not answer: it takes what is sent, and says nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.running import children_of


@contextmanager
def frozen(postmaster: int) -> Iterator[None]:
    """Every one of its processes stands still while the block runs, and its sockets stay open."""
    pids = [postmaster, *children_of(postmaster)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)
