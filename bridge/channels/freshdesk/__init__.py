"""Freshdesk: tickets, told by automation rules whose body an administrator writes. Nothing is signed.

The rule's "custom header" carries a secret, over HTTPS. Source: developers.freshdesk.com/api.
"""

from dataclasses import replace
from datetime import datetime

from bridge.channels import care, care_tool
from bridge.channels.abilities import Field
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming
from bridge.channels.freshdesk import reading, sending


class Freshdesk(care_tool.CareTool):
    """The tickets of one Freshdesk."""

    capabilities = replace(
        care_tool.USUAL,
        name="Freshdesk",
        network="freshdesk",
        fields=(
            Field(name="access_token", label="API key of the bridge's own agent", is_secret=True),
            Field(
                name="webhook_secret",
                label="Secret of the automation rule",
                is_secret=True,
                help="Of your own choice, at least 16 signs. Goes into the rule's custom header "
                "X-Bridge-Token.",
                rule=care_tool.CHOSEN,
            ),
        ),
        can_receive_public=True,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check the secret header; nothing covers the body."""
        given = incoming.headers.get("x-bridge-token", "")
        care.require_signature(account, "webhook_secret", given, lambda secret: secret.decode())
        return care.delivery_name(None, incoming.body)


CHANNEL = Freshdesk(reading, sending)
