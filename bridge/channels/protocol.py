"""What every network and care tool looks like from inside: one protocol, whatever stands behind it.

A channel is a folder of `bridge/channels/` that gives `CHANNEL`; `registry` finds it. It says what
it can do (`abilities`), turns what comes in into events (`coming_in`), sends one message and says what
happened (`going_out`), each for one account (`accounts`). It knows neither the database nor when to try
again: those are the same for all of them.

Receiving is pure: `verify` sees the exact bytes before anybody parses them, `read` turns them into
events. Everything that calls the other side gets `call`, so that a test may stand in its place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bridge.channels.abilities import Capabilities
from bridge.channels.accounts import Account, Refreshed, Who
from bridge.channels.calling import Call
from bridge.channels.coming_in import (
    Conversation,
    Event,
    Fetched,
    Held,
    Incoming,
    Item,
    NotAuthentic,
    Polled,
    Reply,
)
from bridge.channels.going_out import Message, Result, Told
from bridge.channels.streams import Stream
from bridge.permalinks import Permalink
from bridge.searches import Search


class Channel(Protocol):
    """A network or a care tool. `Plain` has an answer to everything that one cannot do."""

    capabilities: Capabilities

    def read_address(self, host: str, path: Sequence[str], asked: Mapping[str, str]) -> Permalink | None:
        """Say which post of this network an address names, None when it is none. Pure; raises nothing.

        `host` is in small letters and without `www.`, `path` its steps, `asked` the query. The ids are those
        that `read` gives the delivered post.
        """
        ...

    def challenge(self, account: Account, incoming: Incoming) -> Reply | None:
        """Answer a handshake by GET; None when it is none or not for us (the caller answers 403)."""
        ...

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Check who sent it, over the raw bytes, in constant time.

        Returns the sender's name for this delivery, the same at each repeat. Raises NotAuthentic.
        """
        ...

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """Turn one delivery or one polled item into events. Pure. Raises NotReadable."""
        ...

    def poll(
        self, account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search] = ()
    ) -> Polled:
        """Ask for what is new since `cursor`, and for posts that match `searches`. Raises nothing."""
        ...

    def asks(self, search: Search) -> Sequence[str]:
        """What a saved search asks of the network, in its own words, for whoever writes it. Pure."""
        ...

    def stream(self, account: Account) -> Stream | None:
        """The stream that the account can have, None when it has not what that takes. Pure."""
        ...

    def reread(self, account: Account, posts: Sequence[Held], *, call: Call) -> Sequence[Item]:
        """Ask again for posts that we hold. Raises nothing.

        Gives items for those that are gone or changed, and none when it cannot be told: an answer that
        failed must never blank a text.
        """
        ...

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:
        """Ask for one conversation by the tool's own name for it. Raises nothing."""
        ...

    def takes_private_reply(self, reference: Mapping[str, object]) -> bool:
        """Whether the post with this reference can have its one private answer. Pure."""
        ...

    def follow(
        self, account: Account, conversations: Sequence[Conversation], *, call: Call
    ) -> Sequence[Item]:
        """Ask for what the customers of these conversations went on to say. Raises nothing."""
        ...

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Send once. Raises nothing."""
        ...

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Look for an earlier try: SENT, NOT_THERE, or anything else when it cannot be told."""
        ...

    def who(self, account: Account, access_token: str, *, call: Call) -> Who:
        """Ask whom a fresh token speaks for, before it is stored. Raises nothing."""
        ...

    def refresh(self, account: Account, *, call: Call) -> Refreshed | None:
        """Get new tokens for dead ones. The caller holds the account's lock and stores them.

        None when somebody has to sign in again. Raises NotNow when the other side could not be asked.
        """
        ...


class Plain:
    """What a channel says to what it cannot do. Inherit from it and replace the rest."""

    def read_address(self, host: str, path: Sequence[str], asked: Mapping[str, str]) -> Permalink | None:  # noqa: ARG002
        """`bridge/permalinks.py` knows its addresses, or nobody does."""
        return None

    def challenge(self, account: Account, incoming: Incoming) -> Reply | None:  # noqa: ARG002
        """There is no handshake."""
        return None

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:  # noqa: ARG002
        """Nothing is taken in by webhook."""
        raise NotAuthentic("no_webhooks")

    def read(self, account: Account, body: bytes) -> Sequence[Event]:  # noqa: ARG002
        """Nothing is understood."""
        return []

    def poll(
        self,
        account: Account,  # noqa: ARG002
        cursor: Mapping[str, object],
        *,
        call: Call,  # noqa: ARG002
        searches: Sequence[Search] = (),  # noqa: ARG002
    ) -> Polled:
        """There is nothing to ask."""
        return Polled(cursor=cursor)

    def asks(self, search: Search) -> Sequence[str]:  # noqa: ARG002
        """It cannot be asked."""
        return ()

    def stream(self, account: Account) -> Stream | None:  # noqa: ARG002
        """There is none."""
        return None

    def reread(self, account: Account, posts: Sequence[Held], *, call: Call) -> Sequence[Item]:  # noqa: ARG002
        """The network tells us itself."""
        return ()

    def fetch(self, account: Account, conversation: str, *, call: Call) -> Fetched:  # noqa: ARG002
        """It cannot be read by name."""
        return Fetched(error="cannot_fetch")

    def takes_private_reply(self, reference: Mapping[str, object]) -> bool:  # noqa: ARG002
        """Each can, where the network allows one at all."""
        return True

    def follow(
        self,
        account: Account,  # noqa: ARG002
        conversations: Sequence[Conversation],  # noqa: ARG002
        *,
        call: Call,  # noqa: ARG002
    ) -> Sequence[Item]:
        """The network tells us itself."""
        return ()

    def send(self, account: Account, message: Message, *, call: Call) -> Told:  # noqa: ARG002
        """A person has to."""
        return Told(result=Result.HAND_OFF, error="cannot_send")

    def find(self, account: Account, message: Message, *, call: Call) -> Told:  # noqa: ARG002
        """It cannot be told."""
        return Told(result=Result.UNKNOWN, error="cannot_read_back")

    def who(self, account: Account, access_token: str, *, call: Call) -> Who:  # noqa: ARG002
        """It is not said."""
        return Who()

    def refresh(self, account: Account, *, call: Call) -> Refreshed | None:  # noqa: ARG002
        """Somebody signs in again."""
        return None
