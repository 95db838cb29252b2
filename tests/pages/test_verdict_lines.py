"""No line of a verdict is longer than a telephone shows, accuses anybody, or speaks as a machine."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from bridge.verdicts import Verdict
from tests.browser.verdicts import prepare_all
from tests.cast import Cast
from tests.pages.browser import Browser
from web import cookies
from web.verdict_reasons import LONGEST, grouped, reason_of
from web.verdict_words import Known

NEVER_SAID = re.compile(r"invalid|forbidden|fraud|error \d|oops|\bsorry\b|please", re.IGNORECASE)
LONG_NAME = "Guadalupe Hernández de la Concepción y Montserrat"
REASON = re.compile(r'<p class="reason">([^<]*)')


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_every_reason_fits_a_telephone(people: Cast, app: Flask, language: str) -> None:
    found = {}
    for verdict, presented in prepare_all(people).items():
        client = app.test_client()
        client.set_cookie(cookies.SESSION, presented.by.token)
        client.set_cookie(cookies.LANGUAGE, language)
        form = Browser(client).open("/counter").form("Check" if language == "en" else _check(client))
        data = {**form.values.to_dict(), "code": presented.text, "source": presented.source}
        html = client.post(form.action, data=data, headers={"X-Fragment": "1"}).get_data(as_text=True)
        assert f'data-verdict="{verdict}"' in html
        assert not NEVER_SAID.search(html)
        found[verdict] = REASON.search(html)[1].strip()  # type: ignore[index]  # each has one

    assert {verdict: reason for verdict, reason in found.items() if not 0 < len(reason) <= LONGEST} == {}


def _check(client: object) -> str:
    page = Browser(client).open("/counter")  # type: ignore[arg-type]  # Flask's test client
    form = next(form for form in page.reader.forms if form.action == "/counter/check")
    return next(iter(form.buttons))


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_long_names_and_far_days_fit_too(app: Flask, language: str) -> None:
    then = datetime.now(UTC) - timedelta(days=400, hours=-11)
    last = {"at": then.isoformat(), "amount_minor": 123_456_00, "person": LONG_NAME, "reason": "D07"}
    shown = {
        "remaining_minor": 123_456_00,
        "own_limit_minor": 5_000_00,
        "currency": "USD",
        "status": "under_review",
        "valid_from": then,
        "valid_until": then,
        "promised_by": {"name": LONG_NAME},
        "last_decision": last,
        "second_fact": "order_digits",
    }
    known = Known(
        shown=shown,
        store={"number": "1000", "name": "Mall of America and " * 3, "city": "Bloomington"},
        typed=grouped("K7QF3M9T2XH2"),
        count="11",
        retry_after_seconds=3_599,
        set_aside_at=then,
        store_scope="group",
        roles=("store_associate",),
    )
    with app.test_request_context("/counter", headers={"Accept-Language": language}):
        found = [reason_of(verdict, known) for verdict in Verdict]
        shown["status"] = "awaiting_agent"
        found.append(reason_of(Verdict.ON_HOLD, known))

    assert [reason for reason in found if len(reason) > LONGEST] == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("awaiting_agent", "The store asked Ana something."),
        ("transferring", "It is being moved to another store."),
        ("under_review", "The online team is looking into it."),
    ],
)
def test_what_is_on_hold_says_why(app: Flask, status: str, reason: str) -> None:
    shown = {"status": status, "promised_by": {"name": "Ana"}, "remaining_minor": 700, "currency": "USD"}
    known = Known(shown=shown)

    with app.test_request_context("/counter"):
        assert reason_of(Verdict.ON_HOLD, known) == reason
