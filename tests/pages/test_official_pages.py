"""The public page of our accounts, its documents, and what administrators and agents see of them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from bridge import db
from bridge.clock import utc_now
from bridge.models import OfficialHandle
from bridge.services import capturing, official_checks
from bridge.services.capturing import Captured
from bridge.settings import settings
from tests.cast import Cast, Member, acting
from tests.clockwork import rows
from tests.pages.browser import Browser, words_of
from web import official as view

As = Callable[[Member], Browser]
PATH = "/accounts/official"


@pytest.fixture
def client(app: Flask, people: Cast) -> FlaskClient:
    return app.test_client()


def set_of(people: Cast, **values: object) -> None:
    with db.transaction() as session:
        handle = session.get_one(OfficialHandle, people.handle.id)
        for name, value in values.items():
            setattr(handle, name, value)


def test_everybody_reads_the_list_and_asks_without_a_cookie(people: Cast, client: FlaskClient) -> None:
    page = client.get(PATH)
    yes = client.post(PATH, data={"network": "x", "handle": "@northlightcare"})
    no = client.post(PATH, data={"network": "x", "handle": "Northlight_Care"})

    assert "@NorthlightCare" in page.text
    assert 'href="https://x.com/NorthlightCare"' in page.text
    assert (yes.status_code, no.status_code) == (200, 200)
    assert "Yes, this account is ours:" in words_of(yes.text)
    assert "This account is not known to us:" in words_of(no.text)
    assert not any("Set-Cookie" in answer.headers for answer in (page, yes, no))


def test_the_question_by_a_plain_form(people: Cast, app: Flask) -> None:
    browser = Browser(app.test_client())

    told = browser.open(PATH).press("Ask", network="x", handle="NorthlightCare")

    assert "Yes, this account is ours:" in told.text


@pytest.mark.parametrize("data", [{}, {"network": "x"}, {"network": "nowhere", "handle": "a"}])
def test_a_question_without_its_parts_says_what_is_missing(
    people: Cast, client: FlaskClient, data: dict[str, str]
) -> None:
    assert client.post(PATH, data=data).status_code == 422


@pytest.mark.usefixtures("one_window")
def test_too_many_questions_wait(people: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    few = settings().model_copy(update={"official_asks_per_minute": 2})
    monkeypatch.setattr(view, "settings", lambda: few)

    answers = [client.post(PATH, data={"network": "x", "handle": "a"}) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"]
    assert client.get(PATH).status_code == 200


def test_another_site_cannot_ask_in_our_name(people: Cast, client: FlaskClient) -> None:
    answer = client.post(PATH, data={"network": "x", "handle": "a"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400


def test_a_proof_is_told_while_it_is_fresh_and_never_after(people: Cast, client: FlaskClient) -> None:
    said = "account and our page link to each other"
    set_of(people, check_result="both", last_checked_at=utc_now() - timedelta(hours=1))
    assert said in words_of(client.get(PATH).text)
    assert orjson.loads(client.get("/.well-known/social-accounts.json").data)["brands"][0]["accounts"][0][
        "links_verified_at"
    ]

    set_of(people, last_checked_at=utc_now() - timedelta(days=4))

    assert said not in words_of(client.get(PATH).text)
    document = orjson.loads(client.get("/.well-known/social-accounts.json").data)
    assert document["brands"][0]["accounts"][0]["links_verified_at"] is None


def test_the_documents_for_machines(people: Cast, client: FlaskClient) -> None:
    set_of(people, external_id="111")

    document = client.get("/.well-known/social-accounts.json")
    texts = [client.get(path) for path in ("/trust.txt", "/.well-known/trust.txt")]

    assert document.content_type == "application/json"
    [brand] = orjson.loads(document.data)["brands"]
    assert brand["name"] == people.brand.name
    assert brand["accounts"][0] | {"official_since": ""} == {
        "network": "x",
        "handle": "NorthlightCare",
        "id": "111",
        "url": "https://x.com/NorthlightCare",
        "kind": "team",
        "official_since": "",
        "links_verified_at": None,
    }
    assert all("social=https://x.com/NorthlightCare\n" in one.text for one in texts)
    assert texts[0].content_type == "text/plain; charset=utf-8"


def test_an_account_is_bound_after_a_look(people: Cast, as_: As) -> None:
    page = as_(people.ada).open(f"/setup/handles/{people.handle.id}")
    assert "Not looked at yet" in page.text

    looked = page.press("Save with preview", external_id="111", site_url="https://northlight.example/contact")
    assert "111" in looked.text
    done = looked.press("Save")

    assert "Both links are looked at within minutes." in done.text
    assert [tuple(row) for row in rows("SELECT external_id, site_url FROM official_handles")] == [
        ("111", "https://northlight.example/contact")
    ]


@pytest.mark.parametrize(
    "url", ["http://x.example/", "https://127.0.0.1/", "https://" + "a" * 400 + ".example"]
)
def test_a_page_that_we_would_not_call_is_refused_in_words(people: Cast, as_: As, url: str) -> None:
    page = as_(people.ada).open(f"/setup/handles/{people.handle.id}").press("Save with preview", site_url=url)

    assert page.status == 422
    assert '<a href="#site_url">' in page.html


def test_a_taken_handle_and_an_old_look_are_said_to_the_administrator(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    set_of(people, check_result="both", last_checked_at=utc_now() - timedelta(days=9))
    assert "Not known at present" in ada.open(f"/setup/handles/{people.handle.id}").text
    assert "Links both ways" not in ada.open("/setup/handles").text

    set_of(people, check_result="other_id", check_reason="handle_belongs_to_another")

    assert "The handle belongs to another account now" in ada.open("/setup/handles").text
    assert "nobody is told that it is ours" in ada.open(f"/setup/handles/{people.handle.id}").text


def impostor(people: Cast, *, kind: str = "other") -> str:
    """Somebody answers a customer under a name like ours; the conversation's address."""
    with db.transaction() as session:
        for handle, author in (("maya.reyes", "customer"), ("northlight_heIp", kind)):
            result = capturing.capture(
                session,
                acting(people.ana),
                Captured(
                    network="x",
                    handle=handle,
                    text="Send us your code by direct message.",
                    posted_at=utc_now(),
                    external_id="t-1",
                    post_external_id=str(uuid4()),
                    author_kind=author,
                    customer_handle="maya.reyes",
                ),
                utc_now(),
            )
    return f"/threads/{result.thread.id}"


@pytest.mark.parametrize("kind", ["customer", "other", "brand"])
def test_agents_see_at_the_post_that_it_is_not_our_account(people: Cast, as_: As, kind: str) -> None:
    page = as_(people.ana).open(impostor(people, kind=kind))

    assert page.text.count("Not our account") == 1
    assert "has the name of our account with another word" in page.text


def test_what_looks_like_ours_is_listed_and_found_harmless(people: Cast, as_: As) -> None:
    thread = impostor(people)
    official_checks.notice_look_alikes(now=utc_now())
    ada = as_(people.ada)

    listed = ada.open("/setup/handles")
    assert "northlight_heIp" in listed.text
    done = listed.press("Harmless northlight_heIp")

    assert "It is flagged no more." in done.text
    assert "None was seen." in done.text
    assert "Not our account" not in as_(people.ana).open(thread).text
