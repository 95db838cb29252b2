"""X on loopback, after its published contract: posts, private messages, search, stream, webhooks, tokens.

It keeps what is posted, takes a reply only from who was summoned, signs what it delivers, checks a webhook
by CRC, trades refresh tokens once, and fails on request before or after the side effect. Not from any of
X's code. Sources: docs.x.com (API v2) and its OpenAPI document.
"""

import base64
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.peers.servers.loopback import Fault, Handler, Refused, listening
from tests.peers.servers.x_query import CUSTOMER, NAMES, US, matches
from tests.peers.servers.x_stream import Line

CONSUMER_SECRET, APP_TOKEN = "local-consumer-secret", "local-app-token"
CLIENT_ID, CLIENT_SECRET = "local-client", "local-client-secret"
PROBLEMS = "https://api.x.com/2/problems"
TOKENS = "oauth2/token"
STREAM = "tweets/search/stream"
IDS_BEGAN_MS = 1_288_834_974_657
WEEK_MS = 7 * 24 * 3600 * 1000


class NotDone(Refused):
    """An error as X tells it."""

    def __init__(self, status: int, kind: str = "", *, title: str = "Refused", detail: str = "") -> None:
        body = {
            "title": title,
            "detail": detail or title,
            "type": f"{PROBLEMS}/{kind}" if kind else "about:blank",
            "status": status,
        }
        super().__init__(status, body)


