"""What a burst is made of, and what it is about: asked for all of it before each post is taken in."""

from collections.abc import Sequence

from sqlmodel import Session

from bridge.channels.coming_in import Event
from bridge.queries import looking_up
from bridge.services import taking_in
from bridge.services.channel_accounts import Opened


def is_post(opened: Opened, event: Event) -> bool:
    """Whether it is a customer's post or message for this very account: what comes in bursts."""
    return event.kind in taking_in.MENTION_TYPES and taking_in.concerns(opened, event)


def look_up(session: Session, posts: Sequence[tuple[Opened, Event]]) -> None:
    """Lock and find at once what these posts are about, before each is taken in."""
    looking_up.look_up(session, [taking_in.names_of(opened, event) for opened, event in posts])
