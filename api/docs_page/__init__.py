"""The page on which people read the API: Swagger UI from its package, started by a file of ours.

The package's own page starts itself from a script in the page, which our policy refuses. Nothing is
loaded from another host.
"""

from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from api.auth import public

URL = "/api/v1/docs"
# As everywhere, but that the package's sheet holds small pictures as data.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
_OURS = Path(__file__).parent
_OUR_FILES = frozenset({"start.js"})

page = Blueprint("swagger_ui", __name__, url_prefix=URL)


def _package() -> Path:
    """Where the package keeps its files. Raises LookupError when it is not installed."""
    found = find_spec("flask_swagger_ui")
    if found is None or found.origin is None:
        raise LookupError("flask-swagger-ui is not installed")
    return Path(found.origin).parent / "dist"


_PACKAGE = _package()


@page.get("/")
@public
def read() -> Response:
    """The page itself."""
    return send_from_directory(_OURS, "index.html")


@page.get("/<filename>")
@public
def file(filename: str) -> Response:
    """A script, sheet or picture of it. A name that neither folder has is answered 404."""
    return send_from_directory(_OURS if filename in _OUR_FILES else _PACKAGE, filename)


@page.after_request
def _close(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        answer.cache_control.public = True  # asked again each time, and answered 304 while it is the same
    return answer