@dataclass
class Network:
    """Everything that X knows."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    rules: list[dict[str, str]] = field(default_factory=list)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    shape: str = "list"
    access_tokens: set[str] = field(default_factory=lambda: {"local-access-token"})
    refresh_tokens: set[str] = field(default_factory=lambda: {"local-refresh-token"})
    app_tokens: set[str] = field(default_factory=lambda: {APP_TOKEN})
    closed_to: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(10))
    lines: list[Line] = field(default_factory=list)
    heartbeat_seconds: float = 20

    # What happens out there.

    def post(self, text: str, by: str = CUSTOMER, *, to: str = "") -> dict[str, Any]:
        """Somebody posts, or answers a post."""
        own = self._id()
        parent = self.posts.get(to)
        made = {
            "id": own,
            "text": text,
            "author_id": by,
            "conversation_id": parent["conversation_id"] if parent else own,
            "created_at": _now(),
            "lang": "en",
            "edit_history_tweet_ids": [own],
            "entities": {"mentions": _mentions(text)},
        }
        if parent:
            made["in_reply_to_user_id"] = parent["author_id"]
            made["referenced_tweets"] = [{"type": "replied_to", "id": to}]
        self.posts[own] = made
        for line in self.lines:
            line.tell(self._matched(made))
        return made

    def _id(self) -> str:
        return str((round(time.time() * 1000) - IDS_BEGAN_MS << 22) + next(self.numbers))

    def _matched(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """What a line says of a post; nothing when no rule finds it."""
        found = [
            {"id": one["id"], "tag": one.get("tag", "")} for one in self.rules if matches(post, one["value"])
        ]
        if not found:
            return {}
        return {
            "data": dict(post),
            "includes": {"users": _users([post["author_id"]])},
            "matching_rules": found,
        }

    def write(self, text: str, by: str = CUSTOMER, to: str = US) -> dict[str, Any]:
        """Somebody writes in private."""
        own = self._id()
        pair = "-".join(sorted((by, to)))
        made = {
            "id": own,
            "event_type": "MessageCreate",
            "text": text,
            "sender_id": by,
            "dm_conversation_id": pair,
            "created_at": _now(),
        }
        self.messages.append(made)
        return made

    def delete(self, post_id: str) -> None:
        """An author takes a post back."""
        del self.posts[post_id]
        self.deleted.add(post_id)

    def activity(self, kind: str, post: Mapping[str, Any]) -> dict[str, Any]:
        """The event of the Activity API."""
        return {
            "data": {
                "event_uuid": str(-next(self.numbers)),
                "filter": {"user_id": US},
                "event_type": kind,
                "payload": dict(post),
                "includes": {"users": _users([post["author_id"]])},
            }
        }

    def signed(self, told: object) -> tuple[bytes, dict[str, str]]:
        """The bytes of a delivery and its headers."""
        body = json.dumps(told, ensure_ascii=False).encode()
        return body, {"Content-Type": "application/json", "x-twitter-webhooks-signature": _sign(body)}

    # What is asked of it.

    def get(self, path: str, args: Mapping[str, str]) -> dict[str, Any]:
        """Answer a GET."""
        match path.split("/"):
            case ["users", "me"]:
                return {"data": _user(US)}
            case ["users", "by", "username", name]:
                found = [own for own, known in NAMES.items() if known.lower() == name.lower()]
                if not found:
                    return {"errors": [NotDone(200, "resource-not-found").body]}
                return {"data": _user(found[0])}
            case ["users", own, "tweets"]:
                return self._page([one for one in self.posts.values() if one["author_id"] == own], args)
            case ["users", own, "mentions"]:
                return self._page([one for one in self.posts.values() if _names(one, own)], args)
            case ["tweets"]:
                return self._by_ids(args["ids"].split(","))
            case ["tweets", "search", "recent"]:
                if len(args["query"]) > 512:
                    raise NotDone(400, "invalid-request", detail="query is too long")
                since_ms = (int(args.get("since_id", "0")) >> 22) + IDS_BEGAN_MS
                if "since_id" in args and since_ms < time.time() * 1000 - WEEK_MS:
                    raise NotDone(400, "invalid-request", detail="'since_id' must be created after")
                return self._page([one for one in self.posts.values() if matches(one, args["query"])], args)
            case ["tweets", "search", "stream", "rules"]:
                return {"data": self.rules, "meta": {"sent": _now(), "result_count": len(self.rules)}}
            case ["dm_events"]:
                return self._page(self.messages, args)
            case ["dm_conversations", "with", other, "dm_events"]:
                return self._page([one for one in self.messages if other in one["dm_conversation_id"]], args)
            case ["webhooks"]:
                hooks = list(self.webhooks.values())
                return {"data": hooks, "meta": {"result_count": len(hooks)}}
            case ["activity", "subscriptions"]:
                return {"data": self.subscriptions, "meta": {"result_count": len(self.subscriptions)}}
        raise NotDone(404, "resource-not-found")

    def _page(self, found: list[dict[str, Any]], args: Mapping[str, str]) -> dict[str, Any]:
        since = int(args.get("since_id", "0"))
        rows = [one for one in found if int(one["id"]) > since][::-1]
        start, size = (
            int(args.get("pagination_token", args.get("next_token", "0"))),
            int(args.get("max_results", "10")),
        )
        page = rows[start : start + size]
        told: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            told["data"] = page
            authors = [one.get("author_id") or one["sender_id"] for one in page]
            told["includes"] = {"users": _users(authors)}
            told["meta"] |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if start + size < len(rows):
            told["meta"]["next_token"] = str(start + size)
        return told

    def _by_ids(self, ids: list[str]) -> dict[str, Any]:
        told: dict[str, Any] = {"data": [self.posts[own] for own in ids if own in self.posts]}
        missing = [own for own in ids if own not in self.posts]
        if missing:
            told["errors"] = [
                {**NotDone(200, "resource-not-found").body, "resource_id": own, "value": own}
                for own in missing
            ]
        return told

    def say(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a POST says that everybody, or the customer, reads."""
        text = body.get("text")
        if not isinstance(text, str) or not text:
            raise NotDone(400, "invalid-request")
        match path.split("/"):
            case ["tweets"]:
                to = (body.get("reply") or {}).get("in_reply_to_tweet_id", "")
                if to and to not in self.posts:
                    raise NotDone(404, "resource-not-found")
                if to and not (_names(self.posts[to], US) or self.posts[to].get("in_reply_to_user_id") == US):
                    raise NotDone(403, detail="You are not permitted to reply to this Post.")
                if any(one["text"].endswith(text) and self._answers(one, to) for one in self.posts.values()):
                    raise NotDone(403, detail="You are not allowed to create a Post with duplicate content.")
                name = NAMES[self.posts[to]["author_id"]] if to else ""
                made = self.post(f"@{name} {text}" if to else text, US, to=to)
                return {"data": {"id": made["id"], "text": made["text"]}}
            case ["dm_conversations", "with", other, "messages"]:
                if other in self.closed_to:
                    raise NotDone(403, detail="You cannot send messages to this user.")
                made = self.write(text, US, other)
                told = {"dm_conversation_id": made["dm_conversation_id"], "dm_event_id": made["id"]}
                return {"data": told}
        raise NotDone(404, "resource-not-found")

    def _answers(self, one: Mapping[str, Any], to: str) -> bool:
        return one["author_id"] == US and any(ref["id"] == to for ref in one.get("referenced_tweets", ()))

    def set_up(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Webhooks, subscriptions and rules."""
        match path.split("/"):
            case ["webhooks"]:
                url = str(body["url"])
                self._check(url)
                made = {"id": str(next(self.numbers)), "url": url, "valid": True, "created_at": _now()}
                self.webhooks[str(made["id"])] = made
                return {"data": made}
            case ["activity", "subscriptions"]:
                made = {"subscription_id": str(next(self.numbers)), **body}
                self.subscriptions.append(made)
                shapes = {"list": [made], "object": made, "nested": {"subscription": made}}
                return {"data": shapes[self.shape], "meta": {"total_subscriptions": len(self.subscriptions)}}
            case ["tweets", "search", "stream", "rules"]:
                return self._set_rules(body)
        raise NotDone(404, "resource-not-found")

    def _set_rules(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add some, or delete some. What is there already or cannot be is refused, and the rest is done."""
        meta: dict[str, Any] = {"sent": _now()}
        if "delete" in body:
            gone = set(body["delete"]["ids"])
            self.rules = [one for one in self.rules if one["id"] not in gone]
            return {"meta": {**meta, "summary": {"deleted": len(gone), "not_deleted": 0}}}
        made: list[dict[str, str]] = []
        errors: list[object] = []
        for rule in body["add"]:
            if any(one["value"] == rule["value"] for one in self.rules):
                errors.append({**NotDone(200, "duplicate-rules", title="DuplicateRule").body, **rule})
            elif len(rule["value"]) > 1024:
                errors.append({**NotDone(200, "invalid-rules", title="UnprocessableEntity").body, **rule})
            else:
                made.append({"id": str(next(self.numbers)), **rule})
        self.rules += made
        if errors and not made:
            raise Refused(400, {"errors": errors, "meta": meta})
        told = {"data": made, "meta": {**meta, "summary": {"created": len(made), "not_created": len(errors)}}}
        return {**told, "errors": errors} if errors else told

    def check_again(self, webhook_id: str) -> dict[str, Any]:
        """PUT /2/webhooks/:id."""
        self._check(self.webhooks[webhook_id]["url"])
        self.webhooks[webhook_id]["valid"] = True
        return {"data": {"valid": True}}

    def _check(self, url: str) -> None:
        """Ask the receiver for the proof that it knows the secret (CRC)."""
        told = requests.get(url, params={"crc_token": "crc-1"}, timeout=5, allow_redirects=False)
        if told.status_code != 200 or told.json().get("response_token") != _sign(b"crc-1"):
            raise NotDone(400, "invalid-request", title="CrcValidationFailed")

    def trade(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint: a refresh token works once."""
        wanted = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        given = form.get("refresh_token", "")
        if headers.get("authorization") != f"Basic {wanted}":
            raise NotDone(401, title="unauthorized_client")
        if form.get("grant_type") != "refresh_token" or given not in self.refresh_tokens:
            raise NotDone(400, title="invalid_request", detail="Value passed for the token was invalid.")
        self.refresh_tokens.remove(given)
        number = next(self.numbers)
        self.access_tokens.add(f"access-{number}")
        self.refresh_tokens.add(f"refresh-{number}")
        return {
            "token_type": "bearer",
            "expires_in": 7200,
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "scope": "tweet.read tweet.write users.read dm.read dm.write offline.access",
        }


def _mentions(text: str) -> list[dict[str, Any]]:
    found = []
    for own, name in NAMES.items():
        at = text.find(f"@{name}")
        if at >= 0:
            found.append({"start": at, "end": at + len(name) + 1, "username": name, "id": own})
    return found


def _names(post: Mapping[str, Any], own: str) -> bool:
    return any(one["id"] == own for one in post["entities"]["mentions"])


def _user(own: str) -> dict[str, Any]:
    return {"id": own, "username": NAMES[own], "name": NAMES[own].title(), "verified_type": "none"}


def _users(ids: list[str]) -> list[dict[str, Any]]:
    return [_user(own) for own in dict.fromkeys(ids)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sign(body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.digest(CONSUMER_SECRET.encode(), body, sha256)).decode()


class _Handler(Handler):
    vendor: Network
    good_status = 201
    cut_off = b'{"data": {"id": "2091'

    def take(self, raw: bytes) -> None:
        network, parts = self.vendor, urlsplit(self.path)
        path, args = parts.path.removeprefix("/2/"), dict(parse_qsl(parts.query))
        network.asked.append((self.command, path))
        if path == STREAM:
            self._hold_line()
            return
        says = self.command == "POST" and (path == "tweets" or path.endswith("/messages"))
        fault = network.faults.pop(0) if says and network.faults else None
        self.respond(
            fault,
            allow=lambda: self._allowed(path),
            do=lambda: (201 if says else 200, self._done(path, args, raw)),
        )

    def _allowed(self, path: str) -> None:
        if path == TOKENS:
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.vendor.app_tokens:
            if path.startswith(("dm_", "users/me")) or (path == "tweets" and self.command == "POST"):
                raise NotDone(403, "unsupported-authentication", title="Unsupported Authentication")
        elif token not in self.vendor.access_tokens:
            raise NotDone(401, title="Unauthorized")
        elif path.startswith(STREAM):
            raise NotDone(403, "unsupported-authentication", title="Unsupported Authentication")

    def _hold_line(self) -> None:
        """A post a line, and an empty line where there is none, for as long as both want."""
        network = self.vendor
        try:
            self._allowed(STREAM)
            if network.lines:
                raise _not_held(429, "TooManyConnections")
            if not network.rules:
                raise _not_held(409, "RuleConfigurationIssue")
        except Refused as refused:
            self.send(refused.status, refused.body)
            return
        line = Line()
        network.lines.append(line)
        try:
            line.write_to(self, heartbeat_seconds=network.heartbeat_seconds)
        finally:
            network.lines.remove(line)

    def _done(self, path: str, args: Mapping[str, str], raw: bytes) -> dict[str, Any]:
        if path == TOKENS:
            headers = {name.lower(): value for name, value in self.headers.items()}
            return self.vendor.trade(dict(parse_qsl(raw.decode())), headers)
        if self.command == "GET":
            return self.vendor.get(path, args)
        if self.command == "PUT":
            return self.vendor.check_again(path.rpartition("/")[2])
        body = json.loads(raw or b"{}")
        if path == "tweets" or path.endswith("/messages"):
            return self.vendor.say(path, body)
        return self.vendor.set_up(path, body)

    def own_fault(self, kind: str) -> None:
        match kind:
            case "dead_token":
                self.vendor.access_tokens.clear()
                self.send(401, NotDone(401, title="Unauthorized").body)
            case "too_much":
                body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
                self.send(429, body, **{"x-rate-limit-reset": str(int(time.time()) + 90)})
            case "too_much_as_problem":
                self.send(
                    429,
                    NotDone(429, "rate-limit-exceeded").body,
                    **{"x-rate-limit-reset": str(int(time.time()) + 90)},
                )
            case "status_503":
                self.send(503, b"<html>over capacity</html>")
            case "errors_in_200":
                self.send(200, {"errors": [{"message": "Something is wrong"}]})
            case _:
                raise AssertionError(kind)


def _not_held(status: int, why: str) -> NotDone:
    refused = NotDone(status, "streaming-connection", title="ConnectionException")
    refused.body = {**refused.body, "connection_issue": why}  # type: ignore[dict-item]
    return refused


@contextmanager
def serving(network: Network) -> Iterator[str]:
    """Run it on a free port. Yields its address."""
    with listening(_Handler, network) as url:
        yield url
