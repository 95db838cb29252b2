"""Links and mentions in a text, which the protocol marks by positions in its UTF-8 bytes. Pure.

Source: app.bsky.richtext.facet. What a customer's app shows of a link is cut; what it leads to is in the
facet, and that is what an agent has to see.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_LINK: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER_A_LINK: Final = (
    ".,;:!?\N{HORIZONTAL ELLIPSIS}'\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
)
_KIND: Final = "app.bsky.richtext.facet#"


def facets_of(text: str, *, handles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Mark the links in our text, and the mentions of `handles` (handle to DID)."""
    found = [(start, end, {"$type": f"{_KIND}link", "uri": text[start:end]}) for start, end in _links(text)]
    for handle, did in handles.items():
        if not handle or not did.startswith("did:"):
            continue
        mention = re.compile(rf"(?<![\w.@/])@{re.escape(handle)}(?![\w-]|\.\w)", re.IGNORECASE)
        found += [
            (match.start(), match.end(), {"$type": f"{_KIND}mention", "did": did})
            for match in mention.finditer(text)
            if not any(start <= match.start() < end for start, end, _ in found)
        ]
    return [
        {
            "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
            "features": [feature],
        }
        for start, end, feature in sorted(found, key=lambda one: one[0])
    ]


def _links(text: str) -> Iterator[tuple[int, int]]:
    for match in _LINK.finditer(text):
        link = match[0].rstrip(_AFTER_A_LINK)
        if link.endswith(")") and "(" not in link:
            link = link[:-1]
        yield match.start(), match.start() + len(link)


def with_whole_links(text: str, facets: object) -> str:
    """The text with each shortened link written out. Facets that overlap or point nowhere are left alone."""
    raw, place = text.encode("utf-8", "surrogatepass"), 0
    pieces: list[bytes] = []
    for start, end, uri in sorted(_link_facets(facets)):
        if start < place or end > len(raw):
            continue
        shown = raw[start:end]
        whole = uri.encode("utf-8", "surrogatepass")
        pieces += [raw[place:start], shown if _says_it_all(shown, whole) else whole]
        place = end
    return b"".join((*pieces, raw[place:])).decode("utf-8", "replace")


def mentions(facets: object) -> set[str]:
    """The DIDs that a text mentions."""
    return {
        did
        for _, _, feature in _features(facets)
        if feature.get("$type") == f"{_KIND}mention" and isinstance(did := feature.get("did"), str)
    }


def _says_it_all(shown: bytes, whole: bytes) -> bool:
    return whole.partition(b"://")[2].rstrip(b"/") == shown.partition(b"://")[2].rstrip(b"/") or (
        whole.partition(b"://")[2].rstrip(b"/") == shown.rstrip(b"/")
    )


def _link_facets(facets: object) -> Iterator[tuple[int, int, str]]:
    for start, end, feature in _features(facets):
        uri = feature.get("uri")
        if feature.get("$type") == f"{_KIND}link" and isinstance(uri, str) and uri.startswith("http"):
            yield start, end, uri


def _features(facets: object) -> Iterator[tuple[int, int, dict[str, Any]]]:
    for facet in facets if isinstance(facets, list) else ():
        index = facet.get("index") if isinstance(facet, dict) else None
        features = facet.get("features") if isinstance(facet, dict) else None
        if not isinstance(index, dict) or not isinstance(features, list):
            continue
        start, end = index.get("byteStart"), index.get("byteEnd")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
            yield from ((start, end, feature) for feature in features if isinstance(feature, dict))
