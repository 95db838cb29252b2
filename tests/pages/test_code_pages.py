"""The code of a promise is handed over, and replaced when it became public."""

import re
from collections.abc import Callable

from bridge import db
from bridge.services import verifying
from bridge.settings import settings
from tests.cast import Cast, Member, decide, promise
from tests.clockwork import rows
from tests.pages.browser import Browser

As = Callable[[Member], Browser]


def test_a_code_that_became_public_is_replaced_by_one_press(people: Cast, as_: As) -> None:
    made = promise(people)
    ana = as_(people.ana)

    page = ana.open(f"/escalations/{made.id}/made").press("Your code is public. Replace it")

    assert "A new code was made." in page.text
    new = re.search(r'data-code="([0-9A-Z]{12})"', page.html)
    assert new is not None
    assert new[1] != made.code
    sam = as_(people.sam)
    assert sam.open("/counter").press("Check", code=str(made.code)).verdict == "replaced"
    seen = sam.open("/counter").press("Check", code=new[1])
    assert seen.verdict == "genuine"
    assert "Done: $40.00 given" in seen.press("Honour $40.00").text
    assert "The code was replaced: the old one had become public" in ana.open(f"/escalations/{made.id}").text


def test_what_was_looked_up_by_the_old_code_cannot_be_honoured(people: Cast, as_: As) -> None:
    made = promise(people)
    sam = as_(people.sam)
    seen = sam.open("/counter").press("Check", code=str(made.code))
    as_(people.ana).open(f"/escalations/{made.id}/made").press("Your code is public. Replace it")

    assert "Done" not in seen.press("Honour $40.00").text
    assert rows("SELECT id FROM decisions") == []


def test_a_code_is_replaced_by_its_author_or_a_lead_and_while_it_counts(people: Cast, as_: As) -> None:
    made = promise(people)
    ana = as_(people.ana)
    form = ana.open(f"/escalations/{made.id}/made").form("Your code is public. Replace it")
    ivy = as_(people.ivy)
    form_of_ivy = ivy.open("/queue").form("Sign out")
    form_of_ivy.action, form_of_ivy.values["key"] = form.action, "a" * 24
    assert ivy.submit(form_of_ivy, "Sign out").status == 403
    first = ana.submit(form, "Your code is public. Replace it")
    again = ana.submit(form, "Your code is public. Replace it")
    assert first.status == again.status == 200
    assert len(rows("SELECT hmac FROM reference_codes")) == 2

    late = ana.open(f"/escalations/{made.id}/made").form("Your code is public. Replace it")
    [code] = re.findall(r'data-code="([0-9A-Z]{12})"', ana.open(f"/escalations/{made.id}/made").html)
    decide(people, people.sam, code=code)
    assert "no code that can be shown" in ana.submit(late, "Your code is public. Replace it").text


def test_the_page_of_the_code_has_what_comes_next(people: Cast, as_: As) -> None:
    made = promise(people)

    page = as_(people.ana).open(f"/escalations/{made.id}/made")

    for link in ("Print slip", "Open the conversation", "Make another", "Follow no."):
        assert link in page.text
    assert page.html.count('role="img"') == 1
    public = page.html.partition('id="public"')[2].partition("</textarea>")[0].partition(">")[2]
    assert made.code is not None
    assert made.code not in re.sub(r"\W", "", public)


def test_the_history_stays_sound_when_a_code_was_replaced(people: Cast, as_: As) -> None:
    made = promise(people)

    as_(people.ana).open(f"/escalations/{made.id}/made").press("Your code is public. Replace it")

    with db.reading() as connection:
        assert list(verifying.verify(connection, settings=settings())) == []
        assert list(verifying.reconcile(connection)) == []


def test_the_length_says_of_what_and_where_in_the_reader_s_numbers(people: Cast, as_: As) -> None:
    made = promise(people)
    ana = as_(people.ana)

    page = ana.open(f"/escalations/{made.id}/made")

    assert re.search(r"\d+ of 10,000 characters on X\b", page.text)
    assert re.search(r"\d+ of 280 characters on X\b", page.text)
    french = page.press("Français")
    assert "10\u00a0000" in french.html
