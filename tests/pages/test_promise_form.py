"""The form of a promise begins with what is known, is filled by a template, and keeps what was typed."""

from collections.abc import Callable

from bridge.clock import utc_now
from tests.cast import Cast, Member, claimed_thread, promise
from tests.clockwork import rows
from tests.pages.browser import Browser
from tests.pages.desk import post, thread_page

As = Callable[[Member], Browser]


def test_the_form_begins_with_what_is_known(people: Cast, as_: As) -> None:
    page = thread_page(as_(people.ana), post(people, "The Lakeside store refused my exchange."))
    values = page.form("Make the promise").values

    assert values["store"] == "12 Lakeside"
    assert values["store_number"] == "12"
    assert "The post says “Lakeside”." in page.text
    assert values["use_by"] > utc_now().date().isoformat()
    assert "Above that, Kim or Hana can approve." in page.text


def test_the_last_visit_is_the_second_guess(people: Cast, as_: As) -> None:
    promise(people, thread_id=claimed_thread(people, handle="wanda").id)

    page = thread_page(as_(people.ana), post(people, "Now it is broken."))

    assert page.form("Make the promise").values["store"] == "12 Lakeside"
    assert "The customer was there last." in page.text
    assert "There is a promise for this customer already." in page.text
    assert "Open no." in page.text


def test_a_template_fills_what_is_empty(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside my order is late."), as_(people.ana)

    made = thread_page(ana, thread).press("Make the promise", template="late")

    assert made.path.endswith("/made")
    [line] = rows("SELECT type, item, amount_minor, conditions FROM promises")
    assert tuple(line) == ("goodwill_gesture", "late order", 1_000, "")


def test_what_the_agent_wrote_stands_over_the_template(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    thread_page(ana, thread).press(
        "Make the promise", template="ex", l1_item="vase", l1_amount="12", l1_conditions="Unused only."
    )
    [line] = rows("SELECT type, item, amount_minor, conditions FROM promises")

    assert tuple(line) == ("exchange", "vase", 1_200, "Unused only.")


def test_what_the_page_filled_and_the_agent_emptied_stays_empty(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    thread_page(ana, thread).press(
        "Make the promise", template="ex", template_filled="ex", l1_item="vase", l1_amount="12"
    )

    assert [row.conditions for row in rows("SELECT conditions FROM promises")] == [""]


def test_an_unfilled_variable_is_named_and_stops_the_promise(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    page = thread_page(ana, thread).press(
        "Make the promise", template="ex", l1_amount="12", note_for_store="Order {order} for {shelf}"
    )

    assert page.status == 422
    assert "Fill in {item}." in page.text
    assert "Fill in {order}, {shelf}." in page.text
    assert rows("SELECT id FROM escalations") == []


def test_a_text_that_changed_is_not_the_store_that_was_shown(people: Cast, as_: As) -> None:
    thread, ana = post(people, "At Lakeside."), as_(people.ana)

    thread_page(ana, thread).press("Make the promise", template="late", store="40")

    assert [
        row.number for row in rows("SELECT s.number FROM escalations e JOIN stores s ON s.id = e.store_id")
    ] == ["40"]
