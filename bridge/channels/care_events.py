"""What the care tools tell alike, as events: who wrote, and how a conversation stands. Pure."""

from collections.abc import Mapping
from hashlib import sha256

from bridge.channels import care
from bridge.channels.accounts import Account
from bridge.channels.coming_in import Author, Event, EventKind


def author(account: Account, own: str, shown: str = "") -> Author:
    """A person of the tool, who has a number there and perhaps a name, and no handle."""
    return Author(care.author_id(account, own), care.handle_of(shown, own), shown)


def by_words(text: str) -> str:
    """A name for what the tool gives no number: the same words in one conversation are the same post."""
    return f"text-{sha256(care.words_of(text).encode()).hexdigest()[:16]}"


def changed(conversation: str, *, door: str, door_url: str, facts: Mapping[str, str]) -> Event:
    """How a conversation stands: its state, and whether somebody there asks for a store (`care.facts_of`)."""
    return Event(
        kind=EventKind.CONVERSATION,
        external_id=conversation,
        thread_id=conversation,
        door=door,
        door_url=door_url,
        facts=facts,
    )
