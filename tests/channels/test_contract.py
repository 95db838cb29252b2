"""What every channel has to do, whoever wrote it. A channel without a case fails here.

The cases stand in `tests/channels/cases/`, one file for each folder of `bridge/channels/`.
"""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import orjson
import pytest

from bridge.channels.abilities import Capabilities, Idempotency, Kind
from bridge.channels.accounts import Account
from bridge.channels.addresses import recognise
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Held, Incoming, NotAuthentic, NotReadable, sound
from bridge.channels.going_out import Message, Purpose, Result
from bridge.channels.protocol import Channel
from bridge.channels.registry import channel, channels
from bridge.channels.webhook import Failed
from bridge.lengths import rules_for
from bridge.names import plain_network
from bridge.searches import Search
from tests.channels.answers import answer
from tests.channels.case import Case
from tests.channels.spoiling import is_known, spoilt

REAL = tuple(channels())
ALL = (*REAL, "toy")
SEARCHES = (Search(name="Broken shoes", any_words=("heels",)),)
ADDRESSES: tuple[tuple[str, list[str], dict[str, str]], ...] = (
    ("", [], {}),
    ("x.com", ["ana", "status", "1"], {}),
    ("somewhere.example", ["p", "1"], {"id": "1"}),
    ("somewhere.example", ["@ana", "115000000000000001"], {}),
)
GARBAGE = (b"", b"null", b"[]", b"{}", b'"text"', b"{", b"\xff\xfe", b"[[[[{}]]]]", b'{"data": 7}', b"0")


@pytest.fixture(autouse=True)
def _with_toy(toy: None) -> None: ...


def case_of(name: str) -> tuple[Channel, Case]:
    """The channel and its case."""
    return channel(name), import_module(f"tests.channels.cases.{name}").CASE


@pytest.mark.parametrize("name", ALL)
def test_its_record_says_what_it_can_do_without_contradiction(name: str) -> None:
    can: Capabilities = case_of(name)[0].capabilities
    assert plain_network(name) == name
    assert plain_network(can.network) == can.network
    assert (
        can.receives_webhooks
        or can.polls_every_seconds
        or not (can.can_receive_public or can.can_receive_private)
    )
    assert can.polls_every_seconds == 0 or can.polls_every_seconds >= 10
    assert can.can_write_note == (can.kind is Kind.CARE_TOOL)
    assert can.human_window_hours is None or can.private_window_hours is not None
    assert len({field.name for field in can.fields}) == len(can.fields)
    assert all(field.label for field in can.fields)
    assert rules_for(can.lengths, private=False)[0].channel == can.lengths, (
        "its texts are counted by a rule of its own"
    )


@pytest.mark.parametrize("name", ALL)
def test_a_signed_delivery_is_taken_and_read(name: str) -> None:
    its, case = case_of(name)
    assert case.deliveries or not its.capabilities.receives_webhooks
    for one in case.deliveries:
        assert its.verify(case.account, one.incoming, now=one.at)
        assert tuple(event.kind for event in its.read(case.account, one.incoming.body)) == one.kinds


@pytest.mark.parametrize("name", ALL)
def test_a_repeat_is_known_by_its_name_and_another_delivery_has_another(name: str) -> None:
    its, case = case_of(name)
    names = [its.verify(case.account, one.incoming, now=one.at) for one in case.deliveries]
    assert names == [its.verify(case.account, one.incoming, now=one.at) for one in case.deliveries]
    assert len(set(names)) == len({one.incoming.body for one in case.deliveries})


@pytest.mark.parametrize("name", ALL)
def test_one_changed_byte_another_secret_or_a_missing_header_is_refused(name: str) -> None:
    its, case = case_of(name)
    for one in case.deliveries:
        changed = [
            _refused(its, case.account, replace(one.incoming, body=body), one.at)
            for body in _changed(one.incoming.body)
        ]
        assert all(changed) == case.covers_body
        for header in case.signature_headers:
            without = {key: value for key, value in one.incoming.headers.items() if key != header}
            assert _refused(its, case.account, replace(one.incoming, headers=without), one.at), header
            for odd in ("", "sha256=", "é", "v1," + "A" * 300, "0" * 64):
                spoilt = {**one.incoming.headers, header: odd}
                assert _refused(its, case.account, replace(one.incoming, headers=spoilt), one.at), (
                    header,
                    odd,
                )
        if case.secret_name:
            other = replace(
                case.account, secrets={**case.account.secrets, case.secret_name: ("another secret",)}
            )
            assert _refused(its, other, one.incoming, one.at)
            nothing = replace(case.account, secrets={**case.account.secrets, case.secret_name: ()})
            assert _refused(its, nothing, one.incoming, one.at), (
                "an account without a secret takes nothing in"
            )


@pytest.mark.parametrize("name", ALL)
def test_an_old_delivery_is_refused_where_the_signature_has_a_time(name: str) -> None:
    its, case = case_of(name)
    for one in case.deliveries:
        late = one.at + timedelta(minutes=10)
        assert _refused(its, case.account, one.incoming, late) == case.is_timed


