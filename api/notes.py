"""Beside the life of a case: notes for a circle, and links to cases about the same thing."""

from typing import Any
from uuid import UUID

from flask import Response

from api.acting import acted
from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract
from bridge import db
from bridge.queries import duplicates as duplicate_queries
from bridge.reasons import Visibility
from bridge.roles import Permission, reach
from bridge.services import duplicates, handing_over, noting
from schemas.life import (
    ActedAnswer,
    CutRequest,
    DuplicateRequest,
    LinkList,
    NoteList,
    NoteRequest,
)

blueprint = ApiBlueprint("notes", __name__, description="The care team: notes, and cases about the same.")
CASE = "/escalations/<uuid:escalation_id>"


@blueprint.route(f"{CASE}/notes", methods=["GET"])
@blueprint.response(200, NoteList)
@requires(Permission.PROMISES_READ)
def notes(escalation_id: UUID) -> dict[str, Any]:
    """The notes that your circle may read."""
    with db.statement() as connection:
        return {"items": noting.read(connection, actor(), escalation_id)}


@blueprint.route(f"{CASE}/notes", methods=["POST"])
@blueprint.arguments(NoteRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True)
@requires(Permission.NOTES_WRITE)
def add_note(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Add a note for a circle. It can neither be changed nor shown to a wider one."""
    return acted(
        noting.note,
        escalation_id,
        text=asked["text"],
        visibility=Visibility(asked["visibility"]),
        at_store=False,
    )


@blueprint.route(f"{CASE}/duplicates", methods=["GET"])
@blueprint.response(200, LinkList)
@requires(Permission.PROMISES_READ)
def linked(escalation_id: UUID) -> dict[str, Any]:
    """Links to cases about the same thing, within your reach; cut ones too. Never their notes."""
    with db.statement() as connection:
        handing_over.read_escalation(connection, actor(), escalation_id)
        rows = duplicate_queries.listed(
            connection,
            escalation_id,
            brand_id=actor().brand_id,
            reach=reach(actor(), Permission.PROMISES_READ),
        )
    return {"items": rows}


@blueprint.route(f"{CASE}/duplicates", methods=["POST"])
@blueprint.arguments(DuplicateRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_LINK)
def link(asked: dict[str, Any], escalation_id: UUID) -> Response:
    """Say that this case repeats another one. Nothing is merged; both go on."""
    return acted(duplicates.link, escalation_id, **asked)


@blueprint.route("/duplicates/<uuid:link_id>/cut", methods=["POST"])
@blueprint.arguments(CutRequest)
@blueprint.response(201, ActedAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.PROMISES_LINK)
def cut(asked: dict[str, Any], link_id: UUID) -> Response:
    """Cut a link that was wrong; it stays in the list, with the reason."""
    return acted(duplicates.cut, link_id, **asked)
