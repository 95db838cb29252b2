"""What a burst is made of, and what it is about: asked for all of it before each post is taken in."""

from collections.abc import Sequence

from sqlmodel import Session

from bridge.channels import addresses
from bridge.channels.coming_in import Event
from bridge.queries import known
from bridge.queries.known import Sought
from bridge.services import taking_in
from bridge.services.channel_accounts import Opened


def is_post(opened: Opened, event: Event) -> bool:
    """Whether it is a customer's post or message for this very account: what comes in bursts."""
    return event.kind in taking_in.MENTION_TYPES and event.account in {"", opened.account.external_id}


def look_up(session: Session, posts: Sequence[tuple[Opened, Event]]) -> None:
    """Lock and find at once what these posts are about, before each is taken in (`queries/known.py`)."""
    known.look_up(session, [_sought(opened, event) for opened, event in posts])


def _sought(opened: Opened, event: Event) -> Sought:
    """The names as `intake.capture` will ask for them; one that it changes is asked for then."""
    author = event.author
    return Sought(
        brand_id=opened.brand_id,
        network=taking_in.network_of(opened, event),
        post_id=event.external_id,
        thread_id=event.thread_id or event.external_id,
        parent_id=event.parent_id,
        handle=(author.handle or author.external_id).strip().removeprefix("@") if author else "",
        author_id=author.external_id if author else "",
        account_id=opened.account.id,
        door=event.door,
        address=addresses.unknown(event.permalink),
    )
