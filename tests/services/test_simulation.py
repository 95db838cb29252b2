"""Simulated life: the same seed gives the same figures, and nothing is left alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bridge import db, pools
from bridge.cli import cli
from bridge.models.base import new_id
from bridge.queries import heartbeats
from bridge.services import soundness
from bridge.settings import settings
from bridge.simulation import checks, clockwork, figures
from bridge.simulation.behaviour import Diligence, habits_of_store
from bridge.simulation.places import made_up_stores
from tests.cast import Cast, promise
from tests.conftest import Servers
from tests.emptying import empty

START = datetime(2026, 6, 1, tzinfo=UTC)


def plan(days: int, stores: int, escalations: int, *, seed: int = 7) -> clockwork.Plan:
    records = made_up_stores(stores, Random(seed))
    return clockwork.Plan(escalations, days, seed, START, records, sweep_every=timedelta(minutes=15))


def played(wanted: clockwork.Plan) -> tuple[dict[str, Any], list[str]]:
    """The figures of a run and what it left alone."""
    done = clockwork.play(wanted, settings())
    with db.reading() as snapshot:
        wrong = [str(finding) for finding in checks.violations(snapshot, settings(), done)]
        return figures.gather(snapshot, settings(), done), wrong


def invoked(*words: str) -> Result:
    return CliRunner().invoke(cli, ["--data-dir", "/nowhere", *words], catch_exceptions=True)


@pytest.fixture
def fresh(database: Servers) -> Iterator[Servers]:
    yield database
    pools.dispose()


def test_the_same_seed_gives_the_same_figures_and_nothing_is_left_alone(fresh: Servers) -> None:
    first, wrong = played(plan(3, 40, 150))
    empty(fresh.database_url)
    again, _ = played(plan(3, 40, 150))

    assert wrong == []
    assert first == again
    assert sum(first["list"].values()) == sum(first["status"].values()) >= 140
    assert "nobody" not in first["list"]
    assert first["status"]["honoured"] > 10
    assert first["step"]["notify done"] > 100
    assert first["clock"]["store_ack"]["late"] > 0


def test_another_seed_gives_another_life() -> None:
    habits = [[habits_of_store(chance) for _ in range(50)] for chance in (Random(1), Random(1), Random(2))]

    assert habits[0] == habits[1] != habits[2]
    assert {one.diligence for one in habits[0]} >= {Diligence.PROMPT, Diligence.SLOW}


def test_made_up_stores_have_lunch_breaks_sundays_off_and_nights() -> None:
    hours = {store["hours"] for store in made_up_stores(400, Random(1))}

    assert len(hours) == 6
    assert any("24 hours" in one for one in hours)


def test_ids_are_random_again_after_a_simulation(fresh: Servers) -> None:
    played(plan(1, 3, 2))

    assert new_id() != new_id()
    assert abs((new_id().int >> 80) / 1000 - datetime.now(UTC).timestamp()) < 60


def test_a_case_on_nobodys_list_is_named(cast: Cast, owner: Any) -> None:
    made = promise(cast)
    owner.execute("UPDATE escalations SET status = 'awaiting_agent' WHERE id = %s", [made.id])

    with db.reading() as snapshot:
        now = datetime.now(UTC) + timedelta(hours=1)
        found = list(
            soundness.examine(snapshot, settings(), now=now, late_after=timedelta(minutes=2), history=False)
        )

    assert ("on nobody's list", f"case {made.number}", "awaiting_agent") in [
        (one.kind, one.where, one.what) for one in found
    ]
    assert "not looked at" in {one.kind for one in found}


def test_the_doctor_finds_nothing_wrong_with_a_new_promise_and_names_one_that_nobody_looks_at(
    cast: Cast, owner: Any
) -> None:
    promise(cast)
    well = invoked("doctor")
    owner.execute("UPDATE escalations SET attend_at = attend_at - interval '1 hour'")
    late = invoked("doctor", "--no-history")

    assert (well.exit_code, "Nothing is left alone." in well.output) == (0, True)
    assert (late.exit_code, "not looked at" in late.output) == (1, True)


def test_the_command_prints_figures_and_ends_well(fresh: Servers) -> None:
    done = invoked("simulate", "--days", "2", "--stores", "12", "--rate", "20", "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["act"]["brand.created"] == 1
    assert "40 cases in 2 days" in done.stderr


def test_a_simulation_refuses_a_database_with_data(cast: Cast) -> None:
    refused = invoked("simulate", "--days", "1", "--stores", "2", "--escalations", "1")

    assert refused.exit_code != 0
    assert "only fills an empty database" in str(refused.exception)


def test_a_simulation_refuses_while_the_clock_of_the_service_runs(fresh: Servers) -> None:
    with db.statement() as connection:
        heartbeats.beat(connection, "sweep", datetime.now(UTC), {})

    refused = invoked("simulate", "--days", "1", "--stores", "2", "--escalations", "1")

    assert "the clock of this service runs" in str(refused.exception)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_a_month_of_a_whole_retailer_leaves_nothing_alone(fresh: Servers, shared_data: Path) -> None:
    records = json.loads((shared_data / "best-buy-open-data" / "stores.json").read_text("utf-8"))
    month = clockwork.Plan(20_000, 30, 7, START, records)

    found, wrong = played(month)

    assert wrong == []
    assert sum(found["list"].values()) == sum(found["status"].values()) > 19_900
    assert "nobody" not in found["list"]
