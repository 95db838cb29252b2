"""What every network and care tool looks like from inside: one protocol, one record of what it can do.

A channel is a folder of `bridge/channels/` that gives `CHANNEL`; `registry` finds it. It turns
what comes in into `Event`s, sends one `Message` and says what happened (`Told`). It knows neither
the database nor when to try again: those are the same for all of them.

Receiving is pure: `verify` sees the exact bytes before anybody parses them, `read` turns them into
events. Everything that calls the other side gets `call`, so that a test may stand in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from bridge.channels.calling import Answered, Request
from bridge.channels.webhook import Failed
from bridge.searches import Search

Call = Callable[[Request], Answered | Failed]
RAW_MAX_BYTES: Final = 1024 * 1024


class NotAuthentic(Exception):
    """What came in was not signed by whom it claims to be from. `reason` is one word, for the log alone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotReadable(Exception):
    """It is authentic and cannot be understood. `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotNow(Exception):
    """New tokens could not be asked for just now; the old ones stay, and nobody has to sign in.

    `reason` is one word; `status_code` is what was answered, if anything.
    """

    def __init__(
        self, reason: str, *, status_code: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status_code = status_code
        self.retry_after_seconds = retry_after_seconds


class Kind(StrEnum):
    """What stands on the other side."""

    NETWORK = "network"
    CARE_TOOL = "care_tool"
    LISTENING = "listening"


class Idempotency(StrEnum):
    """How the other side keeps one message from becoming two."""

    KEY = "key"
    """It drops a repeat of a key that we choose."""
    NAME = "name"
    """We name the new thing ourselves (a record key); a second one of that name is refused."""
    NONE = "none"
    """It does not; an uncertain send has to be looked up before it is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that somebody who connects an account fills in."""

    name: str
    label: str
    is_secret: bool = False
    is_required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """How a tool tells a page of ours that it shows inside itself which conversation is open.

    It posts a message to the window: JSON whose `event` is `event`, with the conversation's name at
    `path`. `ask` is the text by which the page asks for it. Nobody signs it, so it prefills and no more.
    """

    ask: str
    event: str
    path: tuple[str, ...]


class ClientAuthentication(StrEnum):
    """How an app with a client secret says who it is, where it trades a code for tokens."""

    BASIC = "basic"
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How a person signs in as an account of ours: OAuth 2.0 by authorization code.

    An address that begins with a slash is one of the account's own server. `asks` goes along to the
    authorization page. The client's id is a setting of the account, its secret one of the secrets.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    scope_separator: str = " "
    authentication: ClientAuthentication = ClientAuthentication.BASIC
    uses_pkce: bool = True
    client_id_field: str = "client_id"
    client_proof_field: str = "client_secret"
    asks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Who:
    """Who the other side says a token speaks for. `error` is one word, "" when it said so or has no say."""

    external_id: str = ""
    handle: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do. The pages and the worker ask this record, never the channel's name.

    `network` names the threads that it makes ("bluesky"); a care tool's conversations are threads of
    the tool. `private_window_hours` is how long after the customer's last private message we may write in
    private unasked; after it, up to `human_window_hours`, only a named person may release a message
    (`bridge/windows.py`). `private_reply_hours` is how long a post may have its one private answer.
    `lengths` is the name in `bridge/lengths.py` by which its texts are counted. `rereads_posts` is how
    many posts that we hold are asked for again at each poll, where a network does not tell us that one
    was deleted or edited. `can_fetch` says that one conversation can be read by its name; `panel` that
    the tool shows a page of ours inside itself.
    """

    name: str
    kind: Kind
    network: str
    lengths: str
    fields: tuple[Field, ...] = ()
    default_url: str = ""
    receives_webhooks: bool = False
    webhook_path: str = "/hooks/{channel}/{account}"
    polls_every_seconds: int = 0
    can_receive_public: bool = False
    can_receive_private: bool = False
    can_search_unmentioned: bool = False
    can_reply_public: bool = False
    reply_requires_summon: bool = False
    can_send_private: bool = False
    private_window_hours: int | None = None
    human_window_hours: int | None = None
    one_shot_private_reply: bool = False
    private_reply_hours: int | None = None
    can_write_note: bool = False
    idempotency: Idempotency = Idempotency.NONE
    can_read_back: bool = False
    rereads_posts: int = 0
    follows_conversations: int = 0
    sign_in: SignIn | None = None
    can_fetch: bool = False
    panel: Panel | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One connected account, as a channel sees it. `secrets` are open here and only here.

    `hook_url` is where it is delivered to us, while we ask; empty otherwise. Each name has one secret, or
    two while one replaces the other: the newest comes first.
    """

    id: UUID
    channel: str
    base_url: str
    external_id: str = ""
    handle: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    hook_url: str = ""

    def secret(self, name: str) -> str:
        """The newest secret of that name, or an empty text."""
        return next(iter(self.secrets.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request from outside. `headers` have small names; `body` are the bytes as they came."""

    method: str
    headers: Mapping[str, str]
    args: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer to a handshake."""

    status_code: int
    body: str
    content_type: str = "text/plain"


class EventKind(StrEnum):
    """What happened out there."""

    PUBLIC_MENTION = "public_mention"
    PUBLIC_REPLY = "public_reply"
    PUBLIC_UNMENTIONED = "public_unmentioned"
    PRIVATE_MESSAGE = "private_message"
    CLOSED_MESSAGE = "closed_message"
    """A private message that only the network's own program can read."""
    EDITED = "edited"
    DELETED = "deleted"
    REVOKED = "revoked"
    """The account's consent was taken back: nothing will work until somebody signs in again."""
    OUTCOME_ECHO = "outcome_echo"
    """Our own account spoke, through us or outside the bridge."""
    CONVERSATION = "conversation"
    """A care tool's conversation changed: open, solved, tagged."""
    OTHER = "other"
    """Signed and not understood; kept, and answered like the rest."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `handle` is shown; `external_id` is what the network goes by, and shown without a handle."""

    external_id: str
    handle: str
    display_name: str = ""
    verified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The common envelope. Every id is an opaque string.

    `thread_id` and `external_id` are what `bridge/permalinks.py` reads from the post's address, so that
    a pasted address and a delivered event meet in one thread. `reference` is what the channel wants
    back when this post is answered; nobody else reads it. `door` is a care tool's own name for the
    conversation, `door_url` where an agent opens it. `also_known_as` are other names that an address of
    this post may have given it: by handle instead of by DID, or on another server. `account` is the
    network's name for the account of ours that it concerns, where one address takes deliveries for several.
    """

    kind: EventKind
    external_id: str
    thread_id: str = ""
    parent_id: str = ""
    network: str = ""
    author: Author | None = None
    text: str = ""
    language: str = ""
    permalink: str = ""
    created_at: datetime | None = None
    is_private: bool = False
    addressed_to: str = ""
    matched_on: str = ""
    reference: Mapping[str, object] = field(default_factory=dict)
    also_known_as: tuple[str, ...] = ()
    door: str = ""
    door_url: str = ""
    account: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a poll brought: raw, as the network gave it, and the name by which a repeat is known."""

    delivery_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Polled:
    """What came of asking. `error` is one word, "" when it went well; then the old cursor stays.

    `is_signed_out` says that the token is dead.
    """

    items: Sequence[Item] = ()
    cursor: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    retry_after_seconds: float | None = None
    is_signed_out: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A customer's post that we hold, with what its channel wants back to find it."""

    external_id: str
    reference: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One conversation as the tool gave it, for `read`. `error` is one word, "" when it went well."""

    body: bytes = field(default=b"", repr=False)
    error: str = ""
    is_signed_out: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A public conversation of an open case, its customer, and the newest post of theirs that we hold."""

    external_id: str
    author_external_id: str = ""
    author_handle: str = ""
    newest_external_id: str = ""


