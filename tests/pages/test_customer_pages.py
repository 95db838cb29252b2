"""The customer's own page: no account, no cookie, no code before the press, and one answer for a wrong address."""

import re
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from bridge import codes, db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.promises import DeclineReason, Proof, SecondFact, StoreScope
from bridge.services import customers
from bridge.services.customers import LINK_PLACE
from bridge.settings import settings
from tests.api.life_stage import declined_case, small
from tests.cast import Cast, Member, claimed_thread, decide, line, promise, vault
from tests.pages.browser import Browser, words_of
from web import sessions

As = Callable[[Member], Browser]
Owner = psycopg.Connection[tuple[object, ...]]
NAMES = ("Ana", "Sam", "Lee", "Kim", "customer_")


def address_of(made: object) -> str:
    """The path of a case's page, as the private text has it."""
    with db.statement() as connection:
        link = customers.link_of(
            connection,
            made.id,
            now=utc_now(),
            settings=settings(),
            vault=vault(),  # type: ignore[attr-defined]
        )
    return link.removeprefix(settings().base_url)


@pytest.fixture
def client(app: Flask, people: Cast) -> FlaskClient:
    return app.test_client()


def acknowledge(people: Cast, made: object) -> None:
    decide(people, people.sam, code=made.code, action=Action.ACKNOWLEDGE)  # type: ignore[attr-defined]


def test_the_private_message_leads_to_the_page_and_the_public_one_does_not(people: Cast, as_: As) -> None:
    made = promise(people)
    page = as_(people.ana).open(f"/escalations/{made.id}/made")
    private, public = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", page.html, re.DOTALL)[:2]

    assert address_of(made) in private
    assert "/s/" not in public
    again = as_(people.kim).open(f"/escalations/{made.id}/made")
    assert address_of(made) in again.html


def test_the_address_is_128_random_bits_kept_as_hash_and_sealed(people: Cast, owner: Owner) -> None:
    made = promise(people)
    token = address_of(made).removeprefix("/s/")

    assert len(token) >= 22
    row = owner.execute("SELECT token_hash, cipher FROM status_links").fetchone()
    assert row is not None
    assert token.encode() not in bytes(row[0]) + bytes(row[1])
    assert vault().open(bytes(row[1]), place=LINK_PLACE) == token.encode()
    assert str(made.code) not in token


def test_one_address_for_each_code_however_often_it_is_asked_for(people: Cast, owner: Owner) -> None:
    made = promise(people)

    assert address_of(made) == address_of(made)
    assert owner.execute("SELECT count(*) FROM status_links").fetchone() == (1,)


def test_opening_has_no_effect_and_shows_no_code(people: Cast, client: FlaskClient, owner: Owner) -> None:
    made = promise(people)
    acknowledge(people, made)
    path = address_of(made)
    before = effects(owner)

    for _ in range(3):
        answer = client.get(path)
        client.head(path)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Ready to use at Lakeside until" in html
    assert codes.grouped(str(made.code)) not in html
    assert str(made.code) not in html
    assert '<svg class="qr"' not in html
    assert effects(owner) == before


def effects(owner: Owner) -> list[object]:
    statements = (
        "SELECT count(*) FROM look_ups",
        "SELECT presented_at, version, head_seq FROM escalations",
        "SELECT times_shown, shown_at FROM status_links",
        "SELECT count(*) FROM timeline",
        "SELECT count(*) FROM guess_counts",
    )
    return [owner.execute(statement).fetchall() for statement in statements]


def test_the_press_shows_code_and_qr_and_is_written_down(
    people: Cast, client: FlaskClient, owner: Owner
) -> None:
    made = promise(people)
    page = Browser(client).open(address_of(made))

    shown = page.press("Show at the store")

    assert shown.status == 200
    assert codes.grouped(str(made.code)) in shown.text
    assert '<svg class="qr"' in shown.html
    assert "Hide the code" in shown.text
    assert owner.execute("SELECT times_shown FROM status_links").fetchone() == (1,)
    noted = owner.execute("SELECT body FROM timeline WHERE action = 'code.shown_to_customer'").fetchone()
    assert noted is not None
    assert str(made.id) in str(noted[0])
    assert owner.execute("SELECT count(*) FROM look_ups").fetchone() == (0,)
    assert owner.execute("SELECT presented_at FROM escalations").fetchone() == (None,)


def test_no_cookie_is_set_or_needed(people: Cast, app: Flask) -> None:
    path = address_of(promise(people))
    client = app.test_client(use_cookies=False)

    answers = [client.get(path), client.post(path), client.get("/s/no-such-address")]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]


