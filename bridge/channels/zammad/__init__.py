"""Zammad: tickets made of articles, with webhooks of triggers signed with a token.

Sources: zammad-admin-documentation `manage/webhook`, zammad-documentation `api/ticket/articles.rst`.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha1, sha256

from bridge.channels import care
from bridge.channels.abilities import Capabilities, Field, Kind
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Fetched, Incoming
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain
from bridge.channels.zammad import reading, sending


class Zammad(Plain):
    """The tickets of one Zammad."""

    capabilities = Capabilities(
        name="Zammad",
        kind=Kind.CARE_TOOL,
        network="zammad",
        lengths="other",
        fields=(
            Field(name="access_token", label="Access token of the bridge's own agent", is_secret=True),
            Field(name="webhook_secret", label="HMAC token of the webhook", is_secret=True),
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

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:  # noqa: ARG002
        """Check the hex HMAC over the body, SHA-1 as documented or SHA-256; it has no time."""
        given = incoming.headers.get("x-hub-signature", "")
        method = {"sha1": sha1, "sha256": sha256}.get(given.partition("=")[0])

        def made(secret: bytes) -> str | None:
            if method is None:
                return None
            return f"{given.partition('=')[0]}={hmac.new(secret, incoming.body, method).hexdigest()}"

        care.require_signature(account, "webhook_secret", given, made)
        return care.delivery_name(incoming.headers.get("x-zammad-delivery"), incoming.body)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """A ticket with the article that set the trigger off."""
        return reading.read(account, body)

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for the ticket and its articles."""
        return sending.fetch(account, conversation, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Add an internal note, or answer on the channel by which the customer wrote."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look through the ticket's articles for ours."""
        return sending.find(account, message, call=call)


CHANNEL = Zammad()
