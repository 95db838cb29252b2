"""The customer contests a result: the agent makes an address that works once, the customer writes.

The address holds 256 random bits, of which we keep a hash. Whether a link is unknown, used, expired
or overtaken by events is nobody's business: all four look the same to whoever opens it.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.db import Act, Connection
from bridge.errors import Conflict, IllegalAction
from bridge.guesses import window_start
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action
from bridge.queries import appeals as queries
from bridge.queries import life
from bridge.queries.callers import hash_of_secret
from bridge.queries.escalations import Owed, Saved, filled, save
from bridge.queries.guesses import count
from bridge.queries.reviews import open_reviews
from bridge.reasons import EntryReason
from bridge.reviewing import NewReview
from bridge.roles import Actor, Permission
from bridge.services import acting
from bridge.services.acting import Acted
from bridge.settings import Settings
from bridge.telling import payload_of
from bridge.timeline import moment

_TRY_WINDOW = timedelta(minutes=1)
_COUNTED_AS = "sign_in"  # tries by somebody without an account; the subject says of what


def make_link(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Acted | Replayed:
    """Make the address by which the customer may contest the result, once. Commits.

    Its agent or a lead may. An older address stops working. Raises NotPermitted, NotFound,
    IllegalAction where nothing can be contested, and Conflict when the customer appealed before.
    """
    acting.require_person(actor, Permission.PROMISES_WRITE)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_own_or_lead(ground, actor, Permission.PROMISES_WRITE)
    acting.require_possible(ground, Action.APPEAL)
    if queries.was_used(act, escalation_id):
        raise Conflict("the customer appealed already; one appeal for each case")
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(days=settings.appeal_link_days)
    assert actor.id is not None
    appeal_id = queries.make(
        act,
        escalation_id,
        token_hash=hash_of_secret(token),
        made_by=actor.id,
        expires_at=expires_at,
        now=now,
    )
    link = ground.escalation.note(
        "appeal.link_made",
        actor=actor,
        now=now,
        facts={"appeal": str(appeal_id), "expires_at": moment(expires_at)},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.appeal_link_made",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=appeal_id,
        appeal_link=f"{settings.base_url}/appeal/{token}",
    )


def open_link(connection: Connection, token: str, *, now: datetime) -> Any:
    """What the page may say of a live link (number, store, brand); None for any other. No effect."""
    return queries.shown(connection, hash_of_secret(token), now=now)


def file(act: Act, token: str, *, text: str, now: datetime, request_id: str = "") -> bool:
    """Take the customer's appeal: the case goes to HQ's review in the same transaction. Commits.

    False, and no effect, when the link is unknown, used or expired, or the case lives again.
    """
    found = queries.by_token(act, hash_of_secret(token), now=now)
    return found is not None and _file(act, found, text=text, now=now, request_id=request_id)


def file_for(act: Act, escalation_id: UUID, *, text: str, now: datetime, request_id: str = "") -> bool:
    """As `file`, for a customer on the page of the case; an agent must have made a link. Commits."""
    found = queries.live_of(act, escalation_id, now=now)
    return found is not None and _file(act, found, text=text, now=now, request_id=request_id)


def _file(act: Act, found: Any, *, text: str, now: datetime, request_id: str) -> bool:
    row = life.lock(act, found.escalation_id)
    escalation = filled(row)
    if not queries.file(act, found.id, text=text, now=now):
        return False
    customer = Actor(kind="customer", id=None, name="the customer", brand_id=escalation.brand_id)
    try:
        link = escalation.apply(
            Action.APPEAL, actor=customer, now=now, facts={"appeal": str(found.id)}, request_id=request_id
        )
    except IllegalAction:
        return False  # nothing is kept: the link may work again when this life has ended
    entry = NewReview(
        brand_id=escalation.brand_id,
        escalation_id=escalation.id,
        store_id=row.store_id,
        entry_reason=EntryReason.APPEAL,
        opened_at=now,
        facts={"appeal": str(found.id)},
    )
    open_reviews(act, [entry])
    payload = payload_of(escalation, row.place_number, amount_minor=0, now=now)
    owed = Owed("escalation.appealed", payload, row.owner_id or escalation.agent_id)
    save(act, escalation, Saved(link=link, owed=owed, request_id=request_id))
    return True


def pause_seconds(connection: Connection, address: str, *, now: datetime, settings: Settings) -> int:
    """Count a try to appeal from a (hashed) address; how long it has to wait when that was one too many."""
    start = window_start(now, _TRY_WINDOW)
    seconds = int(_TRY_WINDOW.total_seconds())
    tries = count(connection, [(_COUNTED_AS, f"appeal {address}", start, seconds)])[(_COUNTED_AS, seconds)]
    if tries <= settings.appeal_tries_per_minute:
        return 0
    return max(1, int((start + _TRY_WINDOW - now).total_seconds()))
