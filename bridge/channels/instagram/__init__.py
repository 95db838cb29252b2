"""Instagram: comments on our media and direct messages, for professional accounts.

An account is connected in one of two ways. With Business Login for Instagram it stands for itself, at
graph.instagram.com; linked to a Facebook Page it is called through that Page, at graph.facebook.com, and
then the Page's id is given too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bridge.channels import meta_hooks, meta_sending
from bridge.channels.abilities import Capabilities, Field, Idempotency, Kind
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Incoming, Reply
from bridge.channels.going_out import Message, Told
from bridge.channels.instagram import reading, sending
from bridge.channels.protocol import Plain

WINDOW_HOURS: Final = 24
WEEK_HOURS: Final = 7 * 24


class Instagram(Plain):
    """One professional account."""

    capabilities = Capabilities(
        name="Instagram",
        kind=Kind.NETWORK,
        network="instagram",
        lengths="instagram",
        fields=(
            *meta_hooks.FIELDS,
            Field(
                name="page_id",
                label="Facebook Page id",
                is_required=False,
                help="Only when the account is connected through a Facebook Page.",
            ),
        ),
        default_url=sending.INSTAGRAM_LOGIN_URL,
        receives_webhooks=True,
        can_receive_public=True,
        can_receive_private=True,
        can_reply_public=True,
        can_send_private=True,
        private_window_hours=WINDOW_HOURS,
        human_window_hours=WEEK_HOURS,
        one_shot_private_reply=True,
        private_reply_hours=WEEK_HOURS,
        idempotency=Idempotency.NONE,
        can_read_back=True,
    )

    def challenge(self, account: Account, incoming: Incoming) -> Reply | None:
        """Answer the webhook's handshake."""
        return meta_hooks.challenge(account, incoming)

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:  # noqa: ARG002
        """Check the signature, which holds no time. Raises NotAuthentic."""
        return meta_hooks.verify(account, incoming)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """Read a batch. Raises NotReadable."""
        return reading.read(account, body)

    def takes_private_reply(self, reference: Mapping[str, object]) -> bool:
        """Where it is said at our own place."""
        return meta_sending.takes_private_reply(reference)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Send once."""
        return sending.send(account, message, call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look under the comment, or in the conversation."""
        return sending.find(account, message, call)


CHANNEL = Instagram()
