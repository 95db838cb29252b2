"""Help for each role: open to everybody, linked from every page, and true."""

import re
from collections.abc import Callable

import orjson
from flask import Flask
from sqlmodel import select

from bridge import db
from bridge.clock import utc_now
from bridge.models import RoleAssignment
from tests.cast import Cast, Member, promise
from tests.pages.browser import Browser
from web.help import ON_THE_CARD
from web.verdict_words import WORDS

As = Callable[[Member], Browser]
PAGES = ("/help", "/help/agent", "/help/counter", "/help/hq", "/help/integrator")


def test_every_page_is_open_and_linked(people: Cast, nobody: Browser, as_: As) -> None:
    index = nobody.open("/help")

    for path in PAGES:
        assert nobody.open(path).status == 200, path
        assert path == "/help" or f'href="{path}"' in index.html
    assert 'href="/help"' in as_(people.sam).open("/counter").html
    assert "Sam, store 12" in as_(people.sam).open("/help/counter").text


def test_the_card_has_seven_answers_in_the_counter_s_own_words(nobody: Browser) -> None:
    page = nobody.open("/help/counter")

    assert len(ON_THE_CARD) == 7
    for verdict in ON_THE_CARD:
        assert str(WORDS[verdict]) in page.text
    assert "%(" not in page.text
    assert page.html.count('<th scope="row">') == 7


def test_what_integrators_are_told_works(app: Flask, people: Cast, nobody: Browser) -> None:
    made = promise(people, amount_minor=1_500)
    text = nobody.open("/help/integrator").text
    check, honour = re.findall(r"http\S+?(/api/v1/\S+)", text)[:2]
    bodies = re.findall(r"-d '(\{.*?\})'", text)
    client, key = app.test_client(), {"Content-Type": "application/json", **people.sam.headers}

    looked = client.post(check, headers=key, data=bodies[0].replace("K7QF-3M9T-2XH2", made.code or ""))
    answer = orjson.loads(looked.get_data())
    decision = bodies[1].replace("'$LOOK_UP_ID'", answer["look_up_id"])
    done = client.post(honour, headers={**key, "Idempotency-Key": "till-3-2041"}, data=decision)

    assert (looked.status_code, answer["verdict"]) == (200, "genuine")
    assert done.status_code == 201, done.get_data(as_text=True)


def test_somebody_without_a_role_reads_what_to_do(people: Cast, nobody: Browser) -> None:
    with db.transaction() as session:
        mine = select(RoleAssignment).where(RoleAssignment.person_id == people.ivy.person.id)
        for held in session.exec(mine):
            held.valid_to = utc_now()

    page = nobody.sign_in(people.ivy)

    assert page.status == 200
    assert "You have no role yet" in page.text
    assert 'href="/help"' in page.html
