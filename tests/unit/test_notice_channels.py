"""What goes over the wire to a mail server, Twilio, Slack and Teams, and how their answers are read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from pytest_httpserver import HTTPServer

from bridge.channels import slack, sms, teams
from bridge.channels.answer import Result
from bridge.channels.email import Mail, Mailer, sender_of
from bridge.channels.guard import Limits
from bridge.embedded.ports import free_port
from tests.mailbox import Mailbox, mailbox
from tests.notice_channels import CASE, LIMITS, NOW, WORDED, settings_with
from tests.peers.servers.slack import ANSWERS, Slack
from tests.peers.servers.twilio import Twilio

NOTICE = UUID("0190a000-0000-7000-8000-000000000002")


def mail(**changes: Any) -> Mail:
    values: dict[str, Any] = {
        "notice_id": NOTICE,
        "escalation_id": CASE,
        "to": "sam@northlight.example",
        "subject": "Case 7: Größe ✓",
        "text": WORDED.plain(),
        "locale": "en",
        "at": NOW,
        **changes,
    }
    return Mail(**values)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as running:
        yield running


def to_the_box(box: Mailbox, **changes: Any) -> Mailer:
    return Mailer(settings_with(smtp_host="127.0.0.1", smtp_port=box.port, smtp_starttls=False, **changes))


def test_a_mail_arrives_with_the_headers_that_thread_it_and_stop_robots(box: Mailbox) -> None:
    with to_the_box(box) as mailer:
        answer = mailer.send(mail())

    [arrived] = box.mails
    assert (answer.result, answer.error, answer.status_code) == (Result.SENT, "", 250)
    assert arrived["Message-ID"] == f"<notice-{NOTICE}@bridge.example>"
    assert arrived["References"] == arrived["In-Reply-To"] == f"<case-{CASE}@bridge.example>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Reply-To"] is None
    assert arrived["From"] == "Bridge <bridge@bridge.example>"
    assert arrived["Subject"] == "Case 7: Größe ✓"
    assert arrived["Date"].datetime == NOW
    assert arrived.get_content().splitlines()[:3] == ["A customer was promised something.", "- one", "- two"]


def test_mails_of_one_turn_share_a_connection(box: Mailbox) -> None:
    with to_the_box(box) as mailer:
        for _ in range(3):
            mailer.send(mail())

    assert (len(box.mails), box.connections) == (3, 1)


@pytest.mark.parametrize(
    ("said", "result", "error"),
    [
        ("451 try later", Result.RETRY, "smtp_451"),
        ("421 too busy", Result.RETRY, "smtp_421"),
        ("554 looks like spam", Result.FINAL, "smtp_554"),
    ],
)
def test_a_mail_server_s_4xx_is_tried_again_and_5xx_is_final(
    box: Mailbox, said: str, result: Result, error: str
) -> None:
    box.answers = [said, "250 taken"]

    with to_the_box(box) as mailer:
        first = mailer.send(mail())
        second = mailer.send(mail())

    assert (first.result, first.error, first.excerpt) == (result, error, said[4:])
    assert second.result is Result.SENT


def test_an_unknown_mailbox_is_final_and_the_next_mail_still_goes(box: Mailbox) -> None:
    box.refused = {"gone@northlight.example": "550 no such mailbox"}

    with to_the_box(box) as mailer:
        gone = mailer.send(mail(to="gone@northlight.example"))
        there = mailer.send(mail())

    assert (gone.result, gone.error, gone.excerpt) == (Result.FINAL, "smtp_550", "no such mailbox")
    assert there.result is Result.SENT


def test_a_dead_mail_server_is_tried_again_and_ends_the_turn() -> None:
    with Mailer(settings_with(smtp_host="127.0.0.1", smtp_port=free_port())) as mailer:
        answer = mailer.send(mail())

    assert (answer.result, answer.error, answer.stops_turn) == (Result.RETRY, "connection_refused", True)


def test_a_server_without_starttls_or_sign_in_gets_no_password(box: Mailbox) -> None:
    secret = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_user": "u", "smtp_password": "p"}
    with Mailer(settings_with(**secret)) as mailer:
        encrypted = mailer.send(mail())
    with Mailer(settings_with(**secret, smtp_starttls=False)) as mailer:
        signed_in = mailer.send(mail())

    assert (encrypted.result, encrypted.error) == (Result.RETRY, "server_cannot_do_that")
    assert (signed_in.result, signed_in.error) == (Result.RETRY, "server_cannot_do_that")
    assert box.mails == []


@pytest.mark.parametrize("to", ["sam@northlight.example\r\nBcc: x@y.example", "böb@northlight.example", ""])
def test_an_address_that_could_change_the_mail_is_refused(box: Mailbox, to: str) -> None:
    with to_the_box(box) as mailer:
        answer = mailer.send(mail(to=to))

    assert (answer.result, answer.error) == (Result.FINAL, "bad_address")
    assert box.mails == []


def test_without_a_mail_server_it_is_said_at_once() -> None:
    with Mailer(settings_with()) as mailer:
        answer = mailer.send(mail())

    assert (answer.result, answer.error) == (Result.FINAL, "smtp_not_configured")


def test_the_sender_follows_the_address_that_people_use() -> None:
    assert sender_of(settings_with()) == "Bridge <bridge@bridge.example>"
    assert sender_of(settings_with(smtp_from="Care <care@shop.example>")) == "Care <care@shop.example>"


@pytest.fixture
def room(httpserver: HTTPServer) -> Slack:
    return Slack(httpserver)


def test_slack_gets_text_and_a_block_in_which_nothing_of_ours_is_markup(room: Slack) -> None:
    answer = room.send()

    [body] = room.posted
    assert answer.result is Result.SENT
    assert body["text"] == "Case 7 waits for your OK."
    text = body["blocks"][0]["text"]["text"]
    assert "*Case 7: store 12 &lt;Lakeside&gt; &amp; [co]*" in text
    assert text.endswith(f"<{WORDED.link}|Open>")


@pytest.mark.parametrize(("status", "word", "result"), ANSWERS)
def test_slack_s_answers_are_read_as_its_contract_says(
    room: Slack, status: int, word: str, result: Result
) -> None:
    room.answer = (status, word, {})

    answer = room.send()

    error = "" if status == 200 else f"status_{status}"
    assert (answer.result, answer.error, answer.excerpt) == (result, error, word)


def test_slack_s_429_says_when_to_come_back_and_ends_the_turn(room: Slack) -> None:
    room.answer = (429, "rate_limited", {"Retry-After": "30"})

    answer = room.send()

    assert (answer.result, answer.retry_after_seconds, answer.stops_turn) == (Result.RETRY, 30, True)


def test_teams_gets_an_adaptive_card_of_less_than_28_kb(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/workflows/w", method="POST").respond_with_data("", status=202)

    answer = teams.send(httpserver.url_for("/workflows/w?sig=secret"), WORDED, limits=LIMITS)

    [(request, _)] = httpserver.log
    [attachment] = orjson.loads(request.get_data())["attachments"]
    assert answer.result is Result.SENT
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["version"] == "1.4"
    assert attachment["content"]["actions"][0]["url"] == WORDED.link
    assert "[" not in attachment["content"]["body"][0]["text"]
    assert len(request.get_data()) < 28_000


@pytest.fixture
def twilio(httpserver: HTTPServer) -> Twilio:
    return Twilio(httpserver)


def test_an_sms_is_a_form_with_basic_auth(twilio: Twilio) -> None:
    answer = twilio.send("Case 7: ñ & more")

    assert answer.result is Result.SENT
    assert twilio.made == [{"To": "+15550123", "From": "+15550100", "Body": "Case 7: ñ & more"}]


@pytest.mark.parametrize(
    ("status", "code", "result", "error"),
    [
        (400, 21610, Result.DISABLE, "opted_out"),
        (400, 21211, Result.FINAL, "twilio_21211"),
        (401, 20003, Result.RETRY, "login_refused"),
        (429, 20429, Result.RETRY, "status_429"),
        (503, 20503, Result.RETRY, "status_503"),
    ],
)
def test_twilio_s_answers_are_read_as_its_contract_says(
    twilio: Twilio, status: int, code: int, result: Result, error: str
) -> None:
    twilio.answer = (status, {"code": code, "message": "no", "status": status})

    answer = twilio.send()

    assert (answer.result, answer.error) == (result, error)


def test_an_sms_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(twilio: Twilio) -> None:
    twilio.loses_answers = True
    lost = twilio.send()
    twilio.loses_answers = False

    again = twilio.send(since=NOW)
    blind = twilio.send()

    assert lost.result is Result.RETRY
    assert (again.result, again.excerpt) == (Result.SENT, "found in the list")
    assert (blind.result, len(twilio.made)) == (Result.SENT, 2)


def test_the_same_words_of_another_day_do_not_count_as_sent(twilio: Twilio) -> None:
    twilio.send()

    answer = twilio.send(since=NOW + timedelta(days=1))

    assert (answer.result, len(twilio.made)) == (Result.SENT, 2)


def test_an_sms_is_not_sent_blind_while_the_list_cannot_be_read(
    twilio: Twilio, httpserver: HTTPServer
) -> None:
    httpserver.clear()
    httpserver.expect_request("/2010-04-01/Accounts/AC1/Messages.json", method="GET").respond_with_data(
        "", status=500
    )

    answer = twilio.send(since=NOW)

    assert (answer.result, answer.error, twilio.made) == (Result.RETRY, "cannot_reconcile", [])


def test_without_an_account_it_is_said_at_once() -> None:
    answer = sms.send("+15550123", "x", config=settings_with(), limits=LIMITS)

    assert (answer.result, answer.error) == (Result.FINAL, "sms_not_configured")


def test_a_private_address_is_never_called(httpserver: HTTPServer) -> None:
    answer = slack.send(httpserver.url_for("/x"), WORDED, limits=Limits())

    assert (answer.result, answer.error) == (Result.RETRY, "unsafe_address")
    assert httpserver.log == []
