"""A manager says yes at the counter by plain forms: once, for one minute, to all or to a part."""

from collections.abc import Callable

from tests.cast import Cast, promise
from tests.pages.browser import Browser
from tests.pages.tablet import pin_in
from tests.pins import PINS


def test_a_yes_that_ran_out_says_so_and_is_asked_for_again(
    people: Cast, tablet: Browser, later: Callable[..., None]
) -> None:
    code = promise(people).code or ""
    pin_in(tablet, people.lee, PINS["lee"])
    panel = tablet.open("/counter").press("Check", code=code)
    asked = {"approver": str(people.sam.person.id), "how_much": "all", "proof": PINS["sam"]}
    given = panel.press("Say yes", **asked)

    later(seconds=61)
    over = given.press("Honour $40.00")
    done = over.press("Say yes", **asked).press("Honour $40.00")

    assert "The yes has run out" in over.text
    assert "It counts once, and for one minute. Nothing was done. Ask the manager again." in over.text
    assert "Done: $40.00 given" in done.text


def test_a_manager_says_yes_to_a_part_by_plain_forms(people: Cast, tablet: Browser) -> None:
    code = promise(people).code or ""
    pin_in(tablet, people.lee, PINS["lee"])
    panel = tablet.open("/counter").press("Check", code=code)
    assert panel.verdict == "no_permission"
    asked = {"approver": str(people.sam.person.id), "how_much": "part", "amount": "15.00", "rest": "keep"}

    wrong = panel.press("Say yes", **asked, proof="999123")
    given = wrong.press("Say yes", **asked, proof=PINS["sam"])
    done = given.press("Honour $15.00")

    assert wrong.status == 422
    assert "The name or the PIN is not right." in wrong.text
    assert "999123" not in wrong.html
    assert "Sam says yes" in given.text
    assert PINS["sam"] not in given.html
    assert "$15.00" in done.text
    again = tablet.open("/counter").press("Check", code=code)
    assert again.verdict == "no_permission"
    assert "$25.00" in again.text
