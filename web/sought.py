"""Words that somebody looks for, kept out of addresses: they may be a handle, a name, or part of a post.

A search is sent as a form and answered by an address that holds the words sealed. It opens on the
page it was made for and for the person who looked, so it says nothing in a log, in a history or
to whoever it is sent to, and going back and reloading work as ever.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from flask import request

from web import forms
from web.sessions import visitor

LONGEST = 80
PARAMETER = "found"
_LONGEST_SEALED = 1_000


def sealed() -> str | None:
    """The words of the form that was sent, for the address that shows what was found; None without words."""
    words = forms.text("q")[:LONGEST]
    if not words:
        return None
    return urlsafe_b64encode(forms.vault().seal(words.encode(), place=_place())).rstrip(b"=").decode()


def words() -> str:
    """The words of the address; empty when it has none, or another person's."""
    mark = request.args.get(PARAMETER, "")[:_LONGEST_SEALED]
    try:
        held = urlsafe_b64decode(mark.encode() + b"=" * (-len(mark) % 4))
        return forms.vault().open(held, place=_place()).decode()
    except ValueError:
        return ""


def _place() -> str:
    page = (request.endpoint or "").partition(".")[0]
    return f"sought:{page}:{visitor().actor.id}"
