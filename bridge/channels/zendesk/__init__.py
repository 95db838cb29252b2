"""Zendesk: tickets, with signed event webhooks and triggers whose body an administrator writes.

Sources: developer.zendesk.com, "Verifying webhook authenticity", "Webhook event types", "Tickets",
"Ticket comments".
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from bridge.channels import care
from bridge.channels.abilities import Capabilities, Field, Kind
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Fetched, Incoming
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain
from bridge.channels.zendesk import reading, sending


class Zendesk(Plain):
    """The tickets of one Zendesk."""

    capabilities = Capabilities(
        name="Zendesk",
        kind=Kind.CARE_TOOL,
        network="zendesk",
        lengths="other",
        fields=(
            Field(name="email", label="E-mail of the bridge's own agent"),
            Field(name="access_token", label="API token", is_secret=True),
            Field(name="webhook_secret", label="Signing secret of the webhook", is_secret=True),
        ),
        receives_webhooks=True,
        can_receive_public=True,
        can_receive_private=True,
        can_reply_public=True,
        can_send_private=True,
        can_write_note=True,
        can_read_back=True,
        can_fetch=True,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check the base64 HMAC-SHA256 over timestamp and body, without a sign between, and the time."""
        stamp = incoming.headers.get("x-zendesk-webhook-signature-timestamp", "")
        if not stamp or not stamp.isascii():
            care.require_signature(account, "webhook_secret", "", lambda _secret: None)
        signed = stamp.encode() + incoming.body
        care.require_signature(
            account,
            "webhook_secret",
            incoming.headers.get("x-zendesk-webhook-signature", ""),
            lambda secret: b64encode(hmac.new(secret, signed, sha256).digest()).decode(),
        )
        care.require_fresh(care.moment_of(stamp), now)
        return care.delivery_name(incoming.headers.get("x-zendesk-webhook-invocation-id"), incoming.body)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """A ticket's event, or the body of a trigger."""
        return reading.read(account, body)

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for the ticket and its comments."""
        return sending.fetch(account, conversation, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Add a comment: private for colleagues, public for the customer."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look through the ticket's comments for ours."""
        return sending.find(account, message, call=call)


CHANNEL = Zendesk()
