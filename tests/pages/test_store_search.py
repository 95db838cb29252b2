"""An agent finds the store of a promise by words, distance and language."""

import re
from collections.abc import Callable

from bridge import db
from tests.cast import Cast, Member
from tests.pages.browser import Browser
from tests.pages.desk import FRAGMENT, post, thread_page

As = Callable[[Member], Browser]


def test_a_store_is_found_by_pressing_and_chosen(people: Cast, as_: As) -> None:
    thread, ana = post(people, "Somewhere."), as_(people.ana)

    found = thread_page(ana, thread).press("Find store", store="55109", template="late")
    assert found.text.count("1 Main Street, Maplewood, MN 55109") == 3
    made = found.press("Make the promise", store_number="10")

    assert made.path.endswith("/made")
    assert "10 Maplewood" in made.text


def test_a_store_without_a_counter_is_last_and_cannot_be_chosen(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        store = session.get_one(type(people.store_10), people.store_10.id)
        store.has_counter, store.kind = False, "Express"
    client = as_(people.ana).client

    options = client.get("/stores?q=maplewood", headers=FRAGMENT).get_data(as_text=True)

    numbers = re.findall(r'data-number="(\d+)"', options)
    assert numbers == ["40", "12", "10"]
    last = options.rpartition("<li")[2]
    assert 'aria-disabled="true"' in last
    assert "No staff counter" in last


def test_stores_by_distance_and_language(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        for store, lat in ((people.store_10, 45.3), (people.store_40, 45.1)):
            session.get_one(type(store), store.id).lat = lat
        session.get_one(type(people.store_10), people.store_10.id).services = ["Hablamos Español"]
    client = as_(people.ana).client

    def numbers(query: str) -> list[str]:
        return re.findall(r'data-number="(\d+)"', client.get(f"/stores?{query}").get_data(as_text=True))

    assert numbers("q=&near=12") == ["12", "40", "10"]
    assert numbers("q=&near=12&spanish=yes") == ["10"]
    assert numbers("q=55109") == ["40", "12", "10"]  # from the middle of the stores with this zip
    assert numbers("q=") == []
    assert numbers("q=00000") == []
    assert "mi</span>" in client.get("/stores?q=&near=12").get_data(as_text=True)
