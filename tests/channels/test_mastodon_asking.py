"""Polling Mastodon: who we are, mentions, our own answers, searches, what is gone. No network."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from bridge.channels.accounts import NotNow
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Held, Polled
from bridge.channels.mastodon import CHANNEL
from bridge.channels.webhook import Failed
from bridge.searches import Search
from tests.channels.answers import answer, must_not_call
from tests.channels.cases.mastodon import ACCOUNT, NAME, US, ours, status

GONE = answer(404, {"error": "Record not found"})


# Who we are.


def test_before_the_first_question_we_ask_who_we_are() -> None:
    assert CHANNEL.poll(replace(ACCOUNT, external_id=""), {"kept": 1}, call=must_not_call).is_signed_out
    got = CHANNEL.refresh(ACCOUNT, call=lambda _request: answer(200, US | {"statuses_count": 3}))
    assert got is not None
    assert (got.external_id, got.handle, got.facts) == ("1", "care@brand.example", {})
    assert CHANNEL.refresh(ACCOUNT, call=lambda _request: answer(401)) is None
    for fault in (Failed("timeout", 1.0), answer(503), answer(200, [])):
        with pytest.raises(NotNow):
            CHANNEL.refresh(ACCOUNT, call=lambda _request, fault=fault: fault)


@pytest.mark.parametrize(("limit", "kept"), [(5_000, "5000"), (0, ""), (True, ""), ("500", ""), (10**9, "")])
def test_the_server_says_how_long_a_text_may_be(limit: object, kept: str) -> None:
    def server(request: Request) -> Answered:
        if request.url.endswith("/api/v2/instance"):
            return answer(200, {"configuration": {"statuses": {"max_characters": limit}}})
        return answer(200, US)

    got = CHANNEL.refresh(ACCOUNT, call=server)
    assert got is not None
    assert got.facts.get("text_limit", "") == kept


# Polling.


class Notifications:
    """Gives mentions by min_id, as a server does: the oldest page after it, newest first."""

    def __init__(self) -> None:
        self.mentions: list[dict[str, object]] = []
        self.own: list[dict[str, object]] = []
        self.found: list[dict[str, object]] = []
        self.context: Answered = answer(200, {"ancestors": [], "descendants": []})
        self.queries: list[str] = []

    def __call__(self, request: Request) -> Answered:
        parts = urlsplit(request.url)
        asked, path = dict(parse_qsl(parts.query)), parts.path
        if path == "/api/v1/notifications":
            assert asked["include_filtered"] == "true"
            if "min_id" not in asked:
                return answer(200, self.mentions[::-1][:40])
            after = [one for one in self.mentions if int(str(one["id"])) > int(asked["min_id"])]
            return answer(200, after[:40][::-1])
        if path.endswith("/context"):
            return self.context
        if path == "/api/v2/search":
            self.queries.append(asked["q"])
            return answer(502) if asked["q"] == "broken" else answer(200, {"statuses": self.found})
        assert path == "/api/v1/accounts/1/statuses"
        return answer(200, self.own)


@pytest.fixture
def server() -> Notifications:
    return Notifications()


def poll(server: Notifications, cursor: Mapping[str, object] | None = None, *searches: Search) -> Polled:
    return CHANNEL.poll(ACCOUNT, cursor or {}, call=server, searches=searches)


def told(number: int, **changes: object) -> dict[str, object]:
    return {"id": str(number), "type": "mention", "status": status(str(number), **changes)}


def test_each_mention_comes_once_and_a_long_backlog_page_by_page(server: Notifications) -> None:
    server.mentions = [told(1), told(2), {"id": "3", "type": "follow", "status": None}]
    first = poll(server)
    assert [one.delivery_id for one in first.items] == ["mention 1", "mention 2"]
    assert not poll(server, first.cursor).items
    server.mentions += [told(number) for number in range(10, 110)]
    later = poll(server, first.cursor)
    assert [one.delivery_id for one in later.items] == [f"mention {number}" for number in range(10, 110)]
    assert later.cursor["newest"] == "109"


def test_a_reply_comes_with_what_stands_above_it_or_not_at_all(server: Notifications) -> None:
    server.mentions = [told(7, in_reply_to_id="1")]
    server.context = answer(200, {"ancestors": [status("1", url="https://social.example/@a/11111")]})
    (one,) = poll(server).items
    assert CHANNEL.read(ACCOUNT, one.body)[0].thread_id == "social.example/11111"
    server.context = answer(502)
    polled = poll(server, {"newest": "5"})
    assert (polled.error, polled.cursor, polled.items) == ("status_502", {"newest": "5"}, ())
    server.context = GONE
    assert len(poll(server).items) == 1


def test_our_answers_given_elsewhere_are_echoed_and_older_ones_are_not(server: Notifications) -> None:
    asked = {"in_reply_to_id": "9", "visibility": "public", "status": "Hi"}
    server.own = [ours(asked, "20")]
    first = poll(server)
    assert not first.items
    server.own = [ours(asked, "22"), ours(asked, "21") | {"in_reply_to_id": None}, *server.own]
    server.context = answer(200, {"ancestors": [status()]})
    (one,) = poll(server, first.cursor).items
    event = CHANNEL.read(ACCOUNT, one.body)[0]
    assert (event.kind, event.thread_id, event.text) == (EventKind.OUTCOME_ECHO, NAME, "Hi")


def test_a_search_finds_public_words_of_others_once(server: Notifications) -> None:
    words = {"content": "<p>Northlight heels broke</p>", "mentions": []}
    server.found = [
        status("1", **words),
        status("2", **words | {"mentions": [{"id": "1", "acct": "care"}]}),
        status("3", **words | {"account": US}),
        status("4", **words | {"visibility": "private"}),
        status("5", **words | {"language": "de"}),
        status("6", **words | {"content": "<p>Northlight giveaway</p>"}),
    ]
    search = Search("Shoes", "en", ("northlight",), ("broke",), ("giveaway",))
    first = poll(server, {}, search)
    (one,) = first.items
    event = CHANNEL.read(ACCOUNT, one.body)[0]
    assert (event.kind, event.matched_on, event.external_id) == (EventKind.PUBLIC_UNMENTIONED, "Shoes", NAME)
    again = poll(server, first.cursor, search)
    assert not again.items
    server.found = [status("8", **words)]
    later = poll(server, again.cursor, search)
    assert len(later.items) == 1
    server.found = [status("1", **words)]
    assert not poll(server, later.cursor, search).items


def test_many_words_take_turns_and_a_search_that_fails_holds_nothing_up(server: Notifications) -> None:
    many = Search("Many", any_words=tuple(f"w{number}" for number in range(7)))
    poll(server, poll(server, {}, many).cursor, many)
    assert {f"w{number}" for number in range(7)} == set(server.queries)
    server.mentions = [told(1)]
    polled = poll(server, {}, Search("B", any_words=("broken",)))
    assert (polled.error, len(polled.items)) == ("", 1)


def test_a_revoked_token_is_told_apart_from_a_server_that_is_away() -> None:
    assert CHANNEL.poll(ACCOUNT, {}, call=lambda _request: answer(401)).is_signed_out
    away = CHANNEL.poll(ACCOUNT, {}, call=lambda _request: answer(429, None, retry_after="30"))
    assert (away.is_signed_out, away.retry_after_seconds) == (False, 30)


# Deleted and edited.


def test_what_is_gone_or_was_edited_is_noticed() -> None:
    answers = {
        "1": answer(200, status("1")),
        "2": GONE,
        "3": answer(200, status("3", edited_at="2026-11-22T07:00:00Z", content="<p>The sole, I mean</p>")),
        "4": answer(503),
        "5": GONE,
    }
    held = [Held(f"brand.example/{number}", {"id": number}) for number in answers] + [Held("text-1")]

    def call(request: Request) -> Answered:
        return answers[request.url.rpartition("/")[2]]

    events = [CHANNEL.read(ACCOUNT, one.body)[0] for one in CHANNEL.reread(ACCOUNT, held, call=call)]
    assert [(event.kind, event.external_id) for event in events] == [
        (EventKind.DELETED, "brand.example/2"),
        (EventKind.EDITED, NAME),
    ], "and a server in trouble is asked no more"
    assert events[1].text == "The sole, I mean"
    assert events[1].created_at == datetime(2026, 11, 22, 7, tzinfo=UTC)
    html = answer(404, b"<html>no such page</html>")
    assert not CHANNEL.reread(ACCOUNT, held[:1], call=lambda _request: html), "a proxy's 404 says nothing"
