"""Messages in the ledger as a person finds them, without the network that they are for."""

from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any

from bridge import db
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelMessage, Thread, ThreadDoor
from tests.cast import Cast, claimed_thread, vault

_numbers = count(1)
TEXT = "Thank you for telling us. We have sent you a message."


def account_of(cast: Cast, channel: str = "x", *, name: str = "Northlight on X") -> ChannelAccount:
    """A connected account, without secrets."""
    name = f"{name[:70]} {next(_numbers)}"
    with db.transaction() as session:
        account = ChannelAccount(
            brand_id=cast.brand.id, channel=channel, name=name, handle="northlight", external_id="900"
        )
        session.add(account)
    return account


def with_door(cast: Cast, thread: Thread, channel: str = "bluesky") -> ChannelAccount:
    """Let the conversation have come in through an account that can answer it."""
    account = account_of(cast, channel, name=f"Northlight on {channel}")
    now = utc_now()
    with db.transaction() as session:
        session.add(
            ThreadDoor(
                thread_id=thread.id,
                account_id=account.id,
                external_id=thread.external_id,
                last_customer_at=now,
            )
        )
    return account


def waiting_message(
    cast: Cast,
    state: str = "handed_off",
    *,
    account: ChannelAccount | None = None,
    thread: Thread | None = None,
    text: str = TEXT,
    **more: Any,
) -> ChannelMessage:
    """One message in this state, in a conversation that Ana holds."""
    thread = thread or claimed_thread(cast)
    account = account or account_of(cast)
    now: datetime = more.pop("created_at", utc_now())
    next_at: datetime | None = more.pop("next_at", None)
    message = ChannelMessage(
        brand_id=cast.brand.id,
        account_id=account.id,
        thread_id=thread.id,
        purpose=more.pop("purpose", "public_reply"),
        text_cipher=vault().seal(text.encode(), place="channel_messages"),
        text_sha256=sha256(text.encode()).digest(),
        dedup_key=more.pop("dedup_key", f"message-{thread.id}"),
        state=state,
        created_at=now,
        created_by=cast.ana.person.id,
        **more,
    )
    with db.transaction() as session:
        session.add(message)
        session.flush()  # a column with a default takes no NULL while it is inserted
        message.next_at = next_at
    return message


def stored(message: ChannelMessage) -> ChannelMessage:
    """The message as it is now."""
    with db.transaction() as session:
        return session.get_one(ChannelMessage, message.id)
