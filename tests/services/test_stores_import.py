"""The import of a store file: what is taken, what is refused, and that twice is once."""

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import func, select

from bridge import db
from bridge.cli.stores import OPERATOR, stores_group
from bridge.clock import utc_now
from bridge.errors import Conflict, MalformedRequest
from bridge.models import Brand, OrgUnit, Store, TimelineEntry
from bridge.queries import directory as queries
from bridge.services import directory, store_import
from bridge.services.store_import import ImportReport
from tests.conftest import Servers

WEEK = "Mon: 10-9; Tue: 10-9; Wed: 10-9; Thurs: 10-9; Fri: 10-9; Sat: 10-9; Sun: 11-7"
ROUND_THE_CLOCK = "; ".join(f"{day}: 0-11:59" for day in ("Mon", "Tue", "Wed", "Thurs", "Fri", "Sat", "Sun"))


def record(number: Any, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "BigBox",
        "name": name,
        "address": "1 Main Street",
        "address2": None,
        "city": "Maplewood",
        "state": "MN",
        "zip": "55109",
        "location": {"lat": 45.0, "lon": -93.0},
        "hours": WEEK,
        "services": ["Exchanges", "Repairs "],
        **changes,
    }


GOOD = [
    record(12, "Lakeside"),
    record(40, "Hilltop", state="AZ", city="Tempe", location={"lat": 33.430729, "lon": -111.89966}),
    record(77, "Border", state="TX", city="El Paso", location={"lat": 31.77, "lon": -106.37}),
    record(78, "Plaza", state="PR", city="Carolina", location={"lat": 18.3912915, "lon": -65.9688829}),
    record(79, "All night", hours=ROUND_THE_CLOCK),
    record(80, "Late", hours="Mon-Thu: 9-9; Fri: 9am-2am; Sat: 9-12, 1-6; Sun: closed"),
    record(8001, "Airport", type="Express", hours=ROUND_THE_CLOCK, services=[], address2=None),
]
BAD = [
    (record(90, "No place", location={"lat": 91, "lon": 0}), "lat is not between -90 and 90"),
    (record(91, "Odd hours", hours="Mon: when we like"), "Mon: when we like"),
    (record(12, "Lakeside again"), "number 12 was in the file before"),
    (record(None, "No number"), "a store needs a number"),
    (record(92, ""), "name: Between 1 and 107 signs"),
    (record(93, "Turned \u202e round"), "direction of writing"),
    (record(94, "At sea", location={"lat": 30.0, "lon": -40.0}), "at sea"),
    (record(95, "Services", services="Exchanges"), "services: a list"),
    (record(96, "Half \ud800"), "Control signs"),
    (record(True, "A switch"), "a store needs a number"),
    (record(97, "Nowhere", location={"lat": float("nan"), "lon": 0}), "lat is not between"),
    (record(98, "Far out", location={"lat": 10**400, "lon": 0}), "lat is not between"),
    (record(99, "Grows", state="ß" * 40), "state: 40 signs at most"),  # each becomes SS
    (record(100, "Grows too", country="ßß"), "country: 2 signs at most"),
    ("not a store", "a store is an object"),
]


def run(records: list[Any], *, dry_run: bool = False, source: str = "") -> ImportReport:
    with db.transaction() as session:
        now = utc_now()
        brand = directory.get_or_create_brand(session, "Northlight", actor=OPERATOR, now=now)
        return store_import.import_stores(
            session, brand, records, dry_run=dry_run, now=now, actor=OPERATOR, source=source
        )


def stored() -> dict[str, Store]:
    with db.transaction() as session:
        return {store.number: store for store in session.exec(select(Store))}


def rows() -> dict[str, int]:
    with db.transaction() as session:
        return {
            model.__name__: session.exec(select(func.count()).select_from(model)).one()
            for model in (Brand, OrgUnit, Store, TimelineEntry)
        }


def test_good_stores_are_taken_and_each_bad_record_is_a_line(database: Servers) -> None:
    report = run([*GOOD, *(bad for bad, _ in BAD)])

    assert (report.read, report.created, report.without_counter) == (len(GOOD) + len(BAD), len(GOOD), 1)
    assert [refusal.line for refusal in report.refused] == list(range(len(GOOD) + 1, report.read + 1))
    for refusal, (_, reason) in zip(report.refused, BAD, strict=True):
        assert reason in refusal.reason


