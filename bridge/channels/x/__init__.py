"""X: mentions, replies, quotes and private messages by webhook; complaints by search; answers by the API
where X takes them, else by hand.

Built on the X Activity API; payloads of the Account Activity API are still read. What XChat encrypts is
noted and never read. Source: docs.x.com (API v2).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bridge.channels.abilities import Capabilities, Field, Kind, SignIn
from bridge.channels.accounts import Account, Refreshed, Who
from bridge.channels.calling import Call
from bridge.channels.coming_in import Conversation, Event, Held, Incoming, Item, Polled, Reply
from bridge.channels.going_out import Message, Told
from bridge.channels.protocol import Plain
from bridge.channels.streams import Stream
from bridge.channels.x import (
    asking,
    following,
    looking,
    reading,
    search_words,
    sending,
    signing,
    streaming,
    tokens,
)
from bridge.searches import Search


class X(Plain):
    """One account on X, with the app that speaks for it."""

    capabilities = Capabilities(
        name="X",
        kind=Kind.NETWORK,
        network="x",
        lengths="x",
        fields=(
            Field(
                name="client_id",
                label="Client id",
                help="In X's developer console, under the app's OAuth 2.0 keys.",
            ),
            Field(
                name="client_secret",
                label="Client secret",
                is_secret=True,
                is_required=False,
                help="Empty for a public client.",
            ),
            Field(
                name="consumer_secret",
                label="Consumer secret",
                is_secret=True,
                is_required=False,
                help="The API key secret: X signs with it what it delivers. Without it the bridge polls.",
            ),
            Field(
                name="app_token",
                label="App-only bearer token",
                is_secret=True,
                is_required=False,
                help="With it the bridge registers its webhook, keeps it alive, and holds the stream.",
            ),
            Field(
                name="access_token",
                label="Access token",
                is_secret=True,
                is_required=False,
                help="Comes by signing in; fill it in only when you made one elsewhere.",
            ),
            Field(name="refresh_token", label="Refresh token", is_secret=True, is_required=False),
            Field(
                name="access",
                label="Access level",
                is_required=False,
                help="Write enterprise if X lets your app answer posts that do not mention you.",
            ),
        ),
        default_url="https://api.x.com",
        receives_webhooks=True,
        polls_every_seconds=60,
        can_receive_public=True,
        can_receive_private=True,
        can_search_unmentioned=True,
        can_stream=True,
        can_reply_public=True,
        reply_requires_summon=True,
        can_send_private=True,
        tells_who_we_are=True,
        can_read_back=True,
        rereads_posts=following.POSTS_MAX,
        follows_conversations=following.CONVERSATIONS_MAX,
        sign_in=SignIn(
            authorize_url="https://x.com/i/oauth2/authorize",
            token_url=tokens.ENDPOINT,
            scopes=(
                "tweet.read",
                "tweet.write",
                "users.read",
                "dm.read",
                "dm.write",
                "offline.access",
            ),
        ),
    )

    def challenge(self, account: Account, incoming: Incoming) -> Reply | None:
        """The challenge-response check."""
        return signing.challenge(account, incoming)

    def verify(self, account: Account, incoming: Incoming, *, now: datetime) -> str:
        """Over the raw bytes, by each secret that counts."""
        return signing.verify(account, incoming)

    def read(self, account: Account, body: bytes) -> Sequence[Event]:
        """A delivery, or one polled item."""
        return reading.events(account, body)

    def poll(
        self, account: Account, cursor: Mapping[str, object], *, call: Call, searches: Sequence[Search] = ()
    ) -> Polled:
        """What no webhook tells, and what the searches find."""
        return asking.poll(account, cursor, call=call, searches=searches)

    def asks(self, search: Search) -> Sequence[str]:
        """The queries of 512 characters that it becomes; our own handle is left out of each as well."""
        return search_words.queries(search, handle="")

    def stream(self, account: Account) -> Stream | None:
        """The filtered stream, which wants the app's own token."""
        return streaming.RuleStream(account) if account.secret("app_token") else None

    def reread(self, account: Account, posts: Sequence[Held], *, call: Call) -> Sequence[Item]:
        """Find out which posts were deleted."""
        return following.gone(account, posts, call=call)

    def follow(
        self, account: Account, conversations: Sequence[Conversation], *, call: Call
    ) -> Sequence[Item]:
        """What the customers of open cases went on to say."""
        return following.said_since(account, conversations, call=call)

    def send(self, account: Account, message: Message, *, call: Call) -> Told:
        """Reply, write in private, or hand it to a person."""
        return sending.send(account, message, call=call)

    def find(self, account: Account, message: Message, *, call: Call) -> Told:
        """Read our own posts and messages back."""
        return looking.find(account, message, call=call)

    def who(self, account: Account, access_token: str, *, call: Call) -> Who:
        """Ask for the user of the token."""
        return tokens.who(account, access_token, call=call)

    def refresh(self, account: Account, *, call: Call) -> Refreshed | None:
        """Trade the refresh token for a new pair."""
        return tokens.renew(account, call=call)


CHANNEL = X()
