"""Which of the posts that we hold were deleted or edited.

The server answers 404 both for what is gone and for what its author hid from us; it is not ours to keep
in either case. Source: GET /api/v1/statuses/:id.
"""

from collections.abc import Sequence
from typing import Final

from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.coming_in import Held, Item
from bridge.channels.mastodon.asked import question, status_path
from bridge.channels.mastodon.reading import item
from bridge.channels.webhook import Failed

POSTS_MAX: Final = 5
"""One question each; servers allow 300 in five minutes."""


def changed(account: Account, posts: Sequence[Held], *, call: Call) -> list[Item]:
    """An item for each post that is gone or was edited."""
    items: list[Item] = []
    for post in posts[:POSTS_MAX]:
        number = post.reference.get("id")
        if not isinstance(number, str) or not number:
            continue
        told = call(question(account, status_path(number)))
        if isinstance(told, Failed):
            break
        status = told.object()
        if told.status_code == 404 and status.get("error"):
            items.append(Item(f"gone {post.external_id}", item("gone", name=post.external_id)))
        elif told.is_good and status.get("id") == number and isinstance(status.get("edited_at"), str):
            items.append(Item(f"edited {number} {status['edited_at']}", item("edited", status=status)))
        elif not told.is_good:
            break
    return items
