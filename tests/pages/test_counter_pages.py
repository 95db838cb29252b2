"""The counter without JavaScript: every verdict, every button, photos and searches by plain forms."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import segno
from flask import Flask
from werkzeug.test import TestResponse

from bridge import codes, db
from bridge.clock import utc_now
from bridge.models import EscalationRow, Store
from bridge.verdicts import Verdict
from tests.browser.verdicts import Presented, prepare_all, prepared
from tests.cast import Cast, Member, claimed_thread, decide, promise
from tests.pages.browser import Browser, Page, words_of
from web import cookies

At = Callable[[Member], Browser]

MAIN = {
    Verdict.GENUINE: "Honour $15.00",
    Verdict.GENUINE_PART_LEFT: "Honour $10.00",
    Verdict.GENUINE_SET_ASIDE: "Honour $15.00",
    Verdict.CHECK_FIRST: "Honour $15.00",
    Verdict.REPLACED: "Open the new one",
    Verdict.TYPO: "Check again",
    Verdict.TOO_SHORT: "Check again",
    Verdict.LOCKED_TRIES: "Open this device again",
    **dict.fromkeys(
        (
            Verdict.ALREADY_USED,
            Verdict.NOT_YET,
            Verdict.ON_HOLD,
            Verdict.DECLINED_BEFORE,
            Verdict.EXPIRED,
            Verdict.WITHDRAWN,
            Verdict.LOCKED_CODE,
        ),
        "Ask the agent",
    ),
    Verdict.NEEDS_APPROVAL: "Ask somebody with a larger limit",
    Verdict.NO_PERMISSION: "Ask a manager",
    Verdict.JUST_DONE: "Done",
    Verdict.OTHER_STORE: "Check another",
    Verdict.UNKNOWN: "Check another",
    Verdict.PRODUCT_CODE: "Check another",
}
"""The one main button of each verdict."""


@pytest.fixture
def at(app: Flask, people: Cast) -> At:
    """A browser with somebody's session on their own device."""

    def opened(member: Member) -> Browser:
        client = app.test_client()
        client.set_cookie(cookies.SESSION, member.token)
        return Browser(client)

    return opened


def look(browser: Browser, presented: Presented) -> Page:
    form = browser.open("/counter").form("Check")
    return browser.submit(form, "Check", code=presented.text, source=presented.source)


def slip(code: str | None) -> str:
    assert code is not None
    return code[:5] + codes.ALPHABET[codes.ALPHABET.index(code[5]) - 1] + code[6:]


def test_each_verdict_has_its_one_main_button(people: Cast, at: At) -> None:
    found = {}
    for verdict, presented in prepare_all(people).items():
        page = look(at(presented.by), presented)
        assert page.verdict == verdict
        answer = page.html.partition('<div id="answer">')[2].partition('<p class="unseen"')[0]
        mains = [part.partition("</")[0] for part in answer.split("main big")[1:]]
        found[verdict] = [main.partition(">")[2] for main in mains if "Say yes" not in main]

    assert found == {verdict: [main] for verdict, main in MAIN.items()}


def test_a_manager_above_the_own_limit_asks_somebody_with_a_larger_one(people: Cast, at: At) -> None:
    page = look(at(people.sam), prepared(people, Verdict.NEEDS_APPROVAL))

    answer = page.html.partition('<div id="answer">')[2].partition('<p class="unseen"')[0]
    assert "Needs a manager" in answer
    assert "Ask somebody with a larger limit" in answer
    assert "Somebody with a larger limit says yes here" in answer
    for said in ("Ask a manager", "Call a manager"):
        assert said not in answer


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict.GENUINE, "The agent is told. Nothing was given; this code counts no more."),
        (Verdict.GENUINE_PART_LEFT, "The agent is told. Nothing more was given; this code counts no more."),
    ],
)
def test_a_decline_does_not_say_that_the_code_is_used_up(
    people: Cast, at: At, verdict: Verdict, said: str
) -> None:
    presented = prepared(people, verdict)
    sam = at(people.sam)

    page = look(sam, presented).press("Decline", reason="D06")

    assert said in page.text
    assert "used up" not in page.text
    assert look(sam, presented).verdict == "declined_before"


def test_a_few_letters_search_the_own_inbox(people: Cast, at: At) -> None:
    promise(people, thread_id=claimed_thread(people, handle="samantha").id)
    promise(people, thread_id=claimed_thread(people, handle="samuel").id, store_number="40")

    found = at(people.sam).open("/counter").press("Check", code="SAM")

    assert "1 waits here" in found.text
    assert "@samantha" in found.text
    assert "samuel" not in found.text


def test_a_whole_handle_is_found_and_not_kept_in_an_address(people: Cast, at: At) -> None:
    promise(people, thread_id=claimed_thread(people, handle="samantha").id)
    sam = at(people.sam)

    assert "1 waits here" in sam.open("/counter").press("Check", code="@samantha").text
    assert "0 wait here" in sam.open("/counter").press("Check", code="@nobody").text
    assert not any("sama" in path for path in sam.visited)


