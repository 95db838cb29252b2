"""Bluesky's case. Everything comes in by polling."""

from datetime import UTC, datetime
from uuid import UUID

from bridge.channels.accounts import Account
from bridge.channels.bluesky.reading import item
from bridge.channels.calling import Answered, Request
from bridge.channels.going_out import Message, Purpose
from tests.channels.answers import answer
from tests.channels.case import Case

AT = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
US, THEM = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
POST = f"at://{THEM}/app.bsky.feed.post/3n2aaaaaaaa2a"
CID = "bafyreihxiizaahy2t5t5tpr52n6isvvse2wnl5ap7xsjquw4njtn3y7gpy"
TEXT = "@upset.test Sorry about that. We have sent you a message."
ACCOUNT = Account(
    id=UUID("00000000-0000-7000-8000-000000000002"),
    channel="bluesky",
    base_url="https://pds.example",
    external_id=US,
    handle="care.test",
    settings={"identifier": "care.test"},
    secrets={
        "app_password": ("abcd-efgh-ijkl-mnop",),
        "access_token": ("access-token-1",),
        "refresh_token": ("refresh-token-1",),
    },
)
GONE = answer(400, {"error": "RecordNotFound", "message": "Could not locate record"})
MESSAGE = Message(
    id=UUID("01939f2a-5d00-7000-8000-00000000000a"),
    purpose=Purpose.PUBLIC_REPLY,
    text=TEXT,
    thread_id=POST,
    reply_to=POST,
    reference={"uri": POST, "cid": CID, "root_uri": POST, "root_cid": CID},
    to_external_id=THEM,
    to_handle="upset.test",
    language="en",
    since=AT,
)


def post(
    uri: str = POST,
    text: str = "@care.test heels from your Leeds shop snapped",
    *,
    by: str = THEM,
    handle: str = "upset.test",
    indexed_at: str = "2026-11-22T05:09:19.011Z",
    created_at: str = "2026-11-22T05:09:19.011Z",
    reason: str = "",
    **record: object,
) -> dict[str, object]:
    """A post, or with a reason a notification, as the network shows it."""
    said = {"$type": "app.bsky.feed.post", "text": text, "createdAt": created_at, **record}
    shown = {
        "uri": uri,
        "cid": CID,
        "author": {"did": by, "handle": handle, "displayName": "Sam"},
        "record": said,
        "indexedAt": indexed_at,
    }
    return shown | ({"reason": reason} if reason else {})


def side(request: Request) -> Answered:
    """The account's server, in good health; the message's record is there already."""
    match request.url.partition("/xrpc/")[2].partition("?")[0]:
        case "com.atproto.repo.createRecord":
            assert isinstance(request.json, dict)
            uri = f"at://{US}/app.bsky.feed.post/{request.json['rkey']}"
            return answer(200, {"uri": uri, "cid": CID, "validationStatus": "valid"})
        case "com.atproto.repo.getRecord":
            return answer(
                200, {"uri": f"at://{US}/app.bsky.feed.post/x", "cid": CID, "value": {"text": TEXT}}
            )
        case "app.bsky.feed.getPosts":
            return answer(200, {"posts": [post()]})
        case "app.bsky.notification.listNotifications":
            return answer(200, {"notifications": []})
        case "com.atproto.repo.listRecords":
            return answer(200, {"records": []})
        case _:
            return answer(501, {"error": "MethodNotImplemented"})


def news(request: Request) -> Answered:
    """The server, when there is a notification, an answer of ours, and something that a search finds."""
    parent = {"uri": POST, "cid": CID}
    match request.url.partition("/xrpc/")[2].partition("?")[0]:
        case "app.bsky.notification.listNotifications":
            facets = [{"index": {"byteStart": 0, "byteEnd": 10}, "features": [{"did": US}]}]
            mention = post(reason="mention", facets=facets, langs=["en"])
            return answer(200, {"notifications": [mention], "cursor": "older"})
        case "com.atproto.repo.listRecords":
            said = {"text": TEXT, "createdAt": AT.isoformat(), "reply": {"root": parent, "parent": parent}}
            uri = f"at://{US}/app.bsky.feed.post/3n2aaaaaaaa2b"
            return answer(200, {"records": [{"uri": uri, "cid": CID, "value": said}]})
        case "app.bsky.feed.searchPosts":
            return answer(200, {"posts": [post(f"{POST}x", "no good heels")]})
        case _:
            return side(request)


CASE = Case(
    account=ACCOUNT,
    messages=[MESSAGE],
    side=side,
    news=news,
    signed_out=answer(400, {"error": "ExpiredToken", "message": "Token has expired"}),
    too_much=(
        answer(
            429,
            {"error": "RateLimitExceeded"},
            ratelimit_reset="1795324230",
            date="Sun, 22 Nov 2026 05:10:00 GMT",
        ),
        int(datetime(2026, 11, 22, 5, 10, tzinfo=UTC).timestamp()) * -1 + 1795324230,
    ),
    final=answer(
        400,
        {"error": "InvalidRequest", "message": "grapheme too big (maximum 300, got 301) at $.record.text"},
    ),
    wrong_bodies=[
        item("notification", post={"reason": "mention"}),
        item("notification", post=post(reason="mention") | {"record": None}),
        item("notification", post=post(reason="mention", reply={"root": 7})),
        item("found", post=post()),
        item("gone", uri=7),
        item("something else"),
    ],
)
