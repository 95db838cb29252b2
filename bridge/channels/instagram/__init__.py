"""Instagram: comments on our media and direct messages, for professional accounts.

An account is connected in one of two ways. With Business Login for Instagram it stands for itself, at
graph.instagram.com; linked to a Facebook Page it is called through that Page, at graph.facebook.com, and
then the Page's id is given too.
"""

from collections.abc import Sequence
from dataclasses import replace

from bridge.channels import meta, meta_hooks
from bridge.channels.abilities import Field
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event
from bridge.channels.going_out import Message, Told
from bridge.channels.instagram import reading, sending


class Instagram(meta.Meta):
    """One professional account."""

    capabilities = replace(
        meta.USUAL,
        name="Instagram",
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
    )

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """Read a batch. Raises NotReadable."""
        return reading.read(account, body)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Send once."""
        return sending.send(account, message, call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look under the comment, or in the conversation."""
        return sending.find(account, message, call)


CHANNEL = Instagram()
