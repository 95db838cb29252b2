"""The schema's history: one head, up and down and up, and nothing that only the models know."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from bridge import pools
from migrations import run
from tests.conftest import Servers

FOLDER = Path(run.__file__).parent

_A_PAIRED_TABLET = """
SET session_replication_role = replica; -- without the rows that these refer to
INSERT INTO credentials (id, kind, name, prefix, secret_hash, brand_id, person_id, device_id, store_id, scopes,
                         created_at, last_seen_at, expires_at)
SELECT gen_random_uuid(), kind, 'x', 'x', decode(md5(kind), 'hex'), one, person, one, one, scopes, now(), now(),
       now() + interval '1 day'
FROM gen_random_uuid() AS one, LATERAL (
    VALUES ('device', NULL::uuid, NULL::text[]), ('page_session', one, ARRAY['counter.look_up'])
) AS made (kind, person, scopes);
INSERT INTO guess_counts (counted_on, subject, window_start, window_seconds, guesses)
VALUES ('pin', 'x', now(), 0, 1);
INSERT INTO guess_locks (counted_on, subject, until, times) VALUES ('pin', 'x', now(), 1);
"""


@pytest.fixture
def scratch(servers: Servers) -> str:
    """The owner's URL of an empty database of its own."""
    name = urlsplit(servers.database_url).path.lstrip("/") + "_migrations"
    with psycopg.connect(pools.driver_url(servers.database_url), autocommit=True) as connection:
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


def test_the_release_before_can_write_again_what_paired_devices_left(scratch: str) -> None:
    """Down from 0011 with a paired tablet, a session on it and wrong PINs: no row breaks the old rules."""
    run.upgrade(scratch)
    with psycopg.connect(pools.driver_url(scratch), autocommit=True) as connection:
        connection.execute(_A_PAIRED_TABLET)

    run.downgrade(scratch, "0010")

    with psycopg.connect(pools.driver_url(scratch), autocommit=True) as connection:
        rules = connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated"
        ).fetchall()
        for table, name in rules:
            connection.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
        live = connection.execute("SELECT count(*) FROM credentials WHERE revoked_at IS NULL").fetchone()
    assert {name for _, name in rules} >= {"ck_credentials_scopes", "ck_guess_counts_counted_on"}
    assert live == (0,)


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