def test_a_slip_offers_the_promise_and_yes_opens_it(people: Cast, at: At) -> None:
    made = promise(people, thread_id=claimed_thread(people, handle="sam_k").id)

    asked = at(people.sam).open("/counter").press("Check", code=slip(made.code))
    assert asked.verdict == "near_miss"
    for shown in ("@sam_k", "$40.00", "CD box set", "What was it for?"):
        assert shown in asked.text
    opened = asked.press("Yes, open it")

    assert opened.verdict == "genuine"
    for page in (asked, opened):
        assert str(made.code) not in page.html
        assert codes.grouped(str(made.code)) not in page.html


def test_the_api_says_near_miss_as_well_and_opens_it(people: Cast, app: Flask) -> None:
    made = promise(people)
    client = app.test_client()
    body = {"code": slip(made.code)}

    told = client.post("/api/v1/counter/look-up", json=body, headers=people.sam.headers).get_json()
    other = client.post("/api/v1/counter/look-up", json=body, headers=people.mia.headers).get_json()

    assert (told["verdict"], told["near"]["item"], told["actions"]) == ("near_miss", "CD box set", ["open"])
    assert other["verdict"] == "typo"
    path = f"/api/v1/counter/look-ups/{told['look_up_id']}/open"
    assert client.post(path, headers=people.sam.headers).get_json()["verdict"] == "genuine"
    assert client.post(path, headers=people.mia.headers).status_code == 404


def test_the_newer_promise_is_opened_from_the_replaced_one(people: Cast, at: At) -> None:
    replaced = look(at(people.sam), prepared(people, Verdict.REPLACED))

    newer = replaced.press("Open the new one")

    assert newer.verdict == "genuine"
    assert "$18.00" in newer.text


def test_a_question_is_asked_without_leaving_the_counter(people: Cast, at: At) -> None:
    presented = prepared(people, Verdict.GENUINE)
    sam = at(people.sam)

    asked = look(sam, presented).press("Ask Ana", question="Q03", question_text="The blue one?")

    assert "Asked Ana" in asked.text
    assert look(sam, presented).verdict == "on_hold"


def test_about_a_used_code_the_agent_gets_a_note(people: Cast, at: At) -> None:
    presented = prepared(people, Verdict.ALREADY_USED)
    assert presented.made is not None

    asked = look(at(people.sam), presented).press(
        "Ask Ana", question="Q05", question_text="He has a receipt."
    )

    assert "The agent has it as a note." in asked.text
    assert "He has a receipt." in at(people.ana).open(f"/escalations/{presented.made.id}").text


def test_a_question_too_many_is_refused_in_words(people: Cast, at: At) -> None:
    presented = prepared(people, Verdict.GENUINE)
    sam = at(people.sam)
    form = look(sam, presented).form("Ask Ana")
    sam.submit(form, "Ask Ana")

    again = sam.submit(form, "Ask Ana", key="another-key-of-this-form", question="Q02")

    assert (again.status, "The agent has it as a note." in again.text) == (200, True)


def test_nobody_asks_about_a_case_of_another_store(people: Cast, at: At) -> None:
    presented = prepared(people, Verdict.GENUINE)
    form, mia = look(at(people.sam), presented).form("Ask Ana"), at(people.mia)
    token = mia.open("/counter").form("Check").values["csrf_token"]

    assert mia.submit(form, "Ask Ana", csrf_token=token).status == 404


def test_what_changed_is_shown_beside_what_it_was(people: Cast, at: At) -> None:
    presented = prepared(people, Verdict.GENUINE)
    late = look(at(people.sam), presented)
    look(at(people.sam), presented).press("Honour this part", amount="5.00")

    changed = late.press("Honour $15.00")

    assert (changed.status, 'data-result="changed"' in changed.html) == (409, True)
    assert "$15.00" in changed.text
    assert "Done: $10.00 given" in changed.press("Honour $10.00").text


def test_the_loser_of_a_race_reads_when_and_at_which_till(people: Cast, at: At) -> None:
    presented = prepared(people, Verdict.GENUINE)
    with db.transaction() as session:
        session.get_one(EscalationRow, presented.made.id).store_scope = "any"  # type: ignore[union-attr,assignment]
    late = look(at(people.mia), presented)
    look(at(people.sam), presented).press("Honour $15.00")

    lost = late.press("Honour $15.00")

    assert 'data-result="lost_race"' in lost.html
    assert "s ago, Sam's tablet" in lost.text


def test_who_pressed_first_and_came_second_reads_the_same(people: Cast, at: At) -> None:
    """The winner's press was later by its own clock, and got there sooner."""
    presented = prepared(people, Verdict.GENUINE)
    with db.transaction() as session:
        session.get_one(EscalationRow, presented.made.id).store_scope = "any"  # type: ignore[union-attr,assignment]
    late = look(at(people.mia), presented)
    decide(people, people.sam, code=presented.text, now=utc_now() + timedelta(seconds=50))

    lost = late.press("Honour $15.00")

    assert 'data-result="lost_race"' in lost.html
    assert "Already used 1 s ago, Sam's tablet" in lost.text


