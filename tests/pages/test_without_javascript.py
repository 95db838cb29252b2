"""Every job of the pages is done by plain forms: each form is in the table of jobs, each job has its test."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

import web
from api import create_app
from bridge.reasons import TransferReason
from bridge.settings import Settings
from tests.browser.acts.scene import Stage
from tests.browser.atlas import ATLAS
from tests.browser.stage import fill
from tests.cast import Cast, Member, claimed_thread, promise
from tests.clockwork import rows
from tests.pages.browser import Browser, Page, Press, endpoint_at
from tests.pages.jobs import JOBS, MODULES_ONLY, not_done
from tests.pages.plain_forms import read
from tests.pages.test_atlas import opened
from tests.pages.walk import routes_of

As = Callable[[Member], Browser]
HERE = Path(__file__).parent
SAMPLES = frozenset({"/ui"})
"""Shows how buttons look; nobody does anything there."""


@pytest.fixture
def stage(people: Cast) -> Stage:
    return fill(people)


def unknown_forms(app: Flask) -> set[str]:
    """What a page could send and no job says how."""
    sent = {route.endpoint for route in routes_of(app) if route.method != "GET"}
    return sent - {job.endpoint for job in JOBS} - set(MODULES_ONLY)


def test_every_form_of_the_product_is_somebody_s_job(app: Flask) -> None:
    known = [*(job.endpoint for job in JOBS), *MODULES_ONLY]
    assert len(JOBS) > 100

    assert unknown_forms(app) == set(), "add them to tests/pages/jobs.py, each with a test that presses it"
    assert len(known) == len(set(known))
    assert set(known) <= {route.endpoint for route in routes_of(app)}, "a job whose form is gone"
    assert len({job.what for job in JOBS}) == len(JOBS)


def test_a_form_that_is_in_no_job_is_noticed(config: Settings) -> None:
    app = create_app()
    web.register(app)
    app.add_url_rule("/new", endpoint="page_new.send", view_func=str, methods=["POST"])

    assert unknown_forms(app) == {"page_new.send"}


def test_the_test_of_each_job_is_there() -> None:
    there = {
        f"{file.name}::{node.name}"
        for file in HERE.glob("test_*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }

    assert {job.test for job in JOBS} - there == set()


def test_a_test_that_does_not_press_the_form_or_is_refused_is_noticed() -> None:
    """The negative control of the fixture that watches the tests of the table."""
    pressed = [Press("POST", "page_a", 303), Press("POST", "page_b", 422), Press("GET", "page_c", 200)]

    assert not_done({"page_a"}, pressed) == set()
    assert not_done({"page_a", "page_b", "page_c", "page_d"}, pressed) == {"page_b", "page_c", "page_d"}


@pytest.mark.parametrize("room", list(ATLAS))
def test_no_page_has_anything_that_needs_a_module(app: Flask, stage: Stage, room: str) -> None:
    faults = [
        f"{leaf}: {fault}"
        for leaf in ATLAS[room]
        if leaf.path not in SAMPLES
        for fault in page_faults(app, opened(app, leaf, stage))
    ]

    assert not faults, "\n".join(faults)


def page_faults(app: Flask, page: Page) -> Iterator[str]:
    """Buttons that do nothing, forms that lead nowhere or to no job, searches that fail."""
    plain = read(page.path, page.html)
    yield from plain.faults()
    jobs = {job.endpoint for job in JOBS}
    for form in plain.forms:
        for action in form.buttons:
            endpoint = endpoint_at(app, action, method=form.method.upper())
            if not endpoint or (form.method == "post" and endpoint not in jobs):
                yield f"{form.method} {action} is no job"
    for search in page.reader.forms:
        if search.method == "get" and search.buttons and endpoint_at(app, search.action, method="GET"):
            found = page.browser.search(search)
            if found.status != 200:
                yield f"the form of {search.action} as it stands was answered {found.status}"


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<button type="button">Copy</button>', "a button that only a module hears"),
        ('<form method="post" action="/x"><input name="a"></form>', "no button sends post /x"),
        ("<button>Send</button>", "a button of no form"),
        ('<a href="#">More</a>', "a link to nowhere"),
        (
            '<form method="post" action="/x"><input type="file"><button>Send</button></form>',
            "/x would not send",
        ),
    ],
)
def test_what_needs_a_module_is_noticed_unless_it_is_hidden(html: str, fault: str) -> None:
    assert [found.startswith(fault) for found in read("/", html).faults()] == [True]
    for hidden in (f"<div hidden>{html}</div>", f"<template>{html}</template>", f"<dialog>{html}</dialog>"):
        assert list(read("/", hidden).faults()) == []


# Jobs that no other test does by its form.


def test_dark_is_chosen_and_kept(people: Cast, as_: As) -> None:
    ana = as_(people.ana)

    page = ana.open("/queue").press("Dark")

    assert page.path == "/queue"
    assert 'data-theme="dark"' in ana.open("/board").html


def test_ada_signs_somebody_out_everywhere(people: Cast, as_: As) -> None:
    ana, ada = as_(people.ana), as_(people.ada)

    seen = ada.open(f"/setup/people/{people.ana.person.id}").press("Sign out everywhere")
    assert "Ana has to sign in again." in seen.text
    assert ana.open("/queue").path == "/queue"
    seen.press("Sign out everywhere")

    assert ana.open("/queue").path.startswith("/sign-in")
    assert ada.open("/setup").path == "/setup"


def test_an_agent_moves_a_case_and_takes_the_move_back(people: Cast, as_: As) -> None:
    made, ana = promise(people), as_(people.ana)

    moved = ana.open(f"/escalations/{made.id}").press(
        "Ask the other store", to_store="40", transfer_reason=TransferReason.NO_STOCK.value
    )
    assert "The other store was asked." in moved.text
    back = moved.press("Take the offer back")

    assert "The offer was taken back." in back.text
    state = rows("SELECT state FROM transfers WHERE escalation_id = %(id)s", id=made.id)
    assert [row.state for row in state] == ["withdrawn"]


def test_a_store_leaves_a_note_at_its_case(people: Cast, as_: As) -> None:
    made = promise(people)

    noted = as_(people.sam).open(f"/counter/cases/{made.id}").press("Add", note_text="He comes at five.")

    assert noted.status == 200
    assert "He comes at five." in as_(people.ana).open(f"/escalations/{made.id}").text


def test_a_store_refuses_and_takes_back_what_was_offered(people: Cast, as_: As) -> None:
    refused, kept = promise(people, amount_minor=100), promise(people, amount_minor=100)
    sam, mia = as_(people.sam), as_(people.mia)
    asked = {"to_store": "40", "transfer_reason": TransferReason.NO_STOCK.value}

    sam.open(f"/counter/cases/{refused.id}").press("Ask the other store", **asked)
    mia.open("/counter/moves").press("Do not take it")
    sam.open(f"/counter/cases/{kept.id}").press("Ask the other store", **asked)
    sam.open("/counter/moves").press("Take the offer back")

    states = {row.escalation_id: row.state for row in rows("SELECT escalation_id, state FROM transfers")}
    assert states == {refused.id: "refused", kept.id: "withdrawn"}
    assert "Nothing was offered to this store." in mia.open("/counter/moves").text


def test_a_conversation_is_given_back(people: Cast, as_: As) -> None:
    thread, ana = claimed_thread(people), as_(people.ana)

    given = ana.open(f"/threads/{thread.id}").press("Give it back")

    assert given.path == "/queue"
    assert "Claim" in ana.open(f"/threads/{thread.id}").form("Claim").buttons


def test_an_address_is_switched_off_and_on(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    added = ada.open("/contact-points").press(
        "Add", owner="12", channel="email", address="store12@northlight.example"
    )

    off = added.press("Switch off")
    assert "Somebody switched it off." in off.text
    on = off.press("Switch on")

    assert "Somebody switched it off." not in on.text
    assert "Switch off" in on.form("Switch off").buttons
