"""Which of the posts that we hold were deleted.

A post that the network no longer shows us may be hidden (its author blocked us) rather than gone, so
each missing one is asked for by its name: only "no such record" counts. Source: app.bsky.feed.getPosts,
com.atproto.repo.getRecord.
"""

from collections.abc import Sequence
from typing import Final

from bridge.channels.accounts import Account
from bridge.channels.bluesky.asked import question, word
from bridge.channels.bluesky.reading import item
from bridge.channels.calling import Call
from bridge.channels.coming_in import Held, Item
from bridge.channels.webhook import Failed

POSTS_MAX: Final = 25
"""As many as the network shows at once."""


def gone(account: Account, posts: Sequence[Held], *, call: Call) -> list[Item]:
    """An item for each post that its author took back."""
    names = [post.external_id for post in posts if post.external_id.startswith("at://did:")][:POSTS_MAX]
    if not names:
        return []
    told = call(question(account, "app.bsky.feed.getPosts", [("uris", name) for name in names]))
    shown = None if isinstance(told, Failed) or not told.is_good else told.object().get("posts")
    if not isinstance(shown, list):
        return []
    still = {post.get("uri") for post in shown if isinstance(post, dict)}
    return [
        Item(f"gone {name}", item("gone", uri=name))
        for name in names
        if name not in still and _is_no_more(account, name, call)
    ]


def _is_no_more(account: Account, uri: str, call: Call) -> bool:
    match uri.removeprefix("at://").split("/"):
        case [repo, collection, key]:
            values = [("repo", repo), ("collection", collection), ("rkey", key)]
            told = call(question(account, "com.atproto.repo.getRecord", values))
            return not isinstance(told, Failed) and told.status_code == 400 and word(told) == "RecordNotFound"
        case _:
            return False
