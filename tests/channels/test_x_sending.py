"""What is sent to X: who may be answered, what its errors mean, and how an earlier try is found."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.channels.calling import Answered
from bridge.channels.going_out import Purpose, Result
from bridge.channels.x import looking, sending
from tests.channels.answers import answer
from tests.channels.cases.x import (
    ACCOUNT,
    CUSTOMER,
    POST,
    US,
    message,
    side,
)
from tests.channels.x_network import Network, X, page


@pytest.mark.parametrize("purpose", [Purpose.PUBLIC_REPLY, Purpose.PRIVATE_MESSAGE])
def test_who_did_not_summon_us_is_answered_by_a_person(purpose: Purpose) -> None:
    network = Network()
    told = X.send(ACCOUNT, message(purpose, reference={"id": POST, "is_summons": False}), call=network)
    assert (told.result, told.error) == (Result.HAND_OFF, "not_summoned")
    assert not network.asked, "it is not even tried"
    enterprise = replace(ACCOUNT, settings={"access": "enterprise"})
    told = X.send(enterprise, message(purpose, reference={"id": POST, "is_summons": False}), call=network)
    assert told.result is Result.SENT


def test_the_hand_off_has_the_text_in_it_and_a_private_one_has_not() -> None:
    text = "Sorry & thanks! 100% #care +1 ñ\n👋"
    told = X.send(ACCOUNT, message(text=text, reference={}), call=Network())
    parts = urlsplit(told.hand_off_url)
    assert (parts.netloc, parts.path) == ("x.com", "/intent/tweet")
    assert parse_qs(parts.query) == {"in_reply_to": [POST], "text": [text]}
    assert " " not in told.hand_off_url
    private = X.send(
        ACCOUNT,
        message(Purpose.PRIVATE_MESSAGE, text="Show K7QF", reference={"is_summons": False}),
        call=side,
    )
    assert private.hand_off_url == f"https://x.com/messages/compose?recipient_id={CUSTOMER}"
    long = X.send(ACCOUNT, message(text="👨‍👩‍👧‍👦" * 140, reference={}), call=side)
    assert long.hand_off_url == f"https://x.com/intent/tweet?in_reply_to={POST}"


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        (
            answer(403, {"title": "Forbidden", "detail": "You are not permitted to reply to this Post."}),
            "reply_refused",
        ),
        (
            answer(403, {"detail": "You are not allowed to create a Tweet with duplicate content."}),
            "duplicate",
        ),
        (
            answer(403, {"errors": [{"type": "https://api.twitter.com/2/problems/client-forbidden"}]}),
            "reply_refused",
        ),
    ],
)
def test_a_refused_reply_is_handed_to_a_person(answered: Answered, error: str) -> None:
    told = X.send(ACCOUNT, message(), call=Network().on("/2/tweets", answered))
    assert (told.result, told.error) == (Result.HAND_OFF, error)
    assert told.hand_off_url.startswith("https://x.com/intent/tweet?in_reply_to=")


def test_a_refused_private_message_fails_and_says_so() -> None:
    told = X.send(
        ACCOUNT,
        message(Purpose.PRIVATE_MESSAGE),
        call=Network().on("/messages", answer(403, {"title": "Forbidden"})),
    )
    assert (told.result, told.error) == (Result.FINAL, "private_refused")


PROBLEM = "https://api.x.com/2/problems/"


@pytest.mark.parametrize(
    ("answered", "result", "error"),
    [
        (answer(200, {"errors": [{"type": f"{PROBLEM}resource-not-found"}]}), Result.FINAL, "status_404"),
        (
            answer(404, {"type": "https://api.twitter.com/2/problems/resource-not-found"}),
            Result.FINAL,
            "status_404",
        ),
        (answer(200, {"errors": [{"type": f"{PROBLEM}rate-limit-exceeded"}]}), Result.RETRY, "too_much"),
        (answer(429, {"type": f"{PROBLEM}usage-capped"}), Result.RETRY, "usage-capped"),
        (
            answer(
                400,
                {
                    "type": f"{PROBLEM}invalid-request",
                    "errors": [{"detail": "text field exceeds maximum length of 280 characters"}],
                },
            ),
            Result.FINAL,
            "too_long",
        ),
        (answer(200, {"errors": [{"message": "odd"}]}), Result.UNKNOWN, "bad_answer"),
        (answer(302, location="https://elsewhere.example"), Result.RETRY, "status_302"),
    ],
)
def test_errors_are_told_apart_by_the_last_step_of_their_type(
    answered: Answered, result: Result, error: str
) -> None:
    told = X.send(ACCOUNT, message(), call=Network().on("/2/tweets", answered))
    assert (told.result, told.error) == (result, error)


def test_a_customer_whom_an_agent_pasted_is_asked_for_by_name() -> None:
    network = Network().on("/by/username/upset_shopper", answer(200, {"data": {"id": CUSTOMER}}))
    summoned = {"is_summons": True}
    told = X.send(
        ACCOUNT, message(Purpose.PRIVATE_MESSAGE, to_external_id="", reference=summoned), call=network
    )
    assert told.result is Result.SENT
    assert network.paths()[-1].endswith(f"/with/{CUSTOMER}/messages")
    odd = message(Purpose.PRIVATE_MESSAGE, to_external_id="", to_handle="../../me", reference=summoned)
    assert X.send(ACCOUNT, odd, call=network).result is Result.HAND_OFF


def reply_of_ours(text: str, to: str = POST, **more: object) -> dict[str, object]:
    return {
        "id": "40",
        "text": text,
        "created_at": "2026-11-22T05:11:00.000Z",
        "referenced_tweets": [{"type": "replied_to", "id": to}],
        **more,
    }


def test_an_earlier_try_is_found_by_what_it_answers_and_by_its_words() -> None:
    sent = message(text="Sorry & see https://shop.example/help please.")
    ours = reply_of_ours("@upset_shopper Sorry &amp; see https://t.co/xyz please.")
    told = looking.find(ACCOUNT, sent, call=Network().on("/tweets", page(ours)))
    assert (told.result, told.external_id) == (Result.SENT, "40")
    for other in (
        reply_of_ours("Something else"),
        reply_of_ours("Sorry & see https://t.co/xyz please.", to="99"),
    ):
        told = looking.find(ACCOUNT, sent, call=Network().on("/tweets", page(other)))
        assert told.result is Result.NOT_THERE


def test_a_look_reads_on_until_before_the_first_try() -> None:
    old = reply_of_ours("x", created_at="2026-11-22T04:00:00.000Z")
    network = Network().on(
        "/tweets", page(reply_of_ours("x"), next_token="more"), page(old, next_token="still more")
    )
    assert looking.find(ACCOUNT, message(), call=network).result is Result.NOT_THERE
    assert network.query("/tweets")["pagination_token"] == "more"
    endless = Network().on("/tweets", page(reply_of_ours("x"), next_token="more"))
    assert looking.find(ACCOUNT, message(), call=endless).result is Result.UNKNOWN


def test_the_same_private_words_of_last_month_are_another_message() -> None:
    said = {
        "id": "50",
        "text": "We have sent you a message.",
        "sender_id": US,
        "created_at": "2026-10-22T05:11:00.000Z",
    }
    private = message(Purpose.PRIVATE_MESSAGE)
    assert (
        looking.find(ACCOUNT, private, call=Network().on("/dm_events", page(said))).result is Result.NOT_THERE
    )
    said["created_at"] = "2026-11-22T05:10:30.000Z"
    told = looking.find(ACCOUNT, private, call=Network().on("/dm_events", page(said)))
    assert (told.result, told.external_id) == (Result.SENT, "dm-50")


def test_sending_needs_no_other_name_of_the_post() -> None:
    network = Network()
    told = X.send(ACCOUNT, message(reply_to="text-of-a-pasted-post", reference={}), call=network)
    assert (told.result, told.error) == (Result.HAND_OFF, "post_not_known")
    assert not network.asked
    assert sending.answered_post(message(reference={"id": "13"})) == "13"
