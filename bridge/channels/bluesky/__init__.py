"""Bluesky (AT Protocol): mentions, replies and quotes by polling, posts that do not mention us by search.

Signed in by an app password. Private messages are another service that keeps its doors closed, so
here everything we say is public, and never holds a code. Source: docs.bsky.app/docs/api and
atproto.com/specs; what the text leaves open was tried against the network's own programs.
"""

import re
from collections.abc import Mapping, Sequence

from bridge.channels import asking_for
from bridge.channels.abilities import Capabilities, Field, Idempotency, Kind, Rule
from bridge.channels.accounts import Account, Refreshed
from bridge.channels.bluesky import asking, looking_again, reading, sending, sessions
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Held, Item, Polled
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain
from bridge.searches import Search

NAME = re.compile(
    r"(?=.{1,253}\Z)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?![0-9-])[a-z0-9-]{1,63}(?<!-)|did:[a-z]+:[a-z0-9._:%-]+",
    re.ASCII | re.IGNORECASE,
)
"""A handle is a host's name whose last part begins with a letter; or a DID. Source: atproto.com/specs."""


class Bluesky(Plain):
    """One account on Bluesky, or on another server that speaks its protocol."""

    capabilities = Capabilities(
        name="Bluesky",
        kind=Kind.NETWORK,
        network="bluesky",
        lengths="bluesky",
        fields=(
            Field(
                name="identifier",
                label="Handle",
                is_handle=True,
                help="The account's handle without @, for example care.example.com.",
                rule=Rule(
                    word="host_handle",
                    says="Write the whole handle, such as care.example.com. It is no e-mail address.",
                    fits=lambda value: NAME.fullmatch(value) is not None,
                ),
            ),
            Field(
                name="app_password",
                label="App password",
                is_secret=True,
                help="Made in Bluesky under Settings, Privacy and security, App passwords. "
                "Never the account's own password.",
            ),
        ),
        default_url="https://bsky.social",
        polls_every_seconds=20,
        can_receive_public=True,
        can_search_unmentioned=True,
        can_reply_public=True,
        tells_who_we_are=True,
        idempotency=Idempotency.NAME,
        can_read_back=True,
        rereads_posts=looking_again.POSTS_MAX,
    )

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """One polled item is one event."""
        return reading.events(account, body)

    def poll(
        self, account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search] = ()
    ) -> Polled:
        """Ask for notifications, for our own answers, and for what the searches find."""
        return asking.poll(account, cursor, call=call, searches=searches)

    def asks(self, search: Search) -> Sequence[str]:
        """One question for each word."""
        return asking_for.one_by_one(search)

    def reread(self, account: Account, posts: Sequence[Held], *, call: Call) -> Sequence[Item]:
        """Find out which posts were deleted."""
        return looking_again.gone(account, posts, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Reply under a record key of our own choice."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look whether our record key is taken, and by these words."""
        return sending.find(account, message, call=call)

    def refresh(self, account: Account, *, call: Call) -> Refreshed | None:
        """Renew the session, or begin another with the app password."""
        return sessions.renew(account, call=call)


CHANNEL = Bluesky()