def test_another_site_cannot_press_for_the_customer(people: Cast, client: FlaskClient, owner: Owner) -> None:
    path = address_of(promise(people))

    answer = client.post(path, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert owner.execute("SELECT times_shown FROM status_links").fetchone() == (0,)


def test_only_views_with_the_secret_in_their_address_go_without_a_token(app: Flask) -> None:
    without = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "bridge_secret_in_address", False)
    }

    assert without == {"/s/<token>", "/s/<token>/appeal"}
    assert app.view_functions["page_customers.reveal"].bridge_permission == sessions.PUBLIC  # type: ignore[attr-defined]


def test_every_wrong_address_has_the_same_answer(people: Cast, client: FlaskClient) -> None:
    made = promise(people)
    known = client.get("/s/AAAAAAAAAAAAAAAAAAAAAA")

    for wrong in (codes.grouped(str(made.code)), str(made.code), str(made.id), "x" * 300):
        for method in ("GET", "POST"):
            answer = client.open(f"/s/{wrong}", method=method)
            assert (answer.status_code, answer.data) == (404, known.data)
            for name in ("Content-Type", "Cache-Control", "X-Robots-Tag", "Content-Length"):
                assert answer.headers[name] == known.headers[name]


@pytest.mark.usefixtures("one_window")
def test_too_many_tries_read_alike_for_known_and_unknown_addresses(
    people: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = address_of(promise(people))
    monkeypatch.setattr(
        "web.customers.settings",
        lambda: settings().model_copy(update={"status_tries_per_minute": 3}),
    )

    tried = [client.get(f"/s/wrong-{number}").status_code for number in range(5)]
    known = client.get(path, headers={"Accept-Language": "en"})
    unknown = client.get("/s/wrong", headers={"Accept-Language": "en"})

    assert tried == [404, 404, 404, 429, 429]
    assert known.status_code == unknown.status_code == 429
    assert known.data == unknown.data
    assert known.headers["Retry-After"]


def test_nobody_is_named(people: Cast, as_: As, client: FlaskClient) -> None:
    made = declined_case(people)
    path = address_of(made)

    page = Browser(client).open(path)

    for name in NAMES:
        assert name not in page.text
    assert "Lakeside could not do this for you" in page.text


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (DeclineReason.OUT_OF_STOCK, "the store does not have it in stock"),
        (DeclineReason.SUSPECTED_FRAUD, None),
    ],
)
def test_a_refusal_is_told_in_safe_words(
    people: Cast, client: FlaskClient, reason: DeclineReason, told: str | None
) -> None:
    made = promise(people)
    decide(people, people.sam, code=made.code, action=Action.DECLINE, reason=reason, reason_text="a thief")

    page = Browser(client).open(address_of(made))

    assert ("The reason:" in page.text) == (told is not None)
    assert told is None or told in page.text
    assert "thief" not in page.html
    assert "misuse" not in page.text.lower()
    assert "Show at the store" not in page.text


def test_what_was_given_and_what_is_left(people: Cast, client: FlaskClient) -> None:
    made = promise(people)
    path = address_of(made)
    decide(people, people.sam, code=made.code, amount_minor=1_500)

    part = Browser(client).open(path)
    assert "$25.00 left to use at Lakeside until" in part.text
    assert "Lakeside gave you $15.00" in part.text
    decide(people, people.sam, code=made.code)
    used = Browser(client).open(path)

    assert "Used at Lakeside" in used.text
    assert "Show at the store" not in used.text
    assert client.post(path).status_code == 303


def test_what_to_bring_and_where(people: Cast, client: FlaskClient) -> None:
    made = promise(
        people,
        lines=[line(waives=frozenset({Proof.RECEIPT}), conditions="Unworn only.")],
        second_fact=(SecondFact.PHONE_DIGITS, "1234"),
    )

    page = Browser(client).open(address_of(made))

    assert "last digits of the phone number" in page.text
    assert "No receipt needed" in page.text
    assert "Unworn only." in page.text
    assert "1 Main Street, Maplewood, MN 55109" in page.text
    assert "10 am-9:30 pm" in page.text
    assert "@NorthlightCare (X)" in page.text
    assert "1234" not in page.html
    assert "openstreetmap.org/?mlat=45.0" in words_of(page.html)


def test_a_note_for_the_customer_is_read_there_and_no_other(
    people: Cast, as_: As, client: FlaskClient
) -> None:
    made = promise(people)
    ana = as_(people.ana)
    for text, circle in (
        ("We ordered it for you.", "customer"),
        ("He was rude.", "internal"),
        ("Behind the till.", "store"),
    ):
        ana.open(f"/escalations/{made.id}").press("Add", note_text=text, note_visibility=circle)

    page = Browser(client).open(address_of(made))

    assert "We ordered it for you." in page.text
    assert "He was rude." not in page.html
    assert "Behind the till." not in page.html
    assert "Ana" not in page.text


