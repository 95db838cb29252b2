"""django-helpdesk: tickets by e-mail, form and API, with webhooks that nobody signs.

Its settings take addresses and nothing else. An address may hold a name and a password, which its HTTP
library takes out and sends as a header: so the secret is never part of what anybody logs.
Source: django-helpdesk 2.6 `webhooks.py`, `views/api.py`, `serializers.py`.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.channels import care, care_tool
from bridge.channels.abilities import Field
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Incoming, Polled
from bridge.channels.django_helpdesk import reading, sending
from bridge.searches import Search

WEBHOOK_USER = "bridge"


class DjangoHelpdesk(care_tool.CareTool):
    """The tickets of one installation."""

    capabilities = replace(
        care_tool.USUAL,
        name="django-helpdesk",
        network="django_helpdesk",
        fields=(
            Field(name="access_token", label="API token of the bridge's own user", is_secret=True),
            Field(
                name="user_id",
                label="Number of the bridge's own user",
                is_required=False,
                help="What this user writes is not read as somebody else's answer.",
            ),
            Field(
                name="webhook_secret",
                label="Secret of the webhook",
                is_secret=True,
                help="Of your own choice, at least 16 signs. Goes into the webhook's address there: "
                "https://bridge:SECRET@…",
                rule=care_tool.CHOSEN,
            ),
        ),
        polls_every_seconds=60,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check the header that comes of the address; nothing covers the body."""
        given = incoming.headers.get("authorization", "")
        care.require_signature(account, "webhook_secret", given, _basic)
        return care.delivery_name(None, incoming.body)

    def poll(
        self,
        account: Account,
        cursor: Mapping[str, object],
        *,
        call: Call,
        searches: Sequence[Search] = (),
    ) -> Polled:
        """Ask for new tickets: one whose mail could not be sent is there, and no webhook tells of it."""
        return sending.poll(account, cursor, call=call)


def _basic(secret: bytes) -> str:
    return f"Basic {b64encode(WEBHOOK_USER.encode() + b':' + secret).decode()}"


CHANNEL = DjangoHelpdesk(reading, sending)
