"""Finding stores, official handles, and people with their roles."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from bridge import db
from bridge.cli.stores import OPERATOR
from bridge.clock import utc_now
from bridge.errors import BridgeError, Conflict, IllegalAction, InvalidInput, NotFound, NotPermitted
from bridge.models import Brand, Person, RoleAssignment, Store, TimelineEntry
from bridge.queries import callers
from bridge.queries import directory as queries
from bridge.queries.directory import StoreFound
from bridge.roles import Actor, Role
from bridge.services import directory
from bridge.settings import settings
from tests.cast import Cast
from tests.conftest import Servers
from tests.services.test_stores_import import GOOD, record, run

SUNDAY_NOON_IN_MAPLEWOOD = datetime(2026, 3, 1, 18, tzinfo=UTC)


@pytest.fixture
def northlight(database: Servers) -> Brand:
    run(
        [
            *GOOD,
            record(1000, "Mall of the North", city="Bloomington", zip="55425"),
            record(41, "Hilltop 50% off_street", city="Las Vegas", state="NV", zip="89101",
                   location={"lat": 36.17, "lon": -115.14}, services=["Hablamos Español"]),
        ]
    )  # fmt: skip
    with db.transaction() as session:
        brand = queries.brand_by_name(session, "Northlight")
    assert brand is not None
    return brand


def find(brand: Brand, **wanted: object) -> list[StoreFound]:
    wanted = {"now": SUNDAY_NOON_IN_MAPLEWOOD, **wanted}
    with db.transaction() as session:
        return queries.find_stores(session, brand_id=brand.id, **wanted)  # type: ignore[arg-type]  # real names


def numbers(found: list[StoreFound]) -> list[str]:
    return [store.number for store in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", ["12"]),
        ("lakeside", ["12"]),
        ("mall north", ["1000"]),
        ("bloomington", ["1000"]),
        ("las vegas", ["41"]),
        ("55425", ["1000"]),
        ("hilltop nv", ["41"]),
        ("50%", ["41"]),
        ("off_", ["41"]),
        ("%", ["41"]),
        ("nothing like it", []),
        ("\0", []),
        ("\ud800", []),
        ("'; DROP TABLE stores; --", []),
    ],
)
def test_a_store_is_found_by_number_name_city_state_or_zip(
    northlight: Brand, text: str, expected: list[str]
) -> None:
    assert numbers(find(northlight, text=text)) == expected


def test_the_exact_number_comes_first_and_express_units_last(northlight: Brand) -> None:
    run([record(1, "Zenith"), record(11, "Another"), record(100, "A hundred")])

    found = find(northlight, text="1")

    assert numbers(found)[0] == "1"
    assert numbers(find(northlight))[-1] == "8001"


def test_the_nearest_store_comes_first_with_its_distance(northlight: Brand) -> None:
    found = find(northlight, near=(36.11, -115.17), limit=2)

    assert numbers(found) == ["41", "40"]
    assert found[0].distance_km == pytest.approx(7.2, abs=0.1)
    assert found[1].distance_km == pytest.approx(421.8, abs=0.1)


def test_filters_narrow_and_a_service_is_found_whatever_its_capitals(northlight: Brand) -> None:
    assert numbers(find(northlight, service="hablamos español")) == ["41"]
    assert numbers(find(northlight, city="EL PASO")) == ["77"]
    assert numbers(find(northlight, postcode="891")) == ["41"]
    assert find(northlight, postcode="891", city="Tempe") == []


def test_open_now_and_todays_hours_are_those_of_the_stores_own_clock(northlight: Brand) -> None:
    minnesota, el_paso = find(northlight, text="12")[0], find(northlight, text="77")[0]

    assert (minnesota.open_now, minnesota.hours_today) == (True, "11 am-7 pm")
    assert minnesota.next_change_at is not None
    assert minnesota.next_change_at.isoformat() == "2026-03-01T19:00:00-06:00"
    assert (
        find(northlight, text="77", now=SUNDAY_NOON_IN_MAPLEWOOD - timedelta(minutes=1))[0].open_now is False
    )
    assert el_paso.open_now is True


def test_pages_follow_each_other_without_gap_or_double(northlight: Brand) -> None:
    whole = numbers(find(northlight, near=(45.0, -93.0)))
    paged: list[str] = []
    after = None
    while page := find(northlight, near=(45.0, -93.0), limit=2, after=after):
        paged += numbers(page)
        after = page[-1].cursor

    assert paged == whole
    assert len(set(whole)) == len(whole) == 9


def test_another_brands_stores_are_not_found(northlight: Brand) -> None:
    with db.transaction() as session:
        other = directory.get_or_create_brand(session, "Southlight", actor=OPERATOR, now=utc_now())
        assert queries.store_by_number(session, northlight.id, "12") is not None
        assert queries.store_by_number(session, other.id, "12") is None

    assert find(other) == []


def test_a_store_without_a_counter_cannot_be_opened_for_promises(northlight: Brand) -> None:
    with db.transaction() as session:
        store = queries.store_by_number(session, northlight.id, "8001")
        assert store is not None
        with pytest.raises(IllegalAction):
            directory.set_accepts_escalations(session, store, accepts=True, actor=OPERATOR, now=utc_now())


def test_a_store_closed_for_promises_stays_closed_after_the_next_import(northlight: Brand) -> None:
    with db.transaction() as session:
        store = queries.store_by_number(session, northlight.id, "12")
        assert store is not None
        directory.set_accepts_escalations(session, store, accepts=False, actor=OPERATOR, now=utc_now())

    run(GOOD)

    with db.transaction() as session:
        assert session.get_one(Store, store.id).accepts_escalations is False


def test_a_brand_is_made_once_with_its_headquarters(database: Servers) -> None:
    with db.transaction() as session:
        first = directory.get_or_create_brand(session, "Northlight", actor=OPERATOR, now=utc_now())
        second = directory.get_or_create_brand(session, " Northlight ", actor=OPERATOR, now=utc_now())

        assert first.id == second.id
        assert queries.hq_of(session, first.id).parent_id is None


def test_a_unit_cannot_stand_in_two_places(cast: Cast) -> None:
    with db.transaction() as session:
        ask = {"session": session, "kind": "care_team", "name": "Night", "actor": OPERATOR, "now": utc_now()}
        made = directory.get_or_create_unit(parent_id=cast.hq.id, **ask)  # type: ignore[arg-type]  # real names

        assert directory.get_or_create_unit(parent_id=cast.hq.id, **ask).id == made.id  # type: ignore[arg-type]
        with pytest.raises(Conflict):
            directory.get_or_create_unit(parent_id=cast.care.id, **ask)  # type: ignore[arg-type]  # real names


# Official handles.


def ada(cast: Cast) -> Actor:
    return Actor(kind="person", id=cast.ada.person.id, name="Ada", brand_id=cast.brand.id)


def test_a_handle_is_ours_from_when_it_was_entered_whatever_its_capitals(cast: Cast) -> None:
    now = utc_now()
    with db.transaction() as session:
        directory.add_handle(
            session, brand_id=cast.brand.id, network="x", handle="@NorthlightHelp", actor=ada(cast), now=now
        )

        assert directory.handle_status(session, "x", "@northlighthelp", at=now).is_official
        assert (
            directory.handle_status(session, "x", "NorthlightHelp", at=now - timedelta(1)).status == "unknown"
        )
        assert directory.handle_status(session, "bluesky", "NorthlightHelp", at=now).status == "unknown"


def test_a_suspended_handle_comes_back_and_a_retired_one_does_not(cast: Cast) -> None:
    now = utc_now()
    with db.transaction() as session:
        handle = queries.handle_named(session, "x", "northlightcare")
        assert handle is not None
        directory.suspend_handle(session, handle, actor=ada(cast), now=now)
        assert directory.handle_status(session, "x", "NorthlightCare", at=now).status == "suspended"
        directory.reactivate_handle(session, handle, actor=ada(cast), now=now)
        assert directory.handle_status(session, "x", "NorthlightCare", at=now).is_official
        directory.retire_handle(session, handle, actor=ada(cast), now=now)

        with pytest.raises(IllegalAction):
            directory.reactivate_handle(session, handle, actor=ada(cast), now=now)
    assert actions("directory") == ["handle.suspended", "handle.active", "handle.retired"]


def test_a_handle_in_the_list_cannot_be_entered_again(cast: Cast) -> None:
    with db.transaction() as session, pytest.raises(Conflict):
        directory.add_handle(
            session,
            brand_id=cast.brand.id,
            network="x",
            handle="NORTHLIGHTCARE",
            actor=ada(cast),
            now=utc_now(),
        )


@pytest.mark.parametrize(
    "handle", ["north\u202elight", "", "two words", "a\nb", "\u200b", "\ud800", "x" * 81]
)
def test_an_odd_handle_is_refused_when_entered_and_unknown_when_asked(cast: Cast, handle: str) -> None:
    with db.transaction() as session:
        assert directory.handle_status(session, "x", handle, at=utc_now()).status == "unknown"
        with pytest.raises(InvalidInput):
            directory.add_handle(
                session, brand_id=cast.brand.id, network="x", handle=handle, actor=ada(cast), now=utc_now()
            )


# People.


def actions(stream: str) -> list[str]:
    with db.transaction() as session:
        entries = session.exec(select(TimelineEntry).where(TimelineEntry.stream == stream))
        return [entry.action for entry in sorted(entries, key=lambda entry: entry.seq)]


def enter(session: Session, cast: Cast, name: str = "Nia", **details: object) -> Person:
    return directory.create_person(
        session,
        brand_id=cast.brand.id,
        display_name=name,
        actor=ada(cast),
        now=utc_now(),
        **details,  # type: ignore[arg-type]  # a test names real fields
    )


def test_a_new_person_gets_a_role_and_both_are_recorded_without_a_name(cast: Cast) -> None:
    with db.transaction() as session:
        nia = enter(session, cast, email="nia@northlight.example")
        given = directory.give_role(session, nia, Role.AGENT, cast.care.id, actor=ada(cast), now=utc_now())
        again = directory.give_role(session, nia, Role.AGENT, cast.care.id, actor=ada(cast), now=utc_now())

    assert given.id == again.id
    assert given.granted_by == cast.ada.person.id
    assert actions("accounts") == ["person.created", "role.given"]
    with db.transaction() as session:
        assert not [entry for entry in session.exec(select(TimelineEntry)) if "nia" in entry.body.lower()]


def test_an_email_is_taken_whatever_its_capitals(cast: Cast) -> None:
    with db.transaction() as session, pytest.raises(Conflict):
        enter(session, cast, email="ANA@northlight.example")


@pytest.mark.parametrize("name", ["", " ", "A\u202eb", "A\u2066b", "A\x00", "A\x07", "\u200d", "x" * 81])
def test_a_name_that_cannot_be_read_or_turns_the_line_is_refused(cast: Cast, name: str) -> None:
    with db.transaction() as session, pytest.raises(InvalidInput):
        enter(session, cast, name)


def test_a_name_is_kept_as_written_in_its_composed_form(cast: Cast) -> None:
    with db.transaction() as session:
        assert enter(session, cast, "  Zoe\u0308   de la  Cruz ").display_name == "Zo\u00eb de la Cruz"
        assert enter(session, cast, "نور").display_name == "نور"


@pytest.mark.parametrize(
    ("role", "unit", "refusal"),
    [
        (Role.STORE_MANAGER, "hq", InvalidInput),
        (Role.STORE_ASSOCIATE, "care", InvalidInput),
        (Role.DISTRICT_MANAGER, "hq", InvalidInput),
        (Role.INTEGRATION, "hq", InvalidInput),
    ],
)
def test_a_role_that_would_reach_too_far_is_refused(
    cast: Cast, role: Role, unit: str, refusal: type[BridgeError]
) -> None:
    unit_id = getattr(cast, unit).id
    with db.transaction() as session, pytest.raises(refusal):
        directory.give_role(session, enter(session, cast), role, unit_id, actor=ada(cast), now=utc_now())


def test_nobody_gives_a_role_to_themselves_or_suspends_themselves(cast: Cast) -> None:
    with db.transaction() as session:
        own = session.get_one(Person, cast.ada.person.id)
        with pytest.raises(NotPermitted):
            directory.give_role(session, own, Role.HQ, cast.hq.id, actor=ada(cast), now=utc_now())
        with pytest.raises(NotPermitted):
            directory.suspend_person(session, own, actor=ada(cast), now=utc_now())


def test_a_unit_of_another_brand_is_not_found(cast: Cast) -> None:
    with db.transaction() as session:
        other = directory.get_or_create_brand(session, "Southlight", actor=OPERATOR, now=utc_now())
        hq = queries.hq_of(session, other.id)
        with pytest.raises(NotFound):
            directory.give_role(session, enter(session, cast), Role.HQ, hq.id, actor=ada(cast), now=utc_now())


def test_an_ended_role_is_kept_and_counts_no_more(cast: Cast) -> None:
    now = utc_now()
    with db.transaction() as session:
        held = queries.roles_held(session, cast.ana.person.id, now)[0]
        directory.end_role(session, held, actor=ada(cast), now=now)

        assert queries.roles_held(session, cast.ana.person.id, now) == []
        assert session.get_one(RoleAssignment, held.id).valid_to == now


def is_let_in(cast: Cast) -> bool:
    with db.statement() as connection:
        return callers.identify(connection, cast.ana.token, now=utc_now(), settings=settings()) is not None


def change_ana(cast: Cast, change: Callable[..., None]) -> None:
    with db.transaction() as session:
        change(session, session.get_one(Person, cast.ana.person.id), actor=ada(cast), now=utc_now())


def test_a_suspended_persons_session_fails_at_once_and_works_again_after(cast: Cast) -> None:
    assert is_let_in(cast)

    change_ana(cast, directory.suspend_person)
    assert not is_let_in(cast)

    change_ana(cast, directory.reactivate_person)
    assert is_let_in(cast)
    assert actions("accounts") == ["person.suspended", "person.active"]


def test_who_leaves_has_no_roles_and_does_not_come_back(cast: Cast) -> None:
    change_ana(cast, directory.leave_person)

    assert not is_let_in(cast)
    with db.transaction() as session:
        assert queries.roles_held(session, cast.ana.person.id, utc_now()) == []
    with pytest.raises(IllegalAction):
        change_ana(cast, directory.reactivate_person)
    assert actions("accounts") == ["person.left", "role.ended"]


def test_suspending_twice_is_recorded_once(cast: Cast) -> None:
    change_ana(cast, directory.suspend_person)
    change_ana(cast, directory.suspend_person)

    assert actions("accounts") == ["person.suspended"]
