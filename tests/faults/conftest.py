"""A world of its own for the faults: durable servers that a test may stop, and a running service.

Both are started once; before each test everything runs again, and the database is empty but for the cast.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge import pools
from bridge.embedded.ports import free_port
from bridge.embedded.postgres import PostgresServer
from bridge.embedded.valkey import ValkeyServer
from bridge.settings import settings
from migrations import run as migrations
from tests.cast import Cast, build_cast
from tests.conftest import FOR_TESTS
from tests.emptying import empty, forget
from tests.running import Service, revive, running, wait_until_ready


@dataclass
class Servers:
    """The servers that faults stop, and where the data lies."""

    folder: Path
    postgres: PostgresServer
    valkey: ValkeyServer


@dataclass
class World(Servers):
    """The servers, the running service and the people."""

    service: Service
    cast: Cast


@pytest.fixture(scope="module")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Own PostgreSQL (durable) and Valkey; the process's settings point there until the module ends."""
    if os.environ.get("DATABASE_URL", "").strip() and "bridge_test" not in os.environ["DATABASE_URL"]:
        pytest.skip("fault tests stop their servers and use only embedded ones")
    folder, before = tmp_path_factory.mktemp("faults"), dict(os.environ)
    pools.dispose()
    with (
        PostgresServer(folder / "postgres", port=free_port()) as postgres,
        ValkeyServer(folder / "valkey", port=free_port()) as valkey,
    ):
        os.environ.update(
            FOR_TESTS,
            DATABASE_URL=postgres.url,
            OWNER_DATABASE_URL=postgres.url,
            REDIS_URL=valkey.url,
            BRIDGE_CRASH_HOOKS="true",
            BRIDGE_DB_POOL_SIZE="8",
        )
        settings.cache_clear()
        try:
            migrations.upgrade(postgres.url)
            yield Servers(folder, postgres, valkey)
        finally:
            pools.dispose()
            forget(postgres.url)
            os.environ.clear()
            os.environ.update(before)
            settings.cache_clear()


@pytest.fixture(scope="module")
def own_service(own_servers: Servers) -> Iterator[Service]:
    with running(own_servers.folder) as service:
        yield service


@pytest.fixture
def world(own_servers: Servers, own_service: Service) -> World:
    """All of it whole again, whatever the test before did to it."""
    pools.dispose()
    forget(own_servers.postgres.url)
    own_servers.postgres.start()
    own_servers.valkey.start()
    revive(own_service, own_servers.folder)
    empty(own_servers.postgres.url)
    wait_until_ready(own_service)
    return World(
        own_servers.folder, own_servers.postgres, own_servers.valkey, service=own_service, cast=build_cast()
    )
