"""Turn a listening tool's body into events. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from bridge.channels.addresses import recognise
from bridge.channels.coming_in import Author, Event, EventKind, NotReadable
from bridge.errors import InvalidInput
from bridge.mentions import BATCH_MAX, Mention, mention_of

KINDS: Final[Mapping[str, EventKind]] = {
    "mention": EventKind.PUBLIC_MENTION,
    "reply": EventKind.PUBLIC_REPLY,
    "untagged": EventKind.PUBLIC_UNMENTIONED,
    "private": EventKind.PRIVATE_MESSAGE,
}


def mentions(value: Any) -> list[Any]:
    """The mentions of a parsed body: itself, or those of its `mentions`. Raises NotReadable."""
    if not isinstance(value, dict):
        raise NotReadable("not_an_object")
    if "mentions" not in value:
        return [value]
    told = value["mentions"]
    if set(value) != {"mentions"} or not isinstance(told, list):
        raise NotReadable("not_a_batch")
    if not told:
        raise NotReadable("no_mention")
    if len(told) > BATCH_MAX:
        raise NotReadable("too_many")
    return told


def events(body: bytes) -> Sequence[Event]:
    """What a body tells. Raises NotReadable, also when one mention of it is not valid."""
    try:
        told = mentions(orjson.loads(body))
        return [event_of(mention_of(one, recognise=recognise)) for one in told]
    except orjson.JSONDecodeError as error:
        raise NotReadable("bad_json") from error
    except InvalidInput as error:
        raise NotReadable("not_a_mention") from error


def event_of(mention: Mention) -> Event:
    """The common envelope of a mention."""
    return Event(
        kind=KINDS[mention.kind],
        external_id=mention.post_id,
        thread_id=mention.thread_id,
        network=mention.network,
        author=Author(mention.author_id, mention.handle),
        text=mention.text,
        language=mention.language,
        permalink=mention.permalink,
        created_at=mention.posted_at,
        is_private=mention.kind == "private",
        addressed_to=mention.addressed_to,
        matched_on=mention.matched_on,
        also_known_as=mention.also_known_as,
    )
