"""HQ's figures over HTTP: what they count, for whom, and silent stores before the third complaint."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask.testing import FlaskClient

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.milestones import MilestoneState, MilestoneType
from bridge.models import MilestoneRow, Store
from bridge.promises import DeclineReason, PriorChannel
from bridge.roles import Role
from tests.api.test_review import becomes
from tests.cast import Cast, Member, decide, promise

API = "/api/v1/reports"
Owner = psycopg.Connection[tuple[object, ...]]


def get(client: FlaskClient, by: Member, path: str) -> Any:
    found = client.get(f"{API}/{path}", headers=by.headers)
    assert found.status_code == 200, found.get_data(as_text=True)
    return found.json


def clock(
    case: UUID,
    store: Store,
    *,
    kind: MilestoneType = MilestoneType.STORE_ACK,
    seconds: int = 600,
    open_seconds: int = 300,
    late: bool = False,
    running: bool = False,
) -> None:
    """A store clock of a case as the sweep leaves it."""
    now = utc_now()
    started = now - timedelta(seconds=seconds)
    state = MilestoneState.MET_LATE if late else MilestoneState.MET
    with db.transaction() as session:
        session.add(
            MilestoneRow(
                escalation_id=case,
                type=kind,
                policy_version=1,
                calendar="store",
                store_id=store.id,
                started_at=started,
                due_at=now,
                warnings=[],
                state=MilestoneState.MISSED_OPEN if running else state,
                breached_at=now if late or running else None,
                completed_at=None if running else now,
                actual_seconds=None if running else open_seconds,
                elapsed_seconds=None if running else open_seconds,
                trace={},
            )
        )


def set_back(owner: Owner, case: UUID, **age: float) -> None:
    owner.execute(
        "UPDATE escalations SET issued_at = issued_at - %s, created_at = created_at - %s WHERE id = %s",
        (timedelta(**age), timedelta(**age), case),
    )


def test_the_overview_counts_what_is_live_and_what_became_of_it(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    honoured, part, declined, late, seen = (promise(cast) for _ in range(5))
    for case in (honoured, part):
        client.post("/api/v1/counter/look-up", json={"code": case.code}, headers=cast.sam.headers)
    decide(cast, cast.sam, code=honoured.code)
    decide(cast, cast.sam, code=part.code, amount_minor=1000, keep_rest=False)
    decide(
        cast,
        cast.sam,
        escalation_id=declined.id,
        action=Action.DECLINE,
        reason=DeclineReason.OUT_OF_STOCK,
    )
    decide(cast, cast.sam, escalation_id=seen.id, action=Action.ACKNOWLEDGE)
    clock(late.id, cast.store_12, running=True)
    set_back(owner, late.id, days=4)

    found = get(client, cast.hana, "overview")

    counted = {
        name: found[name] for name in ("open", "late", "unacknowledged", "issued", "declined", "honoured")
    }
    assert counted == {"open": 2, "late": 1, "unacknowledged": 1, "issued": 5, "declined": 1, "honoured": 2}
    by_age = {row["age"]: row for row in found["ages"]}
    assert (by_age["3d_to_7d"]["late"], by_age["under_1d"]["open"], by_age["under_1d"]["declined"]) == (
        1,
        1,
        1,
    )
    assert (found["answerable"], found["honour_rate_per_mille"]) == (2, 1000)
    assert found["full_honour_rate_per_mille"] == 500


def test_a_decline_at_the_counter_lowers_the_honour_rate(client: FlaskClient, cast: Cast) -> None:
    honoured, declined = promise(cast), promise(cast)
    client.post("/api/v1/counter/look-up", json={"code": declined.code}, headers=cast.sam.headers)
    decide(cast, cast.sam, code=honoured.code)
    decide(cast, cast.sam, code=declined.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)

    found = get(client, cast.hana, "overview")

    assert (found["answerable"], found["honoured"], found["honour_rate_per_mille"]) == (2, 1, 500)


def test_without_cases_there_are_no_rates(client: FlaskClient, cast: Cast) -> None:
    found = get(client, cast.hana, "overview")

    assert (found["open"], found["honour_rate_per_mille"], found["times"]) == (0, None, [])


def test_times_stand_in_both_clocks(client: FlaskClient, cast: Cast) -> None:
    for number in range(1, 12):
        clock(
            promise(cast).id, cast.store_12, seconds=number * 600, open_seconds=number * 60, late=number > 9
        )

    [times] = get(client, cast.hana, "overview")["times"]

    assert (times["milestone"], times["ended"], times["breached"]) == ("store_ack", 11, 2)
    assert (times["calendar_p50_seconds"], times["calendar_p90_seconds"]) == (3600, 6000)
    assert (times["open_p50_seconds"], times["open_p90_seconds"]) == (360, 600)
    assert times["breach_rate_per_mille"] == 182


def test_the_period_takes_in_its_start_and_leaves_out_its_end(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    case = promise(cast)
    owner.execute("UPDATE escalations SET issued_at = '2026-01-10T12:00:00Z' WHERE id = %s", (case.id,))

    for period, issued in (
        ("from=2026-01-10T12:00:00Z&to=2026-01-11T00:00:00Z", 1),
        ("from=2026-01-09T12:00:00Z&to=2026-01-10T12:00:00Z", 0),
    ):
        assert get(client, cast.hana, f"overview?{period}")["issued"] == issued


@pytest.mark.parametrize(
    "period",
    [
        "from=2026-01-10T12:00:00Z&to=2026-01-10T12:00:00Z",
        "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    ],
)
def test_a_period_that_is_none_is_refused(client: FlaskClient, cast: Cast, period: str) -> None:
    assert client.get(f"{API}/overview?{period}", headers=cast.hana.headers).status_code == 422


def test_stores_stand_in_rows_and_pages(client: FlaskClient, cast: Cast) -> None:
    promise(cast)
    decide(cast, cast.sam, code=promise(cast).code)
    promise(cast, store_number="40")

    first = get(client, cast.hana, "stores?limit=1")
    rest = get(client, cast.hana, f"stores?limit=1&cursor={first['next_cursor']}")

    [twelve], [forty] = first["items"], rest["items"]
    assert (twelve["store_number"], twelve["district_name"], twelve["open"], twelve["honoured"]) == (
        "12",
        "Lakes",
        1,
        1,
    )
    assert (forty["store_number"], rest["next_cursor"]) == ("40", None)
    [worst] = get(client, cast.hana, "stores?order=worst&limit=1")["items"]
    assert worst["unacknowledged"] == 1


def test_a_district_managers_figures_are_of_the_own_district(client: FlaskClient, cast: Cast) -> None:
    promise(cast)
    promise(cast, store_number="40")
    becomes(cast.mia, Role.DISTRICT_MANAGER, cast.store_40.unit_path[1])

    assert get(client, cast.hana, "overview")["open"] == 2
    assert get(client, cast.mia, "overview")["open"] == 1
    assert get(client, cast.mia, "overview?store_number=12")["open"] == 0
    assert [row["store_number"] for row in get(client, cast.mia, "stores")["items"]] == ["40"]
    assert client.get(f"{API}/overview", headers=cast.sam.headers).status_code == 403


def test_the_export_runs_nothing_in_a_spreadsheet(client: FlaskClient, cast: Cast, owner: Owner) -> None:
    promise(cast)
    owner.execute("UPDATE stores SET name = '=HYPERLINK(\"http://evil.example\")' WHERE number = '12'")

    answer = client.get(f"{API}/stores.csv", headers=cast.hana.headers)

    assert answer.mimetype == "text/csv"
    [row] = csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline=""))
    assert (row["store_number"], row["open"]) == ("12", "1")
    assert row["store_name"] == '\'=HYPERLINK("http://evil.example")'


def test_a_store_is_listed_before_the_third_complaint(client: FlaskClient, cast: Cast, owner: Owner) -> None:
    for _ in range(2):
        set_back(owner, promise(cast).id, hours=30)
    promise(cast, store_number="40")

    found = get(client, cast.hana, "silent-stores")["items"]

    [store] = found
    assert (store["store_number"], store["silent_cases"]) == ("12", 2)
    parts = {part["name"]: part["points"] for part in store["parts"]}
    assert store["score"] == sum(parts.values()) >= 30
    assert parts["silent_cases"] == 30


def test_one_unanswered_promise_is_not_yet_a_silent_store(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    set_back(owner, promise(cast).id, hours=30)

    assert get(client, cast.hana, "silent-stores")["items"] == []


def test_a_store_that_acknowledged_is_not_silent(client: FlaskClient, cast: Cast, owner: Owner) -> None:
    for _ in range(2):
        case = promise(cast)
        decide(cast, cast.sam, escalation_id=case.id, action=Action.ACKNOWLEDGE)
        set_back(owner, case.id, hours=30)

    assert get(client, cast.hana, "silent-stores")["items"] == []


def test_missed_clocks_and_unanswered_calls_are_parts_of_the_score(client: FlaskClient, cast: Cast) -> None:
    for _ in range(3):
        case = promise(cast, prior_contacts=[(PriorChannel.PHONE, 4, "nobody there")])
        clock(case.id, cast.store_12, late=True)

    [store] = get(client, cast.hana, "silent-stores")["items"]

    points = {part["name"]: (part["count"], part["points"]) for part in store["parts"]}
    assert points["missed_acknowledgements"] == (3, 35)
    assert points["calls_reported"] == (12, 10)
    assert points["silent_cases"] == (0, 0)


def test_a_district_manager_sees_no_silent_store_elsewhere(
    client: FlaskClient, cast: Cast, owner: Owner
) -> None:
    for _ in range(2):
        set_back(owner, promise(cast).id, hours=30)
    becomes(cast.mia, Role.DISTRICT_MANAGER, cast.store_40.unit_path[1])

    assert get(client, cast.mia, "silent-stores")["items"] == []
