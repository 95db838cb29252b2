"""Any tool that can post: what it heard on whatever network, signed as Standard Webhooks 1.0.0 says.

The door is `POST /api/v1/intake/mentions/<account>` (`api/mentions.py`), where each mention of a batch is a
delivery of its own; `/hooks/listening/<account>` takes the same bodies. Nothing is sent through it.
Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

from collections.abc import Sequence
from datetime import datetime

from bridge.channels import signing
from bridge.channels.abilities import Capabilities, Field, Idempotency, Kind, Rule
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Event, Incoming, NotAuthentic
from bridge.channels.listening import reading
from bridge.channels.protocol import Plain

SECRET = "signing_secret"  # noqa: S105 - the name of a field
RULE = Rule(
    word="signing_key",
    says="Write whsec_ and after it at least 24 random bytes in base64.",
    fits=signing.is_secret,
)
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Listening(Plain):
    """One listening tool."""

    capabilities = Capabilities(
        name="Listening tool",
        kind=Kind.LISTENING,
        network="other",
        lengths="other",
        fields=(
            Field(
                name=SECRET,
                label="Signing secret",
                is_secret=True,
                help="At least 24 random bytes in base64, with whsec_ before them; the tool signs with it.",
                rule=RULE,
            ),
        ),
        receives_webhooks=True,
        webhook_path="/api/v1/intake/mentions/{account}",
        can_receive_public=True,
        can_receive_private=True,
        has_server=False,
        idempotency=Idempotency.NONE,
    )

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check signature and time over the bytes as they came. Raises NotAuthentic."""
        if not all(incoming.headers.get(name) for name in HEADERS):
            raise NotAuthentic("header_missing")
        secrets = account.secrets.get(SECRET, ())
        if not any(_is_signed(secret, incoming) for secret in secrets):
            raise NotAuthentic("bad_signature")
        # After the signature: only who has the secret can tell us that a clock is wrong.
        if not signing.is_fresh(incoming.headers["webhook-timestamp"], now.timestamp()):
            raise NotAuthentic("stale")
        return incoming.headers["webhook-id"]

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """One mention or several, each an event."""
        return reading.events(body)


def _is_signed(secret: str, incoming: Incoming) -> bool:
    message_id, timestamp, signatures = (incoming.headers[name] for name in HEADERS)
    try:
        return signing.is_signed(
            [secret],
            message_id=message_id,
            timestamp=timestamp,
            signatures=signatures,
            body=incoming.body,
        )
    except ValueError:  # a secret that is not base64 signs nothing
        return False


CHANNEL = Listening()
