"""Recognise which post an address on a social network points to. Pure; nothing is fetched.

An agent pastes what the browser shows, and that is enough to make one thread of it: with
the network's API paid, down or closed, this is the way in. Addresses of the same post in
different clothes (mobile host, tracking parameters, photo page) give the same ids.
Forms: the networks' own pages. A channel's folder may bring a reader for another network's
(`read_address`, asked by `bridge/channels/addresses.py`).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from bridge.errors import InvalidInput

PERMALINK_MAX_CHARACTERS: Final = 500
ID_MAX_CHARACTERS: Final = 120


class Network(StrEnum):
    """The networks whose addresses are read here; `other` is any page on the web."""

    X = "x"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Permalink:
    """A post's place. `thread_id` is the conversation as far as the address alone tells it.

    Beneath a brand's own post on Facebook or Instagram every comment is another customer, so
    there the comment makes the thread. On the other networks the post does. `network` is one of
    `Network`, or that of a channel that reads its own addresses.
    """

    network: str
    thread_id: str
    post_id: str
    url: str


Reader = Callable[[str, Sequence[str], Mapping[str, str]], Permalink | None]
"""Takes host (small, without `www.`), steps of the path and the query; None for what is not its network's."""


def recognise(url: str, *, readers: Sequence[Reader] = ()) -> Permalink:
    """Read a pasted address; `https://` may be missing. An unknown page gets a hash as its id.

    A Bluesky post reached by handle and by DID, and a Mastodon post seen from two servers, give
    different ids: only the network could tell that they are one. Raises InvalidInput for what
    is no address, holds a password, or is longer than 500 signs. `readers` know further networks.
    """
    given = _readable(url)
    if given.lower().startswith("at://"):
        return _from_at_uri(given)
    parts = _split(given)
    host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    path = [unquote(step) for step in parts.path.split("/") if step]
    asked = dict(parse_qsl(parts.query))
    # Mastodon's comes last, because it knows a path and not a host.
    for reader in (*_READERS, *readers, _mastodon):
        found = reader(host, path, asked)
        if found is not None and _fits(found):
            return found
    return _other(parts, host)


def of_account(found: Permalink, *, handle: str, external_id: str) -> Permalink:
    """The same post by the account's lasting name: what is known of our own account, no network has to tell.

    A Bluesky address by our handle becomes the one by our DID, which is what the network delivers.
    """
    spoken = f"at://{handle.lower()}/"
    if not (handle and external_id.startswith("did:") and found.post_id.startswith(spoken)):
        return found
    lasting = f"at://{external_id}/{found.post_id.removeprefix(spoken)}"
    return Permalink(found.network, lasting, lasting, found.url)


def _fits(found: Permalink) -> bool:
    ids = max(len(found.thread_id), len(found.post_id))
    return ids <= ID_MAX_CHARACTERS and len(found.url) <= PERMALINK_MAX_CHARACTERS


def _refuse(problem: str) -> InvalidInput:
    return InvalidInput("The address cannot be read.", fields={"permalink": [problem]})


def _readable(url: str) -> str:
    text = unicodedata.normalize("NFC", url).strip()
    if not text or len(text) > PERMALINK_MAX_CHARACTERS:
        raise _refuse(f"An address has 1 to {PERMALINK_MAX_CHARACTERS} signs.")
    if any(sign.isspace() or unicodedata.category(sign) in {"Cc", "Cf", "Cs"} for sign in text):
        raise _refuse("An address holds no spaces and no invisible signs.")
    return text