def test_a_promise_for_any_store_names_none(people: Cast, client: FlaskClient) -> None:
    made = promise(people, by=people.kim, store_scope=StoreScope.ANY, store_number=None)

    page = Browser(client).open(address_of(made))

    assert "Ready to use at any Northlight store until" in page.text
    assert "Opening hours" not in page.text


def test_a_new_code_has_a_new_address_and_the_old_one_says_so(
    people: Cast, as_: As, client: FlaskClient
) -> None:
    made = declined_case(people)
    old = address_of(made)
    ana = as_(people.ana)
    ana.open(f"/escalations/{made.id}").press("Close", close_cause="STORE_SERVICE.conduct.rude")
    ana.open(f"/escalations/{made.id}").press("Open it again", reopen_reason="They have it now.")

    new = address_of(made)

    assert new != old
    assert "This has changed." in Browser(client).open(old).text
    assert client.post(old).status_code == 303
    assert "Show at the store" in Browser(client).open(new).text


def test_an_old_address_tells_nothing_new(people: Cast, as_: As, client: FlaskClient) -> None:
    """Whoever pasted the message in public pasted the address too."""
    made = promise(people)
    old, ana = address_of(made), as_(people.ana)
    ana.open(f"/escalations/{made.id}/made").press("Your code is public. Replace it")
    ana.open(f"/escalations/{made.id}").press(
        "Add", note_text="Bring the blue box.", note_visibility="customer"
    )

    page = Browser(client).open(old)

    assert "This has changed." in page.text
    assert "What happened" not in page.text
    assert "blue box" not in page.html
    assert "blue box" in Browser(client).open(address_of(made)).text


def test_a_withdrawn_promise_has_changed(people: Cast, as_: As, client: FlaskClient) -> None:
    made = small(people)
    path = address_of(made)
    as_(people.kim).open(f"/escalations/{made.id}").press(
        "Withdraw", revoke_reason="R05", revoke_text="A thief."
    )

    page = Browser(client).open(path)

    assert "This has changed." in page.text
    assert "isuse" not in page.text
    assert "thief" not in page.html


def test_some_time_after_the_end_nobody_finds_it(people: Cast, client: FlaskClient, owner: Owner) -> None:
    made = declined_case(people)
    path = address_of(made)
    assert client.get(path).status_code == 200

    owner.execute(
        "UPDATE escalations SET ended_at = now() - make_interval(days => %s)",
        (settings().status_link_days + 1,),
    )

    assert client.get(path).data == client.get("/s/unknown").data


@pytest.mark.parametrize(
    ("thread", "asked", "said"),
    [
        ("es", "", "Cambio de CD box set"),
        ("fr", "", "Échange (CD box set)"),
        ("en", "?lang=fr", "Échange (CD box set)"),
        ("fr", "?lang=en", "Exchange of CD box set"),
        ("en", "?lang=xx", "Exchange of CD box set"),
    ],
)
def test_it_speaks_the_conversation_s_language_or_the_one_asked_for(
    people: Cast, client: FlaskClient, thread: str, asked: str, said: str
) -> None:
    made = promise(people, thread_id=claimed_thread(people, language=thread).id)
    path = address_of(made) + asked

    page = client.get(path, headers={"Accept-Language": "de"}).get_data(as_text=True)

    expected = asked.removeprefix("?lang=") or thread
    assert f'<html lang="{"en" if expected == "xx" else expected}">' in page
    assert said in page


def test_an_appeal_is_filed_from_the_page_once_when_the_agent_made_it_possible(
    people: Cast, as_: As, client: FlaskClient, owner: Owner
) -> None:
    made = declined_case(people)
    path = address_of(made)
    assert "see it differently" not in Browser(client).open(path).text
    assert client.post(f"{path}/appeal", data={"appeal_text": "No."}).status_code == 303
    as_(people.ana).open(f"/escalations/{made.id}").press("Make a link to appeal")

    page = Browser(client).open(path)
    empty = page.press("Send", appeal_text="")
    sent = page.press("Send", appeal_text="They laughed at me.")

    assert (empty.status, sent.status) == (422, 200)
    assert "Somebody who was not involved looks at it now." in sent.text
    assert owner.execute("SELECT status FROM escalations").fetchone() == ("under_review",)
    after = Browser(client).open(path)
    assert "You asked us to look at it again." in after.text
    assert "Send" not in after.text
    assert "could not do this for you" in after.text


def test_a_case_that_is_not_issued_has_no_address(people: Cast) -> None:
    waiting = promise(people, amount_minor=15_000)

    assert address_of(waiting) == ""
