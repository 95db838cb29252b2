"""Polling Bluesky: sessions, notifications, our own answers, searches, what is gone. No network."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from bridge.channels.accounts import NotNow
from bridge.channels.bluesky import CHANNEL
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Held, Item, Polled
from bridge.channels.webhook import Failed
from bridge.searches import Search, holds
from tests.channels.answers import answer, must_not_call
from tests.channels.cases.bluesky import ACCOUNT, AT, CID, GONE, POST, THEM, US, post

# Signing in.


def session(number: int) -> dict[str, object]:
    return {"accessJwt": f"a{number}", "refreshJwt": f"r{number}", "did": US, "handle": "care.test"}


def test_a_session_is_renewed_with_the_refresh_token() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Answered:
        asked.append(request)
        return answer(200, session(2))

    got = CHANNEL.refresh(ACCOUNT, call=server)
    assert got is not None
    assert (got.secrets, got.external_id) == ({"access_token": "a2", "refresh_token": "r2"}, US)
    assert asked[0].headers["Authorization"] == "Bearer refresh-token-1"
    assert "abcd-efgh" not in repr(asked)


def test_a_handle_may_be_typed_as_it_is_shown() -> None:
    typed = replace(
        ACCOUNT,
        settings={**ACCOUNT.settings, "identifier": " @care.test "},
        secrets={"app_password": ("pass",)},
    )

    def server(request: Request) -> Answered:
        assert request.json == {"identifier": "care.test", "password": "pass"}
        return answer(200, session(3))

    assert CHANNEL.refresh(typed, call=server) is not None


@pytest.mark.parametrize("dead", [answer(400, {"error": "ExpiredToken"}), answer(401)])
def test_a_dead_refresh_token_is_replaced_by_the_app_password(dead: Answered) -> None:
    def server(request: Request) -> Answered:
        if request.url.endswith("refreshSession"):
            return dead
        assert request.json == {"identifier": "care.test", "password": "abcd-efgh-ijkl-mnop"}
        return answer(200, session(3))

    got = CHANNEL.refresh(ACCOUNT, call=server)
    assert got is not None
    assert got.secrets["access_token"] == "a3"
    assert CHANNEL.refresh(ACCOUNT, call=lambda _request: answer(401)) is None, "and somebody has to look"


@pytest.mark.parametrize(
    "fault", [Failed("timeout", 1.0), answer(502), answer(429, retry_after="9"), answer(200, [])]
)
def test_a_server_that_is_away_signs_nobody_out(fault: Answered | Failed) -> None:
    for account in (ACCOUNT, replace(ACCOUNT, secrets={"app_password": ("x",)})):
        with pytest.raises(NotNow):
            CHANNEL.refresh(account, call=lambda _request: fault)


# Polling.


class Server:
    """Holds notifications and posts, newest first, and gives them out in pages."""

    def __init__(self) -> None:
        self.notifications: list[dict[str, object]] = []
        self.own: list[dict[str, object]] = []
        self.posts: list[dict[str, object]] = []
        self.queries: list[str] = []
        self.pages = 0
        self.fault: Answered | None = None

    def __call__(self, request: Request) -> Answered:
        assert request.headers["Authorization"] == "Bearer access-token-1"
        parts = urlsplit(request.url)
        asked = dict(parse_qsl(parts.query))
        match parts.path.removeprefix("/xrpc/"):
            case "app.bsky.notification.listNotifications":
                self.pages += 1
                start, most = int(asked.get("cursor", "0")), int(asked["limit"])
                page = self.notifications[start : start + most]
                more = {"cursor": str(start + most)} if self.notifications[start + most :] else {}
                return self.fault or answer(200, {"notifications": page, **more})
            case "com.atproto.repo.listRecords":
                return answer(200, {"records": self.own})
            case "app.bsky.feed.searchPosts":
                self.queries.append(asked["q"])
                return answer(502) if asked["q"] == "broken" else answer(200, {"posts": self.posts})
            case _:
                raise AssertionError(parts.path)


@pytest.fixture
def server() -> Server:
    return Server()


def poll(server: Server, cursor: dict[str, object] | None = None, *searches: Search) -> Polled:
    return CHANNEL.poll(ACCOUNT, cursor or {}, call=server, searches=searches)


def told(number: int, *, minute: int | None = None) -> dict[str, object]:
    at = AT + timedelta(minutes=number if minute is None else minute)
    return post(
        uri=f"at://{THEM}/app.bsky.feed.post/{number}",
        reason="mention",
        indexed_at=at.isoformat().replace("+00:00", ".000Z"),
    )


def numbers(items: object) -> list[int]:
    assert isinstance(items, tuple)
    return [int(orjson.loads(one.body)["post"]["uri"].rpartition("/")[2]) for one in items]


def test_each_notification_comes_once_oldest_first_and_a_late_one_too(server: Server) -> None:
    server.notifications = [told(2), told(1)]
    first = poll(server)
    assert numbers(first.items) == [1, 2]
    assert not poll(server, dict(first.cursor)).items
    server.notifications = [told(3), told(2), told(9, minute=0), told(1)]
    assert numbers(poll(server, dict(first.cursor)).items) == [9, 3]


def test_a_long_backlog_is_read_page_by_page_to_where_it_was_left(server: Server) -> None:
    server.notifications = [told(1)]
    cursor = dict(poll(server).cursor)
    server.notifications = [told(number) for number in range(350, 0, -1)]
    server.pages = 0
    assert numbers(poll(server, cursor).items) == list(range(2, 351))
    assert server.pages == 4
    fresh = Server()
    fresh.notifications = server.notifications
    assert len(poll(fresh).items) == 100, "an account that is new here begins with one page"


def test_without_a_session_one_is_asked_for() -> None:
    for account in (replace(ACCOUNT, secrets={}), replace(ACCOUNT, external_id="")):
        polled = CHANNEL.poll(account, {"kept": 1}, call=must_not_call)
        assert (polled.is_signed_out, polled.cursor) == (True, {"kept": 1})
    dead = Server()
    dead.fault = answer(400, {"error": "ExpiredToken"})
    assert poll(dead).is_signed_out


def test_our_answers_given_elsewhere_are_echoed_and_older_ones_are_not(server: Server) -> None:
    def ours(key: str, *, reply: bool = True) -> dict[str, object]:
        value: dict[str, object] = {"text": "Hi", "createdAt": AT.isoformat()}
        if reply:
            value["reply"] = {"root": {"uri": POST, "cid": CID}, "parent": {"uri": POST, "cid": CID}}
        return {"uri": f"at://{US}/app.bsky.feed.post/{key}", "cid": key, "value": value}

    server.own = [ours("old")]
    first = poll(server)
    assert not first.items
    server.own = [ours("new"), ours("news", reply=False), ours("old")]
    polled = poll(server, dict(first.cursor))
    assert [one.delivery_id for one in polled.items] == [f"ours at://{US}/app.bsky.feed.post/new new"]


def test_a_search_finds_what_does_not_mention_us_and_checks_the_other_words(server: Server) -> None:
    mention = {
        "index": {"byteStart": 0, "byteEnd": 10},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": US}],
    }
    to_us = {"root": {"uri": POST, "cid": CID}, "parent": {"uri": f"at://{US}/p/1", "cid": CID}}
    server.posts = [
        post(uri="at://did:plc:a/p/1", text="Northlight heels broke"),
        post(uri="at://did:plc:a/p/2", text="Northlight heels: a giveaway!"),
        post(uri="at://did:plc:a/p/3", text="Northlight heels", facets=[mention]),
        post(uri="at://did:plc:a/p/4", text="Northlight heels", reply=to_us),
        post(uri="at://did:plc:a/p/5", text="Northlight heels", by=US),
        post(uri="at://did:plc:a/p/6", text="Northlight laces"),
    ]
    search = Search("Shoes", "en", ("northlight", "north light"), ("heels", "sole"), ("giveaway",))
    polled = poll(server, {}, search)
    assert [orjson.loads(one.body)["post"]["uri"] for one in polled.items] == ["at://did:plc:a/p/1"]
    assert server.queries == ["northlight", '"north light"']
    assert CHANNEL.read(ACCOUNT, polled.items[0].body)[0].matched_on == "Shoes"


def test_many_words_take_turns_and_a_search_that_fails_holds_nothing_up(server: Server) -> None:
    many = Search("Many", any_words=tuple(f"w{number}" for number in range(12)))
    cursor = dict(poll(server, {}, many).cursor)
    poll(server, cursor, many)
    assert {f"w{number}" for number in range(12)} == set(server.queries)
    server.notifications = [told(1)]
    polled = poll(server, {}, Search("B", any_words=("broken",)))
    assert (polled.error, numbers(polled.items)) == ("", [1])


def test_what_a_search_found_before_is_not_kept_again(server: Server) -> None:
    server.posts = [
        post(uri="at://did:plc:a/p/2", text="shoes", indexed_at="2026-11-22T05:30:00.000Z"),
        post(uri="at://did:plc:a/p/1", text="shoes", indexed_at="2026-11-22T05:00:00.000Z"),
    ]
    search = Search("Shoes", any_words=("shoes",))
    first = poll(server, {}, search)
    assert len(first.items) == 2
    again = poll(server, dict(first.cursor), search)
    assert [one.delivery_id for one in again.items] == [f"at://did:plc:a/p/2 {CID}"], (
        "the last ten minutes are looked at twice, and known by their name"
    )
    assert poll(server, dict(first.cursor), Search("B", any_words=("boots",))).cursor["marks"] == {
        "boots": "2026-11-22T05:30:00.000Z"
    }


@pytest.mark.parametrize(
    ("text", "words", "is_there"),
    [
        ("My HEELS broke", ["heels"], True),
        ("wheels", ["heels"], False),
        ("never\n again", ["never again"], True),
        ("Stra\u00dfe", ["STRASSE"], True),
        ("cafe\u0301", ["caf\u00e9"], True),
        ("anything", [], False),
        ("anything", [" "], False),
    ],
)
def test_a_word_is_held_whole(text: str, words: list[str], is_there: bool) -> None:
    assert holds(text, words) is is_there


# Deletions.


def again(answers: dict[str, Answered | Failed]) -> list[Item]:
    names = [POST, f"at://{THEM}/app.bsky.feed.post/2", "text-7"]

    def call(request: Request) -> Answered | Failed:
        return answers[urlsplit(request.url).path.rpartition(".")[2]]

    return list(CHANNEL.reread(ACCOUNT, [Held(name) for name in names], call=call))


def test_a_post_is_gone_only_when_its_record_is() -> None:
    shown = answer(200, {"posts": [post()]})
    (item_,) = again({"getPosts": shown, "getRecord": GONE})
    event = CHANNEL.read(ACCOUNT, item_.body)[0]
    assert (event.kind, event.external_id) == (EventKind.DELETED, f"at://{THEM}/app.bsky.feed.post/2")
    for hidden in (
        answer(200, {"value": {}}),
        answer(400, {"error": "InvalidRequest", "message": "Could not find repo"}),
        answer(502),
        Failed("timeout", 1.0),
    ):
        assert not again({"getPosts": shown, "getRecord": hidden})
