"""What the care tools' cases have in common: an account, messages for a conversation, and signing."""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming
from bridge.channels.going_out import Message, Purpose

AT = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
TEXT = "Store 12 exchanged the shoes.\nNothing is owed any more."


def account(channel: str, base_url: str, **settings: str) -> Account:
    """A connected account of the tool."""
    return Account(
        id=UUID("00000000-0000-7000-8000-000000000001"),
        channel=channel,
        base_url=base_url,
        handle="northlight",
        settings=settings,
        secrets={"access_token": ("tool-token",), "webhook_secret": ("tool-secret-of-16-signs",)},
    )


def message(purpose: Purpose, door: str, text: str = TEXT) -> Message:
    """One message for a conversation."""
    return Message(
        id=UUID("00000000-0000-7000-8000-00000000000a"),
        purpose=purpose,
        text=text,
        thread_id="thread",
        reference={"conversation": door},
        door=door,
        since=AT,
    )


def posted(body: bytes, **headers: str) -> Incoming:
    """A delivery; header names may be written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Incoming("POST", {"content-type": "application/json", **named}, {}, body)


def hex_hmac(method: Callable[..., object], secret: str, signed: bytes) -> str:
    """The hex HMAC, made by hand as the tool makes it."""
    return hmac.new(secret.encode(), signed, method).hexdigest()  # type: ignore[arg-type]
