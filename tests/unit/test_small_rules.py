"""Small pure rules: the second fact, pauses for guessers, the vault, the ledger, permissions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import guesses, ledger, second_fact
from bridge.errors import InvalidInput
from bridge.promises import SecondFact
from bridge.roles import PERMISSIONS, Actor, Assignment, Permission, Role, can, reach
from bridge.settings import Settings
from bridge.vault import Vault

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ID = UUID(int=7)


@pytest.mark.parametrize(
    ("kind", "noted", "said", "right"),
    [
        (SecondFact.ORDER_DIGITS, "417", "4-1 7", True),
        (SecondFact.ORDER_DIGITS, "417", "418", False),
        (SecondFact.PHONE_DIGITS, "0042", "\uff10\uff10\uff14\uff12", True),
        (SecondFact.AGREED_WORD, "Blue Heron", "blue-heron", True),
        (SecondFact.AGREED_WORD, "Stra\u00dfe", "STRASSE", True),
        (SecondFact.NAME_INITIAL, "\u00c9lodie", "\u00e9", True),
        (SecondFact.NAME_INITIAL, "Maria", "N", False),
        (SecondFact.ORDER_DIGITS, "417", "nothing like it", False),
    ],
)
def test_a_second_fact_is_compared_as_people_say_it(
    kind: SecondFact, noted: str, said: str, right: bool
) -> None:
    expected = second_fact.digest(kind, noted, escalation_id=ID, pepper="pepper")

    assert second_fact.matches(kind, said, escalation_id=ID, pepper="pepper", expected=expected) is right


def test_equal_facts_of_two_customers_do_not_look_equal() -> None:
    digests = {
        second_fact.digest(SecondFact.ORDER_DIGITS, "417", escalation_id=uuid4(), pepper="p")
        for _ in range(9)
    }

    assert len(digests) == 9


def test_a_fact_that_says_nothing_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInput) as refused:
        second_fact.digest(SecondFact.PHONE_DIGITS, "my secret", escalation_id=ID, pepper="p")

    assert "secret" not in str(refused.value)


def test_pauses_double_from_half_a_minute_to_an_hour() -> None:
    settings = Settings()

    waits = [
        dict(guesses.pauses({("device", 600): count}, now=NOW, settings=settings)).get("device")
        for count in (9, 10, 11, 13, 40)
    ]

    assert waits == [
        None,
        NOW + timedelta(seconds=30),
        NOW + timedelta(seconds=60),
        NOW + timedelta(seconds=240),
        NOW + timedelta(hours=1),
    ]


def test_a_day_s_budget_pauses_until_the_day_ends() -> None:
    found = dict(guesses.pauses({("person", 86_400): 20}, now=NOW, settings=Settings()))

    assert found == {"person": datetime(2026, 6, 2, tzinfo=UTC)}


@given(st.binary(max_size=200), st.text(min_size=1, max_size=30))
def test_the_vault_opens_what_it_sealed_in_its_own_place_only(plain: bytes, place: str) -> None:
    vault = Vault(["a key of tests"])
    sealed = vault.seal(plain, place=place)

    assert vault.open(sealed, place=place) == plain
    with pytest.raises(ValueError):
        vault.open(sealed, place=place + "x")


def test_old_keys_open_and_the_newest_seals() -> None:
    old, both, new = Vault(["old"]), Vault(["new", "old"]), Vault(["new"])

    assert both.open(old.seal(b"x", place="p"), place="p") == b"x"
    assert new.open(both.seal(b"x", place="p"), place="p") == b"x"
    with pytest.raises(ValueError):
        new.open(old.seal(b"x", place="p"), place="p")


def test_one_changed_bit_does_not_open() -> None:
    vault = Vault(["k"])
    sealed = bytearray(vault.seal(b"secret", place="p"))
    sealed[-1] ^= 1

    with pytest.raises(ValueError):
        vault.open(bytes(sealed), place="p")


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_undo_moves_back_exactly_what_the_decision_moved(amount: int, gave_up: int) -> None:
    there = ledger.redeem(ID, store_number="12", amount_minor=amount, gave_up_minor=gave_up)
    back = ledger.undo(ID, store_number="12", amount_minor=amount, gave_up_minor=gave_up)
    balance: dict[str, int] = {}
    for one in (*there, *back):
        balance[one.from_account] = balance.get(one.from_account, 0) - one.amount_minor
        balance[one.to_account] = balance.get(one.to_account, 0) + one.amount_minor

    assert set(balance.values()) <= {0}


def actor(role: Role, unit: UUID, kind: str, scopes: frozenset[str] | None = None) -> Actor:
    return Actor("person", uuid4(), "Somebody", assignments=(Assignment(role, unit, kind),), scopes=scopes)


def test_a_store_s_role_counts_at_its_store_and_a_district_s_beneath_it() -> None:
    store, other, district = uuid4(), uuid4(), uuid4()
    manager = actor(Role.STORE_MANAGER, store, "store")
    above = actor(Role.DISTRICT_MANAGER, district, "district")

    assert can(manager, Permission.COUNTER_DECIDE, at=[store, district])
    assert not can(manager, Permission.COUNTER_DECIDE, at=[other, district])
    assert can(above, Permission.COUNTER_DECIDE, at=[other, district])
    assert reach(manager, Permission.COUNTER_DECIDE) == [store]


def test_a_key_carries_no_more_than_its_scopes_and_no_more_than_its_role() -> None:
    unit = uuid4()
    key = actor(Role.STORE_MANAGER, unit, "store", frozenset({"counter.look_up", "promises.approve"}))

    assert can(key, Permission.COUNTER_LOOK_UP, at=[unit])
    assert not can(key, Permission.COUNTER_DECIDE, at=[unit])
    assert not can(key, Permission.PROMISES_APPROVE, at=[unit])


def test_an_administrator_neither_promises_nor_approves_nor_decides() -> None:
    held = PERMISSIONS[Role.ADMIN]

    assert not held & {Permission.PROMISES_WRITE, Permission.PROMISES_APPROVE, Permission.COUNTER_DECIDE}
