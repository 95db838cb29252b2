"""Do an account and a page of ours link to each other? What is asked, and what the answers mean. Pure.

Two directions. The page names the account: an `<a>` or `<link>` with `rel="me"` in its plain HTML. The
account names the page: on Mastodon a profile field that the server itself verified (`verified_at`), on
Bluesky a handle that is our own domain (`/.well-known/atproto-did` says the account's id) or the page in
the profile's text. Other networks tell nothing to somebody without a key. DNS records are not asked: a
Bluesky domain that is proven by DNS alone counts as not known.
Sources: Mastodon documentation, "Link verification"; AT Protocol specification, "Handle".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import quote, urlsplit

PAGE_MAX_BYTES: Final = 1024 * 1024
_HANDLE: Final = re.compile(r"[A-Za-z0-9._-]{1,80}")
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?")
_BLUESKY_NAMES: Final = ".bsky.social"
BLUESKY_API: Final = "https://public.api.bsky.app"


class Result(StrEnum):
    """How a check went."""

    BOTH = "both"
    PAGE_ONLY = "page_only"
    ACCOUNT_ONLY = "account_only"
    NEITHER = "neither"
    OTHER_ID = "other_id"
    """The network says that the handle is another account's by now."""
    UNKNOWN = "unknown"
    """It could not be asked; what was known before is not touched by it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one side said. `links` is None when it could not be asked; `reason` is one word for why not."""

    links: bool | None
    reason: str = ""
    external_id: str = ""


def profile_url(network: str, handle: str) -> str | None:
    """The address at which people see the account; None where it has none that follows from its name."""
    name, _, host = handle.partition("@")
    if network == "mastodon":
        is_whole = _HANDLE.fullmatch(name) and _HOST.fullmatch(host.lower())
        return f"https://{host.lower()}/@{name}" if is_whole else None
    if not _HANDLE.fullmatch(handle):
        return None
    begins = {
        "x": "https://x.com/",
        "bluesky": "https://bsky.app/profile/",
        "facebook": "https://www.facebook.com/",
        "instagram": "https://www.instagram.com/",
    }.get(network)
    return f"{begins}{handle}" if begins else None


def names_account(html: str, url: str) -> bool:
    """Whether a page's plain HTML holds `rel="me"` with the account's address."""
    reader = _Links()
    reader.feed(html)
    return any(_same(link, url) for link in reader.found)


class _Links(HTMLParser):
    """Gathers the addresses of all `rel="me"`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take one along; what is in comments or scripts is never told to us."""
        given = dict(attrs)
        if tag in {"a", "link"} and "me" in (given.get("rel") or "").lower().split():
            self.found.append(given.get("href") or "")


def _same(left: str, right: str) -> bool:
    """Whether two addresses are one: host and handle without capitals, no slash at the end, no `www.`."""
    return _plain_address(left) == _plain_address(right) != ""


def _plain_address(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = parts.netloc.rpartition("@")[2].lower().removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}".lower()


def account_question(network: str, handle: str) -> str | None:
    """Where the network tells about an account; None when it tells nothing to somebody without a key."""
    if network == "mastodon" and profile_url(network, handle):
        name, _, host = handle.partition("@")
        return f"https://{host.lower()}/api/v1/accounts/lookup?acct={quote(name)}"
    if network == "bluesky" and profile_url(network, handle):
        return f"{BLUESKY_API}/xrpc/app.bsky.actor.getProfile?actor={quote(handle)}"
    return None


def domain_question(network: str, handle: str, site_url: str) -> str | None:
    """Where our own domain tells its Bluesky id, when the handle is that domain or beneath it."""
    host = (urlsplit(site_url).hostname or "").removeprefix("www.")
    name = handle.lower()
    is_ours = host and (name == host or name.endswith(f".{host}"))
    is_name = _HOST.fullmatch(name) and not name.endswith(_BLUESKY_NAMES)
    return f"https://{name}/.well-known/atproto-did" if network == "bluesky" and is_ours and is_name else None


def mastodon_says(profile: Mapping[str, Any], site_url: str) -> Said:
    """What a Mastodon profile says: a field with our page that its server verified."""
    fields = profile.get("fields")
    verified = [
        one
        for one in (fields if isinstance(fields, list) else [])
        if isinstance(one, dict) and one.get("verified_at") and _holds(str(one.get("value", "")), site_url)
    ]
    known = str(profile.get("id") or "")
    return Said(bool(verified), "" if verified else "no_verified_field", known)


def bluesky_says(profile: Mapping[str, Any], site_url: str, *, domain_did: str | None) -> Said:
    """What a Bluesky profile says: its domain is ours and says the same id, or its text names our page."""
    did = str(profile.get("did") or "")
    if domain_did is not None and domain_did.strip() == did != "":
        return Said(links=True, reason="own_domain", external_id=did)
    is_named = _holds(str(profile.get("description") or ""), site_url)
    return Said(is_named, "" if is_named else "page_not_named", did)


def _holds(text: str, url: str) -> bool:
    """Whether a text, HTML or plain, names an address, whole."""
    wanted = _plain_address(url)
    named = re.findall(r"https?://[^\s\"'<>]+|(?<![\w@./-])[\w-]+(?:\.[\w-]+)+(?:/[^\s\"'<>]*)?", text)
    found = (_plain_address(one if one.startswith("http") else f"https://{one}") for one in named)
    return bool(wanted) and any(one.rstrip(".,;)") == wanted for one in found)


def judged(page: Said, account: Said, *, external_id: str | None) -> tuple[Result, str]:
    """The result of a check and a word for why. An id that is not ours weighs more than any link.

    A side that could not be asked makes the whole check unknown: what a time-out hides is no answer.
    """
    if external_id and account.external_id and account.external_id != external_id:
        return Result.OTHER_ID, "handle_belongs_to_another"
    for side in (page, account):
        if side.links is None:
            return Result.UNKNOWN, side.reason
    if page.links and account.links:
        return Result.BOTH, account.reason
    if page.links:
        return Result.PAGE_ONLY, account.reason
    return (Result.ACCOUNT_ONLY if account.links else Result.NEITHER), page.reason