def _split(text: str) -> SplitResult:
    if not re.match(r"[a-z][a-z0-9+.-]*:", text, re.ASCII | re.IGNORECASE) or re.match(
        r"[^/:]+:\d+(/|$)", text, re.ASCII
    ):
        text = _readable(f"https://{text}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _refuse("This is no web address.") from error
    if parts.scheme not in {"http", "https"} or "." not in (parts.hostname or ""):
        raise _refuse("A web address looks like this: https://x.com/ana/status/123.")
    if parts.username is not None or parts.password is not None:
        raise _refuse("An address must not hold a user name or a password.")
    if port == 0:
        raise _refuse("There is no port 0.")
    return parts


_X_HOSTS: Final = frozenset({"x.com", "mobile.x.com", "twitter.com", "mobile.twitter.com", "m.twitter.com"})
_X_PATH: Final = re.compile(r"(?:i/web|i|\w{1,15})/status(?:es)?/(\d{1,19})(?:/.*)?", re.ASCII)


def _x(host: str, path: Sequence[str], _asked: Mapping[str, str]) -> Permalink | None:
    match = _X_PATH.fullmatch("/".join(path)) if host in _X_HOSTS else None
    if match is None:
        return None
    # The id alone finds the post, whatever the author is called by now.
    return _one(Network.X, match[1], f"https://x.com/i/web/status/{match[1]}")


_BLUESKY_ACTOR: Final = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+|[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", re.ASCII)
_BLUESKY_KEY: Final = re.compile(r"[A-Za-z0-9._~:-]{1,64}", re.ASCII)


def _bluesky(host: str, path: Sequence[str], _asked: Mapping[str, str]) -> Permalink | None:
    match (host, path):
        case ("bsky.app" | "staging.bsky.app", ["profile", actor, "post", key, *_]):
            return _bluesky_post(actor.removeprefix("@"), key)
        case _:
            return None


def _from_at_uri(text: str) -> Permalink:
    found = None
    match text[len("at://") :].split("/"):
        case [actor, "app.bsky.feed.post", key]:
            found = _bluesky_post(actor, key)
    if found is None or len(found.post_id) > ID_MAX_CHARACTERS:
        raise _refuse("A post on Bluesky looks like this: at://ana.example/app.bsky.feed.post/3kabc.")
    return found


def _bluesky_post(actor: str, key: str) -> Permalink | None:
    if not (_BLUESKY_ACTOR.fullmatch(actor) and _BLUESKY_KEY.fullmatch(key)):
        return None
    # Handles are domain names and fold; a DID's own part does not.
    actor = actor if actor.startswith("did:") else actor.lower()
    return _one(
        Network.BLUESKY,
        f"at://{actor}/app.bsky.feed.post/{key}",
        f"https://bsky.app/profile/{actor}/post/{key}",
    )


_MASTODON_PATHS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?:web/|deck/)?@(\w[\w.-]*(?:@[\w.-]+\.\w+)?)/(\d{5,20})(?:/.*)?",
        r"@(\w[\w.-]*)/statuses/([0-9A-Z]{26})",
        r"users/(\w[\w.-]*)/statuses/(\d{5,20}|[0-9A-Z]{26})(?:/.*)?",
    )
)


def _mastodon(host: str, path: Sequence[str], _asked: Mapping[str, str]) -> Permalink | None:
    for pattern in _MASTODON_PATHS:
        match = pattern.fullmatch("/".join(path))
        if match is not None:
            # Ids are each server's own.
            step = "" if match[2].isdecimal() else "statuses/"
            return _one(
                Network.MASTODON, f"{host}/{match[2]}", f"https://{host}/@{match[1]}/{step}{match[2]}"
            )
    return None


_FACEBOOK_HOSTS: Final = frozenset(
    f"{prefix}facebook.com" for prefix in ("", "m.", "web.", "mbasic.", "touch.", "business.", "l.")
) | {"fb.com", "m.fb.com"}
_FACEBOOK_ID: Final = re.compile(r"\d{3,25}|pfbid[0-9A-Za-z]{10,100}", re.ASCII)
_FACEBOOK_SHARE: Final = re.compile(r"[0-9A-Za-z_-]{4,60}", re.ASCII)