def test_a_store_gets_its_zone_from_its_place_and_its_hours_as_minutes(database: Servers) -> None:
    run(GOOD)

    stores = stored()

    assert {number: stores[number].zone for number in ("12", "40", "77", "78")} == {
        "12": "America/Chicago",
        "40": "America/Phoenix",
        "77": "America/Denver",
        "78": "America/Puerto_Rico",
    }
    assert stores["79"].hours["days"] == [[[0, 1440]]] * 7
    assert stores["80"].hours["days"][4:] == [[[540, 1560]], [[540, 720], [780, 1080]], []]


def test_express_units_have_no_counter_and_take_no_escalations(database: Servers) -> None:
    run(GOOD)

    express = stored()["8001"]

    assert (express.has_counter, express.accepts_escalations) == (False, False)
    assert (express.address2, express.services) == ("", [])


def test_the_path_leads_from_the_store_over_state_and_region_to_headquarters(database: Servers) -> None:
    run(GOOD)

    with db.transaction() as session:
        store = session.exec(select(Store).where(Store.number == "12")).one()
        units = [session.get_one(OrgUnit, unit_id) for unit_id in store.unit_path]
        walked = queries.path_of(session, store.org_unit_id)

    assert [(unit.kind, unit.name) for unit in units] == [
        ("store", "12 Lakeside"),
        ("district", "MN"),
        ("region", "Midwest"),
        ("hq", "Headquarters"),
    ]
    assert walked == store.unit_path


def test_the_second_run_changes_nothing_and_writes_nothing(database: Servers) -> None:
    run(GOOD)
    before, rows_before = stored(), rows()

    report = run(GOOD)

    assert (report.created, report.updated, report.unchanged) == (0, 0, len(GOOD))
    assert (stored(), rows()) == (before, rows_before)


def test_a_changed_record_updates_only_itself(database: Servers) -> None:
    run(GOOD)
    before = stored()
    changed = copy.deepcopy(GOOD)
    changed[1]["hours"] = "Mon-Sun: 9am-10pm"

    report = run(changed)

    after = stored()
    assert (report.updated, report.unchanged) == (1, len(GOOD) - 1)
    assert [number for number in after if after[number] != before[number]] == ["40"]
    assert after["40"].created_at == before["40"].created_at < after["40"].updated_at


def test_a_store_that_moved_to_another_state_gets_another_path(database: Servers) -> None:
    run(GOOD)
    before = stored()["12"]
    moved = copy.deepcopy(GOOD)
    moved[0] |= {"state": "IA", "city": "Ames", "location": {"lat": 42.03, "lon": -93.62}}

    report = run(moved)

    after = stored()["12"]
    assert report.updated == 1
    assert (after.unit_path[0], after.unit_path[2:]) == (before.unit_path[0], before.unit_path[2:])
    assert after.unit_path[1] != before.unit_path[1]
    with db.transaction() as session:
        assert queries.path_of(session, after.org_unit_id) == after.unit_path


def test_a_district_that_somebody_chose_survives_the_next_import(database: Servers) -> None:
    run(GOOD)
    with db.transaction() as session:
        store = session.exec(select(Store).where(Store.number == "12")).one()
        region_id = store.unit_path[2]
        lakes = directory.get_or_create_unit(
            session, parent_id=region_id, kind="district", name="Lakes", actor=OPERATOR, now=utc_now()
        )
        session.get_one(OrgUnit, store.org_unit_id).parent_id = lakes.id

    report = run(GOOD)

    assert report.updated == 1
    assert stored()["12"].unit_path[1] == lakes.id
    assert run(GOOD).updated == 0


def test_a_renamed_store_keeps_its_unit(database: Servers) -> None:
    run(GOOD)
    renamed = copy.deepcopy(GOOD)
    renamed[0]["name"] = "Lakeside Mall"

    run(renamed)

    with db.transaction() as session:
        unit = session.get_one(OrgUnit, stored()["12"].org_unit_id)
    assert unit.name == "12 Lakeside Mall"


