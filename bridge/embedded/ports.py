"""Loopback ports: find a free one, or say in one sentence that the wanted one is taken."""

import errno
import socket

from bridge.errors import StartupError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port on the loopback address that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, *, change_with: str) -> None:
    """Raise StartupError unless we could listen on `port`; `change_with` says how to choose another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            why = {
                errno.EADDRINUSE: "is taken by another program",
                errno.EACCES: "may only be used by root",
            }.get(error.errno or 0, f"cannot be used ({error.strerror})")
            raise StartupError(f"Port {port} {why}; {change_with}.") from error
        except OverflowError as error:
            raise StartupError(f"Port {port} does not exist; {change_with}.") from error
