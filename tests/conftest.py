"""Real servers for the whole run, a clean database for each test that asks for one.

Without DATABASE_URL and REDIS_URL in the environment the run starts its own PostgreSQL and
Valkey (one pair for each parallel worker). Nothing but loopback can be reached.
"""

import gc
import os
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest

from bridge import pools
from bridge.clock import utc_now
from bridge.embedded.postgres import PostgresServer
from bridge.embedded.valkey import ValkeyServer
from bridge.settings import Settings, settings
from migrations import run as migrations
from tests.cast import Cast, build_cast
from tests.emptying import empty, forget_all
from tests.keeping import put_in

# A slow moment of a shared machine is not a slow function.
hypothesis.settings.register_profile("bridge", deadline=None)
hypothesis.settings.load_profile("bridge")

FOR_TESTS = {
    "BRIDGE_ENVIRONMENT": "demo",
    "BRIDGE_SECRET_KEY": "tests-secret-key-of-more-than-32-characters",
    "BRIDGE_CODE_PEPPER": "tests-code-pepper-of-more-than-32-characters",
    "BRIDGE_ENCRYPTION_KEYS": "tests-encryption-key-of-more-than-32-characters",
    "BRIDGE_ARGON2_TIME_COST": "1",
    "BRIDGE_ARGON2_MEMORY_KIB": "64",
    "BRIDGE_DB_POOL_SIZE": "16",
    "BRIDGE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true",
    "BRIDGE_LOG_LEVEL": "WARNING",
}
PATIENT = {"api.hooks.WAIT_SECONDS": 20, "api.mentions.WAIT_SECONDS": 20, "api.mentions.WHO_SECONDS": 10}
"""A sender is answered within a second, with 503 if need be; a busy machine's 503 would be a test's."""


@dataclass(frozen=True)
class Servers:
    """Where the run's servers answer. `database_url` is the owner's."""

    database_url: str
    redis_url: str


MEMORY_DISK = Path("/dev/shm")
ROOM_BYTES = 6_000_000_000


def pytest_configure() -> None:
    """Keep the run's folders in memory where there is room and a program may run from there.

    The servers that a test starts flush each write to their disk, and the test would wait for that.
    Nothing here cuts the power: what a killed process had written is there either way.
    """
    if not MEMORY_DISK.is_dir() or os.statvfs(MEMORY_DISK).f_flag & (os.ST_NOEXEC | os.ST_RDONLY):
        return
    if shutil.disk_usage(MEMORY_DISK).free > ROOM_BYTES and os.access(MEMORY_DISK, os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_DISK))


def pytest_collection_finish() -> None:
    """What is imported by now stays; the garbage collector need not look through it for every test."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let the process end tidily: a library counts what is left and complains."""
    gc.unfreeze()


def pytest_runtest_setup() -> None:
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    started: list[PostgresServer | ValkeyServer] = []
    database_url, redis_url = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    try:
        if not database_url:
            postgres = PostgresServer(folder / "postgres", fast_and_unsafe=True)
            postgres.start()
            started.append(postgres)
            database_url = postgres.url
        if not redis_url:
            valkey = ValkeyServer(folder / "valkey", persistent=False)
            valkey.start()
            started.append(valkey)
            redis_url = valkey.url
        yield Servers(_own_database(database_url), redis_url)
    finally:
        pools.dispose()
        forget_all()
        for server in reversed(started):
            server.stop()


def _own_database(url: str) -> str:
    """A fresh database for this worker on the given server."""
    name = f"bridge_test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with psycopg.connect(pools.driver_url(url), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def environment(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The process's settings point at the run's servers, and the schema is there."""
    before = dict(os.environ)
    os.environ.update(
        FOR_TESTS,
        DATABASE_URL=servers.database_url,
        OWNER_DATABASE_URL=servers.database_url,
        REDIS_URL=servers.redis_url,
        BRIDGE_ANCHOR_FILE=str(tmp_path_factory.mktemp("anchor") / "anchor.log"),
    )
    settings.cache_clear()
    migrations.upgrade(servers.database_url)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, seconds in PATIENT.items():
                patch.setattr(name, seconds)
            yield servers
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


@pytest.fixture
def config(environment: Servers) -> Settings:
    return settings()


@pytest.fixture
def database(environment: Servers) -> Servers:
    """An empty, migrated database; whatever the test commits is gone for the next one."""
    empty(environment.database_url)
    return environment


@pytest.fixture
def cast(database: Servers) -> Cast:
    """The people and stores that every test knows: Ana, Sam of 12, Mia of 40, Hana at HQ.

    Each test gets objects of its own: what it changes in them is nobody else's.
    """
    kept = put_in(database.database_url, "cast", lambda: pickle.dumps(build_cast()))
    everybody: Cast = pickle.loads(kept)
    return everybody


@pytest.fixture
def owner(environment: Servers) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection as the database's superuser, for what the application may not do."""
    with psycopg.connect(environment.database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tries of the test are counted in one window, which began with it: no end of a minute falls between."""
    began = utc_now()
    for place in (
        "guesses",
        "services.accounts",
        "services.appealing",
        "services.customers",
        "services.official",
    ):
        monkeypatch.setattr(f"bridge.{place}.window_start", lambda _now, _length: began)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; the test skips when it is not there."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data is not beside this checkout")
    return folder
