"""One mention as a listening tool tells it, in a webhook or a file: what it must say. Pure.

A tool watches many networks and has its own names for everything. What names a post here is what
`bridge/permalinks.py` reads from its address, so that the same post pasted by an agent, delivered by its
network and told by a tool is one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bridge import permalinks
from bridge.errors import InvalidInput
from bridge.names import plain_handle, plain_name, plain_network
from bridge.permalinks import ID_MAX_CHARACTERS, PERMALINK_MAX_CHARACTERS, Network, Permalink
from bridge.threads import TEXT_MAX_CHARACTERS

BATCH_MAX: Final = 100
KINDS: Final = ("mention", "reply", "untagged", "private")
NAMES: Final = (
    "network",
    "permalink",
    "id",
    "thread_id",
    "author",
    "text",
    "language",
    "posted_at",
    "kind",
    "matched_on",
    "addressed_to",
)
HANDLE_MAX_CHARACTERS: Final = 80
WORDS_MAX_CHARACTERS: Final = 80
LANGUAGE_MAX_CHARACTERS: Final = 8
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
AHEAD_AT_MOST: Final = timedelta(minutes=5)
"""So much may a tool's clock run ahead of ours; its signature may differ by as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A mention that can be stored. `also_known_as` are other names of the same post."""

    network: str
    post_id: str
    thread_id: str
    permalink: str
    handle: str
    author_id: str
    text: str
    language: str
    posted_at: datetime
    kind: str
    matched_on: str
    addressed_to: str
    also_known_as: tuple[str, ...] = ()


Recognise = Callable[[str], Permalink]