@pytest.mark.parametrize("name", ALL)
def test_while_a_secret_is_replaced_both_are_taken(name: str) -> None:
    its, case = case_of(name)
    if not case.secret_name:
        return
    both = (f"new {case.secret_name}", *case.account.secrets[case.secret_name])
    account = replace(case.account, secrets={**case.account.secrets, case.secret_name: both})
    for one in case.deliveries:
        assert its.verify(account, one.incoming, now=one.at)


@pytest.mark.parametrize("name", ALL)
def test_whatever_comes_in_is_read_or_refused_and_never_breaks(name: str) -> None:
    its, case = case_of(name)
    bodies = [one.incoming.body for one in case.deliveries]
    for body in (
        *GARBAGE,
        *case.wrong_bodies,
        *(_cut(body) for body in bodies),
        *(_emptied(body) for body in bodies),
    ):
        _read_or_refused(its, case, body)


@pytest.mark.parametrize("name", ALL)
def test_a_wrong_type_anywhere_in_a_delivery_is_unreadable_or_does_not_matter(name: str) -> None:
    its, case = case_of(name)
    for one in case.deliveries:
        for told in spoilt(orjson.loads(one.incoming.body)):
            _read_or_refused(its, case, orjson.dumps(told))


@pytest.mark.parametrize("name", ALL)
def test_a_wrong_type_anywhere_in_a_poll_s_answer_is_a_known_failure_or_does_not_matter(name: str) -> None:
    its, case = case_of(name)
    if not its.capabilities.polls_every_seconds:
        return
    assert case.news is not None, "a channel that polls shows in its case what a poll brings"
    asked: list[Request] = []

    def news(request: Request) -> Answered:
        asked.append(request)
        return case.news(request)

    # The second time, for there are things that a first poll only takes note of.
    first = its.poll(case.account, {}, call=case.side, searches=SEARCHES)
    polled = its.poll(case.account, first.cursor, call=news, searches=SEARCHES)
    assert not polled.error
    assert polled.items
    for item in polled.items:
        assert [event.kind for event in sound(its.read(case.account, item.body))] != [EventKind.OTHER]
    for request in asked:
        for told in spoilt(case.news(request).json()):
            answers = {request.url: answer(200, told)}
            again = its.poll(
                case.account,
                first.cursor,
                call=lambda other, answers=answers: answers.get(other.url) or case.news(other),
                searches=SEARCHES,
            )
            assert not again.error or is_known(again.error), (again.error, request.url, told)
            assert again.cursor == first.cursor or not again.error
            for item in again.items:
                assert isinstance(item.delivery_id, str)
                _read_or_refused(its, case, item.body)


@pytest.mark.parametrize("name", ALL)
def test_a_wrong_type_anywhere_in_any_other_answer_breaks_nothing(name: str) -> None:
    its, case = case_of(name)
    for message in case.messages:
        for asks in (its.send, its.find):
            calls: list[Request] = []
            asks(case.account, message, call=_recording(case, calls))
            for asked in {request.url: request for request in calls}.values():
                for told in spoilt(case.side(asked).json()):
                    answers = {asked.url: answer(200, told)}
                    asks(
                        case.account,
                        message,
                        call=lambda request, answers=answers: answers.get(request.url) or case.side(request),
                    )


@pytest.mark.parametrize("name", ALL)
def test_a_pasted_address_has_the_ids_of_the_delivered_post(name: str) -> None:
    its, case = case_of(name)
    for url, post_id in case.addresses:
        found = recognise(url)
        assert (found.network, found.post_id) == (its.capabilities.network, post_id)
        assert recognise(found.url) == found
    read_here = [its.read_address(host, path, asked) for host, path, asked in ADDRESSES]
    assert not any(read_here), "it takes other networks' addresses for its own"


@pytest.mark.parametrize("name", ALL)
def test_a_message_is_sent_with_the_other_side_s_name_for_it(name: str) -> None:
    its, case = case_of(name)
    can = its.capabilities
    carried = {one.purpose for one in case.messages}
    assert (Purpose.PUBLIC_REPLY in carried) >= (can.can_reply_public and not can.reply_requires_summon)
    assert (Purpose.PRIVATE_MESSAGE in carried) >= can.can_send_private
    assert (Purpose.NOTE in carried) == can.can_write_note
    for message in case.messages:
        calls: list[Request] = []
        told = its.send(case.account, message, call=_recording(case, calls))
        assert told.result is Result.SENT, told
        assert told.external_id
        assert sum(case.has_effect(request) for request in calls) == 1, "one message is one post"
        _keeps_secrets(case.account, calls)


@pytest.mark.parametrize("name", ALL)
def test_a_try_without_a_clear_end_is_unknown_and_one_that_did_not_begin_is_not(name: str) -> None:
    its, case = case_of(name)
    unclear: list[Answered | Failed] = [
        Failed("timeout", 1.0),
        Failed("connection_lost", 1.0),
        answer(500),
        answer(502, b"<html>Bad gateway</html>"),
        answer(200, b"{not json"),
        answer(200, {}),
        answer(200, [1, 2]),
        Answered(200, {}, b'{"id": "1', 0.1, is_whole=False),
    ]
    for message in case.messages:
        for fault in unclear:
            assert _with(its, case, message, fault) is Result.UNKNOWN, (message.purpose, fault)
        for failed in (
            Failed("connection_refused", 0.1),
            Failed("name_not_resolved", 0.1),
            Failed("tls_failed", 0.1),
        ):
            assert _with(its, case, message, failed) is Result.RETRY, failed
        assert _with(its, case, message, answer(302, location="https://elsewhere.example")) in {
            Result.RETRY,
            Result.FINAL,
        }