class Purpose(StrEnum):
    """How a message reaches its reader."""

    PUBLIC_REPLY = "public_reply"
    PRIVATE_REPLY = "private_reply"
    """One private message in answer to a public post; some networks allow exactly one."""
    PRIVATE_MESSAGE = "private_message"
    NOTE = "note"
    """Inside a care tool, for colleagues only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to send. `id` is the same at every try: it is the idempotency key.

    `reference` comes from the event that is answered. `since` is when the first try began, for
    looking up. `released_by` names the person who let it go, where a person had to; `is_late` says that
    the network's window for unattended messages is over, so that only this person's word carries it.
    """

    id: UUID
    purpose: Purpose
    text: str = field(repr=False)
    thread_id: str
    reply_to: str = ""
    reference: Mapping[str, object] = field(default_factory=dict)
    door: str = ""
    to_external_id: str = ""
    to_handle: str = ""
    language: str = ""
    since: datetime | None = None
    released_by: str = ""
    is_late: bool = False


class Result(StrEnum):
    """What came of one try at sending, or of looking for an earlier one."""

    SENT = "sent"
    RETRY = "retry"
    """It certainly did not happen; later it may work."""
    FINAL = "final"
    """It did not happen and never will."""
    UNKNOWN = "unknown"
    """It may have happened: look before anything is tried again."""
    HAND_OFF = "hand_off"
    """The network forbids it to us; a person sends it there."""
    SIGNED_OUT = "signed_out"
    """The token is not taken: refresh it once, then stop the account."""
    TOO_LATE = "too_late"
    """The network says that its window is over: a person may still release it, or nobody."""
    NOT_THERE = "not_there"
    """Looked up: the earlier try did not get through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What happened. `error` is one word for the log and the page; `excerpt` never holds our own text.

    `visibility` is what became of it ("public", "private"), where the network says so. `pause_seconds`
    is how long the account had better do nothing more, whatever became of this message. `recipient` is
    what the network calls who got a private answer, where that is another name than in public.
    """

    result: Result
    external_id: str = ""
    permalink: str = ""
    error: str = ""
    status_code: int | None = None
    excerpt: str = ""
    retry_after_seconds: float | None = None
    pause_seconds: float | None = None
    visibility: str = ""
    recipient: Author | None = None
    hand_off_url: str = ""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """New secrets, all to be stored before one of them is used.

    `external_id` and `handle` are who the other side says we are, `facts` what it allows this account,
    where it says so: kept with the account's settings. `text_limit` is how long a text may be there.
    """

    secrets: Mapping[str, str] = field(repr=False)
    expires_in_seconds: float | None = None
    external_id: str = ""
    handle: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """A network or a care tool. `Plain` has an answer to everything that one cannot do."""

    capabilities: Capabilities

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
