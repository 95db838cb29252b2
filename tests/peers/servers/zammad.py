"""Zammad on loopback: one ticket and its articles. Source: zammad-documentation, `api/ticket`."""

from dataclasses import dataclass, field
from typing import Any

from tests.peers.servers.loopback import Refused
from tests.peers.servers.tool import Tool, now

TOKEN = "zammad-token"


@dataclass
class Zammad(Tool):
    """Ticket 81 came by e-mail; its articles, the oldest first."""

    articles: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.write({"body": "They broke on day one", "type": "email", "internal": False}, sender="Customer")

    def require(self, headers: dict[str, str]) -> None:
        if headers.get("authorization") != f"Token token={TOKEN}":
            raise Refused(401, {"error": "Invalid token"})

    def answer(self, method: str, path: str, args: dict[str, str], body: Any) -> tuple[int, object]:
        if method == "POST" and path == "/api/v1/ticket_articles":
            if body.get("ticket_id") != 81:
                raise Refused(422, {"error": "No such ticket"})
            return 201, self.write(body, sender="Agent")
        if path == "/api/v1/ticket_articles/by_ticket/81":
            return 200, self.articles
        if path == "/api/v1/tickets/81":
            ticket = {
                "id": 81,
                "number": "10081",
                "title": "Snapped heels",
                "state": "open",
                "customer_id": 3,
            }
            return 200, ticket | {"tags": [], "created_at": now()}
        raise Refused(404, {"error": "Couldn't find Ticket", "error_human": "No such ticket"})

    def write(self, told: dict[str, Any], *, sender: str) -> dict[str, Any]:
        """Put an article into the ticket."""
        made = {
            "id": self.number(),
            "ticket_id": 81,
            "from": "Sam Shopper <sam@shopper.example>" if sender == "Customer" else "Bridge",
            "to": told.get("to", ""),
            "cc": "",
            "subject": told.get("subject", ""),
            "body": told["body"],
            "content_type": told.get("content_type", "text/plain"),
            "type": told.get("type", "note"),
            "internal": told.get("internal", False),
            "sender": sender,
            "message_id": f"<{self.numbers}@zammad.example>",
            "in_reply_to": told.get("in_reply_to"),
            "created_by_id": 3 if sender == "Customer" else 5,
            "created_by": "sam@shopper.example" if sender == "Customer" else "bridge",
            "created_at": now(),
            "updated_at": now(),
        }
        self.articles.append(made)
        return made
