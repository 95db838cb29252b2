"""A world of its own for each fault: durable servers that a test may stop, and a running service."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge import db
from bridge.embedded.ports import free_port
from bridge.embedded.postgres import PostgresServer
from bridge.embedded.valkey import ValkeyServer
from bridge.settings import settings
from migrations import run as migrations
from tests.cast import Cast, build_cast
from tests.conftest import FOR_TESTS


@dataclass
class World:
    """The servers, the people, and where the data lies."""

    folder: Path
    postgres: PostgresServer
    valkey: ValkeyServer
    cast: Cast


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Own PostgreSQL (durable) and Valkey; the process's settings point there until the test ends."""
    if os.environ.get("DATABASE_URL", "").strip() and "bridge_test" not in os.environ["DATABASE_URL"]:
        pytest.skip("fault tests stop their servers and use only embedded ones")
    before = dict(os.environ)
    db.dispose()
    with (
        PostgresServer(tmp_path / "postgres", port=free_port()) as postgres,
        ValkeyServer(tmp_path / "valkey", port=free_port()) as valkey,
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
            yield World(tmp_path, postgres, valkey, build_cast())
        finally:
            db.dispose()
            os.environ.clear()
            os.environ.update(before)
            settings.cache_clear()
