"""Put stored conversations into the queue, as if they had come in just now. Nothing commits."""

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from bridge.errors import BridgeError, InvalidInput, NotPermitted
from bridge.models.directory import Brand
from bridge.permalinks import Network
from bridge.roles import Actor
from bridge.services.capturing import Captured, CaptureResult, capture

Progress = Callable[[int], None]


@dataclass(slots=True)
class Replay:
    """What a replay of stored conversations did."""

    conversations: int = 0
    threads_created: int = 0
    posts_added: int = 0
    posts_known: int = 0
    refused: list[str] = field(default_factory=list)


def import_conversation(
    session: Session, brand: Brand, conversation: Mapping[str, Any], *, actor: Actor, now: datetime
) -> list[CaptureResult]:
    """Capture a stored conversation on X, one result a post. Safe to repeat.

    Reads `dialogHeader.company` and `dialogContent[]` with `client` or `agent`, `datetime`, `message`
    and `tweet_ID`. The first post's id names the thread, as it does on X, so two records that begin
    with the same post are one conversation. Raises InvalidInput when the shape is another.
    """
    if actor.brand_id != brand.id:
        raise NotPermitted("This brand is not yours.")
    try:
        company = str(conversation["dialogHeader"]["company"])
        posts = [_stored_post(post) for post in conversation["dialogContent"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise InvalidInput("The conversation cannot be read.", fields={"dialogContent": [problem]}) from error
    customers = [post.author for post in posts if post.kind == "customer"]
    if not customers:
        raise InvalidInput("The conversation has no customer.", fields={"dialogContent": ["No client."]})
    tagged = f"@{company}".lower() in posts[0].text.lower()
    return [
        capture(
            session,
            actor,
            Captured(
                network=Network.X.value,
                permalink=f"https://x.com/i/web/status/{post.id}",
                external_id=posts[0].id,
                post_external_id=post.id,
                handle=post.author,
                text=post.text,
                posted_at=post.posted_at,
                mention_type="tagged" if tagged else "untagged",
                language=brand.default_locale,
                addressed_to=company,
                author_kind=post.kind,
                customer_handle=customers[0],
            ),
            now,
        )
        for post in posts
    ]


@dataclass(frozen=True, slots=True)
class _StoredPost:
    id: str
    kind: str
    author: str
    text: str
    posted_at: datetime


def _stored_post(post: Mapping[str, Any]) -> _StoredPost:
    author_key = next(name for name in (*post, "") if name.rstrip("0123456789") in {"client", "agent", ""})
    kind = {"client": "customer", "agent": "brand"}.get(author_key, "other")
    posted_at = datetime.fromisoformat(post["datetime"])
    return _StoredPost(
        id=str(post["tweet_ID"]),
        kind=kind,
        author=str(post[author_key]),
        # X hands out &amp; &lt; &gt; for the signs themselves.
        text=html.unescape(str(post["message"])),
        posted_at=posted_at if posted_at.tzinfo else posted_at.replace(tzinfo=UTC),
    )


def replay(
    session: Session,
    brand: Brand,
    conversations: Iterable[Any],
    *,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
) -> Replay:
    """Import many stored conversations; a bad one is a line in `refused` and stops nothing.

    Twice gives no double. `progress` is called with 1 after each conversation.
    """
    done = Replay()
    for conversation in conversations:
        done.conversations += 1
        try:
            results = import_conversation(session, brand, conversation, actor=actor, now=now)
        except BridgeError as error:
            done.refused.append(f"{done.conversations}: {error.message} {error.details.get('fields', '')}")
        else:
            done.threads_created += sum(result.created for result in results)
            added = sum(result.post_added for result in results)
            done.posts_added += added
            done.posts_known += len(results) - added
        if progress is not None:
            progress(1)
    return done
