"""Who is looking at a page, and whether they may: deny by default, in one hook.

Every view declares a permission with `requires`, or says `public`; one that does neither is
refused. The session is a row of `credentials` whose token is in a cookie; idle and absolute
limits are the services'. Flask-Login keeps the visitor for the request; its own cookies are
not used. In order: sign-in, right, origin and CSRF token.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Flask, Request, Response, current_app, g, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bridge import db
from bridge.clock import utc_now
from bridge.errors import MalformedRequest, NotPermitted, NotSignedIn
from bridge.queries.callers import identify, nobody
from bridge.roles import Actor, Permission, can, reach
from bridge.settings import settings
from web import cookies
from web.redirects import see_other

View = TypeVar("View", bound=Callable[..., object])

PUBLIC = "public"
SIGNED_IN = "signed_in"
LONGEST_TOKEN = 200
POLL = "X-Poll"
"""Header of what a page asks by itself (`js/poll.js`); it does not keep a session alive."""
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, eq=False)
class Visitor(UserMixin):
    """A signed-in person with the session's token and a few facts for the page's frame."""

    actor: Actor
    token: str = field(repr=False)
    facts: dict[str, Any]

    def may(self, permission: str) -> bool:
        """Whether the visitor holds a permission somewhere; for showing links, never for deciding."""
        return can(self.actor, Permission(permission))

    @property
    def zone(self) -> str:
        """The time zone of the visitor's store; UTC for everybody else."""
        return self.facts["store_zone"] or "UTC"


def requires(permission: Permission | str) -> Callable[[View], View]:
    """Declare what a page needs."""

    def declare(view: View) -> View:
        view.bridge_permission = permission  # type: ignore[attr-defined]  # read by the hook and by a test
        return view

    return declare


def accepts(most_bytes: Callable[[], int]) -> Callable[[View], View]:
    """Let a page take a larger body than others: only after its right was checked, never before."""

    def declare(view: View) -> View:
        view.bridge_body_max_bytes = most_bytes  # type: ignore[attr-defined]  # read by the hook
        return view

    return declare


public = requires(PUBLIC)
signed_in = requires(SIGNED_IN)


def secret_in_address(view: View) -> View:
    """Say that whoever knows the view's address may use it: no cookie, so no token against forged forms.

    A forged form would need the secret of the address first.
    """
    view.bridge_secret_in_address = True  # type: ignore[attr-defined]  # read by the hook
    return view


def asks_only(view: View) -> View:
    """Say that the view's form changes nothing, whoever sends it: there is nothing to forge, so no token."""
    view.bridge_asks_only = True  # type: ignore[attr-defined]  # read by the hook
    return view


def without_own_password(view: View) -> View:
    """Say that a start password is enough for the view: it leads to a password of one's own, or out."""
    view.bridge_without_own_password = True  # type: ignore[attr-defined]  # read by the hook
    return view


def pages(name: str) -> Blueprint:
    """A blueprint whose every view is checked and whose pages no cache keeps."""
    blueprint = Blueprint(f"page_{name}", "web", template_folder="templates")
    blueprint.before_request(check)
    blueprint.after_request(_never_kept)
    return blueprint


def register(app: Flask) -> None:
    """Let Flask-Login find the visitor. Its `init_app` would also look for cookies after each API answer."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_visitor_of)
    app.login_manager = manager  # type: ignore[attr-defined]  # Flask-Login looks here
    app.context_processor(lambda: {"visitor": g.get("visitor")})
    if cookies.is_secure(settings()):
        app.after_request(_only_https)


def check() -> Response | None:
    """Before every page: find the visitor, check the right, and that a form comes from our own page.

    Whoever has a start password is led to the form for one of their own, whatever they asked for.
    """
    assert request.endpoint is not None
    view = current_app.view_functions[request.endpoint]
    permission = getattr(view, "bridge_permission", None)
    if permission is None:
        raise NotPermitted("this page declares no permission")
    if permission != PUBLIC:
        if not current_user.is_authenticated:
            raise _nobody()
        g.visitor = current_user._get_current_object()
        is_open = getattr(view, "bridge_without_own_password", False)
        if g.visitor.facts["has_start_password"] and not is_open:
            return _to_own_password()
        if isinstance(permission, Permission) and not can(g.visitor.actor, permission):
            raise NotPermitted("your role does not allow that", permission=permission.value)
    if request.method in _CHANGING:
        if most_bytes := getattr(view, "bridge_body_max_bytes", None):
            request.max_content_length = most_bytes()
        # Without a referrer the browser's Origin is "null", so the fetch metadata has to do.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise MalformedRequest("this form was sent from another site")
        is_free = getattr(view, "bridge_secret_in_address", False) or getattr(view, "bridge_asks_only", False)
        if not is_free:
            current_app.extensions["csrf"].protect()
    return None


def recognise() -> None:
    """On a page for everybody: whoever is signed in sees their own frame around it."""
    if "visitor" not in g and current_user.is_authenticated:
        g.visitor = current_user._get_current_object()


def visitor() -> Visitor:
    """The signed-in person that the hook found."""
    found: Visitor = g.visitor
    return found


def require_whole_brand(permission: Permission) -> None:
    """Raise NotPermitted unless the visitor holds the permission for the whole brand."""
    if reach(visitor().actor, permission) is not None:
        raise NotPermitted("this is set up for the whole brand", permission=permission.value)


def own_brand() -> UUID:
    """The visitor's brand."""
    brand_id = visitor().actor.brand_id
    assert brand_id is not None
    return brand_id


def safe_next(target: str) -> str | None:
    """`target` when it is one of our own pages that can be opened, else None."""
    if not target.startswith("/") or "\\" in target or any(ord(sign) <= ord(" ") for sign in target):
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//"):
        return None
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(parts.path, method="GET")  # type: ignore[union-attr]  # there is a request
    except (HTTPException, MethodNotAllowed):
        return None
    return target if endpoint.startswith("page_") else None


def _visitor_of(asked: Request) -> Visitor | None:
    token = session_token(asked)
    if not token:
        return None
    with db.statement() as connection:
        known = identify(
            connection, token, now=utc_now(), settings=settings(), is_activity=POLL not in asked.headers
        )
    if known is None:
        return None
    actor, facts = known
    # A key's permissions are for programs; a session on a paired device is limited as well, and no key.
    return Visitor(actor, token, facts) if actor.kind == "person" and not facts["is_key"] else None


def session_token(asked: Request) -> str:
    """The token in the session's cookie; empty when there is none that could be one."""
    token = asked.cookies.get(cookies.name_of(cookies.SESSION, settings()), "")
    return token if len(token) <= LONGEST_TOKEN and token.isascii() else ""


def _nobody() -> NotSignedIn:
    token = session_token(request)
    if not token:
        return NotSignedIn("sign in first")
    with db.statement() as connection:
        return nobody(connection.execute, token, now=utc_now(), settings=settings())


def _to_own_password() -> Response:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    answer = see_other(url_for("page_own_password.form", next=wanted if wanted.strip("/") else None))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _never_kept(answer: Response) -> Response:
    if answer.status_code != HTTPStatus.NOT_MODIFIED:
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _only_https(answer: Response) -> Response:
    answer.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    return answer
