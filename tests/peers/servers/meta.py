"""Meta on loopback, after its published contract: the Graph for one Page and one Instagram account, and webhooks.

It keeps what is posted, holds to the rules (one private answer to a comment within seven days, windows of 24
hours and seven days, HUMAN_AGENT), signs what it delivers, and fails on request before or after the side
effect. Not from any of Meta's code. Sources: the addresses in `bridge/channels/meta_*.py`.
"""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.peers.servers.loopback import Fault, Handler, Refused, listening

PAGE, PROFILE = "200000000000001", "17840000000000001"
APP_SECRET, TOKEN = "local-app-secret", "local-page-token"
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
RESTED = '{"%s":[{"type":"pages","call_count":%d,"total_cputime":5,"total_time":5,"estimated_time_to_regain_access":%d}]}'


class NotDone(Refused):
    """An error as the Graph tells it."""

    def __init__(self, code: int, subcode: int = 0, *, status: int = 400) -> None:
        told = {
            "message": f"(#{code}) Refused",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "AbCdEf",
        }
        super().__init__(status, {"error": told | ({"error_subcode": subcode} if subcode else {})})


@dataclass
class Graph:
    """Everything that Meta knows. `now` may be moved."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    app_secret: str = APP_SECRET
    token: str = TOKEN
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    talks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    last_word: dict[str, datetime] = field(default_factory=dict)
    private_answers: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    usage_percent: int = 3
    regain_minutes: int = 0

    # What happens out there.

    def comment(self, comment_id: str, text: str, by: str, *, at: datetime | None = None) -> None:
        """Somebody writes a comment under a post of ours."""
        self.comments[comment_id] = self._row(comment_id, text, by, at) | {"under": ""}

    def write(self, customer: str, text: str, *, at: datetime | None = None) -> str:
        """Somebody writes us a message. Returns its id."""
        talk = self.talks.setdefault(customer, [])
        talk.append(self._row(f"m_in_{customer}_{len(talk)}", text, customer, at))
        self.last_word[customer] = at or self.now()
        return str(talk[-1]["id"])

    def _row(self, row_id: str, text: str, by: str, at: datetime | None = None) -> dict[str, Any]:
        created = (at or self.now()).strftime("%Y-%m-%dT%H:%M:%S+0000")
        return {"id": row_id, "message": text, "from": {"id": by}, "created_time": created}

    # What is asked of it.

    def get(self, path: str, args: Mapping[str, str]) -> dict[str, Any]:
        """Answer a GET."""
        match path.split("/"):
            case [who, "conversations"] if who in {PAGE, PROFILE, "me"}:
                if args.get("platform", "").lower() not in {"messenger", "instagram"}:
                    raise NotDone(100)
                return {
                    "data": [self._talk(args["user_id"])] if self.talks.get(args.get("user_id", "")) else []
                }
            case [talk, "messages"] if self.talks.get(talk.removeprefix("t_")):
                return {"data": self.talks[talk.removeprefix("t_")][::-1]}
            case [comment, "comments" | "replies" as edge] if comment in self.comments:
                rows = [row for row in self.comments.values() if row["under"] == comment]
                return {"data": [_named(row, edge) for row in rows[::-1]]}
            case [comment] if comment in self.comments:
                return self._shown(comment, args.get("fields", ""))
            case [who] if who in {PAGE, PROFILE, "me"}:
                return {"id": PAGE if who == "me" else who, "name": "Northlight"}
        raise NotDone(100, 33)

    def _talk(self, customer: str) -> dict[str, Any]:
        return {"id": f"t_{customer}", "messages": {"data": self.talks[customer][::-1]}}

    def _shown(self, comment: str, fields: str) -> dict[str, Any]:
        told: dict[str, Any] = {"id": comment}
        if "can_reply_privately" in fields:
            told["can_reply_privately"] = comment not in self.private_answers
        if "private_reply_conversation" in fields and comment in self.private_answers:
            told["private_reply_conversation"] = self._talk(self.private_answers[comment])
        return told if len(told) > 1 else _named(self.comments[comment], "comments")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a POST asks for."""
        match path.split("/"):
            case [comment, "comments" | "replies"] if comment in self.comments:
                return self._answer(comment, body)
            case [who, "messages"] if who in {PAGE, PROFILE, "me"}:
                return self._message(PROFILE if who == PROFILE else PAGE, body)
        raise NotDone(100, 33)

    def _answer(self, comment: str, body: Mapping[str, Any]) -> dict[str, Any]:
        words = body.get("message")
        if not isinstance(words, str) or not words:
            raise NotDone(100)
        if any(row["under"] == comment and row["message"] == words for row in self.comments.values()):
            raise NotDone(506)
        made = f"{comment.split('_', maxsplit=1)[0]}_{9000 + len(self.comments)}"
        by = PROFILE if "_" not in comment else PAGE
        self.comments[made] = self._row(made, words, by) | {"under": comment}
        return {"id": made}

    def _message(self, by: str, body: Mapping[str, Any]) -> dict[str, Any]:
        to, words = body.get("recipient"), body.get("message")
        if not isinstance(to, dict) or not isinstance(words, dict) or not isinstance(words.get("text"), str):
            raise NotDone(100)
        comment = to.get("comment_id")
        if comment is not None:
            customer = self._first_private(str(comment))
        else:
            customer = str(to.get("id", ""))
            self._in_window(customer, body)
        talk = self.talks.setdefault(customer, [])
        talk.append(self._row(f"m_out_{customer}_{len(talk)}", words["text"], by))
        if comment is not None:
            self.private_answers[str(comment)] = customer
        return {"recipient_id": customer, "message_id": talk[-1]["id"]}

    def _first_private(self, comment: str) -> str:
        row = self.comments.get(comment)
        if row is None:
            raise NotDone(100, 33)
        if comment in self.private_answers:
            raise NotDone(10900)
        if self.now() - datetime.fromisoformat(row["created_time"]) >= WEEK:
            raise NotDone(10, 2018278)
        by = str(row["from"]["id"])
        # In Messenger a person has another id than under a post; on Instagram it is the same.
        return by if "_" not in comment else f"5{by[1:]}"

    def _in_window(self, customer: str, body: Mapping[str, Any]) -> None:
        since = self.last_word.get(customer)
        if since is None:
            raise NotDone(551)
        age, kind, tag = self.now() - since, body.get("messaging_type", "RESPONSE"), body.get("tag")
        if kind not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"} or (kind == "MESSAGE_TAG") != (tag is not None):
            raise NotDone(100)
        if age >= (WEEK if tag == "HUMAN_AGENT" else DAY):
            raise NotDone(10, 2018278)

    # Webhooks.

    def subscribe(self, url: str, verify_token: str) -> requests.Response:
        """Shake hands with a receiver, as when somebody saves the webhook's settings."""
        asked = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": "1158201444"}
        return requests.get(url, params=asked, timeout=5)

    def signed(self, told: object) -> tuple[bytes, dict[str, str]]:
        """The bytes of a delivery, escaped as Meta escapes them, and its headers."""
        body = json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()
        digest = hmac.new(self.app_secret.encode(), body, sha256).hexdigest()
        return body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


