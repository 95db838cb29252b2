"""What the care tools have in common: names for what is theirs, reading their JSON, who sent it. Pure.

A tool numbers its conversations, messages and people by itself, so that the same number means another
thing in the next installation: each name of ours begins with the installation's host. Where the tool
says which post on which network a message is, that network's own id counts instead, and the post that
came through two doors is one post.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from bridge.channels.accounts import Account
from bridge.channels.coming_in import NotAuthentic, NotReadable
from bridge.channels.going_out import Message
from bridge.permalinks import ID_MAX_CHARACTERS

# What a tool's JSON is looked for in is a tuple everywhere: a list that stands where a word belongs cannot
# be looked for in a set.

STALE_AFTER: Final = timedelta(minutes=5)
STORE_PROBLEM: Final = frozenset({"store_problem", "store-problem"})
"""The tag or label by which somebody in the tool asks for an escalation."""

HANDLE_NAME_MAX: Final = 40
AUTHOR_ID_MAX: Final = 80


def place_of(account: Account) -> str:
    """The installation: host, and path where it has one."""
    parts = urlsplit(account.base_url)
    return f"{parts.netloc}{parts.path}".rstrip("/").lower()


def name_of(*steps: object, longest: int = ID_MAX_CHARACTERS) -> str:
    """One name out of steps; its hash when it would be longer than we keep."""
    name = "/".join(str(step) for step in steps)
    return name if len(name) <= longest else f"sha256-{sha256(name.encode()).hexdigest()}"


def ticket_name(account: Account, ticket: object, *more: object) -> str:
    """Our name for a ticket, or for something in it, in a tool whose installation numbers its tickets."""
    return name_of(place_of(account), "tickets", ticket, *more)


def author_id(account: Account, own: object) -> str:
    """A person of the tool, told apart from the same number elsewhere."""
    return name_of(place_of(account), "people", own, longest=AUTHOR_ID_MAX)


def handle_of(shown: object, own: object) -> str:
    """Something to call a person by who has no handle: the name, made single by the tool's number.

    Two customers of one name stay two: nobody is merged by likeness.
    """
    name = unicodedata.normalize("NFC", shown) if isinstance(shown, str) else ""
    name = "_".join(re.findall(r"[\w.-]+", name))[:HANDLE_NAME_MAX] or "customer"
    return f"{name}-{str(own)[-32:]}"


def object_of(body: bytes) -> dict[str, Any]:
    """The delivery as a JSON object. Raises NotReadable."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotReadable("bad_json") from error
    if not isinstance(told, dict):
        raise NotReadable("bad_json")
    return told


def inside(told: object, *path: str) -> Any:
    """What lies at a path of names; None as soon as one is missing."""
    for name in path:
        if not isinstance(told, dict):
            return None
        told = told.get(name)
    return told


def objects(told: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing of what is none."""
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def id_of(told: object) -> str:
    """An id as a text, whether the tool sends a number or a text; "" for anything else."""
    if isinstance(told, bool) or not isinstance(told, int | str):
        return ""
    return str(told).strip()


def text_of(told: object) -> str:
    """A text, or "" for anything else."""
    return told if isinstance(told, str) else ""


def moment_of(told: object) -> datetime | None:
    """A moment, from seconds since 1970 or from ISO 8601; None when it is neither."""
    try:
        if isinstance(told, int | float) and not isinstance(told, bool):
            return datetime.fromtimestamp(told, UTC)
        if isinstance(told, str):
            at = datetime.fromisoformat(told)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


_BREAKS: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>", re.IGNORECASE)
_DROPPED: Final = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAGS: Final = re.compile(r"<[^<>]{0,2000}>")


def plain(html: object) -> str:
    """The words of a piece of HTML, line by line. Only read as a text, never shown as markup."""
    text = _TAGS.sub("", _BREAKS.sub("\n", _DROPPED.sub("", text_of(html))))
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in unescape(text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def words_of(text: str) -> str:
    """What is left of a text when a tool has set it anew: its words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def asks_for_escalation(tags: object) -> bool:
    """Whether a tag of the conversation asks for an escalation; the tags come as a list or in one text."""
    if isinstance(tags, str):
        tags = re.split(r"[\s,]+", tags)
    return isinstance(tags, list) and any(
        isinstance(tag, str) and tag.lower() in STORE_PROBLEM for tag in tags
    )


def facts_of(state: object, tags: object) -> dict[str, str]:
    """What a conversation's change says: its state in the tool's word, and whether it asks for a store.

    Without tags nothing is said about asking.
    """
    facts = {"state": text_of(state).lower()[:40]}
    if tags is None:
        return facts
    return facts | {"wants": "store_problem" if asks_for_escalation(tags) else ""}


# Who sent it.


def require_signature(
    account: Account, secret_name: str, given: str, make: Callable[[bytes], str | None]
) -> None:
    """Raise NotAuthentic unless one of the live secrets makes the signature that was given."""
    if not given or not given.isascii():
        raise NotAuthentic("header_missing")
    found = False
    for secret in account.secrets.get(secret_name, ()):
        made = make(secret.encode())
        # Each is compared, so that the time says nothing about which one fits.
        found |= made is not None and hmac.compare_digest(made.encode(), given.encode())
    if not found:
        raise NotAuthentic("bad_signature")


def require_fresh(at: datetime | None, now: datetime) -> None:
    """Raise NotAuthentic for what was signed more than five minutes ago or ahead."""
    if at is None or abs(now - at) > STALE_AFTER:
        raise NotAuthentic("stale")


def delivery_name(header: str | None, body: bytes) -> str:
    """The sender's own name for a delivery, else the hash of its bytes."""
    return header if header else f"sha256-{sha256(body).hexdigest()}"


# Where to ask.


def api(account: Account, *steps: object, query: str = "") -> str:
    """An address below the tool's base; each step is quoted, so that a name cannot lead elsewhere."""
    path = "/".join(quote(str(step), safe="") for step in steps)
    return f"{account.base_url}/{path}{f'?{query}' if query else ''}"


def conversation_of(message: Message) -> str:
    """The tool's own name for the conversation that a message belongs to."""
    return message.door or id_of(message.reference.get("conversation"))
