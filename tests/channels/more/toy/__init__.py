"""The smallest channel that does everything: it is called, asks, sends, and looks for what was sent.

Its webhooks are JSON, signed with a hex HMAC-SHA256 over timestamp, dot and raw body.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import orjson

from bridge.channels.abilities import Capabilities, Field, Idempotency, Kind
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.coming_in import (
    Author,
    Event,
    EventKind,
    Incoming,
    Item,
    NotAuthentic,
    NotReadable,
    Polled,
)
from bridge.channels.going_out import Message, Purpose, Result, Told, unanswered
from bridge.channels.protocol import Plain
from bridge.channels.webhook import Failed
from bridge.permalinks import Permalink
from bridge.searches import Search

STALE_AFTER = timedelta(minutes=5)
KINDS = {
    "mention": EventKind.PUBLIC_MENTION,
    "direct": EventKind.PRIVATE_MESSAGE,
    "deleted": EventKind.DELETED,
    "edited": EventKind.EDITED,
    "ours": EventKind.OUTCOME_ECHO,
}


class Toy(Plain):
    """Posts and direct messages of one network."""

    capabilities = Capabilities(
        name="Toy",
        kind=Kind.NETWORK,
        network="toy",
        lengths="other",
        fields=(
            Field(name="access_token", label="Access token", is_secret=True),
            Field(name="webhook_secret", label="Webhook secret", is_secret=True),
        ),
        default_url="https://toy.example",
        receives_webhooks=True,
        polls_every_seconds=30,
        can_receive_public=True,
        can_receive_private=True,
        can_reply_public=True,
        can_send_private=True,
        idempotency=Idempotency.NONE,
        can_read_back=True,
    )

    def read_address(self, host: str, path: Sequence[str], asked: Mapping[str, str]) -> Permalink | None:
        """A post's page is `https://toy.example/p/…`."""
        if host != "toy.example" or len(path) != 2 or path[0] != "p":
            return None
        return Permalink("toy", path[1], path[1], f"https://toy.example/p/{path[1]}")

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check timestamp and signature. Raises NotAuthentic."""
        at, given = incoming.headers.get("toy-timestamp", ""), incoming.headers.get("toy-signature", "")
        if not (at.isascii() and at.isdigit() and given.isascii()):
            raise NotAuthentic("header_missing")
        secrets = account.secrets.get("webhook_secret", ())
        if not any(hmac.compare_digest(_signature(secret, at, incoming.body), given) for secret in secrets):
            raise NotAuthentic("bad_signature")
        if abs(now.timestamp() - int(at)) > STALE_AFTER.total_seconds():
            raise NotAuthentic("stale")
        return sha256(incoming.body).hexdigest()

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """One JSON object is one event. Whatever is not what it should be is unreadable."""
        try:
            told = orjson.loads(body)
            created_at = datetime.fromisoformat(_text(told["at"]))
            author = Author(_text(told["author"]["id"]), _text(told["author"]["name"]))
            kind = KINDS.get(_text(told["kind"]), EventKind.OTHER)
            event = Event(
                kind=kind,
                external_id=_text(told["id"]),
                thread_id=_text(told.get("thread", told["id"])),
                parent_id=_text(told.get("parent", "")),
                author=author,
                text=_text(told.get("text", "")),
                permalink=_text(told.get("permalink", "")),
                # The network's clock is UTC; without a zone nobody could compare the moment with ours.
                created_at=created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC),
                is_private=kind is EventKind.PRIVATE_MESSAGE,
                reference={"id": told["id"]},
                also_known_as=tuple(told.get("also", ())),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotReadable("unreadable") from error
        return [event]

    def poll(
        self, account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search] = ()
    ) -> Polled:
        """Ask for everything after the newest id that we know."""
        after = str(cursor.get("after", ""))
        told = call(Request("GET", f"{account.base_url}/events?after={after}", _login(account)))
        if isinstance(told, Failed):
            return Polled(cursor=cursor, error=told.error)
        if told.status_code == 401:
            return Polled(cursor=cursor, error="signed_out", is_signed_out=True)
        if not told.is_good:
            return Polled(
                cursor=cursor,
                error=f"status_{told.status_code}",
                retry_after_seconds=told.retry_after_seconds,
            )
        events = told.object().get("events")
        if not isinstance(events, list):
            return Polled(cursor=cursor, error="bad_answer")
        # What has no name of its own cannot be told from its repeat, and is left out.
        named = [one for one in events if isinstance(one, dict) and isinstance(one.get("id"), str)]
        items = [Item(one["id"], orjson.dumps(one)) for one in named]
        return Polled(items, {"after": items[-1].delivery_id} if items else cursor)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Post once."""
        asked = {"text": message.text, "in_reply_to": message.reply_to}
        if message.purpose is Purpose.PRIVATE_MESSAGE:
            asked = {"text": message.text, "to": message.to_external_id}
        told = call(Request("POST", f"{account.base_url}/posts", _login(account), json=asked))
        return _judged(told)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look among our own posts for these words."""
        told = call(Request("GET", f"{account.base_url}/posts/mine", _login(account)))
        if isinstance(told, Failed) or not told.is_good:
            return _judged(told)
        posts = told.object().get("posts")
        if not isinstance(posts, list):
            return Told(result=Result.UNKNOWN, error="bad_answer")
        for post in posts:
            if isinstance(post, dict) and post.get("text") == message.text:
                name = post.get("id")
                if not isinstance(name, str):
                    return Told(result=Result.UNKNOWN, error="bad_answer")
                return Told(result=Result.SENT, external_id=name)
        return Told(result=Result.NOT_THERE)


def _signature(secret: str, at: str, body: bytes) -> str:
    """The hex HMAC-SHA256 over timestamp, dot and body."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, sha256).hexdigest()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _login(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.secret('access_token')}"}


def _judged(told: Answered | Failed) -> Told:
    if isinstance(told, Failed):
        return unanswered(told)
    status = told.status_code
    if told.is_good:
        made = told.object().get("id")
        if isinstance(made, str) and made:
            return Told(result=Result.SENT, external_id=made, status_code=status)
        return Told(result=Result.UNKNOWN, error="bad_answer", status_code=status)
    if status == 401:
        return Told(result=Result.SIGNED_OUT, error="signed_out", status_code=status)
    if status == 429:
        return Told(
            result=Result.RETRY,
            error="too_much",
            retry_after_seconds=told.retry_after_seconds,
            status_code=status,
        )
    if status >= 500:
        return Told(result=Result.UNKNOWN, error=f"status_{status}", status_code=status)
    return Told(result=Result.FINAL, error=f"status_{status}", status_code=status)


CHANNEL = Toy()
