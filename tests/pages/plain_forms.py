"""What a browser without JavaScript finds on a page: its forms, and what it could not use."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.pages.browser import VOID

CLOSED_BY_OTHERS = frozenset({"li", "p", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody"})


@dataclass
class Found:
    """A form as it stands there."""

    action: str
    method: str
    id: str
    buttons: list[str] = field(default_factory=list)
    """Where each of its buttons sends it."""
    files: bool = False
    encoding: str = ""


class Plain(HTMLParser):
    """Reads a page. What is hidden, or in a template, is not there."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Found] = []
        self.dead: list[str] = []
        """Buttons and links that do nothing without a module."""
        self._open: Found | None = None
        self._within: list[tuple[str, bool]] = []
        self._for_others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID and tag not in CLOSED_BY_OTHERS:
            self._within.append(
                (tag, "hidden" in given or (tag in {"template", "dialog"} and "open" not in given))
            )
        if any(hidden for _, hidden in self._within) or "hidden" in given:
            return
        if tag == "form":
            action = given.get("action") or self.path
            self._open = Found(action, given.get("method", "get").lower(), given.get("id", ""))
            self._open.encoding = given.get("enctype", "")
            self.forms.append(self._open)
        elif tag == "input" and given.get("type") == "file" and self._open:
            self._open.files = True
        elif tag == "button" or (tag == "input" and given.get("type") in {"submit", "button"}):
            self._button(given)
        elif tag == "a" and ("href" not in given or given["href"] in {"", "#"}):
            self.dead.append(f"a link to nowhere: {given}")

    def _button(self, given: dict[str, str]) -> None:
        if given.get("type") == "button" and "popovertarget" not in given:
            self.dead.append(f"a button that only a module hears: {given}")
        elif "form" in given:
            self._for_others.append(given["form"])
        elif self._open is not None:
            self._open.buttons.append(given.get("formaction") or self._open.action)
        elif "popovertarget" not in given:
            self.dead.append(f"a button of no form: {given}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag in {name for name, _ in self._within}:
            while self._within.pop()[0] != tag:
                pass

    def close(self) -> None:
        super().close()
        for form in self.forms:
            form.buttons += [form.action for wanted in self._for_others if wanted == form.id and wanted]

    def faults(self) -> Iterator[str]:
        """What nobody could use here without JavaScript."""
        yield from self.dead
        for form in self.forms:
            if not form.buttons:
                yield f"no button sends {form.method} {form.action}"
            if form.files and form.encoding != "multipart/form-data":
                yield f"{form.action} would not send its file"


def read(path: str, html: str) -> Plain:
    """The page as it is without JavaScript."""
    plain = Plain(path)
    plain.feed(html)
    plain.close()
    return plain