def _named(row: Mapping[str, Any], edge: str) -> dict[str, Any]:
    if edge == "comments":
        return {name: value for name, value in row.items() if name != "under"}
    return {"id": row["id"], "text": row["message"], "from": row["from"], "timestamp": row["created_time"]}


class _Handler(Handler):
    vendor: Graph
    content_type = "application/json; charset=UTF-8"

    def take(self, raw: bytes) -> None:
        graph, parts = self.vendor, urlsplit(self.path)
        args, path = dict(parse_qsl(parts.query)), parts.path.strip("/").partition("/")[2]
        body = None if self.command == "GET" else self._body(raw)
        graph.asked.append((self.command, path))
        fault = graph.faults.pop(0) if body is not None and graph.faults else None

        def allow() -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if graph.token not in {token, args.get("access_token"), (body or {}).get("access_token")}:
                raise NotDone(190, 463, status=401 if token == "" else 400)

        def do() -> tuple[int, object]:
            if body is None:
                return 200, graph.get(path, args)
            told = graph.post(path, body)
            graph.posts.append((path, body))
            return 200, told

        self.respond(fault, allow=allow, do=do)

    def _body(self, raw: bytes) -> dict[str, Any]:
        if self.headers.get("Content-Type", "").startswith("application/json"):
            told: dict[str, Any] = json.loads(raw)
            return told
        return {name: _unpacked(value) for name, value in dict(parse_qsl(raw.decode())).items()}

    def usual_headers(self) -> dict[str, str]:
        usage = RESTED % (PAGE, self.vendor.usage_percent, self.vendor.regain_minutes)
        return {"X-Business-Use-Case-Usage": usage}

    def own_fault(self, kind: str) -> None:
        match kind:
            case "dead_token":
                self.send(400, NotDone(190, 463).body)
            case "app_limit":
                self.send(400, NotDone(4).body, **{"X-App-Usage": '{"call_count":100,"total_time":9}'})
            case "page_limit":
                self.send(400, NotDone(32).body, **{"X-Page-Usage": '{"call_count":101}'})
            case "business_limit":
                self.send(400, NotDone(80006).body, **{"X-Business-Use-Case-Usage": RESTED % (PAGE, 100, 12)})
            case "http_429":
                self.send(429, {}, **{"Retry-After": "90"})
            case "status_500":
                self.send(500, {"error": {"message": "x", "type": "OAuthException", "code": 2}})
            case "status_502":
                self.send(502, b"<html>Bad gateway</html>")
            case "error_in_200":
                self.send(200, NotDone(2).body)
            case _:
                raise AssertionError(kind)


def _unpacked(value: str) -> Any:
    """A form's value: nested ones come as JSON."""
    return json.loads(value) if value[:1] in {"{", "["} else value


@contextmanager
def serving(graph: Graph) -> Iterator[str]:
    """Run it on a free port. Yields its address."""
    with listening(_Handler, graph) as url:
        yield url
