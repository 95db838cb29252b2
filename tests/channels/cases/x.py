"""X's case: deliveries as its documentation shows them, signed with a secret of ours."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import orjson

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Message, Purpose
from bridge.channels.x.signing import HEADER, signature
from tests.channels.answers import answer
from tests.channels.case import Case, Signed

AT = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
US, CUSTOMER, POST = "1790000000000000001", "1790000000000000002", "2091000000000000010"
ACCOUNT = Account(
    id=UUID("00000000-0000-7000-8000-000000000002"),
    channel="x",
    base_url="https://api.x.com",
    external_id=US,
    handle="northlight",
    settings={"client_id": "client-1"},
    secrets={
        "consumer_secret": ("x-consumer-secret",),
        "access_token": ("x-access-token",),
        "refresh_token": ("x-refresh-token",),
    },
)


def id_at(moment: datetime, number: int = 0) -> str:
    """An id as X makes it in that moment."""
    began = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
    return str((round((moment - began).total_seconds() * 1000) << 22) + number)


USER = {"id": CUSTOMER, "username": "upset_shopper", "name": "Sam Shopper", "verified_type": "none"}


def post(**changes: object) -> dict[str, object]:
    """A post that mentions us, as the API shows it."""
    return {
        "id": POST,
        "text": "@northlight my heels broke on day one",
        "author_id": CUSTOMER,
        "conversation_id": changes.get("id", POST),
        "created_at": "2026-11-22T05:10:00.000Z",
        "lang": "en",
        "edit_history_tweet_ids": [changes.get("id", POST)],
        "entities": {"mentions": [{"start": 0, "end": 11, "username": "northlight", "id": US}]},
        **changes,
    }


def activity(
    kind: str, payload: dict[str, object], *, uuid: str = "3091827364059182001"
) -> dict[str, object]:
    """The envelope of the X Activity API."""
    return {
        "data": {
            "event_uuid": uuid,
            "filter": {"user_id": US},
            "event_type": kind,
            "payload": payload,
            "includes": {"users": [USER]},
        }
    }


def direct(**changes: object) -> dict[str, object]:
    """A private message in the envelope's payload."""
    said = {"id": "2091000000000000020", "sender": CUSTOMER, "to": US, "text": "Order 55512", **changes}
    return {
        "direct_message_events": [
            {
                "type": "message_create",
                "id": said["id"],
                "created_timestamp": "1795324800000",
                "message_create": {
                    "target": {"recipient_id": said["to"]},
                    "sender_id": said["sender"],
                    "message_data": {"text": said["text"]},
                },
            }
        ],
        "users": {CUSTOMER: {"data": USER}},
    }


def chat() -> dict[str, object]:
    """An encrypted message."""
    return {
        "id": "e4f4d3fc-8bbf-4928-92eb-000000000001",
        "conversation_id": f"{CUSTOMER}:{US}",
        "sender_id": CUSTOMER,
        "created_at_msec": "1795324800000",
        "encoded_event": "CwABAAAAEzIw",
    }


def delivery(told: dict[str, object], *, secret: str = "x-consumer-secret") -> Incoming:
    """It as a signed request."""
    body = orjson.dumps(told)
    return Incoming("POST", {"content-type": "application/json", HEADER: signature(secret, body)}, {}, body)


def side(request: Request) -> Answered:
    """X, in good health."""
    if request.method == "GET":
        return answer(200, {"meta": {"result_count": 0}})
    if "/dm_conversations/" in request.url:
        return answer(201, {"data": {"dm_conversation_id": f"{US}-{CUSTOMER}", "dm_event_id": "50"}})
    return answer(201, {"data": {"id": "2091000000000000040", "text": "said"}})


def news(request: Request) -> Answered:
    """X, when there is a mention, a private message, and something that a search finds."""
    meta, users = {"result_count": 1, "newest_id": POST}, {"users": [USER]}
    if "/mentions" in request.url:
        return answer(200, {"data": [post()], "includes": users, "meta": meta})
    if "/dm_events" in request.url:
        said = {
            "id": "2091000000000000021",
            "event_type": "MessageCreate",
            "text": "Order 55512",
            "sender_id": CUSTOMER,
            "dm_conversation_id": f"{US}-{CUSTOMER}",
            "created_at": "2026-11-22T05:10:00.000Z",
        }
        return answer(200, {"data": [said], "includes": users, "meta": meta})
    if "/tweets/search/recent" in request.url:
        found = post(id="2091000000000000030", text="no good heels", entities={})
        return answer(200, {"data": [found], "includes": users, "meta": meta})
    return side(request)


def message(purpose: Purpose = Purpose.PUBLIC_REPLY, **changes: object) -> Message:
    """A message to the customer who mentioned us."""
    told = Message(
        id=UUID("00000000-0000-7000-8000-00000000000b"),
        purpose=purpose,
        text="We have sent you a message.",
        thread_id=POST,
        reply_to=POST,
        reference={"id": POST, "author_id": CUSTOMER, "is_summons": True},
        to_external_id=CUSTOMER,
        to_handle="upset_shopper",
        since=AT,
    )
    return replace(told, **changes)  # type: ignore[arg-type]


def _signed(told: dict[str, object], kind: EventKind) -> Signed:
    return Signed(delivery(told), AT, (kind,))


CASE = Case(
    account=ACCOUNT,
    deliveries=[
        _signed(activity("post.mention.create", post()), EventKind.PUBLIC_MENTION),
        _signed(
            activity("post.reply.create", post(id="11", in_reply_to_user_id=US), uuid="-498317022904955002"),
            EventKind.PUBLIC_REPLY,
        ),
        _signed(activity("dm.received", direct(), uuid="4"), EventKind.PRIVATE_MESSAGE),
        _signed(
            activity("dm.sent", direct(id="21", sender=US, to=CUSTOMER), uuid="5"), EventKind.OUTCOME_ECHO
        ),
        _signed(activity("chat.received", chat(), uuid="6"), EventKind.CLOSED_MESSAGE),
        _signed(activity("post.delete", {"id": POST, "author_id": CUSTOMER}, uuid="7"), EventKind.DELETED),
        _signed(activity("oauth.revoke", {"user_id": US, "app_id": "1"}, uuid="8"), EventKind.REVOKED),
        _signed(activity("something.new", {}, uuid="9"), EventKind.OTHER),
        _signed({"replay_job_status": {"job_id": "1", "job_state": "Complete"}}, EventKind.OTHER),
    ],
    signature_headers=(HEADER,),
    secret_name="consumer_secret",
    messages=[message(), message(Purpose.PRIVATE_MESSAGE)],
    side=side,
    news=news,
    signed_out=answer(401, {"title": "Unauthorized", "type": "about:blank", "status": 401}),
    too_much=(
        answer(
            429,
            {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
            x_rate_limit_reset="1795325700",
            date="Sun, 22 Nov 2026 05:33:00 GMT",
        ),
        120,
    ),
    final=answer(
        400, {"type": "https://api.twitter.com/2/problems/invalid-request", "title": "Invalid Request"}
    ),
    wrong_bodies=(
        b'{"data": {"event_type": "post.mention.create", "payload": {"id": 7}}}',
        b'{"data": {"event_type": "dm.received", "payload": []}}',
        b'{"data": {"text": "x"}}',
        b'{"for_user_id": "1", "tweet_create_events": [{}]}',
        b'{"gone": 7}',
        b'{"data": {"dm_conversation_id": "1-2-3", "sender_id": "1", "id": "2"}}',
    ),
)
