"""Notices to staff: your inbox, and for administrators where people and units are reached."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g
from sqlmodel import Session

from api.auth import actor, requires
from api.blueprints import ApiBlueprint, contract
from api.idempotency import answer, in_transaction, once
from api.paging import decode, page_of
from bridge import db
from bridge.clock import utc_now
from bridge.models import ContactPoint
from bridge.notices import Channel
from bridge.queries.notice_inbox import count_unseen
from bridge.roles import Permission
from bridge.services import contacts, notice_inbox
from bridge.services.notice_inbox import Entry
from bridge.settings import settings
from schemas.notices import (
    ContactAnswer,
    ContactChange,
    ContactRequest,
    ContactsAnswer,
    FaultsAnswer,
    NoticePage,
    NoticeQuery,
    TestAnswer,
)

blueprint = ApiBlueprint("notices", __name__, description="What staff are told, and how it reaches them.")


@blueprint.route("/notices", methods=["GET"])
@blueprint.arguments(NoticeQuery, location="query")
@blueprint.response(200, NoticePage)
@requires(Permission.NOTICES_READ)
def listed_notices(asked: dict[str, Any]) -> dict[str, Any]:
    """What you were told, newest first."""
    place, now, me = decode(asked.get("cursor")), utc_now(), actor()
    with db.transaction() as session:
        rows = notice_inbox.page(
            session,
            me,
            unseen=asked["unseen"],
            before=(datetime.fromisoformat(place[0]), UUID(place[1])) if place else None,
            limit=asked["limit"] + 1,
            locale=g.caller["locale"],
            zone=g.caller["store_zone"] or "UTC",
            now=now,
        )
    with db.statement() as connection:
        unseen = count_unseen(connection, me.id, now) if me.id is not None else 0
    return {**page_of(rows, asked["limit"], _place), "unseen": unseen}


def _place(entry: Entry) -> tuple[object, ...]:
    return entry.created_at, entry.id


@blueprint.route("/notices/<uuid:notice_id>/seen", methods=["POST"])
@blueprint.response(204)
@requires(Permission.NOTICES_READ)
def seen(notice_id: UUID) -> None:
    """Say that you have seen it. Safe to repeat; the first time counts."""
    with db.transaction() as session:
        notice_inbox.mark_seen(session, actor(), notice_id, now=utc_now())


@blueprint.route("/contact-points", methods=["POST"])
@blueprint.arguments(ContactRequest)
@blueprint.response(201, ContactAnswer)
@contract(key=True, fails=(404, 409))
@requires(Permission.CONTACTS_MANAGE, brand_wide=True)
def add_contact(asked: dict[str, Any]) -> Response:
    """Add an address of a person or a unit: e-mail, SMS, Slack or Teams. Only a hint is shown later."""
    kept = once(ContactAnswer, 201)
    channel = Channel(asked.pop("channel"))

    def work(session: Session) -> object:
        return contacts.add(session, actor(), channel=channel, config=settings(), now=utc_now(), **asked)

    return answer(kept, in_transaction(kept, work))


@blueprint.route("/contact-points", methods=["GET"])
@blueprint.response(200, ContactsAnswer)
@requires(Permission.CONTACTS_MANAGE, brand_wide=True)
def listed_contacts() -> dict[str, Any]:
    """All addresses of the brand by their hints, newest first."""
    with db.transaction() as session:
        return {"items": contacts.list_points(session, actor())}


@blueprint.route("/contact-points/faults", methods=["GET"])
@blueprint.response(200, FaultsAnswer)
@requires(Permission.CONTACTS_MANAGE, brand_wide=True)
def listed_faults() -> dict[str, Any]:
    """Why somebody may not hear from you, newest trouble first."""
    with db.transaction() as session:
        return {"items": contacts.faults(session, actor(), now=utc_now())}


@blueprint.route("/contact-points/<uuid:contact_point_id>", methods=["PATCH"])
@blueprint.arguments(ContactChange)
@blueprint.response(200, ContactAnswer)
@requires(Permission.CONTACTS_MANAGE, brand_wide=True)
def change_contact(asked: dict[str, Any], contact_point_id: UUID) -> ContactPoint:
    """Switch an address off or on. What is due while it is off stands in the reader's inbox."""
    change = contacts.enable if asked["enabled"] else contacts.disable
    with db.transaction() as session:
        return change(session, actor(), contact_point_id, now=utc_now())


@blueprint.route("/contact-points/<uuid:contact_point_id>/test", methods=["POST"])
@blueprint.response(201, TestAnswer)
@contract(key=True, fails=(409,))
@requires(Permission.CONTACTS_MANAGE, brand_wide=True)
def test_contact(contact_point_id: UUID) -> Response:
    """Queue a test for the address, sent within seconds at any hour. 409 while it is off."""
    kept = once(TestAnswer, 201)

    def work(session: Session) -> object:
        return {"notice_id": contacts.send_test(session, actor(), contact_point_id, now=utc_now())}

    return answer(kept, in_transaction(kept, work))
