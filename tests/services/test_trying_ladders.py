"""What would have happened, from real rows: the ladder that ran gives what ran, and nothing is written."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bridge import db, ladders
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.models import ContactPoint, RoleAssignment
from bridge.roles import Role
from bridge.services import ladder_faults, trying
from tests.cast import Cast, promise
from tests.clockwork import minutes, rows, sweep_until
from tests.services.test_policies import FAST, publish


def tried(cast: Cast, definition: Any = FAST, *, after: timedelta = timedelta(), **more: Any) -> trying.Tried:
    with db.act() as act:
        return trying.try_ladder(
            act, cast.brand.id, definition, reach=more.pop("reach", None), now=utc_now() + after, **more
        )


def row_counts() -> dict[str, int]:
    tables = rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row.tablename: rows(f'SELECT count(*) AS n FROM "{row.tablename}"')[0].n for row in tables}


def live(cast: Cast, count: int = 3) -> None:
    """Cases of store 12 that nobody answers for three days."""
    for _ in range(count):
        promise(cast, amount_minor=100)
    now = utc_now()
    sweep_until(now, now + timedelta(days=3), step=minutes(5))


def test_the_ladder_that_ran_gives_what_ran(cast: Cast) -> None:
    live(cast)

    found = tried(cast, ladders.STARTING, after=timedelta(days=3))

    assert len(found.cases) == 3
    for case in found.cases:
        would = [(one.round, one.step, one.do, one.result, one.role) for one in case.would.rungs]
        did = [(one.round, one.step, one.do, one.result, one.role) for one in case.did.rungs]
        assert would == did
        assert len(did) > 5
        for mine, its in zip(case.would.rungs, case.did.rungs, strict=True):
            # The clock looks every five minutes in this test, so each wait may have begun so much later.
            assert timedelta(0) <= its.at - mine.at <= minutes(30)
        assert (case.ladder, case.version) == ("standard", 1)
    assert found.would.reached == found.did.reached
    assert found.would.messages == found.did.messages
    assert found.would.faults == found.did.faults
    assert found.would.faults["12", "district_manager"] == 3


def test_another_ladder_climbs_otherwise(cast: Cast) -> None:
    live(cast)

    found = tried(cast, FAST, after=timedelta(days=3))

    assert [[one.do.value for one in case.would.rungs] for case in found.cases] == [
        ["notify", "open_review"]
    ] * 3
    assert found.would.people == {cast.sam.person.id}
    assert (found.would.messages, found.would.reached) == (3, {"review": 3})
    assert found.did.reached["hq"] == 3


def test_trying_writes_nothing(cast: Cast) -> None:
    live(cast, 2)
    before = row_counts()
    definition = {"steps": [{"do": word, **more} for word, more in EVERY_STEP.items()]}

    found = tried(cast, definition, after=timedelta(days=3))

    assert {one.do.value for case in found.cases for one in case.would.rungs} == set(EVERY_STEP) - {"wait"}
    assert row_counts() == before
    assert before["ladder_runs"] == 2


EVERY_STEP: dict[str, dict[str, Any]] = {
    "notify": {"role": "store_manager", "channels": ["inbox", "email", "sms", "slack", "teams"]},
    "wait": {"minutes": 5},
    "notify_round_robin": {"role": "store_associate"},
    "continue_if_open": {},
    "continue_if_more_than": {"cases": 1, "minutes": 100_000},
    "reassign": {"role": "lead"},
    "offer_other_store": {},
    "webhook": {},
    "open_review": {},
    "repeat": {"times": 1},
}


def test_the_database_would_refuse_a_write(cast: Cast) -> None:
    with db.act() as act:
        trying.try_ladder(act, cast.brand.id, FAST, reach=None, now=utc_now())
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            act.ask("INSERT INTO heartbeats (name, at, facts) VALUES ('x', now(), '{}')", {})


def test_cases_of_other_kinds_and_other_districts_are_left_out(cast: Cast) -> None:
    live(cast, 1)
    promise(cast, store_number="40", amount_minor=100)

    urgent = tried(cast, {**FAST, "priorities": ["urgent"]})
    hills = tried(cast, FAST, reach=[cast.store_40.unit_path[1]])

    assert (urgent.cases, urgent.not_taken) == ([], 2)
    assert [case.store_number for case in hills.cases] == ["40"]


def test_too_many_days_and_a_wrong_step_are_named(cast: Cast) -> None:
    for definition, days, place in ((FAST, 91, "days"), ({"steps": [{"do": "shout"}]}, 30, "steps.0")):
        with pytest.raises(InvalidInput) as refused:
            tried(cast, definition, days=days)
        assert set(refused.value.details["fields"]) == {place}  # type: ignore[call-overload]


# Faults of the configuration.


def faults(cast: Cast, **more: Any) -> ladder_faults.Faults:
    with db.act() as act:
        return ladder_faults.faults(
            act, cast.brand.id, reach=more.get("reach"), now=more.get("now", utc_now())
        )


def test_a_rung_that_reached_nobody_is_listed_by_store_and_role_for_two_weeks(cast: Cast) -> None:
    live(cast, 2)
    later = utc_now() + timedelta(days=3)

    (district, region) = faults(cast, now=later).recorded

    assert (district.store_number, district.role, district.times, district.cases) == (
        "12",
        "district_manager",
        2,
        2,
    )
    assert region.role == "region_manager"
    assert faults(cast, now=later, reach=[cast.store_40.unit_path[1]]).recorded == []
    assert faults(cast, now=later + timedelta(days=14)).recorded == []


def test_roles_that_nobody_holds_are_listed_before_a_case_falls_through(cast: Cast) -> None:
    found = {(one.role.value, one.unit_name): one.stores for one in faults(cast).nobody}

    assert found["district_manager", "Lakes"] == ["10", "12"]
    assert found["district_manager", "Hills"] == ["40"]
    assert found["region_manager", "North"] == ["10", "12", "40"]
    assert found["store_manager", "10 Maplewood"] == ["10"]
    assert ("store_manager", "12 Lakeside") not in found
    assert not any(role in {"lead", "hq", "agent"} for role, _ in found)

    with db.transaction() as session:
        session.add(
            RoleAssignment(
                person_id=cast.kim.person.id,
                role=Role.DISTRICT_MANAGER,
                org_unit_id=cast.district.id,
                valid_from=utc_now() - timedelta(days=1),
            )
        )
    assert ("district_manager", "Lakes") not in {
        (one.role.value, one.unit_name) for one in faults(cast).nobody
    }


def test_channels_that_reach_nobody_are_counted(cast: Cast) -> None:
    def gap() -> Any:
        gaps = {(one.role.value, one.channel.value): one for one in faults(cast).channels}
        return gaps["store_manager", "sms"]

    before = gap()
    assert (before.places, before.without) == (2, 2)
    with db.transaction() as session:
        session.add(
            ContactPoint(
                brand_id=cast.brand.id,
                person_id=cast.sam.person.id,
                channel="sms",
                address_cipher=b"sealed",
                address_hint="…23",
            )
        )

    assert gap().without == 1


def test_ladders_in_force_are_checked_together(cast: Cast) -> None:
    publish(cast, {**FAST, "priorities": ["urgent"]})

    ((name, sentence),) = faults(cast).ladders

    assert name == ""
    assert "promise low" in sentence
