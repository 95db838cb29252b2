"""What a channel can do, and what it wants to know from whoever connects an account. Pure records.

The pages and the worker ask `Capabilities`, never the channel's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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
class Rule:
    """What a field's value has to be. `word` names it for pages, `says` is it in English."""

    word: str
    says: str
    fits: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that somebody who connects an account fills in. What is filled in keeps to `rule`.

    `is_handle` says that it names an account as people write it: a leading @ is left away.
    """

    name: str
    label: str
    is_secret: bool = False
    is_required: bool = True
    is_handle: bool = False
    help: str = ""
    rule: Rule | None = None


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
    the tool shows a page of ours inside itself. `tells_who_we_are` says that handle and own id come from the
    other side at sign-in, so that nobody is asked for them. `ids_of_server` says that each server counts its
    accounts by itself, so that the same id elsewhere is another account. `can_stream` says that it can hold
    a line on which it tells at once what saved searches find. `has_server` says that we call the other side;
    without it there is no server to be named, because it calls us and that is all.
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
    can_stream: bool = False
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
    tells_who_we_are: bool = False
    ids_of_server: bool = False
    has_server: bool = True

    @property
    def needs_server(self) -> bool:
        """Whether whoever connects an account has to name its server, because there is no usual one."""
        return self.has_server and not self.default_url
