"""Sign in and out, see who you are, and manage API keys."""

from typing import Any
from uuid import UUID

from flask import Response, g
from sqlmodel import Session

from api.auth import actor, brand, public, requires, signed_in
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from bridge import db
from bridge.clock import utc_now
from bridge.errors import NotPermitted, NotSignedIn, TooManyRequests
from bridge.roles import Permission, can
from bridge.services import accounts
from bridge.settings import settings
from schemas.accounts import (
    CallerAnswer,
    KeyRequest,
    KeysAnswer,
    NewKeyAnswer,
    SessionAnswer,
    SignInRequest,
)

blueprint = ApiBlueprint("accounts", __name__, description="Sessions and API keys.")


@blueprint.route("/session", methods=["POST"])
@blueprint.arguments(SignInRequest)
@blueprint.response(201, SessionAnswer)
@contract(fails=(401, 403, 429))
@public
def sign_in(asked: dict[str, Any]) -> accounts.SignedIn:
    """Open a session for a person. Wrong address and wrong password get the same answer.

    403 for a start password: its person chooses another one on the page first.
    """
    with db.transaction() as session:
        result = accounts.sign_in(session, kind="api_session", now=utc_now(), settings=settings(), **asked)
    if isinstance(result, accounts.SignInRefused):
        raise refused(result)
    return result


def refused(result: accounts.SignInRefused) -> NotSignedIn | NotPermitted | TooManyRequests:
    """The error for a sign-in that failed."""
    if result.is_start_password:
        return NotPermitted("this is a start password; choose one of your own on the page first")
    if result.retry_after_seconds is not None:
        return TooManyRequests("too many tries; wait", retry_after_seconds=result.retry_after_seconds)
    return NotSignedIn("the address or the password is not right")


@blueprint.route("/session", methods=["DELETE"])
@blueprint.response(204)
@signed_in
def sign_out() -> None:
    """End this session."""
    with db.transaction() as session:
        accounts.sign_out(session, actor(), now=utc_now())


@blueprint.route("/me", methods=["GET"])
@blueprint.response(200, CallerAnswer)
@signed_in
def me() -> dict[str, Any]:
    """Who is calling, from where, and with which rights."""
    caller = actor()
    return {
        "kind": caller.kind,
        "id": caller.id,
        "name": caller.name,
        "brand_id": caller.brand_id,
        "store_id": caller.store_id,
        "store_number": g.caller["store_number"],
        "device_id": caller.device_id,
        "assignments": caller.assignments,
        "permissions": [permission.value for permission in Permission if can(caller, permission)],
    }


@blueprint.route("/keys", methods=["POST"])
@blueprint.arguments(KeyRequest)
@blueprint.response(201, NewKeyAnswer)
@contract(key=True)
@requires(Permission.KEYS_MANAGE, brand_wide=True)
def create_key(asked: dict[str, Any]) -> Response:
    """Make an API key; its secret is in this answer and nowhere else."""
    kept = once(NewKeyAnswer, 201)

    def work(session: Session) -> object:
        key, secret = accounts.create_key(session, actor(), brand_id=brand(), now=utc_now(), **asked)
        return {**key.model_dump(), "secret": secret}

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/keys", methods=["GET"])
@blueprint.response(200, KeysAnswer)
@requires(Permission.KEYS_MANAGE, brand_wide=True)
def keys() -> dict[str, Any]:
    """All API keys of the brand, without their secrets."""
    with db.transaction() as session:
        return {"items": accounts.keys(session, brand())}


@blueprint.route("/keys/<uuid:key_id>", methods=["DELETE"])
@blueprint.response(204)
@requires(Permission.KEYS_MANAGE, brand_wide=True)
def revoke_key(key_id: UUID) -> None:
    """Make a key useless at once."""
    with db.transaction() as session:
        accounts.revoke_key(session, actor(), key_id, now=utc_now())
