"""What staff are told on the pages, where they are reached, and the demo's mails."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from bridge.clock import utc_now
from bridge.demo import mails
from bridge.embedded.mail_catcher import MAILS_MAX, Catcher
from bridge.notices import Channel, Template
from bridge.settings import settings
from tests.cast import Cast, Member, promise
from tests.pages.browser import Browser
from tests.telling import sweep, tell

As = Callable[[Member], Browser]


@pytest.fixture
def mail_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The demo's folder of mails; made before the app, which reads the settings."""
    monkeypatch.setenv("BRIDGE_DEMO_MAIL_FOLDER", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


def test_the_menu_counts_what_is_unseen_and_seen_things_move_down(people: Cast, as_: As) -> None:
    made, now = promise(people), utc_now()
    for template in (Template.CASE_WAITING, Template.QUESTION_ANSWERED):
        tell(people, people.sam, Channel.INBOX, escalation_id=made.id, template=template, next_at=now)
    sam = as_(people.sam)

    before = sam.open("/notices")
    once = before.press("Mark as seen")
    after = once.press("Mark as seen")

    assert "Notices (2)" in before.text
    assert f"Case {made.number}: store 12 Lakeside, please say OK" in before.text
    assert "Notices (1)" in once.text
    assert "Notices (" not in after.text
    assert "Nothing new. What needs you appears here." in after.text
    assert f"Case {made.number}: your question is answered" in after.text


def test_everybody_reads_their_own_in_their_own_language(people: Cast, as_: As) -> None:
    made = promise(people)
    tell(people, people.sam, Channel.INBOX, escalation_id=made.id, next_at=utc_now())
    sam = as_(people.sam)

    french = sam.open("/notices").press("Français")
    mia = as_(people.mia).open("/notices")

    assert f"Dossier {made.number} : magasin 12 Lakeside, merci de confirmer" in french.text
    assert "Case" not in mia.text


@pytest.mark.parametrize("name", ["ana", "kim", "ivy", "sam", "lee", "hana", "ada"])
def test_every_role_that_is_told_things_has_the_page(people: Cast, as_: As, name: str) -> None:
    page = as_(people.members[name]).open("/notices")

    assert page.status == 200
    assert "Nothing new" in page.text


def test_ada_adds_an_address_tests_it_and_sees_why_it_is_silent(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    form = ada.open("/contact-points")

    added = form.press("Add", owner="12", channel="email", address="store12@northlight.example")
    tested = added.press("Send a test")
    sweep(utc_now())
    silent = ada.open("/contact-points")
    off = silent.press("Switch off")

    assert "s…@northlight.example" in added.text
    assert "12 Lakeside" in added.text
    assert "The test goes out within seconds." in tested.text
    assert "What does not arrive, and why" in silent.text
    assert "No mail server is set up: BRIDGE_SMTP_HOST is empty." in silent.text
    assert "Somebody switched it off." in off.text
    assert "store12@" not in added.html + tested.html + silent.html + off.html


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"owner": "nobody@northlight.example"}, "Nobody has this e-mail address"),
        ({"owner": ""}, "Whose: Fill this in."),
        ({"address": "555"}, "This cannot be an address of that kind."),
        ({"channel": "slack", "address": "https://127.0.0.1/x#"}, "This cannot be an address of that kind."),
    ],
)
def test_a_form_that_cannot_be_taken_says_why(
    people: Cast, as_: As, changes: dict[str, str], says: str
) -> None:
    wanted = {"owner": "12", "channel": "sms", "address": "+15550100123", **changes}

    page = as_(people.ada).open("/contact-points").press("Add", **wanted)

    assert page.status == 422
    assert says in page.text
    assert "+15550100123" not in page.html.replace("name@example.com, +15550100123, or", "")


def test_the_address_is_not_typed_again_into_the_page_after_a_mistake(people: Cast, as_: As) -> None:
    secret = "https://hooks.slack.com/services/very-secret"

    page = as_(people.ada).open("/contact-points").press("Add", owner="", channel="slack", address=secret)

    assert page.status == 422
    assert "very-secret" not in page.html


def test_the_demo_s_mails_are_shown_as_text(mail_folder: Path, app: Flask, people: Cast, as_: As) -> None:
    name = "01772000000000000000-0123abcd"
    (mail_folder / f"{name}.eml").write_bytes(
        b"To: sam@northlight.example\r\nSubject: <b>Case 7</b>\r\n\r\n<script>alert(1)</script>\r\n"
    )
    sam = as_(people.sam)

    listed = sam.open("/demo/mail")
    shown = sam.open(f"/demo/mail/{name}")

    assert "<b>Case 7</b>" in listed.text
    assert "<script>alert(1)</script>" in shown.text
    assert "<script>alert" not in shown.html
    assert "<b>Case" not in listed.html + shown.html
    for other in ("..%2f..%2fetc%2fpasswd", "01772000000000000000-ffffffff", "x"):
        assert sam.open(f"/demo/mail/{other}").status == 404


def test_without_a_catcher_there_are_no_mails_to_see(people: Cast, as_: As) -> None:
    sam = as_(people.sam)

    assert sam.open("/demo/mail").status == 404
    assert "Caught mails" not in sam.open("/notices").text


def test_in_production_there_are_no_demo_mails(
    mail_folder: Path, app: Flask, people: Cast, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = settings().model_copy(update={"environment": "production"})
    monkeypatch.setattr("web.demo.settings", lambda: production)

    assert as_(people.sam).open("/demo/mail").status == 404


class _Envelope:
    content = b"Subject: x\r\n\r\nx\r\n"


def test_the_catcher_keeps_the_newest_mails_for_their_owner_alone(tmp_path: Path) -> None:
    catcher = Catcher(tmp_path / "mail")

    async def catch() -> list[str]:
        return [await catcher.handle_DATA(None, None, _Envelope()) for _ in range(MAILS_MAX + 5)]

    with ThreadPoolExecutor(1) as apart:  # a browser test before this one may have left a loop running here
        answers = apart.submit(lambda: asyncio.run(catch())).result()

    kept = list((tmp_path / "mail").iterdir())
    assert set(answers) == {"250 caught"}
    assert len(kept) == MAILS_MAX
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
    assert len(mails.newest(tmp_path / "mail")) == mails.LISTED_MAX
