"""What a channel gives to the contract tests: an account, signed deliveries, and the other side as a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import EventKind, Incoming
from bridge.channels.going_out import Message

Side = Callable[[Request], Answered]


@dataclass(frozen=True)
class Signed:
    """One delivery as it comes, when it came, and the kinds of events in it."""

    incoming: Incoming
    at: datetime
    kinds: tuple[EventKind, ...]


@dataclass(frozen=True)
class Case:
    """One channel's case.

    `side` answers every request as the other side does when all is well; `has_effect` tells the request
    that makes the post or note. `signature_headers` are those without which a delivery is refused;
    `is_timed` says that an old delivery is refused, `covers_body` that the signature is over the body. `signed_out`, `too_much` are the other side's own
    answers for a dead token and for too many requests, with the seconds it asks to wait. `news` is the
    other side when a poll brings something, for a channel that polls. `addresses`
    are addresses of posts as an agent pastes them, each with the id that `read` gives that post.
    """

    account: Account
    deliveries: Sequence[Signed] = ()
    signature_headers: tuple[str, ...] = ()
    secret_name: str = ""
    is_timed: bool = False
    covers_body: bool = True
    messages: Sequence[Message] = ()
    addresses: Sequence[tuple[str, str]] = ()
    side: Side | None = None
    news: Side | None = None
    has_effect: Callable[[Request], bool] = lambda request: request.method in {"POST", "PUT"}
    signed_out: Answered | None = None
    too_much: tuple[Answered, float] | None = None
    final: Answered | None = None
    wrong_bodies: Sequence[bytes] = field(default_factory=tuple)
