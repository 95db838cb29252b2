"""Policies of the clocks and ladders: versions, publishing the next one, trying a ladder, and faults.

A version is never changed: cases that have begun keep theirs, new ones take the one in force.
Publishing needs If-Match with the version that you read, so that nobody overwrites somebody
else's change unseen. In 422, `errors` names each wrong place: `steps.2.minutes`.
"""

import re
from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, brand, requires
from api.blueprints import ApiBlueprint, contract, etag_of, required_version
from api.idempotency import answer, in_transaction, once
from bridge import db, ladders
from bridge.clock import utc_now
from bridge.errors import NotFound
from bridge.idempotency import Replayed
from bridge.roles import Permission, reach
from bridge.services import ladder_faults, trying
from bridge.services import policies as service
from bridge.services.policies import Version
from schemas.policies import (
    ConfigurationFaultsAnswer,
    LadderRequest,
    LaddersAnswer,
    LadderVersionAnswer,
    LadderVersionRequest,
    LadderVersionsAnswer,
    PolicyRequest,
    PolicyVersionsAnswer,
    TriedAnswer,
    TryRequest,
    VersionAnswer,
    faults_body,
    tried_body,
)

blueprint = ApiBlueprint("policies", __name__, description="Targets of the clocks, and ladders, in versions.")

VERSION = "<string(maxlength=40):version>"
NAME = "<string(maxlength=40):name>"
Headed = tuple[dict[str, Any], dict[str, str]]


@blueprint.route("/policies", methods=["GET"])
@blueprint.response(200, PolicyVersionsAnswer)
@requires(Permission.POLICIES_READ)
def policy_versions() -> Headed:
    """Every version of the policy, newest first. The ETag is the version in force."""
    with db.statement() as connection:
        found = service.policy_versions(connection, brand())
    return {"version": found[0].version, "items": [_policy_body(one) for one in found]}, _etag(found[0])


@blueprint.route("/policies", methods=["POST"])
@blueprint.arguments(PolicyRequest)
@blueprint.response(201, VersionAnswer)
@contract(key=True, version=True, fails=(404,))
@requires(Permission.POLICIES_MANAGE, brand_wide=True)
def publish_policy(asked: dict[str, Any]) -> Response:
    """Put the next version in force. Cases that have begun keep theirs. Needs If-Match."""
    kept = once(VersionAnswer, 201)
    version = required_version()

    def work(session: Session) -> object:
        return _policy_body(
            service.publish_policy(
                session, actor(), asked["definition"], note=asked["note"], if_version=version, now=utc_now()
            )
        )

    return _published(kept, in_transaction(kept, work))


@blueprint.route(f"/policies/{VERSION}", methods=["GET"])
@blueprint.response(200, VersionAnswer)
@requires(Permission.POLICIES_READ)
def policy_version(version: str) -> dict[str, Any]:
    """One version of the policy, by its number."""
    if not re.fullmatch("[1-9][0-9]{0,8}", version, re.ASCII):
        raise NotFound("there is no such version of the policy")
    with db.statement() as connection:
        return _policy_body(service.policy_version(connection, brand(), int(version)))


@blueprint.route("/ladders", methods=["GET"])
@blueprint.response(200, LaddersAnswer)
@requires(Permission.POLICIES_READ)
def ladders_in_force() -> dict[str, Any]:
    """The version in force of every ladder. Of two that fit a case, the one for fewer cases takes it."""
    with db.statement() as connection:
        found = service.ladders_in_force(connection, brand())
    return {"items": [_ladder_body(one) for one in found]}


@blueprint.route("/ladders", methods=["POST"])
@blueprint.arguments(LadderRequest)
@blueprint.response(201, LadderVersionAnswer)
@contract(key=True, fails=(404, 409))
@requires(Permission.POLICIES_MANAGE, brand_wide=True)
def add_ladder(asked: dict[str, Any]) -> Response:
    """Add a ladder, for example for urgent cases alone. 409 when the name is in use."""
    kept = once(LadderVersionAnswer, 201)

    def work(session: Session) -> object:
        return _ladder_body(
            service.add_ladder(
                session, actor(), asked["name"], asked["definition"], note=asked["note"], now=utc_now()
            )
        )

    return _published(kept, in_transaction(kept, work))


@blueprint.route(f"/ladders/{NAME}/versions", methods=["GET"])
@blueprint.response(200, LadderVersionsAnswer)
@requires(Permission.POLICIES_READ)
def ladder_versions(name: str) -> Headed:
    """Every version of a ladder, newest first. The ETag is the version in force."""
    with db.statement() as connection:
        found = service.ladder_versions(connection, brand(), name)
    newest = found[0]
    body = {"name": name, "version": newest.version, "items": [_ladder_body(one) for one in found]}
    return body, _etag(newest)


@blueprint.route(f"/ladders/{NAME}/versions", methods=["POST"])
@blueprint.arguments(LadderVersionRequest)
@blueprint.response(201, LadderVersionAnswer)
@contract(key=True, version=True, fails=(404,))
@requires(Permission.POLICIES_MANAGE, brand_wide=True)
def publish_ladder(asked: dict[str, Any], name: str) -> Response:
    """Put the next version of a ladder in force. Cases that climb keep theirs. Needs If-Match."""
    kept = once(LadderVersionAnswer, 201)
    version = required_version()

    def work(session: Session) -> object:
        return _ladder_body(
            service.publish_ladder(
                session,
                actor(),
                name,
                asked["definition"],
                note=asked["note"],
                if_version=version,
                now=utc_now(),
            )
        )

    return _published(kept, in_transaction(kept, work))


@blueprint.route("/ladders/try", methods=["POST"])
@blueprint.arguments(TryRequest)
@blueprint.response(200, TriedAnswer)
@requires(Permission.POLICIES_READ)
def try_ladder(asked: dict[str, Any]) -> dict[str, Any]:
    """Climb a ladder through the past cases of your stores; nothing is written, nobody is told.

    What people did is taken as it was; opening hours, staff and contacts are today's.
    """
    with db.act() as act:
        return tried_body(
            trying.try_ladder(
                act,
                brand(),
                asked["definition"],
                reach=_reach(),
                now=utc_now(),
                days=asked["days"],
            )
        )


@blueprint.route("/ladders/faults", methods=["GET"])
@blueprint.response(200, ConfigurationFaultsAnswer)
@requires(Permission.POLICIES_READ)
def faults() -> dict[str, Any]:
    """Steps that reached nobody in the last 14 days, and roles and channels that would reach nobody now."""
    with db.act() as act:
        return faults_body(ladder_faults.faults(act, brand(), reach=_reach(), now=utc_now()))


def _reach() -> list[UUID] | None:
    return reach(actor(), Permission.POLICIES_READ)


def _policy_body(found: Version) -> dict[str, Any]:
    return {
        "version": found.version,
        "in_force": found.in_force,
        "definition": found.definition,
        "note": found.note,
        "created_by": found.created_by,
        "created_at": found.created_at,
        "retired_at": found.retired_at,
    }


def _ladder_body(found: Version) -> dict[str, Any]:
    return {
        "name": found.name,
        **_policy_body(found),
        "faults": list(ladders.read(found.definition).faults),
    }


def _etag(found: Version) -> dict[str, str]:
    return {"ETag": etag_of(found.version)}


def _published(kept: Any, result: Any) -> Response:
    headers = {} if isinstance(result, Replayed) else {"ETag": etag_of(result["version"])}
    return answer(kept, result, headers=headers)
