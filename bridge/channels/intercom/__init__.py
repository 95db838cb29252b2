"""Intercom: conversations made of parts, with webhooks signed by the app's client secret.

Sources: Intercom-OpenAPI 2.16 ("Reply to a conversation"), developers.intercom.com, "Webhook topics".
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha1

import orjson

from bridge.channels import care
from bridge.channels.abilities import Capabilities, Field, Kind
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Fetched, Incoming
from bridge.channels.going_out import Message, Told
from bridge.channels.intercom import reading, sending
from bridge.channels.protocol import Plain


class Intercom(Plain):
    """The conversations of one workspace."""

    capabilities = Capabilities(
        name="Intercom",
        kind=Kind.CARE_TOOL,
        network="intercom",
        lengths="other",
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
        receives_webhooks=True,
        can_receive_public=True,
        can_receive_private=True,
        can_send_private=True,
        can_write_note=True,
        can_read_back=True,
        can_fetch=True,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:  # noqa: ARG002
        """Check the hex HMAC-SHA1 over the body; it has no time. The notification's own id names it."""
        care.require_signature(
            account,
            "webhook_secret",
            incoming.headers.get("x-hub-signature", ""),
            lambda secret: "sha1=" + hmac.new(secret, incoming.body, sha1).hexdigest(),
        )
        return care.delivery_name(_id_of(incoming.body), incoming.body)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """A conversation with what was written in it since."""
        return reading.read(account, body)

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for the conversation."""
        return sending.fetch(account, conversation, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Add a note, or answer as the bridge's own teammate."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look through the conversation's parts for ours."""
        return sending.find(account, message, call=call)


def _id_of(body: bytes) -> str | None:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return care.id_of(care.inside(told, "id")) or None


CHANNEL = Intercom()
