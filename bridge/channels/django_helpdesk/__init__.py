"""django-helpdesk: tickets by e-mail, form and API, with webhooks that nobody signs.

Its settings take addresses and nothing else. An address may hold a name and a password, which its HTTP
library takes out and sends as a header: so the secret is never part of what anybody logs.
Source: django-helpdesk 2.6 `webhooks.py`, `views/api.py`, `serializers.py`.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

from bridge.channels import care
from bridge.channels.abilities import Capabilities, Field, Kind
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Fetched, Incoming, Polled
from bridge.channels.django_helpdesk import reading, sending
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain
from bridge.searches import Search

WEBHOOK_USER = "bridge"


class DjangoHelpdesk(Plain):
    """The tickets of one installation."""

    capabilities = Capabilities(
        name="django-helpdesk",
        kind=Kind.CARE_TOOL,
        network="django_helpdesk",
        lengths="other",
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
                help="Goes into the webhook's address there: https://bridge:SECRET@…",
            ),
        ),
        receives_webhooks=True,
        polls_every_seconds=60,
        can_receive_private=True,
        can_send_private=True,
        can_write_note=True,
        can_read_back=True,
        can_fetch=True,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:  # noqa: ARG002
        """Check the header that comes of the address; nothing covers the body."""
        given = incoming.headers.get("authorization", "")
        care.require_signature(account, "webhook_secret", given, _basic)
        return care.delivery_name(None, incoming.body)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """A ticket with everything that was written in it."""
        return reading.read(account, body)

    def poll(
        self,
        account: Account,
        cursor: Mapping[str, object],
        *,
        call: Call,
        searches: Sequence[Search] = (),  # noqa: ARG002
    ) -> Polled:
        """Ask for new tickets: one whose mail could not be sent is there, and no webhook tells of it."""
        return sending.poll(account, cursor, call=call)

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for the ticket."""
        return sending.fetch(account, conversation, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Write a follow-up; a public one is mailed to the customer."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look through the ticket's follow-ups for ours."""
        return sending.find(account, message, call=call)


def _basic(secret: bytes) -> str:
    return f"Basic {b64encode(WEBHOOK_USER.encode() + b':' + secret).decode()}"


CHANNEL = DjangoHelpdesk()
