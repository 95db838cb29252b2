"""A browser without JavaScript: it opens pages, fills in what a form has, and presses buttons."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, Cast, Member

VOID = frozenset({"input", "meta", "link", "br", "path", "circle", "rect", "use"})


class Press(NamedTuple):
    """A form of a page that was sent by its button, and how it was answered."""

    method: str
    endpoint: str
    status: int


PRESSED: list[Press] = []
"""What the test that runs has pressed until now (`tests/pages/conftest.py` empties it)."""


@dataclass
class Form:
    """A form of a page with the values it would send, and its buttons' texts and values."""

    action: str
    method: str
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    buttons: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Where a button sends it that does not send it to `action`."""


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.h1 = 0
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self._open: Form | None = None
        self._button: tuple[str, str] | None = None
        self._elsewhere = ""
        self._in_button = False
        self._text = ""
        self._area: str | None = None
        self._select: str | None = None
        self._inert = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "h1":
            self.h1 += 1
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
        is_field = tag in {"input", "select", "textarea"} and "hidden" not in given
        if is_field and given.get("type") not in {
            "hidden",
            "radio",
            "checkbox",
        }:
            if "aria-label" in given or "aria-labelledby" in given:
                self.labelled.add(given.get("id", name))
            self.fields.add(given.get("id", name))
        if tag == "template":  # nothing in it is there for a browser without JavaScript
            self._inert += 1
        if self._inert:
            return
        if tag == "form":
            self._open = Form(given.get("action", self.path), given.get("method", "get"))
            self.forms.append(self._open)
        if self._open is None:
            return
        if tag == "input" and name:
            if given.get("type") not in {"radio", "checkbox"} or "checked" in given:
                self._open.values.add(name, given.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in self._open.values:
                self._open.values[self._select] = given.get("value", "")
        elif tag == "button":
            self._in_button, self._text = True, ""
            self._button = (name, given.get("value", "")) if name else None
            self._elsewhere = given.get("formaction", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._inert -= 1
        if self._inert:
            return
        if tag == "form":
            self._open = None
        if self._open is None:
            return
        if tag == "textarea" and self._area:
            self._open.values.add(self._area, self._text.removeprefix("\n"))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "button":
            text = " ".join(self._text.split())
            self._open.buttons[text] = self._button
            if self._elsewhere:
                self._open.elsewhere[text] = self._elsewhere
            self._in_button = False

    def handle_data(self, data: str) -> None:
        self._text += data
        self.words.append(data)


@dataclass
class Page:
    """An answer, its words and its forms."""

    browser: "Browser"
    path: str
    status: int
    html: str
    headers: dict[str, str]
    reader: _Reader

    @property
    def text(self) -> str:
        return " ".join("".join(self.reader.words).split())

    @property
    def verdict(self) -> str:
        _, found, rest = self.html.partition('data-verdict="')
        return rest.partition('"')[0] if found else ""

    def form(self, button: str) -> Form:
        found = [form for form in self.reader.forms if button in form.buttons]
        assert found, f"no button {button!r} on {self.path}: {[list(f.buttons) for f in self.reader.forms]}"
        return found[0]

    def press(self, button: str, **changes: str | list[str]) -> "Page":
        """Fill in and press; follows the redirect as a browser does."""
        form = self.form(button)
        return self.browser.submit(form, button, **changes)


class Browser:
    """One person's browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.visited: list[str] = []

    def open(self, path: str) -> Page:
        self.visited.append(path)
        return self._page(path, self.client.get(path))

    def submit(self, form: Form, button: str, **changes: str | list[str]) -> Page:
        values = MultiDict(form.values)
        for name, value in changes.items():
            values.setlist(name, value if isinstance(value, list) else [value])
        if (pressed := form.buttons[button]) is not None:
            values[pressed[0]] = pressed[1]
        action = form.elsewhere.get(button, form.action)
        return self._sent(action, lambda: self.client.post(action, data=values))

    def search(self, form: Form, **changes: str) -> Page:
        """Send a form that only asks: what it holds goes into the address."""
        given = {**form.values.to_dict(), **changes}
        action = form.action.partition("#")[0]
        return self._sent(action, lambda: self.client.get(action, query_string=given), method="GET")

    def upload(self, form: Form, name: str, content: bytes, *, filename: str) -> Page:
        """Send a form with a file, as a browser does; the test client would leave a file of its own open."""
        parts = [
            f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in form.values.items()
            if field != name
        ]
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), content, b"\r\n--edge--\r\n"])
        kind = "multipart/form-data; boundary=edge"
        return self._sent(form.action, lambda: self.client.post(form.action, data=body, content_type=kind))

    def _sent(self, action: str, send: Callable[[], TestResponse], *, method: str = "POST") -> Page:
        self.visited.append(action)
        answer = send()
        if endpoint := endpoint_at(self.client.application, action, method=method):
            PRESSED.append(Press(method, endpoint, answer.status_code))
        return self._page(action, answer)

    def sign_in(self, member: Member, *, next_page: str = "") -> Page:
        page = self.open("/sign-in" + (f"?next={next_page}" if next_page else ""))
        return page.press("Sign in", email=member.person.email or "", password=PASSWORD)

    def _page(self, path: str, answer: object) -> Page:
        while (location := answer.headers.get("Location")) is not None:  # type: ignore[attr-defined]
            path = location
            self.visited.append(path)
            answer = self.client.get(path)
        html = answer.get_data(as_text=True)  # type: ignore[attr-defined]
        reader = _Reader(path.partition("?")[0])
        reader.feed(html)
        return Page(self, path, answer.status_code, html, dict(answer.headers), reader)  # type: ignore[attr-defined]


def endpoint_at(app: Flask, address: str, *, method: str) -> str:
    """Which page answers there; empty where none does."""
    with suppress(HTTPException):
        path = re.sub(r"^/two/(left|right)/", "/", address.partition("#")[0].partition("?")[0])
        endpoint, _ = app.url_map.bind("localhost").match(path, method=method)
        return str(endpoint)
    return ""


def words_of(html: str) -> str:
    """The page's source with its entities read, to look for what must not be there."""
    return unescape(html)


def everybody(cast: Cast) -> dict[str, Member]:
    return cast.members
