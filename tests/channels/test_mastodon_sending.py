"""What is posted to Mastodon, to whom it may be shown, and how an earlier try is found. No network."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.mastodon import CHANNEL
from bridge.channels.mastodon.asked import wait_seconds
from tests.channels.answers import answer, must_not_call
from tests.channels.cases.mastodon import ACCOUNT, PRIVATE, PUBLIC, ours, side


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
        assert CHANNEL.send(ACCOUNT, message, call=must_not_call).result is Result.HAND_OFF


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