def test_a_store_missing_from_the_file_stays(database: Servers) -> None:
    run(GOOD)

    run(GOOD[:1])

    assert len(stored()) == len(GOOD)


def test_a_dry_run_reports_and_writes_nothing(database: Servers) -> None:
    run(GOOD[:2])
    before = rows()

    report = run(GOOD, dry_run=True)

    assert (report.created, report.unchanged, report.dry_run) == (len(GOOD) - 2, 2, True)
    assert rows() == before


def test_an_import_leaves_one_link_in_the_directorys_chain(database: Servers) -> None:
    run(GOOD, source="stores.json")

    with db.transaction() as session:
        entries = session.exec(select(TimelineEntry).where(TimelineEntry.action == "stores.imported")).all()
    assert [json.loads(entry.body)["facts"]["created"] for entry in entries] == [len(GOOD)]


def test_two_imports_at_once_are_refused(database: Servers) -> None:
    run(GOOD[:1])

    with db.transaction() as session:
        brand = queries.brand_by_name(session, "Northlight")
        assert brand is not None
        assert queries.try_lock_import(session, brand.id)
        with pytest.raises(Conflict):
            run(GOOD)


# The command.


def command(*arguments: str) -> Any:
    return CliRunner().invoke(stores_group, ["import", *arguments])


def test_the_command_counts_on_stdout_and_lists_refusals_on_stderr(database: Servers, tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    file.write_text(json.dumps([*GOOD, BAD[1][0]]), "utf-8")

    result = command(str(file), "--brand", "Northlight")

    assert (result.exit_code, len(stored())) == (0, len(GOOD))
    assert result.stdout == ("8 read: 7 new, 0 changed, 0 unchanged, 1 refused; 1 without a staff counter.\n")
    assert "record 8, store 91: hours: 'Mon: when we like'" in result.stderr


def test_the_commands_dry_run_does_not_even_make_the_brand(database: Servers, tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    file.write_text(json.dumps(GOOD), "utf-8")

    result = command(str(file), "--dry-run", "--brand", "Not there yet")

    assert "7 new" in result.stdout
    assert "Nothing was written" in result.stdout
    assert set(rows().values()) == {0}


@pytest.mark.parametrize("content", ["", "{}", "[1,", "\udcff", "[" * 100_000])
def test_what_is_no_list_of_stores_is_one_sentence(database: Servers, tmp_path: Path, content: str) -> None:
    file = tmp_path / "stores.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    result = command(str(file))

    assert isinstance(result.exception, MalformedRequest)
    assert result.exit_code == 1


def test_help_shows_an_example() -> None:
    assert "bridge stores import stores.json --dry-run" in command("--help").output


# The real directory.


def test_the_real_directory_is_taken_whole_and_fast(database: Servers, shared_data: Path) -> None:
    records = json.loads((shared_data / "best-buy-open-data" / "stores.json").read_text("utf-8"))
    zones = {
        "Arizona": ("1002", "America/Phoenix"),
        "Indiana": ("229", "America/Indiana/Indianapolis"),
        "southern Indiana": ("1010", "America/Kentucky/Louisville"),
        "Puerto Rico": ("1496", "America/Puerto_Rico"),
        "Minnesota": ("1000", "America/Chicago"),
    }

    started = time.monotonic()
    first = run(records)
    seconds = time.monotonic() - started
    second = run(records)

    stores = stored()
    assert (first.read, first.created, first.refused, first.without_counter) == (1565, 1565, [], 189)
    assert (second.unchanged, second.updated, second.created) == (1565, 0, 0)
    assert seconds < 10
    assert {where: stores[number].zone for where, (number, _) in zones.items()} == {
        where: zone for where, (_, zone) in zones.items()
    }
    assert {store.zone for store in stores.values() if store.state == "HI"} == {"Pacific/Honolulu"}
    assert {store.zone for store in stores.values() if store.city == "El Paso"} == {"America/Denver"}
    assert not any(store.has_counter for store in stores.values() if store.kind == "Express")
