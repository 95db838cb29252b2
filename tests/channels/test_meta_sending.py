"""What the Graph's answers mean, how near its limits are, and what a look may conclude."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.meta_graph import used
from bridge.channels.registry import channel
from tests.channels.answers import answer
from tests.channels.cases import facebook, instagram
from tests.channels.cases.facebook import COMMENT, PAGE
from tests.channels.cases.meta import AT, TEXT, error, message

TO = {"to": "5100000000000001"}


def ask(
    what: str, said: Message, got: Answered, *, its: Any = facebook, **account: Any
) -> tuple[Told, Request]:
    asked: list[Request] = []

    def call(request: Request) -> Answered:
        asked.append(request)
        return got

    ours = replace(its.ACCOUNT, **account)
    told = getattr(channel(ours.channel), what)(ours, said, call=call)
    return told, asked[0] if asked else Request("NONE", "")


def judged(got: Answered, purpose: Purpose = Purpose.PRIVATE_MESSAGE) -> Told:
    return ask("send", message(purpose, TO if purpose is Purpose.PRIVATE_MESSAGE else COMMENT), got)[0]


@pytest.mark.parametrize(
    ("got", "result", "word"),
    [
        (error(190, 463), Result.SIGNED_OUT, "signed_out"),
        (error(190, status=401), Result.SIGNED_OUT, "signed_out"),
        (error(102), Result.SIGNED_OUT, "signed_out"),
        (answer(401), Result.SIGNED_OUT, "signed_out"),
        (error(10, 2018278), Result.TOO_LATE, "outside_window"),
        (error(10, 2534022), Result.TOO_LATE, "outside_window"),
        (error(10, 1893063), Result.RETRY, "page_restricted"),
        (error(368), Result.RETRY, "page_restricted"),
        (error(10), Result.FINAL, "no_permission"),
        (error(200), Result.FINAL, "no_permission"),
        (error(230), Result.FINAL, "no_permission"),
        (error(551), Result.FINAL, "cannot_be_written_to"),
        (error(200, 2018108), Result.FINAL, "cannot_be_written_to"),
        (error(10900), Result.FINAL, "already_answered"),
        (error(100, 33), Result.FINAL, "gone"),
        (error(100), Result.FINAL, "code_100"),
        (error(1), Result.UNKNOWN, "transient"),
        (error(2, status=500), Result.UNKNOWN, "transient"),
        (error(9999, status=503), Result.UNKNOWN, "transient"),
        (error(506), Result.UNKNOWN, "duplicate"),
        (error(190, status=200), Result.SIGNED_OUT, "signed_out"),
        (error(2, status=200), Result.UNKNOWN, "transient"),
        (answer(302, location="https://elsewhere.example"), Result.RETRY, "redirected"),
        (answer(404, b"<html>"), Result.FINAL, "status_404"),
        (answer(200, {"error": "text"}), Result.UNKNOWN, "bad_answer"),
        (answer(200, {"message_id": 7}), Result.UNKNOWN, "bad_answer"),
        (Answered(200, {}, b'{"message_id": "m_1"', 0.1, is_whole=False), Result.UNKNOWN, "bad_answer"),
    ],
)
def test_each_answer_has_one_meaning(got: Answered, result: Result, word: str) -> None:
    told = judged(got)
    assert (told.result, told.error) == (result, word)
    assert TEXT not in told.excerpt


@pytest.mark.parametrize("code", [4, 17, 32, 613, *range(80001, 80015)])
def test_every_code_for_too_much_pauses_the_account(code: int) -> None:
    told = judged(error(code))
    assert (told.result, told.error) == (Result.RETRY, "too_much")
    assert told.pause_seconds
    assert told.pause_seconds == told.retry_after_seconds


def usage(percent: int, minutes: int = 0) -> str:
    return (
        f'{{"200":[{{"type":"pages","call_count":{percent},"estimated_time_to_regain_access":{minutes}}}]}}'
    )


@pytest.mark.parametrize(
    ("headers", "percent", "seconds"),
    [
        ({}, 0, 0),
        ({"x-app-usage": '{"call_count":28,"total_time":91,"total_cputime":5}'}, 91, 0),
        ({"x-page-usage": '{"call_count":90}'}, 90, 0),
        ({"x-business-use-case-usage": usage(100, 12)}, 100, 720),
        ({"x-business-use-case-usage": usage(20, 12)}, 20, 0),
        ({"x-app-usage": '{"call_count":95}', "x-business-use-case-usage": usage(92, 3)}, 95, 180),
        ({"x-app-usage": "not json", "x-page-usage": "[]", "x-business-use-case-usage": '{"a":[7]}'}, 0, 0),
        ({"x-app-usage": '{"call_count":"95"}'}, 0, 0),
    ],
)
def test_the_fullest_limit_counts(headers: dict[str, str], percent: float, seconds: float) -> None:
    found = used(headers)
    assert (found.percent, found.regain_seconds) == (percent, seconds)


@pytest.mark.parametrize(("percent", "pause"), [(89, None), (90, 300), (100, 300)])
def test_near_the_limit_the_account_rests_though_the_message_went_out(
    percent: int, pause: float | None
) -> None:
    got = answer(200, {"message_id": "m_1"}, x_app_usage=f'{{"call_count":{percent}}}')
    told = judged(got)
    assert (told.result, told.pause_seconds) == (Result.SENT, pause)


@pytest.mark.parametrize("its", [facebook, instagram])
def test_late_goes_out_only_as_a_human_agent_with_a_name(its: Any) -> None:
    late = message(Purpose.PRIVATE_MESSAGE, TO, is_late=True)
    told, request = ask("send", late, answer(200, {"message_id": "m_1"}), its=its)
    assert (told.result, told.error, request.method) == (Result.FINAL, "needs_a_person", "NONE")
    told, request = ask("send", replace(late, released_by="Ana"), answer(200, {"message_id": "m_1"}), its=its)
    assert told.result is Result.SENT
    assert isinstance(request.json, dict)
    assert (request.json["messaging_type"], request.json["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    _, request = ask(
        "send", replace(late, is_late=False, released_by="Ana"), answer(200, {"message_id": "m_1"}), its=its
    )
    assert isinstance(request.json, dict)
    assert request.json["messaging_type"] == "RESPONSE"
    assert "tag" not in request.json


def test_a_private_answer_needs_a_post_of_our_own_place() -> None:
    for reference in ({}, {"id": "300_400"}, COMMENT | {"foreign": True}, {"id": 7, "kind": "comment"}):
        told, request = ask("send", message(Purpose.PRIVATE_REPLY, reference), answer(200, {}))
        assert (told.result, told.error, request.method) == (Result.FINAL, "no_recipient", "NONE")
    _, request = ask(
        "send",
        message(Purpose.PRIVATE_REPLY, {"id": f"{PAGE}_300", "kind": "post"}),
        answer(200, {"message_id": "m_1"}),
    )
    assert isinstance(request.json, dict)
    assert request.json["recipient"] == {"post_id": f"{PAGE}_300"}


@pytest.mark.parametrize("odd", ["../me", "300_400?x=1", "", "me/accounts/x", "300 400", "٣٠٠"])
def test_an_id_that_is_none_is_never_asked_for(odd: str) -> None:
    told, request = ask("send", message(Purpose.PUBLIC_REPLY, {"id": odd, "kind": "comment"}), answer(200))
    assert (told.result, told.error, request.method) == (Result.FINAL, "bad_reference", "NONE")


def test_our_comment_is_named_and_placed_as_its_echo_will_be() -> None:
    told, _ = ask("send", message(Purpose.PUBLIC_REPLY, COMMENT), answer(200, {"id": "300_401"}))
    assert told.external_id == "401"
    assert told.permalink == f"https://www.facebook.com/{PAGE}/posts/300?comment_id=400&reply_comment_id=401"


def test_an_instagram_account_is_called_where_it_signed_in() -> None:
    said = message(Purpose.PRIVATE_MESSAGE, TO)
    got = answer(200, {"message_id": "aWdf"})
    _, request = ask("send", said, got, its=instagram)
    assert request.url == f"https://graph.instagram.com/v25.0/{instagram.OURS}/messages"
    _, request = ask("send", said, got, its=instagram, settings={"page_id": PAGE, "graph_version": "v26.0"})
    assert request.url == f"https://graph.facebook.com/v26.0/{PAGE}/messages"
    _, request = ask("send", said, got, its=instagram, settings={"graph_version": "../evil"}, external_id="")
    assert request.url == "https://graph.instagram.com/v25.0/me/messages"


def test_an_instagram_answer_goes_to_the_comment_at_the_top() -> None:
    _, request = ask(
        "send", message(Purpose.PUBLIC_REPLY, instagram.COMMENT), answer(200, {"id": "1"}), its=instagram
    )
    assert urlsplit(request.url).path == "/v25.0/17900000000000000/replies"


# Looking for an earlier try.


def said_row(**changes: object) -> dict[str, object]:
    row = {"id": "m_9", "message": TEXT, "from": {"id": PAGE}, "created_time": "2026-11-22T05:20:01+0000"}
    return row | changes


def page_of(*rows: object, more: bool = False) -> dict[str, object]:
    return {"data": list(rows)} | ({"paging": {"next": "https://graph.facebook.com/x"}} if more else {})


OLD = (AT - timedelta(hours=2)).isoformat()


@pytest.mark.parametrize(
    ("rows", "result"),
    [
        (page_of(), Result.NOT_THERE),
        (page_of(said_row()), Result.SENT),
        (page_of(said_row(message=f" {TEXT}\n")), Result.SENT),
        (page_of(said_row(message="Other words")), Result.NOT_THERE),
        (page_of(said_row(**{"from": {"id": "5100000000000001"}})), Result.NOT_THERE),
        (page_of(said_row(created_time=OLD)), Result.NOT_THERE),
        (page_of(said_row(message="Newer"), more=True), Result.UNKNOWN),
        (page_of(said_row(message="Newer"), said_row(created_time=OLD), more=True), Result.NOT_THERE),
        ({"data": 7}, Result.UNKNOWN),
        ({}, Result.UNKNOWN),
    ],
)
def test_our_words_in_the_conversation_or_not(rows: dict[str, object], result: Result) -> None:
    got = answer(200, {"data": [{"id": "t_1", "messages": rows}]})
    told, request = ask("find", message(Purpose.PRIVATE_MESSAGE, TO), got)
    assert told.result is result
    asked = parse_qs(urlsplit(request.url).query)
    assert (asked["platform"], asked["user_id"]) == (["messenger"], [TO["to"]])


def test_no_conversation_is_no_message_and_an_error_is_neither() -> None:
    private = message(Purpose.PRIVATE_MESSAGE, TO)
    assert ask("find", private, answer(200, {"data": []}))[0].result is Result.NOT_THERE
    for got in (error(2), error(200), answer(200, {"data": [], "error": {"code": 2}}), answer(500)):
        assert ask("find", private, got)[0].result not in {Result.NOT_THERE, Result.SENT}
    nobody = message(Purpose.PRIVATE_MESSAGE, {})
    told, request = ask("find", nobody, answer(200, {"data": []}))
    assert (told.result, request.method) == (Result.UNKNOWN, "NONE"), "without a name it would list everybody"


@pytest.mark.parametrize(
    ("post", "result"),
    [
        ({"can_reply_privately": True}, Result.NOT_THERE),
        ({"can_reply_privately": False}, Result.UNKNOWN),
        ({}, Result.UNKNOWN),
        (
            {"can_reply_privately": False, "private_reply_conversation": {"messages": page_of(said_row())}},
            Result.SENT,
        ),
        (
            {"can_reply_privately": True, "private_reply_conversation": {"messages": page_of()}},
            Result.UNKNOWN,
        ),
        (
            {"private_reply_conversation": {"messages": page_of(said_row(message="By somebody else"))}},
            Result.UNKNOWN,
        ),
    ],
)
def test_a_second_private_answer_is_only_possible_where_facebook_says_that_there_is_none(
    post: dict[str, object], result: Result
) -> None:
    told, _ = ask("find", message(Purpose.PRIVATE_REPLY, COMMENT), answer(200, {"id": "300_400", **post}))
    assert told.result is result


def test_on_instagram_a_private_answer_that_is_not_seen_waits_for_a_person() -> None:
    said = message(Purpose.PRIVATE_REPLY, instagram.COMMENT, to_external_id=instagram.SHOPPER)
    told, _ = ask("find", said, answer(200, {"data": []}), its=instagram)
    assert told.result is Result.UNKNOWN
    row = said_row(**{"from": {"id": instagram.OURS}})
    got = answer(200, {"data": [{"id": "t", "messages": page_of(row)}]})
    assert ask("find", said, got, its=instagram)[0].result is Result.SENT


@pytest.mark.parametrize("its", [facebook, instagram])
def test_our_comment_under_the_post_or_not(its: Any) -> None:
    words = "message" if its is facebook else "text"
    said = message(Purpose.PUBLIC_REPLY, its.COMMENT)
    row = {"id": "300_401", words: TEXT, "from": {"id": its.ACCOUNT.external_id}, "timestamp": AT.isoformat()}
    told, request = ask("find", said, answer(200, page_of(row)), its=its)
    assert told.result is Result.SENT
    assert told.external_id == ("401" if its is facebook else "300_401")
    assert request.method == "GET"
    assert ask("find", said, answer(200, page_of()), its=its)[0].result is Result.NOT_THERE
    assert ask("find", said, error(1), its=its)[0].result is Result.UNKNOWN