def test_a_decision_can_be_taken_back_for_so_many_seconds(people: Cast, at: At) -> None:
    done = look(at(people.sam), prepared(people, Verdict.GENUINE)).press("Honour $15.00")

    seconds = int(done.html.partition('data-seconds="')[2].partition('"')[0])

    assert 50 <= seconds <= 60
    assert "Taken back" in done.press("Take it back").text


def test_the_other_store_is_told_with_distance_and_hours(people: Cast, at: At) -> None:
    with db.transaction() as session:
        session.get_one(Store, people.store_40.id).lat += 0.25

    page = look(at(people.sam), prepared(people, Verdict.OTHER_STORE))

    assert "17 mi" in page.text
    assert "open until" in page.text or "closed until" in page.text


@pytest.mark.parametrize(("services", "shown"), [(["Hablamos Español"], True), ([], False)])
def test_a_store_that_speaks_spanish_has_the_sentence_at_hand(
    people: Cast, at: At, services: list[str], shown: bool
) -> None:
    with db.transaction() as session:
        session.get_one(Store, people.store_12.id).services = services

    page = look(at(people.sam), prepared(people, Verdict.UNKNOWN))
    panel = page.html.partition('<div id="answer">')[2].partition("<template")[0]

    assert ('<p lang="es">' in panel) is shown


def test_the_customers_own_language_stands_beside_the_readers(people: Cast, at: At) -> None:
    thread = claimed_thread(people, language="es")
    made = promise(people, thread_id=thread.id)
    with db.transaction() as session:
        session.get_one(EscalationRow, made.id).locale = "es"

    page = at(people.sam).open("/counter").press("Check", code=str(made.code))
    panel = page.html.partition('<div id="answer">')[2].partition("<template")[0]

    assert '<p lang="es">' in panel
    assert '<p lang="fr">' not in panel


def test_hostile_words_in_a_panel_are_only_text(people: Cast, at: At) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    made = promise(people, note_for_store=hostile)

    page = at(people.sam).open("/counter").press("Check", code=str(made.code))

    assert "<img src=x" not in page.html
    assert hostile in words_of(page.html)


def sent(app: Flask, by: Member, path: str, picture: bytes | None, **headers: str) -> TestResponse:
    client = app.test_client()
    client.set_cookie(cookies.SESSION, by.token)
    token = Browser(client).open("/counter").form("Check").values["csrf_token"]
    data: dict[str, object] = {"csrf_token": token}
    if picture is not None:
        data["picture"] = (io.BytesIO(picture), "photo.png")
    return client.post(path, data=data, content_type="multipart/form-data", headers=headers)


def drawn(text: str, scale: int = 6) -> bytes:
    out = io.BytesIO()
    segno.make(text, micro=False).save(out, kind="png", scale=scale, border=4)
    return out.getvalue()


def test_a_photo_is_judged_without_javascript(people: Cast, at: At) -> None:
    made, sam = promise(people), at(people.sam)

    form = sam.open("/counter").form("Read the photo")
    page = sam.upload(form, "picture", drawn(str(made.code)), filename="photo.png")

    assert page.verdict == "genuine"
    assert str(made.code) not in page.html


def test_a_photo_may_be_larger_than_other_forms_but_not_without_end(people: Cast, app: Flask) -> None:
    large = drawn(str(promise(people).code)) + b"\0" * 200_000

    assert sent(app, people.sam, "/counter/photo", large).status_code == 200
    assert sent(app, people.sam, "/counter/frame", large).status_code == 413
    client = app.test_client()
    client.set_cookie(cookies.SESSION, people.sam.token)
    body, kind = b"\0" * 7_000_000, "multipart/form-data; boundary=x"
    assert client.post("/counter/photo", data=body, content_type=kind).status_code == 413


@pytest.mark.parametrize("picture", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_photo_is_said_at_the_field(people: Cast, app: Flask, picture: bytes | None) -> None:
    page = sent(app, people.sam, "/counter/photo", picture)

    assert page.status_code == 422
    assert 'id="picture-problem"' in page.get_data(as_text=True)


def test_a_frame_is_answered_by_its_text_alone(people: Cast, app: Flask) -> None:
    code = codes.draw()

    frame = sent(app, people.sam, "/counter/frame", drawn(code), **{"X-Fragment": "1"})
    empty = sent(app, people.sam, "/counter/frame", drawn("x")[:0] or drawn(" "), **{"X-Fragment": "1"})

    assert (frame.status_code, frame.get_data(as_text=True)) == (200, code)
    assert (empty.status_code, empty.get_data(as_text=True)) == (204, "")


def test_frames_are_for_the_counter_only(people: Cast, app: Flask) -> None:
    client = app.test_client()
    client.set_cookie(cookies.SESSION, people.ana.token)
    refused = client.post("/counter/frame", data={"picture": (io.BytesIO(drawn("x")), "x.png")})
    forged = app.test_client()
    forged.set_cookie(cookies.SESSION, people.sam.token)

    assert refused.status_code == 403
    assert (
        forged.post("/counter/frame", data={"picture": (io.BytesIO(drawn("x")), "x.png")}).status_code == 400
    )
