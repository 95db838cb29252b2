"""Freshdesk: tickets, told by automation rules whose body an administrator writes. Nothing is signed.

The rule's "custom header" carries a secret, over HTTPS. Source: developers.freshdesk.com/api.
"""

from collections.abc import Sequence
from datetime import datetime

from bridge.channels import care
from bridge.channels.abilities import Capabilities, Field, Kind
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Fetched, Incoming
from bridge.channels.freshdesk import reading, sending
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain


class Freshdesk(Plain):
    """The tickets of one Freshdesk."""

    capabilities = Capabilities(
        name="Freshdesk",
        kind=Kind.CARE_TOOL,
        network="freshdesk",
        lengths="other",
        fields=(
            Field(name="access_token", label="API key of the bridge's own agent", is_secret=True),
            Field(
                name="webhook_secret",
                label="Secret of the automation rule",
                is_secret=True,
                help="Goes into the rule's custom header X-Bridge-Token.",
            ),
        ),
        receives_webhooks=True,
        can_receive_public=True,
        can_receive_private=True,
        can_send_private=True,
        can_write_note=True,
        can_read_back=True,
        can_fetch=True,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:  # noqa: ARG002
        """Check the secret header; nothing covers the body."""
        given = incoming.headers.get("x-bridge-token", "")
        care.require_signature(account, "webhook_secret", given, lambda secret: secret.decode())
        return care.delivery_name(None, incoming.body)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """The body of the rule, or a ticket that was asked for."""
        return reading.read(account, body)

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for the ticket and what was written in it."""
        return sending.fetch(account, conversation, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Add a private note, or mail an answer."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look through the ticket's notes and answers for ours."""
        return sending.find(account, message, call=call)


CHANNEL = Freshdesk()
