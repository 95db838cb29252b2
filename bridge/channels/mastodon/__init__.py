"""Mastodon, and servers that speak its API: mentions and direct messages by polling, search where allowed.

A direct message is a post whose visibility is `direct`, and exists for nobody who is not named in it; so
what comes back from a send is looked at before it counts. Source: docs.joinmastodon.org; servers differ,
and what they were seen to do is said where it matters.
"""

from collections.abc import Mapping, Sequence

from bridge.channels import asking_for
from bridge.channels.abilities import Capabilities, Field, Idempotency, Kind
from bridge.channels.accounts import Account, Refreshed
from bridge.channels.calling import Call
from bridge.channels.coming_in import Event, Held, Item, Polled
from bridge.channels.going_out import Message, Told
from bridge.channels.mastodon import asking, looking_again, reading, sending, sessions
from bridge.channels.protocol import Plain
from bridge.searches import Search


class Mastodon(Plain):
    """One account on one server."""

    capabilities = Capabilities(
        name="Mastodon",
        kind=Kind.NETWORK,
        network="mastodon",
        lengths="mastodon",
        fields=(
            Field(
                name="access_token",
                label="Access token",
                is_secret=True,
                help="Of an application that you make on the account's own server under Preferences, "
                "Development, with the scopes read and write:statuses.",
            ),
        ),
        polls_every_seconds=30,
        can_receive_public=True,
        can_receive_private=True,
        can_search_unmentioned=True,
        can_reply_public=True,
        can_send_private=True,
        tells_who_we_are=True,
        ids_of_server=True,
        idempotency=Idempotency.KEY,
        can_read_back=True,
        rereads_posts=looking_again.POSTS_MAX,
    )

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """One polled item is one event."""
        return reading.events(account, body)

    def poll(
        self, account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search] = ()
    ) -> Polled:
        """Ask for mentions, for our own answers, and for what the searches find."""
        return asking.poll(account, cursor, call=call, searches=searches)

    def asks(self, search: Search) -> Sequence[str]:
        """One question for each word."""
        return asking_for.one_by_one(search)

    def reread(self, account: Account, posts: Sequence[Held], *, call: Call) -> Sequence[Item]:
        """Find out which posts were deleted or edited."""
        return looking_again.changed(account, posts, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Post once, and look at what it became."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look among our newest posts for these words in answer to that post."""
        return sending.find(account, message, call=call)

    def refresh(self, account: Account, *, call: Call) -> Refreshed | None:
        """A token lives until it is revoked: find out whether it does, and who we are."""
        return sessions.who_we_are(account, call=call)


CHANNEL = Mastodon()