def mention_of(
    told: object, *, recognise: Recognise = permalinks.recognise, now: datetime | None = None
) -> Mention:
    """Check one mention. Raises InvalidInput that names every field that is wrong and repeats none.

    `recognise` reads addresses; that of `bridge/channels/addresses.py` knows the channels' own networks.
    Whoever takes it in gives `now`, and a post from the future is refused; what was taken in stays valid.
    """
    if not isinstance(told, Mapping):
        raise InvalidInput("The mention is not valid.", fields={"mention": ["An object is needed."]})
    wrong: dict[str, list[str]] = {
        str(name)[:40]: ["Unknown field."] for name in list(told) if name not in NAMES
    }
    read = _Reader(told, wrong)
    author = told.get("author")
    if not isinstance(author, Mapping) or set(author) - {"handle", "id"}:
        wrong["author"] = ["An object with handle and, if known, id is needed."]
        author = {"handle": "unknown"}
    of_author = _Reader(author, wrong, place="author.")
    given_network = read.text("network", 20, plain_network)
    permalink = read.text("permalink", PERMALINK_MAX_CHARACTERS)
    given_id = read.text("id", ID_MAX_CHARACTERS, _id)
    thread_id = read.text("thread_id", ID_MAX_CHARACTERS, _id)
    handle = of_author.text("handle", HANDLE_MAX_CHARACTERS + 1, plain_handle)
    author_id = of_author.text("id", ID_MAX_CHARACTERS, _id)
    if not (handle or author_id or any(name.startswith("author") for name in wrong)):
        wrong["author"] = ["Its handle or its id is needed."]
    text = read.text("text", TEXT_MAX_CHARACTERS)
    if not text.strip():
        wrong.setdefault("text", ["This is needed."])
    posted_at = _moment(told.get("posted_at"), wrong, now=now)
    kind = told.get("kind", "untagged")
    if kind not in KINDS:
        wrong["kind"] = [f"One of {', '.join(KINDS)}."]
    place = _place(given_network, permalink, given_id, thread_id, wrong, recognise=recognise)
    language = read.text("language", LANGUAGE_MAX_CHARACTERS, _words("language", LANGUAGE_MAX_CHARACTERS))
    matched_on = read.text("matched_on", WORDS_MAX_CHARACTERS, _words("matched_on", WORDS_MAX_CHARACTERS))
    addressed_to = read.text("addressed_to", WORDS_MAX_CHARACTERS, plain_handle)
    if wrong or place is None or posted_at is None:
        raise InvalidInput("The mention is not valid.", fields=wrong)
    return Mention(
        network=place.network,
        post_id=place.post_id,
        thread_id=place.thread_id,
        permalink=place.permalink,
        handle=handle or plain_handle(author_id[:HANDLE_MAX_CHARACTERS].replace(" ", "_")),
        author_id=author_id,
        text=text,
        language=language,
        posted_at=posted_at,
        kind=kind,
        matched_on=matched_on,
        addressed_to=addressed_to,
        also_known_as=place.also_known_as,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    told: Mapping[str, Any]
    wrong: dict[str, list[str]]
    place: str = ""

    def text(self, name: str, longest: int, check: Callable[[str], str] | None = None) -> str:
        """The text of that name, or an empty one; what is wrong with it is noted."""
        given = self.told.get(name)
        if given is None or given == "":
            return ""
        if not isinstance(given, str) or len(given) > longest:
            self.wrong[self.place + name] = [f"A text of at most {longest} signs is needed."]
            return ""
        try:
            return check(given) if check else given
        except InvalidInput as error:
            self.wrong[self.place + name] = _told(error)
            return ""


@dataclass(frozen=True, slots=True)
class _Place:
    network: str
    post_id: str
    thread_id: str
    permalink: str
    also_known_as: tuple[str, ...]


def _place(
    network: str,
    permalink: str,
    given_id: str,
    thread_id: str,
    wrong: dict[str, list[str]],
    *,
    recognise: Recognise,
) -> _Place | None:
    """Which post it is. The network's own name for it counts, however the tool calls it.

    An id that is an address itself (`at://…`) names the post best: it holds the author's lasting id.
    """
    by_id = _link(given_id, recognise) if given_id.startswith("at://") else None
    link = None
    if permalink:
        try:
            link = recognise(permalink)
        except InvalidInput as error:
            wrong["permalink"] = _told(error)
            return None
    readable = [one for one in (by_id, link) if one is not None and one.network is not Network.OTHER]
    named = str(readable[0].network) if readable else (str(link.network) if link else "")
    if network and readable and named != network:
        wrong["network"] = [f"This is an address on {named}."]
        return None
    if not network and not named:
        wrong.setdefault("network", ["This is needed where there is no permalink."])
        return None
    if readable:
        post_id, others = readable[0].post_id, [one.post_id for one in readable[1:]] + [given_id]
        in_thread = thread_id or readable[0].thread_id
    elif given_id:
        post_id, others, in_thread = given_id, [], thread_id or given_id
    elif link is not None:
        post_id, others, in_thread = link.post_id, [], thread_id or link.thread_id
    else:
        wrong.setdefault("permalink", ["It is needed, or the network's own id of the post."])
        return None
    aliases = tuple(dict.fromkeys(one for one in others if one and one != post_id))
    return _Place(network or named, post_id, in_thread, link.url if link else "", aliases)


def _told(error: InvalidInput) -> list[str]:
    fields: Any = error.details["fields"]
    return [text for texts in fields.values() for text in texts]


def _link(text: str, recognise: Recognise) -> Permalink | None:
    try:
        return recognise(text)
    except InvalidInput:
        return None


def _moment(given: object, wrong: dict[str, list[str]], *, now: datetime | None) -> datetime | None:
    problem = "A moment with its time zone, as 2026-11-22T05:10:00Z."
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) and len(given) <= 40 else None
        if moment is not None and moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
            if not EARLIEST <= moment < LATEST:
                problem = "The year must lie between 2000 and 2100."
            elif now is not None and moment > now + AHEAD_AT_MOST:
                problem = "This lies in the future."
            else:
                return moment
    except (ValueError, OverflowError):
        pass
    wrong["posted_at"] = [problem]
    return None


def _id(given: str) -> str:
    return plain_name(given, field_name="id", longest=ID_MAX_CHARACTERS)


def _words(name: str, longest: int) -> Callable[[str], str]:
    return lambda given: plain_name(given, field_name=name, longest=longest)
