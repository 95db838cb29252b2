"""The causes that HQ codes cases with, as a versioned list of three levels."""

from typing import Any

from flask import Response
from sqlmodel import Session

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from bridge import db
from bridge.causes import Causes
from bridge.clock import utc_now
from bridge.roles import Permission
from bridge.services import causes as service
from schemas.causes import CausesAnswer, CausesRequest

blueprint = ApiBlueprint("causes", __name__, description="Causes of cases: the versioned taxonomy.")


@blueprint.route("/causes", methods=["GET"])
@blueprint.response(200, CausesAnswer)
@requires(Permission.POLICIES_READ)
def show() -> dict[str, Any]:
    """The version in force; version 1 is built in until you load one of your own."""
    with db.statement() as connection:
        return _body(service.in_force(connection.execute, brand()))


@blueprint.route("/causes", methods=["POST"])
@blueprint.arguments(CausesRequest)
@blueprint.response(201, CausesAnswer)
@contract(key=True, fails=(404,))
@requires(Permission.POLICIES_MANAGE, brand_wide=True)
def load(asked: dict[str, Any]) -> Response:
    """Put a new version in force. Nothing is changed in cases that are coded."""
    kept = once(CausesAnswer, 201)

    def work(session: Session) -> object:
        return _body(service.load(session, actor(), asked, now=utc_now()))

    return answer(kept, in_transaction(kept, work))


def _body(found: Causes) -> dict[str, Any]:
    return {
        "version": found.version,
        "causes": found.definition["causes"],
        "bridge": found.definition.get("bridge", []),
    }
