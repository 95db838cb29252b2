"""What Facebook and Instagram do alike: one Graph API, one kind of webhook, the same windows for writing.

Used by those two channels alone. What a place of Meta's reads and how it answers stays in its folder.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bridge.channels import meta_hooks, meta_sending
from bridge.channels.abilities import Capabilities, Idempotency, Kind
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming, Reply
from bridge.channels.protocol import Plain

WINDOW_HOURS: Final = 24
WEEK_HOURS: Final = 7 * 24

USUAL: Final = Capabilities(
    name="",
    kind=Kind.NETWORK,
    network="",
    lengths="",
    fields=meta_hooks.FIELDS,
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
"""What Meta lets an account do at either place; each puts its name and address into it."""


class Meta(Plain):
    """A place of Meta's. Inherit from it and give `capabilities`, `read`, `send` and `find`."""

    def challenge(self, account: Account, incoming: Incoming) -> Reply | None:
        """Answer the webhook's handshake."""
        return meta_hooks.challenge(account, incoming)

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:  # noqa: ARG002
        """Check the signature, which holds no time. Raises NotAuthentic."""
        return meta_hooks.verify(account, incoming)

    def takes_private_reply(self, reference: Mapping[str, object]) -> bool:
        """Where it is said at our own place."""
        return meta_sending.takes_private_reply(reference)
