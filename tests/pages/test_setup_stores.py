"""Stores by plain forms: a file is looked at before it counts, and one store is changed by hand."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge import db
from bridge.models import Store
from bridge.queries.directory import store_by_number
from bridge.settings import settings
from tests.cast import Cast, Member
from tests.pages.browser import Browser, Page

As = Callable[[Member], Browser]
IMPORT = "/setup/stores/import"


def record(number: int = 77, **changes: Any) -> dict[str, Any]:
    values = {
        "id": number,
        "type": "BigBox",
        "name": "Harbor",
        "address": "2 Pier",
        "address2": "",
        "city": "Duluth",
        "state": "MN",
        "zip": "55802",
        "location": {"lat": 46.78, "lon": -92.1},
        "hours": "Mon: 10-9; Tue: 10-9; Wed: 10-9; Thurs: 10-9; Fri: 10-9; Sat: 10-9; Sun: 11-7",
        "services": ["Repairs"],
    }
    return {**values, **changes}


def send(browser: Browser, content: bytes, name: str = "stores.json") -> Page:
    """Send a file to be looked at."""
    form = browser.open(IMPORT).form("Send and look")
    return browser.upload(form, "file", content, filename=name)


def as_json(*records: Any) -> bytes:
    return json.dumps(records).encode()


def stored(cast: Cast, number: str) -> Store | None:
    with db.transaction() as session:
        return store_by_number(session, cast.brand.id, number)


def test_a_file_is_shown_first_and_applied_exactly_once(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    express = record(78, type="Express", name="Airport")

    page = send(ada, as_json(record(), express, record(12, name="Lakeside New"), {"id": 5}))

    assert "4 read, 1 without a staff counter, 1 error" in page.text
    assert "2 new, 1 changed, 0 as they are. Nothing is written yet." in page.text
    assert "Name: Lakeside → Lakeside New" in page.text
    assert "4 5 location: lat and lon are needed" in page.text
    assert stored(people, "77") is None

    form = page.form("Apply to 3 stores")
    done = ada.submit(form, "Apply to 3 stores")
    again = ada.submit(form, "Apply to 3 stores")

    assert "Done: 2 new, 1 changed, 1 left out." in done.text
    assert again.text.count("Done: 2 new, 1 changed, 1 left out.") == 1
    harbor, airport = stored(people, "77"), stored(people, "78")
    assert harbor is not None
    assert airport is not None
    assert (harbor.services, airport.has_counter, airport.accepts_escalations) == (["Repairs"], False, False)
    assert ada.open(page.path).path == "/setup/stores"


def test_what_would_do_something_else_by_now_is_refused(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    page = send(ada, as_json(record(12, name="Lakeside New")))
    with db.transaction() as session:
        store = store_by_number(session, people.brand.id, "12")
        assert store is not None
        store.city = "Elsewhere"

    late = page.press("Apply to 1 store")

    assert late.status == 409
    assert "It would do something else by now. Look at it again." in late.text
    assert "The stores were changed since you sent the file." in late.text
    assert "City: Elsewhere → Duluth" in late.text
    unchanged = stored(people, "12")
    assert unchanged is not None
    assert unchanged.name == "Lakeside"
    assert "Done: 0 new, 1 changed" in late.press("Apply to 1 store").text


def test_a_changed_plan_is_not_taken_from_the_form(people: Cast, as_: As) -> None:
    page = send(as_(people.ada), as_json(record()))

    assert page.press("Apply to 1 store", plan="00" * 32).status == 409
    assert page.press("Apply to 1 store", plan="no").status == 400
    assert stored(people, "77") is None


def test_the_same_file_again_changes_nothing(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    send(ada, as_json(record())).press("Apply to 1 store")

    page = send(ada, as_json(record()))

    assert "0 new, 0 changed, 1 as they are" in page.text
    assert "There is nothing to apply" in page.text


def test_csv_is_read_by_its_names_and_leaves_what_it_does_not_name(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    lines = (
        "id,name,type,address,city,state,zip,lat,lon,hours,services,phone\r\n"
        '77,Harbor,BigBox,2 Pier,Duluth,MN,55802,46.78,-92.1,"Mon: 10-9; Tue: 10-9; Wed: 10-9; '
        'Thurs: 10-9; Fri: 10-9; Sat: 10-9; Sun: 11-7",Repairs|Hablamos Español,+1 555 0177\r\n'
        "79,North,BigBox,3 Pier,Duluth,MN,55802,x,-92.1,Mon: 10-9,,\r\n"
    )
    page = send(ada, lines.encode("utf-8-sig"), "stores.csv")
    assert "2 read, 0 without a staff counter, 1 error" in page.text
    assert "location: lat is not a number" in page.text
    page.press("Apply to 1 store")

    without = record(name="Harbor Two")
    del without["services"]
    send(ada, as_json(without)).press("Apply to 1 store")

    found = stored(people, "77")
    assert found is not None
    assert (found.name, found.phone) == ("Harbor Two", "+1 555 0177")
    assert found.services == ["Repairs", "Hablamos Español"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "stores.json", "Choose a file that is not empty."),
        (b"{}", "stores.json", "the file holds no list of stores"),
        (b"[]", "stores.json", "the file holds no store"),
        (b"[NaN]", "stores.json", "the file is not JSON"),
        (b"[" * 60_000, "stores.json", "the file is not JSON"),
        (b"\xff\xfe[", "stores.json", "the file is not text in UTF-8"),
        (b"id,nam\n1,x", "stores.csv", "unknown columns: nam"),
        (b"id,name\n1,x", "stores.csv", "missing columns: address"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    people: Cast, as_: As, content: bytes, name: str, said: str
) -> None:
    page = send(as_(people.ada), content, name)

    assert page.status == 422
    assert said in page.text
    assert '<a href="#file">' in page.html


def test_only_this_page_takes_a_large_body_and_only_from_who_may(
    people: Cast, as_: As, monkeypatch: Any
) -> None:
    ada, kim = as_(people.ada), as_(people.kim)
    large = as_json(*(record(number, services=["Repairs " * 9] * 9) for number in range(100, 300)))
    assert len(large) > settings().request_body_max_bytes

    assert "200 read" in send(ada, large).text
    elsewhere = ada.client.post("/setup/people/new", data={"display_name": "x" * 70_000})
    refused = kim.client.post(IMPORT, data={"file": (io.BytesIO(large), "stores.json")})
    monkeypatch.setattr(
        "web.setup_stores.settings", lambda: settings().model_copy(update={"stores_import_max_bytes": 10_000})
    )
    too_large = send(ada, large)

    assert elsewhere.status_code == 413
    assert refused.status_code == 403
    assert too_large.status == 413


def test_one_store_is_changed_by_hand_after_a_look(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    page = ada.open("/setup/stores/12")
    assert "Sam" in page.text
    assert "Northlight HQ" in page.text

    looked = page.press("Save with preview", phone="+1 555 0112", services="Exchanges\nHablamos Español")
    assert "<bdi>+1 555 0112</bdi>" in looked.html
    assert "Exchanges, Hablamos Español" in looked.text
    before = stored(people, "12")
    assert before is not None
    assert before.phone == ""
    saved = looked.press("Save")

    found = stored(people, "12")
    assert found is not None
    assert saved.path == "/setup/stores/12"
    assert (found.phone, found.services) == ("+1 555 0112", ["Exchanges", "Hablamos Español"])


def test_what_was_changed_after_the_look_is_looked_at_again(people: Cast, as_: As) -> None:
    looked = as_(people.ada).open("/setup/stores/12").press("Save with preview", phone="1")

    again = looked.press("Save", phone="2")

    assert "Nothing is saved yet." in again.text
    found = stored(people, "12")
    assert found is not None
    assert found.phone == ""


def test_a_store_without_a_counter_takes_no_promises(people: Cast, as_: As) -> None:
    page = as_(people.ada).open("/setup/stores/12")
    form = page.form("Save with preview")
    del form.values["has_counter"]

    refused = page.browser.submit(form, "Save with preview")

    assert refused.status == 422
    assert "A store without a staff counter takes no promises." in refused.text
    assert page.browser.open("/setup/stores/999").status == 404


def test_the_real_directory_is_read_in_one_piece(people: Cast, as_: As, shared_data: Path) -> None:
    path = shared_data / "best-buy-open-data" / "stores.json"
    if not path.exists():
        pytest.skip("the real directory is not beside this checkout")
    ada = as_(people.ada)

    page = send(ada, path.read_bytes())

    assert "1565 read, 189 without a staff counter, 0 errors" in page.text
    done = page.press(
        next(button for form in page.reader.forms for button in form.buttons if "Apply" in button)
    )
    assert "Done:" in done.text
    assert ada.open("/setup/stores?q=1000").text.count("Mall of America") >= 1
