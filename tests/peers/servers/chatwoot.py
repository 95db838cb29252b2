"""Chatwoot on loopback: conversations and messages of one account. Source: its application API reference."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.peers.servers.loopback import Refused
from tests.peers.servers.tool import Tool

TOKEN = "chatwoot-token"
PAGE = 20
_PATH = re.compile(r"/api/v1/accounts/1/conversations/(\d+)(/messages)?")


@dataclass
class Chatwoot(Tool):
    """Conversation 812 is a chat; its messages, the oldest first."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    channel: str = "Channel::WebWidget"

    def require(self, headers: dict[str, str]) -> None:
        if headers.get("api_access_token") != TOKEN:
            raise Refused(401, {"errors": ["You need to sign in or sign up before continuing."]})

    def answer(self, method: str, path: str, args: dict[str, str], body: Any) -> tuple[int, object]:
        match = _PATH.fullmatch(path)
        if match is None or match[1] != "812":
            raise Refused(404, {"error": "Resource could not be found"})
        if match[2] is None:
            return 200, self._conversation()
        if method == "POST":
            return 200, self.write(body["content"], private=bool(body.get("private")), kind=1)
        before = int(args.get("before", "0"))
        older = [one for one in self.messages if not before or one["id"] < before]
        return 200, {"meta": {"labels": []}, "payload": older[-PAGE:]}

    def write(self, content: str, *, private: bool = False, kind: int = 0) -> dict[str, Any]:
        """Put a message into the conversation; `kind` 0 is the customer's."""
        message = {
            "id": self.number(),
            "content": content,
            "account_id": 1,
            "inbox_id": 9,
            "conversation_id": 812,
            "message_type": kind,
            "created_at": int(time.time()),
            "private": private,
            "status": "sent",
            "source_id": None,
            "content_type": "text",
            "content_attributes": {},
            "sender": {"id": 77 if kind == 0 else 5, "name": "Sam Shopper" if kind == 0 else "Bridge"},
        }
        self.messages.append(message)
        return message

    def _conversation(self) -> dict[str, Any]:
        return {
            "id": 812,
            "account_id": 1,
            "inbox_id": 9,
            "status": "open",
            "can_reply": True,
            "labels": [],
            "additional_attributes": {},
            "custom_attributes": {},
            "meta": {"sender": {"id": 77, "name": "Sam Shopper"}, "channel": self.channel},
            "messages": self.messages[-1:],
            "timestamp": int(time.time()),
        }
