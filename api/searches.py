"""Saved searches: what is looked for where nobody mentions us, and what sorts what tools tell."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlmodel import Session

from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from bridge import db
from bridge.clock import utc_now
from bridge.models.listening import SavedSearch
from bridge.roles import Permission
from bridge.services import saved_searches
from schemas.searches import (
    SearchAnswer,
    SearchChange,
    SearchesAnswer,
    SearchRequest,
    SearchTried,
    SearchTry,
)

blueprint = ApiBlueprint("searches", __name__, description="Saved searches: posts that do not mention us.")


@blueprint.route("/searches", methods=["GET"])
@blueprint.response(200, SearchesAnswer)
@requires(Permission.CHANNELS_MANAGE, brand_wide=True)
def listed() -> dict[str, Any]:
    """Every search of the brand, by name, with what it asks of each network."""
    with db.transaction() as session:
        return {"items": [_body(one) for one in saved_searches.listed(session, actor())]}


@blueprint.route("/searches", methods=["POST"])
@blueprint.arguments(SearchRequest)
@blueprint.response(201, SearchAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.CHANNELS_MANAGE, brand_wide=True)
def add(asked: dict[str, Any]) -> Response:
    """Add a search, switched on. Answers 409 for a name that is taken."""
    kept = once(SearchAnswer, 201)

    def work(session: Session) -> object:
        return _body(saved_searches.add(session, actor(), asked, now=utc_now()))

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/searches/<uuid:search_id>", methods=["PATCH"])
@blueprint.arguments(SearchChange)
@blueprint.response(200, SearchAnswer)
@contract(fails=(409,))
@requires(Permission.CHANNELS_MANAGE, brand_wide=True)
def change(asked: dict[str, Any], search_id: UUID) -> dict[str, Any]:
    """Change a search, or switch it off and on. Answers 409 for a name that is taken."""
    with db.transaction() as session:
        return _body(saved_searches.change(session, actor(), search_id, asked, now=utc_now()))


@blueprint.route("/searches/try", methods=["POST"])
@blueprint.arguments(SearchTry)
@blueprint.response(200, SearchTried)
@requires(Permission.CHANNELS_MANAGE, brand_wide=True)
def try_text(asked: dict[str, Any]) -> dict[str, Any]:
    """Hold a text against the searches that are switched on. Nothing is kept of it."""
    with db.transaction() as session:
        judged = saved_searches.try_text(
            session,
            actor(),
            asked["text"],
            network=asked.get("network", ""),
            language=asked.get("language", ""),
        )
    return {
        "found_by": judged.found.name if judged.found else None,
        "excluded_by": judged.excluded_by.name if judged.excluded_by else None,
        "word": judged.word or None,
    }


def _body(search: SavedSearch) -> dict[str, Any]:
    shown = ("id", "name", "network", "language", *saved_searches.LISTS, "enabled", "updated_at")
    return {**{name: getattr(search, name) for name in shown}, "asked": saved_searches.asked(search)}
