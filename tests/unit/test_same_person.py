"""Who is one person follows from links alone, whatever the order in which they were made."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bridge.same_person import Known, customers_of
from bridge.services.intake import same_product

START = datetime(2026, 11, 1, tzinfo=UTC)


def known(number: int, own: int | None = None) -> Known:
    return Known(UUID(int=number), UUID(int=(own or number) * 100), START + timedelta(days=number))


def named(found: dict[UUID, UUID]) -> dict[int, int]:
    return {one.int: customer.int // 100 for one, customer in found.items()}


def test_without_a_link_everybody_is_themselves() -> None:
    assert named(dict(customers_of([known(1), known(2)], []))) == {1: 1, 2: 2}


@pytest.mark.parametrize("seed", range(5))
def test_a_group_has_the_customer_of_its_oldest_whatever_the_order(seed: int) -> None:
    people = [known(number) for number in range(1, 6)]
    links = [(UUID(int=4), UUID(int=2)), (UUID(int=2), UUID(int=5)), (UUID(int=9), UUID(int=1))]
    random.Random(seed).shuffle(people)
    random.Random(seed).shuffle(links)
    assert named(dict(customers_of(people, links))) == {1: 1, 2: 2, 3: 3, 4: 2, 5: 2}


def test_who_had_one_customer_before_stays_with_it() -> None:
    people = [known(1), known(2), known(3, own=2)]
    assert named(dict(customers_of(people, [(UUID(int=1), UUID(int=3))]))) == {1: 1, 2: 1, 3: 1}


@pytest.mark.parametrize(
    ("item", "items", "same"),
    [
        ("CD box set", ["cd  BOX set"], True),
        ("box set", ["CD box set", "Heels"], True),
        ("Heels", ["CD box set"], False),
        ("", ["CD box set"], True),
        ("Heels", [], True),
        ("Café table", ["CAFE\u0301 table"], True),
    ],
)
def test_the_same_product_is_known_by_its_words(item: str, items: list[str], same: bool) -> None:
    assert same_product(item, items) is same
