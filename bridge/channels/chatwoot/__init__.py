"""Chatwoot: an inbox for many networks, with signed webhooks, private notes and a page of ours inside it.

Sources: chatwoot.com, "How to use webhooks" and "Dashboard apps"; chatwoot/chatwoot `message.rb`,
`event_data_presenter.rb`, pull requests 13573 and 13892 (signatures).
"""

import hmac
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from bridge.channels import care, care_tool
from bridge.channels.abilities import Field, Panel
from bridge.channels.accounts import Account
from bridge.channels.chatwoot import reading, sending
from bridge.channels.coming_in import Incoming, NotAuthentic


class Chatwoot(care_tool.CareTool):
    """Conversations of one Chatwoot account."""

    capabilities = replace(
        care_tool.USUAL,
        name="Chatwoot",
        network="chatwoot",
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
        can_receive_public=True,
        can_reply_public=True,
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


CHANNEL = Chatwoot(reading, sending)
