"""A kept filling comes back as it was, whatever the test before did to it."""

import pytest

from tests import keeping
from tests.cast import Cast, build_cast, claimed_thread
from tests.clockwork import rows
from tests.conftest import Servers
from tests.emptying import empty


def test_what_one_did_is_undone_for_the_next(environment: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_kept", {})
    url, made = environment.database_url, []

    def make() -> Cast:
        made.append(build_cast())
        return made[-1]

    first = keeping.filled(url, "a cast", make)
    before = people()
    with keeping.cleaner(url).transaction():
        keeping.cleaner(url).execute("UPDATE people SET display_name = 'Somebody else'")
    claimed_thread(first)
    second = keeping.filled(url, "a cast", make)

    assert second is first
    assert people() == before
    assert rows("SELECT count(*) AS n FROM threads")[0].n == 0
    assert rows("SELECT id FROM stores") != []

    monkeypatch.setattr(keeping, "FRESH_SECONDS", 0.0)
    assert keeping.filled(url, "a cast", make) is not first
    assert len(made) == 2
    empty(url)
    assert people() == []


def people() -> list[object]:
    return rows("SELECT id, display_name FROM people ORDER BY id")
