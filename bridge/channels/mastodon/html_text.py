"""The words of a post's HTML. Pure; nothing of it is ever shown as HTML.

A link is shortened for the eye by invisible parts, so its whole address is written instead; mentions and
hashtags are links too and keep their words.
"""

from html.parser import HTMLParser
from typing import Final

_PARAGRAPHS: Final = frozenset({"p", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
_LINES: Final = frozenset({"br", "li", "div", "tr"})
_UNSEEN: Final = frozenset({"script", "style", "template", "head", "title"})
_OWN_WORDS: Final = ("@", "#")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = 0
        self.address = ""
        self.link: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "a":
            self.end_link()
            self.address, self.link = dict(attrs).get("href") or "", []
        elif tag in _LINES:
            self.say("\n")
        elif tag in _PARAGRAPHS:
            self.say("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(self.unseen - 1, 0)
        elif tag == "a":
            self.end_link()
        elif tag in _PARAGRAPHS:
            self.say("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.say(data)

    def say(self, words: str) -> None:
        (self.pieces if self.link is None else self.link).append(words)

    def end_link(self) -> None:
        """Write a link out; a mention and a hashtag keep their words, and so does what leads to no page."""
        shown, self.link = "".join(self.link or ()), None
        is_page = self.address.startswith(("http://", "https://"))
        self.pieces.append(
            self.address if is_page and not shown.lstrip().startswith(_OWN_WORDS) and shown.strip() else shown
        )
        self.address = ""


def words_of(html: str) -> str:
    """The text that a reader sees, with paragraphs and line breaks."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    reader.end_link()
    lines = [" ".join(line.split()) for line in "".join(reader.pieces).split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip()
