"""Ask, once and with a limit, whether something answers: our web server, a server of the operator's."""

import http.client

import psycopg
import redis

from bridge.embedded.ports import LOOPBACK
from bridge.errors import StartupError

SERVER_SECONDS = 5
PAGE_SECONDS = 3.0


def require_database(url: str, *, name: str) -> None:
    """Raise StartupError unless the PostgreSQL at `url` lets us in. `name` is the setting's."""
    try:
        psycopg.connect(libpq_url(url), connect_timeout=SERVER_SECONDS).close()
    except psycopg.OperationalError as error:
        raise StartupError(
            f"{name} is set, and that PostgreSQL does not answer: {first_line(error)}."
        ) from error
    except psycopg.Error as error:
        # The driver's message would repeat the address with its password.
        raise StartupError(f"{name} is set, and it is no address of a PostgreSQL server.") from error


def require_broker(url: str, *, name: str) -> None:
    """Raise StartupError unless the Valkey or Redis at `url` answers. `name` is the setting's."""
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=SERVER_SECONDS, socket_timeout=SERVER_SECONDS
        ) as connection:
            connection.ping()
    except redis.RedisError as error:
        raise StartupError(f"{name} is set, and that server does not answer: {first_line(error)}.") from error
    except ValueError as error:
        raise StartupError(f"{name} is set, and it is no address of a Valkey or Redis server.") from error


def page_status(port: int, path: str) -> int | None:
    """The HTTP status of a page of ours; None when nothing answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PAGE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def libpq_url(url: str) -> str:
    """The address as the driver wants it: without SQLAlchemy's `+psycopg`."""
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


def first_line(error: BaseException) -> str:
    """The first line of a driver's message, without its full stop."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
