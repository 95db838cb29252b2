"""Mastodon's case. Everything comes in by polling."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Message, Purpose
from bridge.channels.mastodon.reading import item
from tests.channels.answers import answer
from tests.channels.case import Case

AT = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
NAME = "social.example/115000000000000001"
ACCOUNT = Account(
    id=UUID("00000000-0000-7000-8000-000000000003"),
    channel="mastodon",
    base_url="https://brand.example",
    external_id="1",
    handle="care@brand.example",
    secrets={"access_token": ("mastodon-token-1",)},
)
CUSTOMER = {
    "id": "108000000000000001",
    "acct": "upset@social.example",
    "display_name": "Sam",
    "url": "https://social.example/@upset",
    "fields": [],
}
US = {"id": "1", "acct": "care", "display_name": "Care", "url": "https://brand.example/@care", "fields": []}


def status(number: str = "115000000000000009", **changes: object) -> dict[str, object]:
    """A customer's public status on another server, as ours shows it."""
    return {
        "id": number,
        "created_at": "2026-11-22T05:10:00.000Z",
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": "https://social.example/users/upset/statuses/115000000000000001",
        "url": "https://social.example/@upset/115000000000000001",
        "content": '<p><span class="h-card"><a href="https://brand.example/@care" class="u-url mention">'
        "@<span>care</span></a></span> heels snapped on day one</p>",
        "edited_at": None,
        "account": CUSTOMER,
        "mentions": [{"id": "1", "acct": "care"}],
    } | changes


def ours(request: Mapping[str, object], number: str = "115000000000000020") -> dict[str, object]:
    """What a server makes of our request."""
    return status(
        number,
        url=f"https://brand.example/@care/{number}",
        uri=f"https://brand.example/users/care/statuses/{number}",
        account=US,
        in_reply_to_id=request["in_reply_to_id"],
        visibility=request["visibility"],
        content=f"<p>{request['status']}</p>",
        mentions=[{"id": CUSTOMER["id"], "acct": CUSTOMER["acct"]}],
        created_at="2026-11-22T05:10:02.000Z",
    )


def message(purpose: Purpose) -> Message:
    """One message of each kind that the network carries."""
    return Message(
        id=UUID("01939f2a-5d00-7000-8000-00000000000a"),
        purpose=purpose,
        text="@upset@social.example We have sent you a message.",
        thread_id=NAME,
        reply_to=NAME,
        reference={"id": "115000000000000009", "visibility": "public"},
        to_external_id="upset@social.example",
        to_handle="upset@social.example",
        language="en",
        since=AT,
    )


PUBLIC, PRIVATE = message(Purpose.PUBLIC_REPLY), message(Purpose.PRIVATE_MESSAGE)


def side(request: Request) -> Answered:
    """The server, in good health; an earlier try got through."""
    path = request.url.partition("/api/")[2].partition("?")[0]
    if request.method == "POST":
        assert isinstance(request.json, dict)
        return answer(200, ours(request.json))
    if path.endswith("/source"):
        return answer(200, {"id": "115000000000000020", "text": PUBLIC.text, "spoiler_text": ""})
    if path == "v1/accounts/1/statuses":
        return answer(
            200,
            [
                ours({"in_reply_to_id": "115000000000000009", "visibility": "direct", "status": PUBLIC.text}),
                status("7", created_at="2026-11-20T00:00:00.000Z"),
            ],
        )
    if path.startswith("v1/statuses/"):
        return answer(200, status())
    return answer(200, [])


def news(request: Request) -> Answered:
    """The server, when there is a mention, an answer of ours, and something that a search finds."""
    path = request.url.partition("/api/")[2].partition("?")[0]
    if path == "v1/notifications":
        mentioned = status(in_reply_to_id="115000000000000004")
        page = [{"id": "n9", "type": "mention", "status": mentioned}]
        return answer(200, [] if "min_id=n9" in request.url else page)
    if path.endswith("/context"):
        return answer(200, {"ancestors": [status("115000000000000004")], "descendants": []})
    if path == "v1/accounts/1/statuses":
        said = {"in_reply_to_id": "115000000000000009", "visibility": "public", "status": PUBLIC.text}
        return answer(200, [ours(said, "115000000000000021")])
    if path == "v2/search":
        return answer(200, {"statuses": [status("115000000000000030", mentions=[])]})
    return side(request)


CASE = Case(
    account=ACCOUNT,
    messages=[PUBLIC, PRIVATE],
    side=side,
    news=news,
    signed_out=answer(401, {"error": "The access token is invalid"}),
    too_much=(answer(429, {"error": "Too many requests"}, retry_after="120"), 120),
    final=answer(422, {"error": "Validation failed: Text is too long (maximum is 500 characters)"}),
    wrong_bodies=[
        item("mention", status=None),
        item("mention", status=status(account=None)),
        item("mention", status=status(content=7)),
        item("mention", status=status(created_at="yesterday")),
        item("mention", status=status(), above=[{}]),
        item("found", status=status(visibility=None)),
        item("gone", name=None),
        item("something else"),
    ],
)
