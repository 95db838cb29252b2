"""The in-app inbox: what a person was told, worded in the reader's language. Called by api and web.

Notices are there from the moment they were written; nothing is sent. Only the reader's own are found.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bridge.errors import NotFound
from bridge.models.notices import Notice
from bridge.notice_wording import AtSending, path_of, word
from bridge.notices import Template
from bridge.queries import notice_inbox as queries
from bridge.roles import Actor, Permission, can


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice as its reader sees it. `path` leads to the case."""

    id: UUID
    template: str
    subject: str
    text: str
    path: str
    escalation_id: UUID | None
    number: int | None
    store_number: str | None
    facts: dict[str, Any]
    created_at: datetime
    seen_at: datetime | None


def page(
    session: Session,
    actor: Actor,
    *,
    unseen: bool = False,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
    locale: str,
    zone: str,
    now: datetime,
) -> list[Entry]:
    """The actor's notices, newest first; `before` is the (created_at, id) of the last one already shown."""
    if actor.id is None:
        return []
    reads = can(actor, Permission.PROMISES_READ)
    place = ZoneInfo(zone)
    found: list[Entry] = []
    for notice, number, store_number, store_name in queries.inbox_page(
        session, actor.id, unseen=unseen, before=before, limit=limit
    ):
        at = AtSending(
            number=number,
            store=f"{store_number} {store_name}" if store_number else None,
            zone=place,
            now=now,
            locale=locale,
            path=path_of(notice.escalation_id, notice.facts, reads_promises=reads),
            base_url="",
        )
        found.append(_entry(notice, number, store_number, at))
    return found


def mark_seen(session: Session, actor: Actor, notice_id: UUID, *, now: datetime) -> None:
    """Remember that the actor has seen it; the first time counts. Raises NotFound for anybody else's."""
    found = queries.in_inbox(session, actor.id, notice_id) if actor.id is not None else None
    if found is None:
        raise NotFound("there is no such notice in your inbox")
    if found.seen_at is None:
        found.seen_at = now
        session.add(found)


def _entry(notice: Notice, number: int | None, store_number: str | None, at: AtSending) -> Entry:
    worded = word(Template(notice.template), notice.facts, at)
    return Entry(
        id=notice.id,
        template=notice.template,
        subject=worded.subject,
        text=worded.body,
        path=at.path,
        escalation_id=notice.escalation_id,
        number=number,
        store_number=store_number,
        facts=notice.facts,
        created_at=notice.created_at,
        seen_at=notice.seen_at,
    )
