"""The schema's history: one head, up and down and up, and nothing that only the models know."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from bridge import db
from migrations import run
from tests.conftest import Servers

FOLDER = Path(run.__file__).parent


@pytest.fixture
def scratch(servers: Servers) -> str:
    """The owner's URL of an empty database of its own."""
    name = urlsplit(servers.database_url).path.lstrip("/") + "_migrations"
    with psycopg.connect(db.driver_url(servers.database_url), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))

    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_up_down_up_leaves_nothing_that_the_models_do_not_say(scratch: str) -> None:
    run.upgrade(scratch)
    run.downgrade(scratch, "base")
    run.upgrade(scratch)

    run.check(scratch)


def test_files_are_named_after_what_they_do() -> None:
    names = [path.name for path in sorted((FOLDER / "versions").glob("*.py"))]

    assert all(name[:4].isdigit() and name[4] == "_" for name in names)


def test_two_services_may_migrate_at_once(scratch: str) -> None:
    import threading

    failures: list[BaseException] = []

    def upgrade() -> None:
        try:
            run.upgrade(scratch)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
