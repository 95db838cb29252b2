"""X's filtered stream: searches as rules, what is said on the line, and how long to wait before it opens again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
import time_machine

from bridge.channels.calling import Answered
from bridge.channels.coming_in import EventKind, Item
from bridge.channels.streams import Over, Trouble
from bridge.channels.webhook import Failed
from bridge.channels.x import streaming
from bridge.channels.x.search_words import RULE_MAX
from bridge.clock import utc_now
from bridge.searches import Search
from tests.channels.answers import answer
from tests.channels.cases.x import ACCOUNT, US, USER, post
from tests.channels.x_network import Network, X, page

APP = replace(ACCOUNT, secrets={**ACCOUNT.secrets, "app_token": ("x-app-token",)})
STREAM = streaming.RuleStream(APP)
HEELS = Search("Heels", "en", ("heels",), ("broken",), ("giveaway",))
SHOES = Search("Shoes", "", ("shoes",))
HEELS_RULE = "heels broken -giveaway -@northlight -from:northlight -is:retweet lang:en"
NONE = {"meta": {"result_count": 0}}
SHOES_RULE = "shoes -@northlight -from:northlight -is:retweet"


def said(text: str = "My heels are broken", *tags: str, **changes: Any) -> bytes:
    """A line with a post that rules of these tags found."""
    found = [{"id": str(number), "tag": tag} for number, tag in enumerate(tags or ("bridge: Heels",))]
    given = post(text=text, entities={}, **changes)
    return orjson.dumps({"data": given, "includes": {"users": [USER]}, "matching_rules": found})


def test_without_the_app_s_token_there_is_no_stream_and_accounts_of_one_app_share_theirs() -> None:
    assert X.stream(ACCOUNT) is None
    stream, other = X.stream(APP), X.stream(replace(APP, external_id="1"))
    assert stream is not None
    assert other is not None
    assert stream.key == other.key != streaming.RuleStream(replace(APP, base_url="https://x.example")).key
    assert "x-app-token" not in stream.key


def test_the_line_is_opened_by_the_app_and_asks_for_what_is_read_of_a_post() -> None:
    request = STREAM.request()
    assert request.headers["Authorization"] == "Bearer x-app-token"
    assert request.url.startswith("https://api.x.com/2/tweets/search/stream?tweet.fields=author_id")


def test_rules_are_set_right_and_others_of_the_app_are_left_alone() -> None:
    there = [
        {"id": "1", "value": SHOES_RULE, "tag": "bridge: Shoes"},
        {"id": "2", "value": "old words", "tag": "bridge: Gone"},
        {"id": "3", "value": "cats", "tag": "somebody else's"},
        {"id": "4", "value": "dogs"},
    ]
    network = Network().on("/rules", answer(200, {"data": there}), answer(200, {"meta": {}}))

    assert STREAM.tune([HEELS, SHOES], call=network) is None

    asked, taken_away, added = network.asked
    assert {one.headers["Authorization"] for one in network.asked} == {"Bearer x-app-token"}
    assert (asked.method, taken_away.method, added.method) == ("GET", "POST", "POST")
    assert taken_away.json == {"delete": {"ids": ["2"]}}
    assert added.json == {"add": [{"value": HEELS_RULE, "tag": "bridge: Heels"}]}


def test_rules_that_are_right_are_not_touched() -> None:
    there = [{"id": "1", "value": SHOES_RULE, "tag": "bridge: Shoes"}]
    network = Network().on("/rules", answer(200, {"data": there}))
    assert STREAM.tune([SHOES], call=network) is None
    assert network.paths() == ["GET /2/tweets/search/stream/rules"]


@pytest.mark.parametrize(
    ("answers", "is_trouble"),
    [
        ([answer(401)], True),
        ([Failed("timeout", 1)], True),
        ([answer(200, NONE), answer(503)], True),
        ([answer(200, NONE), Failed("timeout", 1)], True),
        ([answer(200, NONE), answer(429)], True),
        ([answer(200, NONE), answer(403)], True),
        ([answer(200, b"<html>")], True),
        ([answer(200, NONE), answer(422)], False),
        ([answer(200, NONE), answer(400, {"errors": [{"title": "DuplicateRule"}]})], False),
        ([answer(200, NONE), answer(201, {"data": [], "errors": [{"title": "UnprocessableEntity"}]})], False),
    ],
)  # fmt: skip
def test_a_rule_that_x_does_not_take_stops_nothing_and_an_outage_does(
    answers: list[Answered | Failed], is_trouble: bool
) -> None:
    assert (STREAM.tune([SHOES], call=Network().on("/rules", *answers)) is not None) is is_trouble


def test_where_x_takes_none_of_several_rules_each_is_tried_by_itself() -> None:
    made = answer(201, {"data": [{"id": "1"}]})
    network = Network().on("/rules", answer(200, NONE), answer(422), made, answer(422))
    assert STREAM.tune([HEELS, SHOES], call=network) is None
    assert [len(one.json["add"]) for one in network.asked if one.json] == [2, 1, 1]  # type: ignore[index]


def test_searches_of_the_same_words_share_a_rule_and_the_one_that_keeps_the_post_found_it() -> None:
    strict = Search("Strict", "", ("shoes",), (), ("cheap",))
    loose = Search("Loose", "", ("shoes",), (), ("dear",))
    line = said("Cheap shoes", "bridge: Strict")
    heard = STREAM.heard(line, [strict, loose])
    assert isinstance(heard, Item)
    assert X.read(APP, heard.body)[0].matched_on == "Loose"


def test_a_post_that_a_renamed_search_found_by_its_old_name_is_kept() -> None:
    heard = STREAM.heard(said("My heels are broken", "bridge: Old name"), [HEELS])
    assert isinstance(heard, Item)


def test_long_searches_become_rules_of_the_length_that_x_takes_and_each_value_once() -> None:
    many = Search("Many", "en", tuple(f"word number {n}" for n in range(90)), ("bad",))
    found = streaming.rules([many, replace(many, name="The same")], handle="northlight")
    assert len(found) > 1
    assert all(len(value) <= RULE_MAX for value, _ in found)
    assert {tag for _, tag in found} == {"bridge: Many"}
    thousands = [Search(f"s{n}", "", (f"w{n}",)) for n in range(1_001)]
    assert len(streaming.rules(thousands, handle="")) == streaming.RULES_MAX


def test_a_post_on_the_line_is_what_a_search_would_have_brought() -> None:
    heard = STREAM.heard(said(), [SHOES, HEELS])
    searched = X.poll(
        ACCOUNT,
        {},
        call=Network()
        .on("/mentions", page())
        .on("/search/recent", page(post(text="My heels are broken", entities={}))),
        searches=[HEELS],
    ).items
    assert isinstance(heard, Item)
    assert [heard] == list(searched)
    (event,) = X.read(ACCOUNT, heard.body)
    assert (event.kind, event.matched_on) == (EventKind.PUBLIC_UNMENTIONED, "Heels")


@pytest.mark.parametrize(
    "line",
    [
        said("A heels giveaway, broken"),
        said("Heels"),
        said(author_id=US),
        said("My heels are broken", "somebody else's"),
        said("My cat is broken", "bridge: Gone"),
        orjson.dumps(
            {"data": post(text="My heels are broken"), "matching_rules": [{"tag": "bridge: Heels"}]}
        ),
        b'{"data": {}}',
        b"[]",
        b"1",
        b"{",
        b"\xff\xfe",
        b'{"data": {"id": 5, "text": 6}, "matching_rules": 7}',
        b'{"data": {"id": "5", "text": 6}, "matching_rules": [8, {"tag": []}]}',
    ],
)
def test_what_is_not_for_us_or_cannot_be_read_is_nothing(line: bytes) -> None:
    assert STREAM.heard(line, [HEELS]) is None


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (
            {"type": "https://api.x.com/2/problems/operational-disconnect", "title": "x"},
            "operational-disconnect",
        ),
        ({"title": "ConnectionException"}, "ConnectionException"),
        ({}, "stream_ended"),
        ({"title": "über\n"}, "stream_ended"),
    ],
)
def test_an_error_on_the_line_is_its_end(error: dict[str, str], word: str) -> None:
    assert STREAM.heard(orjson.dumps({"errors": [error]}), [HEELS]) == Over(word)


@pytest.mark.parametrize(
    ("why", "waits"),
    [
        (Failed("connection_lost", 1), [0.25, 0.5, 0.75]),
        (Over("operational-disconnect"), [0.25, 0.5, 0.75]),
        (answer(503), [5, 10, 20]),
        (answer(401), [5, 10, 20]),
        (answer(429), [60, 120, 240]),
        (answer(429, {"type": "https://api.x.com/2/problems/usage-capped"}), [3600, 3600]),
    ],
)
def test_the_waits_are_those_that_x_asks_for(why: Trouble, waits: list[float]) -> None:
    assert [STREAM.wait_seconds(why, tries) for tries in range(1, len(waits) + 1)] == waits


@pytest.mark.parametrize(
    ("why", "most"), [(Failed("timeout", 1), 16), (answer(503), 320), (answer(429), 960)]
)
def test_no_wait_grows_for_ever(why: Trouble, most: float) -> None:
    assert STREAM.wait_seconds(why, 10_000) == most


def asked_at(polls: list[datetime], *, since: datetime | None, searches: list[Search]) -> list[int]:
    """How many questions each of these polls asks, beside a stream that is open since then."""
    cursor: Any = {}
    asked = []
    for at in polls:
        network = Network().on("/search/recent", page())
        with time_machine.travel(at, tick=False):
            account = replace(APP, streamed_since=since if since and since <= at else None)
            polled = X.poll(account, cursor, call=network, searches=searches)
        cursor = orjson.loads(orjson.dumps(polled.cursor))
        asked.append(sum(path.endswith("/search/recent") for path in network.paths()))
    return asked


def test_beside_a_stream_searches_are_asked_when_it_was_opened_and_each_quarter_of_an_hour() -> None:
    began = utc_now()
    polls = [began + timedelta(minutes=minute) for minute in range(20)]

    assert asked_at(polls, since=None, searches=[SHOES]) == [1] * 20
    opened = began + timedelta(minutes=2, seconds=30)
    assert asked_at(polls, since=opened, searches=[SHOES]) == [1, 1, 1, 1, 1, *[0] * 13, 1, 1]


def test_each_of_many_searches_has_its_turn_since_the_stream_was_opened() -> None:
    began = utc_now()
    polls = [began + timedelta(minutes=minute) for minute in range(7)]
    searches = [Search(f"s{n}", "", (f"w{n}",)) for n in range(10)]

    assert asked_at(polls, since=began, searches=searches) == [4, 4, 4, 4, 4, 0, 0]


OPENED = utc_now() - timedelta(minutes=1)


@pytest.mark.parametrize(
    "odd",
    [
        5,
        [],
        {"a": 1},
        {"opened": "x", "began": 1.0, "counted": {}},
        {"opened": OPENED.isoformat(), "began": "now", "counted": {}},
        {"opened": OPENED.isoformat(), "began": 9e99, "counted": {}},
        {"opened": OPENED.isoformat(), "began": OPENED.timestamp(), "counted": {"x": "y"}},
    ],
)
def test_an_odd_cursor_asks_anew(odd: object) -> None:
    network = Network().on("/search/recent", page())
    account = replace(APP, streamed_since=OPENED)
    assert not X.poll(account, {"round": odd}, call=network, searches=[SHOES]).error
    assert network.query("/search/recent")["query"] == SHOES_RULE
