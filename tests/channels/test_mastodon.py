"""Mastodon: what is read, found, answered, and noticed as gone or changed. No network, no database."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from bridge.channels.accounts import NotNow
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import Event, EventKind, Held, Polled
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.mastodon import CHANNEL
from bridge.channels.mastodon.asked import wait_seconds
from bridge.channels.mastodon.html_text import words_of
from bridge.channels.mastodon.reading import item
from bridge.channels.webhook import Failed
from bridge.permalinks import recognise
from bridge.searches import Search
from tests.channels.answers import answer
from tests.channels.cases.mastodon import (
    ACCOUNT,
    CUSTOMER,
    NAME,
    PRIVATE,
    PUBLIC,
    US,
    ours,
    side,
    status,
)

GONE = answer(404, {"error": "Record not found"})


def read(kind: str = "mention", *, above: object = (), **changes: object) -> Event:
    (event,) = CHANNEL.read(ACCOUNT, item(kind, status=status(**changes), above=list(above)))  # type: ignore[arg-type, call-overload]
    return event


# Reading.


def test_a_mention_from_another_server_is_known_by_both_of_its_addresses() -> None:
    event = read()
    assert (event.kind, event.external_id, event.thread_id) == (EventKind.PUBLIC_MENTION, NAME, NAME)
    assert event.text == "@care heels snapped on day one"
    assert event.author is not None
    assert (event.author.handle, event.author.external_id) == ("upset@social.example", "upset@social.example")
    there = recognise("https://social.example/@upset/115000000000000001?s=1")
    here = recognise("https://brand.example/@upset@social.example/115000000000000009")
    assert there.post_id == event.external_id
    assert event.also_known_as == (here.post_id,)
    assert event.reference == {
        "id": "115000000000000009",
        "visibility": "public",
        "acct": "upset@social.example",
    }


def test_a_status_of_our_own_server_has_one_name() -> None:
    event = read(url="https://brand.example/@sam/115000000000000009", account=CUSTOMER | {"acct": "sam"})
    assert (event.external_id, event.also_known_as) == ("brand.example/115000000000000009", ())
    assert event.author is not None
    assert event.author.handle == "sam@brand.example"


def test_a_server_whose_addresses_say_nothing_leaves_our_server_s_name() -> None:
    for address in ("https://other.example/notice/AbCdEf", "no address", None, "https://localhost/1"):
        event = read(number="9f3a", url=address, uri=address)
        assert (event.external_id, event.permalink) == ("brand.example/9f3a", "")


@pytest.mark.parametrize("visibility", ["direct", "private"])
def test_what_not_everybody_may_see_is_private(visibility: str) -> None:
    event = read(visibility=visibility)
    assert (event.kind, event.is_private) == (EventKind.PRIVATE_MESSAGE, True)


def test_a_reply_belongs_to_the_first_status_and_a_private_one_to_its_own_exchange() -> None:
    root = status("1", url="https://social.example/@upset/11111", uri="")
    reply = ours({"in_reply_to_id": "1", "visibility": "public", "status": "Hello"}, "22222")
    event = read(above=[root, reply], in_reply_to_account_id="1", in_reply_to_id="22222")
    assert (event.kind, event.thread_id, event.parent_id) == (
        EventKind.PUBLIC_REPLY,
        "social.example/11111",
        "brand.example/22222",
    )
    alone = read(above=[root, reply], visibility="direct", in_reply_to_id="22222")
    assert (alone.thread_id, alone.parent_id) == (NAME, "brand.example/22222")
    private = reply | {"visibility": "direct"}
    assert read(above=[root, private], visibility="direct").thread_id == "brand.example/22222"


def test_a_warning_stands_before_the_text_and_a_proven_page_beside_the_name() -> None:
    fields = [
        {"name": "x", "value": "no"},
        {"name": "y", "value": "<a>sam.example</a>", "verified_at": "2024"},
    ]
    event = read(spoiler_text="Shoes", content="<p>Broken</p>", account=CUSTOMER | {"fields": fields})
    assert event.text == "Shoes\n\nBroken"
    assert event.author is not None
    assert event.author.verified == "sam.example"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One<br>two</p><p>Three</p>", "One\ntwo\n\nThree"),
        ("<p>A &amp; B &lt;3</p>", "A & B <3"),
        (
            '<p><a href="https://shop.example/very/long?a=1&amp;b=2"><span class="invisible">https://</span></a>!</p>',
            "https://shop.example/very/long?a=1&b=2!",
        ),
        ('<a href="https://a.example/tags/x" class="mention hashtag">#<span>x</span></a>', "#x"),
        ("<script>alert(1)</script><style>p{}</style>ok<img src=x onerror=alert(1)>", "ok"),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt>alert(1)ipt>"),
        ('<a href="javascript:alert(1)">words</a>', "words"),
        ("<p>" * 5_000 + "deep", "deep"),
        ("plain", "plain"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_that_a_reader_sees(html: str, words: str) -> None:
    assert words_of(html) == words


# Writing.


class Server:
    """Keeps what is posted, and makes of it what the test wants."""

    def __init__(self, **changes: object) -> None:
        self.changes = changes
        self.posts: list[dict[str, object]] = []
        self.asked: list[Request] = []
        self.deletes = True

    def __call__(self, request: Request) -> Answered:
        self.asked.append(request)
        if request.method == "DELETE":
            return answer(200, {}) if self.deletes else answer(503)
        assert isinstance(request.json, dict)
        self.posts.append(ours(request.json) | self.changes)
        return answer(200, self.posts[-1])


@pytest.mark.parametrize(("message", "visibility"), [(PUBLIC, "public"), (PRIVATE, "direct")])
def test_a_reply_names_the_customer_once_and_has_its_key(message: Message, visibility: str) -> None:
    server = Server()
    for text in ("Sorry!", "@Upset@social.example Sorry!"):
        told = CHANNEL.send(ACCOUNT, replace(message, text=text), call=server)
        assert (told.result, told.external_id) == (Result.SENT, "brand.example/115000000000000020")
        assert told.visibility == ("private" if visibility == "direct" else "public")
    first, second = (request.json for request in server.asked)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["status"] == "@upset@social.example Sorry!"
    assert second["status"] == "@upset@social.example Sorry!"
    assert (first["visibility"], first["in_reply_to_id"]) == (visibility, "115000000000000009")
    assert {request.headers["Idempotency-Key"] for request in server.asked} == {str(message.id)}


def test_an_unlisted_complaint_gets_an_unlisted_answer() -> None:
    server = Server()
    CHANNEL.send(ACCOUNT, replace(PUBLIC, reference={"id": "9", "visibility": "unlisted"}), call=server)
    assert server.posts[0]["visibility"] == "unlisted"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"visibility": "public"}, "wrong_visibility"),
        ({"visibility": "unlisted"}, "wrong_visibility"),
        ({"visibility": "private"}, "wrong_visibility"),
        ({"mentions": []}, "names_nobody"),
        ({"mentions": None}, "names_nobody"),
        ({"mentions": [{"id": "5", "acct": "upset@elsewhere.example"}]}, "names_nobody"),
    ],
)
def test_a_private_message_that_became_something_else_is_taken_back_and_a_person_looks(
    changes: dict[str, object], error: str
) -> None:
    server = Server(**changes)
    told = CHANNEL.send(ACCOUNT, PRIVATE, call=server)
    assert (told.result, told.error) == (Result.FINAL, f"{error}_taken_back")
    assert server.asked[-1].method == "DELETE"
    server.deletes = False
    told = CHANNEL.send(ACCOUNT, PRIVATE, call=server)
    assert (told.error, told.permalink) == (
        f"{error}_still_there",
        "https://brand.example/@care/115000000000000020",
    )
    public = CHANNEL.send(ACCOUNT, PUBLIC, call=Server(mentions=[]))
    assert public.result is Result.SENT, "a public reply is read by whoever looks"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Hello", "@Sam Hello"),
        ("Hello @sam!", "Hello @sam!"),
        ("@sam@brand.example Hello", "@Sam Hello"),
        ("Hello @samuel, @sam@elsewhere.example", "@Sam Hello @samuel, @sam@elsewhere.example"),
        ("https://a.example/@sam", "@Sam https://a.example/@sam"),
    ],
)
def test_a_customer_of_our_own_server_is_named_as_it_does(text: str, sent: str) -> None:
    server = Server(mentions=[{"id": "5", "acct": "Sam"}])
    reference = {"id": "9", "visibility": "public", "acct": "Sam"}
    message = replace(PRIVATE, text=text, to_handle="sam@brand.example", reference=reference)
    assert CHANNEL.send(ACCOUNT, message, call=server).result is Result.SENT
    assert server.asked[0].json["status"] == sent  # type: ignore[index]


def test_the_code_goes_to_the_thread_s_customer_whoever_wrote_last() -> None:
    reference = {"id": "9", "visibility": "public", "acct": "other@social.example"}
    server = Server()
    assert (
        CHANNEL.send(ACCOUNT, replace(PRIVATE, text="K", reference=reference), call=server).result
        is Result.SENT
    )
    assert server.asked[0].json["status"] == "@upset@social.example K"  # type: ignore[index]


def test_what_we_do_not_know_on_this_server_goes_to_a_person() -> None:
    for message in (replace(PUBLIC, reference={}), replace(PUBLIC, purpose=Purpose.NOTE)):
        assert CHANNEL.send(ACCOUNT, message, call=_must_not_call).result is Result.HAND_OFF


def test_a_refusal_says_why_and_never_repeats_our_words() -> None:
    assert _refused(404).error == "post_is_gone"
    told = _refused(422, "Validation failed: Text is too long")
    assert (told.result, told.excerpt) == (Result.FINAL, "Validation failed: Text is too long")
    assert not _refused(422, f"bad: {PUBLIC.text}").excerpt


def _refused(code: int, error: str = "No") -> Told:
    return CHANNEL.send(ACCOUNT, PUBLIC, call=lambda _request: answer(code, {"error": error}))


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "60"},
        {"x_ratelimit_reset": "ISO"},
        {"x_ratelimit_reset": "SECONDS"},
    ],
)
def test_each_style_of_a_limit_s_end_is_understood(headers: dict[str, str]) -> None:
    at = datetime.now(UTC) + timedelta(seconds=60)
    written = {"ISO": at.isoformat().replace("+00:00", "Z"), "SECONDS": str(int(at.timestamp()))}
    told = answer(429, None, **{name: written.get(value, value) for name, value in headers.items()})
    assert wait_seconds(told) == pytest.approx(60, abs=2)
    assert wait_seconds(answer(429, None, x_ratelimit_reset="soon")) is None


# Looking for an earlier try.


class Wall:
    """Our own statuses, newest first, in pages; `source` gives what we wrote."""

    def __init__(self, *posts: Mapping[str, object], written: int = 7) -> None:
        self.posts, self.written = posts, written
        self.sources: dict[str, str] = {}
        self.pages = 0

    def __call__(self, request: Request) -> Answered:
        parts = urlsplit(request.url)
        asked, path = dict(parse_qsl(parts.query)), parts.path
        if path.endswith("verify_credentials"):
            return answer(200, {"id": "1", "statuses_count": self.written})
        if path.endswith("/source"):
            text = self.sources.get(path.split("/")[-2])
            return answer(404) if text is None else answer(200, {"text": text})
        self.pages += 1
        ids = [str(post["id"]) for post in self.posts]
        start = ids.index(asked["max_id"]) + 1 if "max_id" in asked else 0
        return answer(200, list(self.posts[start : start + 40]))


def posted(number: str, *, seconds: int = 1, **changes: object) -> dict[str, object]:
    assert PUBLIC.since is not None
    at = (PUBLIC.since + timedelta(seconds=seconds)).isoformat()
    asked = {"in_reply_to_id": "115000000000000009", "visibility": "public", "status": PUBLIC.text}
    return ours(asked, number) | {"created_at": at} | changes


OLD = posted("1", seconds=-100_000, in_reply_to_id=None)


def find(wall: Callable[[Request], Answered], message: Message = PUBLIC) -> Told:
    return CHANNEL.find(ACCOUNT, message, call=wall)


def test_an_earlier_try_is_found_by_the_words_that_we_wrote() -> None:
    wall = Wall(posted("12"), posted("11"), OLD)
    wall.sources = {"12": "@upset@social.example Other words", "11": PUBLIC.text}
    told = find(wall)
    assert (told.result, told.external_id) == (Result.SENT, "brand.example/11")
    wall.sources = {"12": "a", "11": "b"}
    assert find(wall).result is Result.NOT_THERE
    wall.sources = {"12": "a", "11": PUBLIC.text}
    meanwhile = replace(PUBLIC, reference={"id": "115000000000000055", "visibility": "public"})
    assert find(wall, meanwhile).external_id == "brand.example/11", "the customer wrote again since"


def test_only_a_whole_look_says_that_it_is_not_there() -> None:
    wall = Wall(posted("12"), OLD)
    assert (find(wall).result, find(wall).error) == (Result.UNKNOWN, "source_not_read")
    elsewhere = [posted(str(number + 100), in_reply_to_id="5", mentions=[]) for number in range(500)]
    assert find(Wall(*elsewhere)).error == "too_far_back"
    wall = Wall(*elsewhere[:60], OLD)
    assert (find(wall).result, wall.pages) == (Result.NOT_THERE, 2)
    assert find(Wall(*elsewhere[:3])).result is Result.NOT_THERE, "the account's first statuses"


def test_an_empty_list_is_believed_only_of_an_account_that_wrote_nothing() -> None:
    assert find(Wall(written=7)).result is Result.UNKNOWN
    assert find(Wall(written=0)).result is Result.NOT_THERE


def test_a_private_message_found_again_is_looked_at_like_a_new_one() -> None:
    assert find(side, PRIVATE).result is Result.SENT

    def public_by_mistake(request: Request) -> Answered:
        if request.method == "DELETE":
            return answer(200, {})
        if request.url.endswith("/source"):
            return answer(200, {"text": PRIVATE.text})
        return answer(200, [posted("12"), OLD])

    assert find(public_by_mistake, PRIVATE).error == "wrong_visibility_taken_back"


# Who we are.


def test_before_the_first_question_we_ask_who_we_are() -> None:
    assert CHANNEL.poll(replace(ACCOUNT, external_id=""), {"kept": 1}, call=_must_not_call).is_signed_out
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


def test_the_items_are_json_that_a_person_could_read() -> None:
    assert orjson.loads(item("gone", name="x")) == {"kind": "gone", "name": "x"}


def _must_not_call(_request: Request) -> Answered:
    raise AssertionError("nothing is asked")
