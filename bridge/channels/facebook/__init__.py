"""Facebook: comments and posts on a Page, mentions of it, and Messenger.

Webhooks bring everything; nothing is searched, because Meta lets nobody search. A comment is answered
in public, and once in private, which is how a code reaches somebody who only commented.
"""

from collections.abc import Sequence
from dataclasses import replace

from bridge.channels import meta
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event
from bridge.channels.facebook import reading, sending
from bridge.channels.going_out import Message, Told


class Facebook(meta.Meta):
    """One Page and its Messenger."""

    capabilities = replace(
        meta.USUAL,
        name="Facebook",
        network="facebook",
        lengths="facebook",
        default_url="https://graph.facebook.com",
    )

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """Read a batch. Raises NotReadable."""
        return reading.read(account, body)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Send once."""
        return sending.send(account, message, call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look under the post, or in the conversation."""
        return sending.find(account, message, call)


CHANNEL = Facebook()
