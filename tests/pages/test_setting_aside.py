"""A conversation is set aside, snoozed or linked to the first, and leaves the queue for so long."""

from collections.abc import Callable

from tests.cast import Cast, Member
from tests.pages.browser import Browser
from tests.pages.desk import cards, post, thread_page

As = Callable[[Member], Browser]


def test_what_is_set_aside_leaves_new_and_comes_back(people: Cast, as_: As) -> None:
    thread, ana = post(people, "Nice shop!"), as_(people.ana)

    aside = thread_page(ana, thread).press("Reply only")
    assert "Set aside: it only needed a reply." in aside.text
    assert "Reply only" not in [name for form in aside.reader.forms for name in form.buttons]
    assert cards(ana.open("/queue"))["New"] == "0"
    back = thread_page(ana, thread).press("Back to the queue")

    assert "Back in the queue." in back.text
    assert cards(ana.open("/queue"))["New"] == "1"
    assert "What was done with this conversation" in back.text


def test_a_snooze_needs_no_script(people: Cast, as_: As) -> None:
    thread, ana = post(people, "Wait for the part."), as_(people.ana)

    asleep = thread_page(ana, thread).press("Snooze it", span="3h")

    assert "Snoozed. It comes back by itself." in asleep.text
    assert "in 3 hours" in asleep.text


def test_a_duplicate_leads_to_the_first(people: Cast, as_: As) -> None:
    first, second = post(people, "First words", 1), post(people, "Second words", 2)
    ana = as_(people.ana)

    page = thread_page(ana, second)
    assert "First words" in page.text
    linked = page.press("It repeats this one")

    assert f'href="/threads/{first.id}"' in linked.html
    assert "Open the first conversation" in linked.text


def test_an_old_page_is_told_that_it_changed(people: Cast, as_: As) -> None:
    thread, ana = post(people, "A box."), as_(people.ana)
    old = thread_page(ana, thread)
    old.press("Not ours")

    assert "This changed a moment ago." in old.press("Reply only").text
