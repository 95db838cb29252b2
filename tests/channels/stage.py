"""A connected account in the database, and the short ways to let something come in and go out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlmodel import Session, col, select

import bridge.channels
from bridge import db
from bridge.channels.calling import Answered, Request
from bridge.channels.coming_in import Incoming
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channels
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelMessage, Post, Thread
from bridge.queries import intake as queries
from bridge.services import channel_accounts, reading_in, receiving, sending, writing
from bridge.settings import settings
from tests.cast import Cast, acting, vault
from tests.channels.cases.listening import SECRET

Answer = Answered | Failed
MORE = str(Path(__file__).parent / "more")


@contextmanager
def toy_beside_the_real_ones() -> Iterator[None]:
    """The toy channel is there, as somebody's own is."""
    bridge.channels.__path__.append(MORE)
    channels.cache_clear()
    try:
        yield
    finally:
        bridge.channels.__path__.remove(MORE)
        channels.cache_clear()


def connect(cast: Cast, channel: str = "toy", *, name: str = "Northlight", **more: object) -> ChannelAccount:
    """An account of ours, with the toy's fields, or with `values` instead where they are all that it has."""
    is_bare = more.pop("is_bare", channel != "toy")
    toys = {} if is_bare else {"access_token": "toy-token", "webhook_secret": "toy-secret"}
    given = {**toys, **more.pop("values", {})}  # type: ignore[dict-item]
    with db.transaction() as session:
        return channel_accounts.connect(
            session,
            acting(cast.ada),
            channel=channel,
            name=name,
            handle="northlight",
            values=given,
            config=settings(),
            now=utc_now(),
            **more,  # type: ignore[arg-type]
        )


def replace_secret(cast: Cast, account: ChannelAccount, name: str, value: str, **more: object) -> None:
    """An administrator puts a new secret in the place of the old one."""
    with db.transaction() as session:
        channel_accounts.replace_secret(
            session,
            acting(cast.ada),
            account.id,
            name=name,
            value=value,
            config=settings(),
            now=utc_now(),
            **more,  # type: ignore[arg-type]
        )


def connect_tool(cast: Cast, name: str = "Newsroom") -> ChannelAccount:
    """A listening tool, whose mentions are signed as `cases/listening.py` signs them."""
    return connect(cast, "listening", name=name, values={"signing_secret": SECRET})


def come_in(account: ChannelAccount, incoming: Incoming, *, now: datetime | None = None) -> bool:
    """Let a delivery come in; true when it is new."""
    with db.statement() as connection:
        return receiving.receive(
            connection, account.channel, account.id, incoming, config=settings(), now=now or utc_now()
        ).is_new


def read_all() -> dict[str, int]:
    """Let the worker read until nothing waits."""
    return dict(reading_in.read_due(settings()))


def say(
    cast: Cast, thread: Thread, text: str = "We have sent you a message.", **more: object
) -> ChannelMessage:
    """Put a message into the ledger as Ana."""
    purpose = more.pop("purpose", Purpose.PUBLIC_REPLY)
    key = more.pop("dedup_key", text)
    with db.transaction() as session:
        return writing.write(
            session,
            acting(cast.ana),
            thread,
            purpose=purpose,  # type: ignore[arg-type]
            text=text,
            dedup_key=str(key),
            vault=vault(),
            now=utc_now(),
            **more,  # type: ignore[arg-type]
        ).message


def send(side: Callable[[Request], Answer], *, at: datetime | None = None) -> dict[str, int]:
    """Let the worker send what is due, once."""
    clock = (lambda: at) if at is not None else utc_now
    return dict(sending.send_due(settings(), clock=clock, call=side))


def message(message_id: UUID) -> ChannelMessage:
    """The message as it is now."""
    with db.transaction() as session:
        return session.get_one(ChannelMessage, message_id)


def threads() -> list[Thread]:
    """Every thread, oldest first."""
    with db.transaction() as session:
        return list(session.exec(select(Thread).order_by(col(Thread.first_post_at), col(Thread.id))))


def posts(session: Session, thread: Thread) -> list[Post]:
    """The thread's posts, oldest first; of one moment, in the order that pages show."""
    return list(queries.posts_of(session, thread.id))


def texts(thread: Thread) -> list[tuple[str, str]]:
    """Who said what in a thread."""
    with db.transaction() as session:
        return [(post.author_kind, post.text) for post in posts(session, thread)]
