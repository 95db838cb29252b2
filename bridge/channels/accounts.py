"""An account of ours as its channel sees it: the secrets that it speaks with, and new ones for dead ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bridge.channels.reasoned import Reasoned


@dataclass(frozen=True, slots=True)
class Account:
    """One connected account, as a channel sees it. `secrets` are open here and only here.

    `hook_url` is where it is delivered to us, while we ask; empty otherwise. Each name has one secret, or
    two while one replaces the other: the newest comes first. `streamed_since` is since when a stream tells
    what its searches find; None while none does.
    """

    id: UUID
    channel: str
    base_url: str
    external_id: str = ""
    handle: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    hook_url: str = ""
    streamed_since: datetime | None = None

    def secret(self, name: str) -> str:
        """The newest secret of that name, or an empty text."""
        return next(iter(self.secrets.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Who:
    """Who the other side says a token speaks for. `error` is one word, "" when it said so or has no say."""

    external_id: str = ""
    handle: str = ""
    error: str = ""


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


class NotNow(Reasoned):
    """New tokens could not be asked for just now; the old ones stay, and nobody has to sign in.

    `status_code` is what was answered, if anything.
    """

    def __init__(
        self, reason: str, *, status_code: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(reason)
        self.status_code = status_code
        self.retry_after_seconds = retry_after_seconds
