"""Chatwoot: an inbox for many networks, with signed webhooks, private notes and a page of ours inside it.

Sources: chatwoot.com, "How to use webhooks" and "Dashboard apps"; chatwoot/chatwoot `message.rb`,
`event_data_presenter.rb`, pull requests 13573 and 13892 (signatures).
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from bridge.channels import care
from bridge.channels.abilities import Capabilities, Field, Kind, Panel
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.chatwoot import reading, sending
from bridge.channels.coming_in import Event, Fetched, Incoming, NotAuthentic
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain


class Chatwoot(Plain):
    """Conversations of one Chatwoot account."""

    capabilities = Capabilities(
        name="Chatwoot",
        kind=Kind.CARE_TOOL,
        network="chatwoot",
        lengths="other",
        fields=(
            Field(
                name="account_id", label="Number of the account", help="The number in Chatwoot's addresses."
            ),
            Field(name="access_token", label="Access token of the bridge's own agent", is_secret=True),
            Field(
                name="webhook_secret",
                label="Secret of the webhook",
                is_secret=True,
                help="Copy it from the webhook after saving it; an early version showed another one.",
            ),
        ),
        receives_webhooks=True,
        can_receive_public=True,
        can_receive_private=True,
        can_reply_public=True,
        can_send_private=True,
        can_write_note=True,
        can_read_back=True,
        can_fetch=True,
        panel=Panel(
            ask="chatwoot-dashboard-app:fetch-info", event="appContext", path=("data", "conversation", "id")
        ),
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check the hex HMAC-SHA256 over timestamp, dot and body, and the five minutes."""
        stamp = incoming.headers.get("x-chatwoot-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise NotAuthentic("header_missing")
        signed = stamp.encode() + b"." + incoming.body
        given = incoming.headers.get("x-chatwoot-signature", "")
        care.require_signature(
            account,
            "webhook_secret",
            given,
            lambda secret: "sha256=" + hmac.new(secret, signed, sha256).hexdigest(),
        )
        care.require_fresh(care.moment_of(int(stamp)), now)
        return care.delivery_name(incoming.headers.get("x-chatwoot-delivery"), incoming.body)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """A message, or a conversation that changed."""
        return reading.read(account, body)

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for the conversation and its newest messages."""
        return sending.fetch(account, conversation, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Write a private note, or answer the customer where Chatwoot can."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look through the conversation's messages for ours."""
        return sending.find(account, message, call=call)


CHANNEL = Chatwoot()
