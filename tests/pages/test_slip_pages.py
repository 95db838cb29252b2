"""Who may print a slip, and that it is written down as shown."""

from collections.abc import Callable

import psycopg

from bridge import codes
from bridge.lifecycle import Action
from tests.cast import Cast, Member, claimed_thread, decide, promise
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]


def test_the_author_and_a_lead_get_the_slip_and_it_is_noted(people: Cast, as_: As, owner: Owner) -> None:
    made = promise(people)

    slips = [as_(member).open(f"/escalations/{made.id}/slip") for member in (people.ana, people.kim)]

    for slip in slips:
        assert slip.status == 200
        assert codes.grouped(str(made.code)) in slip.text
        assert "A promise from Northlight" in slip.text
        assert "Lakeside" in slip.text
        assert "http" not in slip.reader.words
        assert "/s/" not in slip.html
        assert slip.headers["Cache-Control"] == "no-store"
    assert owner.execute("SELECT count(*) FROM timeline WHERE action = 'code.shown'").fetchone() == (2,)


def test_a_colleague_a_store_and_an_intern_get_none(people: Cast, as_: As, owner: Owner) -> None:
    made = promise(people, by=people.kim)

    refused = [
        as_(member).open(f"/escalations/{made.id}/slip").status
        for member in (people.ana, people.sam, people.mia, people.ivy)
    ]

    assert all(status in {403, 404} for status in refused), refused
    assert owner.execute("SELECT count(*) FROM timeline WHERE action = 'code.shown'").fetchone() == (0,)


def test_an_ended_promise_has_no_slip(people: Cast, as_: As) -> None:
    made = promise(people)
    decide(people, people.sam, code=made.code, action=Action.HONOUR)

    page = as_(people.ana).open(f"/escalations/{made.id}/slip")

    assert page.path == f"/escalations/{made.id}"
    assert "This promise has no code that can be shown." in page.text


def test_the_slip_is_in_the_customer_s_language_and_changes_paper_without_a_script(
    people: Cast, as_: As
) -> None:
    made = promise(people, thread_id=claimed_thread(people, language="es").id)

    page = as_(people.ana).open(f"/escalations/{made.id}/slip?paper=letter")

    assert "Una promesa de Northlight" in page.text
    assert "nunca le pedirá que abra un enlace" in page.text
    assert 'class="paper-letter"' in page.html
    assert "paper=80mm" in page.html
    assert 'class="paper-80mm"' in as_(people.ana).open(f"/escalations/{made.id}/slip?paper=a4").html
