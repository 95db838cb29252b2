"""A list on a page: which part of it is asked for, and the address of the next part."""

from urllib.parse import urlencode

from flask import request

from bridge.queries.setup_lists import PAGES_MAX


def asked_page() -> int:
    """The part that the address asks for, from 1; whatever is no number is the first."""
    given = request.args.get("page", "")
    return min(int(given), PAGES_MAX) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def next_path(*, has_more: bool) -> str:
    """The address of the next part with the same filters; empty when there is none."""
    if not has_more or asked_page() >= PAGES_MAX:
        return ""
    kept = {name: value for name, value in request.args.items() if name != "page"}
    return f"{request.path}?{urlencode({**kept, 'page': asked_page() + 1})}"
