"""Intercom: conversations made of parts, with webhooks signed by the app's client secret.

Sources: Intercom-OpenAPI 2.16 ("Reply to a conversation"), developers.intercom.com, "Webhook topics".
"""

import hmac
from dataclasses import replace
from datetime import datetime
from hashlib import sha1

import orjson

from bridge.channels import care, care_tool
from bridge.channels.abilities import Field
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming
from bridge.channels.intercom import reading, sending


class Intercom(care_tool.CareTool):
    """The conversations of one workspace."""

    capabilities = replace(
        care_tool.USUAL,
        name="Intercom",
        network="intercom",
        fields=(
            Field(name="admin_id", label="Number of the bridge's own teammate"),
            Field(
                name="app_id",
                label="Name of the workspace",
                is_required=False,
                help="The word after /apps/ in Intercom's addresses.",
            ),
            Field(name="access_token", label="Access token", is_secret=True),
            Field(name="webhook_secret", label="Client secret of the app", is_secret=True),
        ),
        default_url="https://api.intercom.io",
        can_receive_public=True,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check the hex HMAC-SHA1 over the body; it has no time. The notification's own id names it."""
        care.require_signature(
            account,
            "webhook_secret",
            incoming.headers.get("x-hub-signature", ""),
            lambda secret: "sha1=" + hmac.new(secret, incoming.body, sha1).hexdigest(),
        )
        return care.delivery_name(_id_of(incoming.body), incoming.body)


def _id_of(body: bytes) -> str | None:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return care.id_of(care.inside(told, "id")) or None


CHANNEL = Intercom(reading, sending)
