"""Which other store: able and open before near, and never without a word about what is against it."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from bridge.nearest import Candidate, Flag, distance_km, ranked

candidates = st.builds(
    Candidate,
    id=st.just(uuid4()),
    number=st.text("0123456789", min_size=1, max_size=4),
    name=st.just("Store"),
    city=st.just("Town"),
    distance_km=st.none() | st.floats(0, 20_000),
    takes_cases=st.booleans(),
    services=st.frozensets(st.sampled_from(["Repairs", "Exchanges"])),
    open_now=st.booleans(),
    opens_at=st.none(),
)


def store(number: str, far: float, **changes: object) -> Candidate:
    values: dict[str, object] = {
        "takes_cases": True,
        "services": frozenset({"Repairs"}),
        "open_now": True,
        "opens_at": None,
        **changes,
    }
    return Candidate(
        id=uuid4(),
        number=number,
        name=number,
        city="",
        distance_km=far,
        **values,  # type: ignore[arg-type]  # a test names real fields
    )


def test_an_open_store_further_away_stands_before_a_closed_one_nearby() -> None:
    near, far = store("1", 2, open_now=False), store("2", 30)

    found = ranked([near, far])

    assert [(one.store.number, one.flags) for one in found] == [("2", ()), ("1", (Flag.CLOSED_NOW,))]


def test_who_lacks_the_service_stands_behind_who_is_only_closed() -> None:
    found = ranked(
        [
            store("1", 1, services=frozenset()),
            store("2", 9, open_now=False),
            store("3", 5, takes_cases=False),
        ],
        needed=["repairs"],
    )

    assert [one.store.number for one in found] == ["2", "1", "3"]


@given(st.lists(candidates, max_size=12), st.lists(st.sampled_from(["Repairs", "exchanges"]), max_size=2))
def test_no_store_is_offered_without_a_flag_for_what_is_against_it(
    given_stores: list[Candidate], needed: list[str]
) -> None:
    found = ranked(given_stores, needed=needed, limit=99)

    assert len(found) == len(given_stores)
    for one in found:
        offered = {service.casefold() for service in one.store.services}
        assert (Flag.CLOSED_NOW in one.flags) is not one.store.open_now
        assert (Flag.TAKES_NO_CASES in one.flags) is not one.store.takes_cases
        assert (Flag.LACKS_SERVICE in one.flags) == bool({n.casefold() for n in needed} - offered)
    clean = [bool(one.flags) for one in found]
    assert clean == sorted(clean)
    fars = [one.store.distance_km for one in found if not one.flags and one.store.distance_km is not None]
    assert fars == sorted(fars)


def test_a_degree_of_latitude_is_111_kilometres_and_half_the_world_20_015() -> None:
    assert round(distance_km((0, 0), (1, 0))) == 111
    assert round(distance_km((0, 0), (0, 180))) == 20_015
    assert distance_km((45, -93), (45, -93)) == 0