def _facebook(host: str, path: Sequence[str], asked: Mapping[str, str]) -> Permalink | None:
    if host == "fb.watch" and len(path) == 1 and _FACEBOOK_SHARE.fullmatch(path[0]):
        return _one(Network.FACEBOOK, f"watch/{path[0]}", f"https://fb.watch/{path[0]}/")
    if host not in _FACEBOOK_HOSTS:
        return None
    match path:
        case ["permalink.php" | "story.php"]:
            post, place = asked.get("story_fbid", ""), f"{quote(asked.get('id', ''), safe='')}/posts/{{}}"
        case ["photo.php" | "photo"]:
            post, place = asked.get("fbid", ""), "photo/?fbid={}"
        case ["watch" | "watch.php"]:
            post, place = asked.get("v", ""), "watch/?v={}"
        case ["reel", post, *_]:
            place = "reel/{}"
        case ["groups", group, "posts" | "permalink", post, *_]:
            place = f"groups/{quote(group)}/posts/{{}}"
        case ["share", kind, key] if _FACEBOOK_SHARE.fullmatch(key):
            return _one(Network.FACEBOOK, f"share/{key}", f"https://www.facebook.com/share/{kind}/{key}/")
        case [page, "posts" | "videos" | "photos" as kind, *rest] if rest:
            # A slug or an album may stand before the id.
            post, place = rest[-1], f"{quote(page)}/{kind}/{{}}"
        case _:
            return None
    if not _FACEBOOK_ID.fullmatch(post):
        return None
    url = f"https://www.facebook.com/{place.format(post)}"
    comment = asked.get("comment_id", "")
    if not comment.isascii() or not comment.isdecimal():
        return _one(Network.FACEBOOK, post, url)
    reply = asked.get("reply_comment_id", "")
    last = reply if reply.isascii() and reply.isdecimal() else comment
    query = {"comment_id": comment} | ({"reply_comment_id": last} if last != comment else {})
    return Permalink(Network.FACEBOOK, comment, last, f"{url}{'&' if '?' in url else '?'}{urlencode(query)}")


_INSTAGRAM_CODE: Final = re.compile(r"[0-9A-Za-z_-]{5,40}", re.ASCII)


def _instagram(host: str, path: Sequence[str], _asked: Mapping[str, str]) -> Permalink | None:
    if host not in {"instagram.com", "m.instagram.com", "instagr.am"}:
        return None
    kinds = {"p", "reel", "reels", "tv"}
    # Links made inside a profile carry its name first: /ana/p/CODE/.
    if len(path) >= 3 and path[0] not in kinds and path[1] in kinds:
        path = path[1:]
    if len(path) < 2 or path[0] not in kinds or not _INSTAGRAM_CODE.fullmatch(path[1]):
        return None
    code = path[1]
    url = f"https://www.instagram.com/p/{code}/"
    match path[2:]:
        case ["c", comment, *rest] if comment.isascii() and comment.isdecimal():
            reply = rest[1] if len(rest) == 2 and rest[0] == "r" and rest[1].isdecimal() else comment
            answer = f"r/{reply}/" if reply != comment else ""
            return Permalink(Network.INSTAGRAM, comment, reply, f"{url}c/{comment}/{answer}")
        case _:
            return _one(Network.INSTAGRAM, code, url)


def _one(network: Network, post: str, url: str) -> Permalink:
    return Permalink(network, post, post, url)


_READERS: Final[tuple[Reader, ...]] = (_x, _bluesky, _facebook, _instagram)

_TRACKING: Final = frozenset(
    {"fbclid", "gclid", "dclid", "msclkid", "igsh", "igshid", "mc_cid", "mc_eid", "ref_src", "ref_url"}
)


def _other(parts: SplitResult, host: str) -> Permalink:
    """Hash an unknown page; scheme, `www.`, tracking parameters and their order do not count."""
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in _TRACKING and not name.lower().startswith("utm_")
    )
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = f"?{urlencode(kept)}" if kept else ""
    # A comment beneath a blog post is often told apart by its fragment alone.
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=-._~").rstrip("/")
    normal = f"{host}{port}{path}{query}{fragment}"
    digest = sha256(normal.encode()).hexdigest()[:32]
    return Permalink(Network.OTHER, f"url-{digest}", f"url-{digest}", parts.geturl())
