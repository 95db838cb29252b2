"""Who is calling, and whether the route allows it: deny by default, in one hook.

Every route declares a permission with `requires`, or says `public`; a test walks the URL map
and fails on one that does neither, and the hook refuses it at run time. On the hot path the
permission is checked inside the statement that does the work (`in_statement=True`); the hook
then only takes the bearer token along.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import current_app, g, request

from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotPermitted, NotSignedIn
from bridge.queries.callers import identify, nobody
from bridge.roles import Actor, Permission, can, reach
from bridge.settings import settings

View = TypeVar("View", bound=Callable[..., object])

PUBLIC = "public"
SIGNED_IN = "signed_in"
LONGEST_TOKEN = 200


def requires(
    permission: Permission | str, *, in_statement: bool = False, brand_wide: bool = False
) -> Callable[[View], View]:
    """Declare what a route needs. `in_statement` leaves the check to the service's own statement.

    `brand_wide` asks for the permission over the whole brand: people, grants, keys and webhooks
    reach beyond the store or district that somebody may administer.
    """

    def declare(view: View) -> View:
        view.bridge_brand_wide = brand_wide  # type: ignore[attr-defined]
        view.bridge_permission = permission  # type: ignore[attr-defined]  # read by the hook and by a test
        view.bridge_in_statement = in_statement  # type: ignore[attr-defined]
        return view

    return declare


public = requires(PUBLIC)
signed_in = requires(SIGNED_IN)


def check() -> None:
    """Before every API request: take the token along, and unless the statement will, check the right."""
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    permission = getattr(view, "bridge_permission", None)
    if permission is None:
        raise NotPermitted("this route declares no permission")
    if permission == PUBLIC:
        return
    g.secret = _bearer_token()
    if getattr(view, "bridge_in_statement", False):
        return
    now = utc_now()
    with db.statement() as connection:
        known = identify(connection, g.secret, now=now, settings=settings())
        if known is None:
            raise nobody(connection.execute, g.secret, now=now, settings=settings())
    g.actor, g.caller = known
    if not isinstance(permission, Permission):
        return
    is_brand_wide = getattr(view, "bridge_brand_wide", False)
    if not can(g.actor, permission) or (is_brand_wide and reach(g.actor, permission) is not None):
        raise NotPermitted("your role does not allow that", permission=permission.value)


def actor() -> Actor:
    """The caller that the hook found."""
    found: Actor = g.actor
    return found


def brand() -> UUID:
    """The caller's brand; every credential has one."""
    brand_id = actor().brand_id
    assert brand_id is not None
    return brand_id


def _bearer_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise NotSignedIn("send Authorization: Bearer with a session token or an API key")
    return token
