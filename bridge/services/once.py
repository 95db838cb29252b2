"""An act of the ORM kind that takes effect once per key, with its stored answer in the same transaction.

Called by the API for an Idempotency-Key and by the pages for a form's key. The acts of an
escalation do the same inside their own statements.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bridge import db
from bridge.idempotency import Once, Replayed
from bridge.models import IdempotencyKey

Result = TypeVar("Result")


def in_transaction(
    kept: Once[Result], work: Callable[[Session], Result], *, principal: UUID
) -> Result | Replayed:
    """Do `work` in one ORM transaction together with storing its answer; once per key.

    Two requests with the same key may both work; the second fails on the key's row, is undone
    and gets the first one's answer.
    """
    place = (principal, kept.route, kept.key)
    try:
        with db.transaction() as session:
            before = session.get(IdempotencyKey, place)
            if before is not None:
                return _replay(kept, before)
            result = work(session)
            row = kept.keep(principal, result)
            session.add(
                IdempotencyKey(
                    principal=row.principal,
                    route=row.route,
                    key=row.key,
                    fingerprint=row.fingerprint,
                    status_code=row.status_code,
                    response_cipher=row.response_cipher,
                )
            )
            session.flush()  # a key that was used a moment ago must fail in here
        return result
    except IntegrityError:
        with db.transaction() as session:
            finished = session.get(IdempotencyKey, place)
            if finished is None:
                raise
            return _replay(kept, finished)


def _replay(kept: Once[Result], row: IdempotencyKey) -> Replayed:
    class Kept:
        kept_status = row.status_code
        kept_fingerprint = row.fingerprint
        kept_response = row.response_cipher

    replayed = kept.replay(Kept)
    assert replayed is not None
    return replayed
