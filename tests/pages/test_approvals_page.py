"""The list of what waits for a lead: everything needed to decide, and the decision in place."""

import re
from collections.abc import Callable
from datetime import timedelta

from bridge import db
from bridge.clock import utc_now
from bridge.services import approvals
from bridge.settings import settings
from tests.cast import Cast, Member, once, promise
from tests.pages.browser import Browser

As = Callable[[Member], Browser]


def test_a_request_is_decided_in_place(people: Cast, as_: As) -> None:
    made = promise(people, amount_minor=15_000, note_internal="A customer of ten years.")
    kim = as_(people.kim)

    page = kim.open("/approvals")
    for told in (
        "1 promise waits",
        "$150.00",
        "Ana",
        "CD box set",
        "The amount is above the limit of the author.",
        "A customer of ten years.",
        "waiting since",
        "(just now)",
        "counts until",
        "Lakeside",
    ):
        assert told in page.text, told
    done = page.press(f"Approve $150.00 No. {made.number}", reason="A good customer.")

    assert done.path == "/approvals"
    assert "Approved. The author has the code now." in done.text
    assert "Nothing waits for approval." in done.text
    assert "Approved: the code is ready" in as_(people.ana).open("/board").text


def test_it_is_rejected_in_place_with_the_same_reason_field(people: Cast, as_: As) -> None:
    made = promise(people, amount_minor=15_000)
    kim = as_(people.kim)
    page = kim.open("/approvals")

    done = page.press(f"Do not approve No. {made.number}", reason="Too much for a CD.")

    assert done.path == "/approvals"
    assert "Not approved. The author reads your reason." in done.text
    assert "Too much for a CD." in as_(people.ana).open(f"/escalations/{made.id}").text


def test_without_a_reason_it_is_asked_for_at_that_row_and_nothing_happens(people: Cast, as_: As) -> None:
    first, second = promise(people, amount_minor=15_000), promise(people, amount_minor=16_000)

    page = as_(people.kim).open("/approvals").press(f"Approve $160.00 No. {second.number}", reason="")

    assert page.status == 422
    assert f'id="reason-{second.id}-problem"' in page.html
    assert f'id="reason-{first.id}-problem"' not in page.html
    assert f'href="#reason-{second.id}"' in page.html
    assert "2 promises wait" in page.text


def test_the_reason_is_marked_as_required_on_the_list_and_on_the_case(people: Cast, as_: As) -> None:
    made = promise(people, amount_minor=15_000)
    kim = as_(people.kim)

    for path in ("/approvals", f"/escalations/{made.id}"):
        fields = re.findall(r'<input id="(?:\w+-)?reason[^>]*>', kim.open(path).html)
        assert fields, path
        assert all(" required" in field for field in fields), path


def test_who_comes_second_sees_the_list_as_it_is(people: Cast, as_: As) -> None:
    made = promise(people, amount_minor=15_000)
    page = as_(people.kim).open("/approvals")
    with db.act() as act:
        approvals.reject(
            act,
            people.hana.token,
            made.id,
            reason="No.",
            if_version=None,
            once=once("reject"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
        )

    late = page.press(f"Approve $150.00 No. {made.number}", reason="A good customer.")

    assert late.status == 409
    assert "Somebody else acted first." in late.text
    assert "Nothing waits for approval." in late.text


def test_more_than_one_s_own_right_is_said_in_the_list(people: Cast, as_: As) -> None:
    made = promise(people, amount_minor=900_000)

    page = as_(people.kim).open("/approvals").press(f"Approve $9,000.00 No. {made.number}", reason="Why not.")

    assert page.status == 403
    assert "Somebody else has to approve this; your own right does not cover it." in page.text
    assert 'value="Why not."' in page.html


def test_one_s_own_request_has_no_buttons(people: Cast, as_: As) -> None:
    made = promise(people, by=people.kim, amount_minor=900_000)

    page = as_(people.kim).open("/approvals")

    assert "Your own: somebody else has to approve it." in page.text
    assert f"/escalations/{made.id}/approve" not in page.html


def test_the_most_pressing_stands_first(people: Cast, as_: As) -> None:
    late = promise(people, amount_minor=15_000)
    soon = promise(people, amount_minor=15_000, valid_until=utc_now() + timedelta(hours=3))

    page = as_(people.kim).open("/approvals")

    assert page.html.index(f"case-{soon.id}") < page.html.index(f"case-{late.id}")