@pytest.mark.parametrize("name", ALL)
def test_a_dead_token_too_many_requests_and_a_refusal_are_told_apart(name: str) -> None:
    its, case = case_of(name)
    for message in case.messages:
        if case.signed_out is not None:
            assert _with(its, case, message, case.signed_out) is Result.SIGNED_OUT
        if case.too_much is not None:
            fault, seconds = case.too_much
            told = its.send(case.account, message, call=_recording(case, [], fault))
            assert told.result is Result.RETRY
            assert told.retry_after_seconds == pytest.approx(seconds, abs=2)
        if case.final is not None:
            assert _with(its, case, message, case.final) is Result.FINAL


@pytest.mark.parametrize("name", ALL)
def test_looking_for_an_earlier_try_never_makes_another(name: str) -> None:
    its, case = case_of(name)
    for message in case.messages:
        calls: list[Request] = []
        told = its.find(case.account, message, call=_recording(case, calls))
        assert told.result in {Result.SENT, Result.NOT_THERE, Result.UNKNOWN}
        if its.capabilities.can_read_back:
            assert told.result is not Result.UNKNOWN
        assert not any(case.has_effect(request) for request in calls)
        for fault in (Failed("timeout", 1.0), answer(500), answer(200, b"{not json"), answer(200, [])):
            lost = its.find(case.account, message, call=lambda _request, fault=fault: fault)
            assert lost.result is not Result.NOT_THERE, "an unclear look would allow a second post"
            assert lost.result is not Result.SENT


@pytest.mark.parametrize("name", ALL)
def test_a_failing_poll_keeps_its_cursor_and_names_the_failure(name: str) -> None:
    its, case = case_of(name)
    if not its.capabilities.polls_every_seconds:
        return
    cursor = {"kept": "as it is"}
    for fault in (Failed("timeout", 1.0), answer(500), answer(200, b"{not json"), answer(429), answer(302)):
        polled = its.poll(case.account, cursor, call=lambda _request, fault=fault: fault)
        assert polled.error, fault
        assert not polled.items


@pytest.mark.parametrize("name", ALL)
def test_an_answer_that_failed_blanks_no_text(name: str) -> None:
    its, case = case_of(name)
    if not its.capabilities.rereads_posts:
        return
    held = [Held(message.reply_to, message.reference) for message in case.messages]
    for fault in (
        Failed("timeout", 1.0),
        answer(400),
        answer(401),
        answer(403),
        answer(429),
        answer(500),
        answer(200, b"{not json"),
        answer(200, []),
        answer(200, {}),
        answer(302),
    ):
        assert not its.reread(case.account, held, call=lambda _request, fault=fault: fault), fault


def test_every_channel_has_a_case_and_every_case_a_channel() -> None:
    for name in ALL:
        its, case = case_of(name)
        assert case.account.channel == name
        assert its.capabilities.idempotency in set(Idempotency)


def _read_or_refused(its: Channel, case: Case, body: bytes) -> None:
    """What was read is sound; what was refused was so in a word that the docs explain."""
    reason = ""
    try:
        sound(its.read(case.account, body))
    except NotReadable as refused:
        reason = refused.reason
    assert not reason or is_known(reason), (reason, body)


def _refused(its: Channel, account: Account, incoming: Incoming, now: object) -> bool:
    try:
        its.verify(account, incoming, now=now)  # type: ignore[arg-type]
    except NotAuthentic as error:
        return bool(error.reason)
    return False


def _changed(body: bytes) -> list[bytes]:
    middle = len(body) // 2
    return [
        body + b" ",
        body[:-1],
        bytes((body[0] ^ 1,)) + body[1:],
        body[:middle] + bytes((body[middle] ^ 32,)) + body[middle + 1 :],
    ]


def _cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _emptied(body: bytes) -> bytes:
    """The same names with nothing behind them."""
    return body.replace(b'":"', b'":null,"x":"').replace(b'": "', b'": null, "x": "')


def _recording(case: Case, calls: list[Request], fault: Answered | Failed | None = None):  # type: ignore[no-untyped-def]
    def call(request: Request) -> Answered | Failed:
        calls.append(request)
        assert case.side is not None
        return fault if fault is not None and case.has_effect(request) else case.side(request)

    return call


def _with(its: Channel, case: Case, message: Message, fault: Answered | Failed) -> Result:
    return its.send(case.account, message, call=_recording(case, [], fault)).result


def _keeps_secrets(account: Account, calls: list[Request]) -> None:
    for request in calls:
        for values in account.secrets.values():
            for value in values:
                assert value not in request.url, "a secret in an address ends in somebody's log"
                assert value not in repr(request)
