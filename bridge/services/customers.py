"""The customer follows their own case under an address of 128 random bits, separate from the code.

Opening the address has no effect: link previews fetch it. The code is shown by a press, which is
written into the audit as shown to the customer. Unknown, ended and mistyped addresses are answered
alike, and so is everybody from an address that tried too often; whether a *code* exists, nothing
here tells.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge import db
from bridge.customer_view import (
    SHOWS_CODE,
    Case,
    Moment,
    State,
    decline_reason,
    moments,
    state_of,
    waits_for_customer,
)
from bridge.db import Connection
from bridge.guesses import window_start
from bridge.lifecycle import Status
from bridge.queries import notes, records
from bridge.queries import status_links as queries
from bridge.queries.callers import hash_of_secret
from bridge.queries.guesses import count
from bridge.reasons import Visibility
from bridge.roles import Actor
from bridge.services import appealing, audit
from bridge.services.issuing import CODE_PLACE
from bridge.settings import Settings
from bridge.vault import Vault

TOKEN_BYTES: Final = 16
LONGEST_TOKEN: Final = 100
LINK_PLACE: Final = "status_links"
_TRY_WINDOW: Final = timedelta(minutes=1)
_COUNTED_AS: Final = "sign_in"  # tries by somebody without an account; the subject says of what


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as its customer sees it. `reason` is the code of a refusal, for a safe word."""

    row: Any
    state: State
    moments: list[Moment]
    reason: str | None
    may_show_code: bool
    may_appeal: bool
    has_appealed: bool


def link_of(
    connection: Connection, escalation_id: UUID, *, now: datetime, settings: Settings, vault: Vault
) -> str:
    """The address for the code that counts now, made at the first time it is asked for; "" without a code."""
    sealed = queries.sealed(connection, escalation_id)
    if sealed is None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        queries.make(
            connection,
            escalation_id,
            token_hash=hash_of_secret(token),
            cipher=vault.seal(token.encode(), place=LINK_PLACE),
            now=now,
        )
        sealed = queries.sealed(connection, escalation_id)
    if sealed is None:
        return ""
    return f"{settings.base_url}/s/{vault.open(sealed, place=LINK_PLACE).decode()}"


def open_link(connection: Connection, token: str, *, now: datetime, settings: Settings) -> Seen | None:
    """What the page may say; None for an unknown address and some time after the end. No effect."""
    row = records.for_customer(
        connection,
        hash_of_secret(token[:LONGEST_TOKEN]),
        ended_after=now - timedelta(days=settings.status_link_days),
        now=now,
    )
    if row is None:
        return None
    links = [(link, records.facts_of(link)) for link in records.timeline(connection, row.id)]
    case = Case(
        status=Status(row.status),
        outcome=row.outcome,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        authorised_minor=row.authorised_minor,
        remaining_minor=row.remaining_minor,
        code_counts=row.code_counts,
        is_frozen=row.frozen_at is not None,
        was_moved=row.was_moved,
        names_a_store=row.store_id is not None,
        waits_for_customer=waits_for_customer(links),
    )
    state = state_of(case, now=now)
    # A code is replaced when it leaked, and the address leaked with it: that one tells nothing new.
    told = moments(links, notes.listed(connection, row.id, {Visibility.CUSTOMER})) if row.code_counts else []
    return Seen(
        row=row,
        state=state,
        moments=told,
        reason=decline_reason(links),
        may_show_code=state in SHOWS_CODE,
        may_appeal=row.may_appeal and state in {State.NOT_POSSIBLE, State.ENDED, State.PART_USED},
        has_appealed=row.status == Status.UNDER_REVIEW and any(one.action == "appeal" for one in told),
    )


def reveal(session: Session, token: str, seen: Seen, *, now: datetime, vault: Vault) -> str | None:
    """The code, for the customer to show at the counter; notes that it was shown.

    To be committed before it is shown. None when codes are not kept, or it was replaced meanwhile.
    """
    if not seen.may_show_code:
        return None
    found = queries.counting_for_update(session, hash_of_secret(token[:LONGEST_TOKEN]))
    if found is None or found[1].cipher is None:
        return None
    link, code = found
    link.times_shown, link.shown_at = link.times_shown + 1, now
    session.add(link)
    customer = Actor(kind="customer", id=None, name="the customer", brand_id=seen.row.brand_id)
    facts = {"escalation": str(seen.row.id)}
    audit.record(
        session, stream="codes", action="code.shown_to_customer", actor=customer, facts=facts, now=now
    )
    return vault.open(bytes(code.cipher or b""), place=CODE_PLACE).decode()


def appeal(token: str, *, text: str, now: datetime, settings: Settings, request_id: str) -> bool:
    """File the appeal that an agent made possible, from the customer's own page; False if it is not."""
    with db.statement() as connection:
        seen = open_link(connection, token, now=now, settings=settings)
    if seen is None or not seen.may_appeal:
        return False
    with db.act() as act:
        return appealing.file_for(act, seen.row.id, text=text, now=now, request_id=request_id)


def wait_seconds(connection: Connection, address: str, *, now: datetime, settings: Settings) -> int:
    """How long a (hashed) address that tried too often has to wait; 0 when it need not. Counts nothing."""
    start, seconds = _window(now)
    tried = queries.tries(connection, _COUNTED_AS, _subject(address), start=start, seconds=seconds)
    if tried < settings.status_tries_per_minute:
        return 0
    return max(1, int((start + _TRY_WINDOW - now).total_seconds()))


def count_try(connection: Connection, address: str, *, now: datetime) -> None:
    """Count a wrong address, or a press that shows the code."""
    start, seconds = _window(now)
    count(connection, [(_COUNTED_AS, _subject(address), start, seconds)])


def _window(now: datetime) -> tuple[datetime, int]:
    return window_start(now, _TRY_WINDOW), int(_TRY_WINDOW.total_seconds())


def _subject(address: str) -> str:
    return f"status {address}"
