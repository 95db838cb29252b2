"""Zendesk on loopback: one ticket and its comments. Source: developer.zendesk.com, "Tickets", "Ticket comments"."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from tests.peers.servers.loopback import Refused
from tests.peers.servers.tool import Tool, now

EMAIL, TOKEN = "bridge@northlight.example", "zendesk-token"
USERS = [
    {"id": 9001, "name": "Sam Shopper", "role": "end-user", "email": "sam@shopper.example"},
    {"id": 8001, "name": "Bridge", "role": "agent", "email": EMAIL},
]


@dataclass
class Zendesk(Tool):
    """Ticket 4711 came by e-mail; its comments, the oldest first."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    via: str = "email"

    def __post_init__(self) -> None:
        self.write("heels snapped on day one", public=True, author=9001)

    def require(self, headers: dict[str, str]) -> None:
        wanted = b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
        if headers.get("authorization") != f"Basic {wanted}":
            raise Refused(401, {"error": "Couldn't authenticate you"})

    def answer(self, method: str, path: str, args: dict[str, str], body: Any) -> tuple[int, object]:
        if path == "/api/v2/tickets/4711.json":
            if method != "PUT":
                return 200, {"ticket": self._ticket()}
            said = body["ticket"].get("comment") or {}
            made = self.write(said["body"], public=said.get("public", True), author=8001)
            return 200, {"ticket": self._ticket(), "audit": self._audit(made)}
        if path in {"/api/v2/tickets/4711/comments.json", "/api/v2/tickets/4711/comments"}:
            listed = self.comments[::-1] if args.get("sort_order") == "desc" else self.comments
            size = int(args.get("per_page", "100"))
            first = (int(args.get("page", "1")) - 1) * size
            page = listed[first : first + size]
            told = {"comments": page, "next_page": None, "previous_page": None, "count": len(listed)}
            return 200, told | ({"users": USERS} if "users" in args.get("include", "") else {})
        if path.startswith("/api/v2/users"):
            return 200, {"users": USERS, "user": USERS[0]}
        raise Refused(404, {"error": "RecordNotFound", "description": "Not found"})

    def write(self, body: str, *, public: bool, author: int) -> dict[str, Any]:
        """Put a comment into the ticket."""
        made = {
            "id": self.number(),
            "type": "Comment",
            "author_id": author,
            "body": body,
            "html_body": f"<p>{body}</p>",
            "plain_body": body,
            "public": public,
            "attachments": [],
            "audit_id": self.number(),
            "via": {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": now(),
            "metadata": {"system": {}, "custom": {}},
        }
        self.comments.append(made)
        return made

    def _ticket(self) -> dict[str, Any]:
        return {
            "id": 4711,
            "subject": "Snapped heels",
            "description": "heels snapped on day one",
            "status": "open",
            "requester_id": 9001,
            "submitter_id": 9001,
            "tags": [],
            "via": {"channel": self.via, "source": {"from": {}, "to": {}, "rel": None}},
            "is_public": True,
            "created_at": now(),
            "updated_at": now(),
        }

    def _audit(self, made: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": made["audit_id"],
            "ticket_id": 4711,
            "author_id": 8001,
            "created_at": now(),
            "metadata": {"system": {}, "custom": {}},
            "events": [made],
            "via": made["via"],
        }
