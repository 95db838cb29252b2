"""Zendesk: tickets, with signed event webhooks and triggers whose body an administrator writes.

Sources: developer.zendesk.com, "Verifying webhook authenticity", "Webhook event types", "Tickets",
"Ticket comments".
"""

import hmac
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from bridge.channels import care, care_tool
from bridge.channels.abilities import Field
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming
from bridge.channels.zendesk import reading, sending


class Zendesk(care_tool.CareTool):
    """The tickets of one Zendesk."""

    capabilities = replace(
        care_tool.USUAL,
        name="Zendesk",
        network="zendesk",
        fields=(
            Field(name="email", label="E-mail of the bridge's own agent"),
            Field(name="access_token", label="API token", is_secret=True),
            Field(name="webhook_secret", label="Signing secret of the webhook", is_secret=True),
        ),
        can_receive_public=True,
        can_reply_public=True,
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


CHANNEL = Zendesk(reading, sending)
