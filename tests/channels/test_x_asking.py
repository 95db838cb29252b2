"""What is asked of X: searches by its rules, polling, the conversations of open cases, what was deleted."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import time_machine

from bridge.channels.coming_in import Conversation, EventKind, Held
from bridge.channels.x import search_words
from bridge.channels.x.pages import PAGES_MAX
from bridge.clock import utc_now
from bridge.searches import Search
from tests.channels.answers import answer
from tests.channels.cases.x import (
    ACCOUNT,
    CUSTOMER,
    POST,
    US,
    id_at,
    post,
    side,
)
from tests.channels.x_network import Network, X, page

HEELS = Search("Heels", "en", ("example store", "#northlight"), ("broken", "never again"), ("giveaway",))


def test_a_search_becomes_a_query_by_x_s_rules() -> None:
    (query,) = search_words.queries(HEELS, handle="northlight")
    words = '("example store" OR #northlight) (broken OR "never again") -giveaway'
    assert query == f"{words} -@northlight -from:northlight -is:retweet lang:en"
    assert search_words.queries(Search("One", "", ("heels",)), handle="") == ["heels -is:retweet"]


def test_words_that_are_operators_are_only_words() -> None:
    told = Search("Odd", "", ('from:me" OR is:reply', "OR", "lang:de", "-x", '""', "(a)"))
    (query,) = search_words.queries(told, handle="")
    assert query == '("from:me OR is:reply" OR "OR" OR "lang:de" OR "-x" OR "(a)") -is:retweet'


def test_more_words_than_fit_become_more_queries_and_none_is_longer_than_x_takes() -> None:
    many = Search("Many", "en", tuple(f"word number {n}" for n in range(90)), ("bad",), ("not " * 20,) * 40)
    found = search_words.queries(many, handle="northlight")
    assert len(found) > 3
    assert all(len(query) <= search_words.QUERY_MAX for query in found)
    for word in many.any_words:
        assert sum(f'"{word}"' in query for query in found) == 1
    assert all("-(" not in query for query in found)
    long = Search("Long", "en", ("heels",), tuple(f"also {n} words" for n in range(99)))
    assert search_words.queries(long, handle="n") == ["heels -@n -from:n -is:retweet lang:en"]
    assert not search_words.queries(Search("Empty", "en", ("x" * 600, " ")), handle="n")


def test_polling_brings_mentions_messages_and_what_a_search_found_once() -> None:
    one, other = id_at(utc_now(), 31), id_at(utc_now(), 32)
    found = post(id=one, text="Example Store heels broken", entities={})
    dm = {
        "id": "51",
        "event_type": "MessageCreate",
        "text": "Order 5",
        "sender_id": CUSTOMER,
        "dm_conversation_id": f"{US}-{CUSTOMER}",
        "created_at": "2026-11-22T05:12:00.000Z",
    }
    network = (
        Network()
        .on("/mentions", page(post()))
        .on("/dm_events", page(dm))
        .on(
            "/search/recent",
            page(found, post(id=other, text="A giveaway at example store, broken", entities={})),
        )
    )
    polled = X.poll(ACCOUNT, {}, call=network, searches=[HEELS])
    assert not polled.error
    events = [X.read(ACCOUNT, item.body)[0] for item in polled.items]
    assert [(event.kind, event.external_id) for event in events] == [
        (EventKind.PUBLIC_MENTION, POST),
        (EventKind.PRIVATE_MESSAGE, "dm-51"),
        (EventKind.PUBLIC_UNMENTIONED, one),
    ]
    assert events[2].matched_on == "Heels"
    assert events[1].thread_id == f"dm-{US}-{CUSTOMER}"
    again = X.poll(ACCOUNT, orjson.loads(orjson.dumps(polled.cursor)), call=network, searches=[HEELS])
    assert network.query("/mentions")["since_id"] == POST
    assert network.query("/search/recent")["since_id"] == other
    assert not [item for item in again.items if item.delivery_id.startswith("dm")], (
        "messages: every second time"
    )


def test_a_search_that_found_nothing_for_a_week_asks_for_all_that_x_still_has() -> None:
    """Told to begin at an older post, X answers 400, and would at each poll from then on."""
    last = id_at(utc_now() - timedelta(days=6, hours=23))
    network = Network().on("/search/recent", page(post(id=last, entities={})))
    polled = X.poll(ACCOUNT, {}, call=network, searches=[HEELS])
    found = dict(polled.cursor)

    for hours, begins_there in ((0, True), (1, False), (48, False)):
        with time_machine.travel(utc_now() + timedelta(hours=hours), tick=False):
            assert not X.poll(ACCOUNT, found, call=network, searches=[HEELS]).error
            assert ("since_id" in network.query("/search/recent")) is begins_there

    fresh = [
        page(post(id=id_at(utc_now(), n), text="Heels broken", entities={}), next_token="more")
        for n in range(9)
    ]
    with time_machine.travel(utc_now() + timedelta(hours=48), tick=False):
        polled = X.poll(ACCOUNT, found, call=network.on("/search/recent", *fresh), searches=[HEELS])
    assert len(polled.items) == PAGES_MAX, "each page, for all of it is new"


@pytest.mark.parametrize("odd", ["9" * 40, "²", "9" * 5_000])
def test_an_odd_id_is_no_place_to_begin_at(odd: str) -> None:
    network = Network().on("/search/recent", page())
    X.poll(ACCOUNT, {}, call=network, searches=[HEELS])
    cursor = {"found": {sha256(network.query("/search/recent")["query"].encode()).hexdigest()[:12]: odd}}
    assert not X.poll(ACCOUNT, cursor, call=network, searches=[HEELS]).error
    assert "since_id" not in network.query("/search/recent")


def test_a_search_that_fails_holds_nothing_else_up() -> None:
    network = Network().on("/mentions", page(post())).on("/search/recent", answer(503))
    polled = X.poll(ACCOUNT, {}, call=network, searches=[HEELS])
    assert (polled.error, len(polled.items)) == ("", 1)


def test_without_a_token_or_an_id_somebody_is_asked_for_first() -> None:
    for account in (replace(ACCOUNT, external_id=""), replace(ACCOUNT, secrets={})):
        assert X.poll(account, {}, call=side).is_signed_out
    assert X.poll(ACCOUNT, {}, call=Network().on("/mentions", answer(401))).is_signed_out


def test_a_customer_of_an_open_case_is_followed_in_their_own_conversation() -> None:
    older, newer = id_at(utc_now() - timedelta(days=6)), id_at(utc_now())
    wanted = [
        Conversation(POST, CUSTOMER, "upset_shopper", older),
        Conversation("2091000000000000077", "", "other_one", newer),
        Conversation("pasted-elsewhere", "", "nobody", ""),
    ]
    network = Network().on(
        "/search/recent", page(post(id="2091000000000000090", conversation_id=POST, entities={}))
    )
    (item,) = X.follow(ACCOUNT, wanted, call=network)
    asked = network.query("/search/recent")
    assert asked["query"] == (
        f"(conversation_id:{POST} from:{CUSTOMER}) OR (conversation_id:2091000000000000077 from:other_one)"
    )
    assert asked["since_id"] == older
    (event,) = X.read(ACCOUNT, item.body)
    assert (event.kind, event.thread_id) == (EventKind.PUBLIC_REPLY, POST)
    many = [Conversation(str(10**18 + n), CUSTOMER, "", str(10**18 + n)) for n in range(16)]
    network.asked.clear()
    X.follow(ACCOUNT, many, call=network)
    assert 1 < len(network.asked) <= 3
    assert all(len(parse_qs(urlsplit(one.url).query)["query"][0]) <= 512 for one in network.asked)


def test_only_a_post_that_x_says_is_not_there_is_gone() -> None:
    def error(post_id: str, kind: str) -> dict[str, str]:
        return {"resource_id": post_id, "type": f"https://api.twitter.com/2/problems/{kind}"}

    told = {
        "data": [{"id": "1"}],
        "errors": [error("2", "resource-not-found"), error("3", "not-authorized-for-resource")],
    }
    held = [Held(name, {"id": name}) for name in ("1", "2", "3")]
    items = X.reread(ACCOUNT, held, call=Network().on("/2/tweets", answer(200, told)))
    assert [X.read(ACCOUNT, item.body)[0].external_id for item in items] == ["2"]
