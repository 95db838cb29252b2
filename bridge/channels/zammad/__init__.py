"""Zammad: tickets made of articles, with webhooks of triggers signed with a token.

Sources: zammad-admin-documentation `manage/webhook`, zammad-documentation `api/ticket/articles.rst`.
"""

import hmac
from dataclasses import replace
from datetime import datetime
from hashlib import sha1, sha256

from bridge.channels import care, care_tool
from bridge.channels.abilities import Field
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming
from bridge.channels.zammad import reading, sending


class Zammad(care_tool.CareTool):
    """The tickets of one Zammad."""

    capabilities = replace(
        care_tool.USUAL,
        name="Zammad",
        network="zammad",
        fields=(
            Field(name="access_token", label="Access token of the bridge's own agent", is_secret=True),
            Field(
                name="webhook_secret",
                label="HMAC token of the webhook",
                is_secret=True,
                help="Of your own choice, at least 16 signs.",
                rule=care_tool.CHOSEN,
            ),
        ),
        can_receive_public=True,
        can_reply_public=True,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check the hex HMAC over the body, SHA-1 as documented or SHA-256; it has no time."""
        given = incoming.headers.get("x-hub-signature", "")
        method = {"sha1": sha1, "sha256": sha256}.get(given.partition("=")[0])

        def made(secret: bytes) -> str | None:
            if method is None:
                return None
            return f"{given.partition('=')[0]}={hmac.new(secret, incoming.body, method).hexdigest()}"

        care.require_signature(account, "webhook_secret", given, made)
        return care.delivery_name(incoming.headers.get("x-zammad-delivery"), incoming.body)


CHANNEL = Zammad(reading, sending)
