"""What becomes of a notice after one try, or after none. Asked by the sweep; touches nothing."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.channels.answer import Answer, Result
from bridge.logs import redact
from bridge.queries.notice_queue import Claimed, Settled
from bridge.retries import NOTICE_BACK_OFF, next_try

PUT_BACK_FOR: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Try:
    """One claimed notice and what came of it; without an answer it was not tried."""

    claim: Claimed
    started_at: datetime
    answer: Answer | None


def settled_as(one: Try, now: datetime) -> Settled:
    """Decide what becomes of a notice after one attempt, or after none."""
    claim, answer = one.claim, one.answer
    if answer is None:
        return Settled(claim.id, claim.attempt, "queued", now + PUT_BACK_FOR)
    if answer.error == "nothing_left":
        return Settled(claim.id, claim.attempt, "cancelled", now, error=answer.error)
    state, next_at = "sent", now
    if answer.result is Result.RETRY:
        again = next_try(
            claim.attempt,
            now,
            random.random(),
            retry_after_seconds=answer.retry_after_seconds,
            back_off=NOTICE_BACK_OFF,
        )
        state, next_at = ("dead", now) if again is None else ("queued", again)
    elif answer.result is not Result.SENT:
        state = "dead"
    return Settled(
        claim.id,
        claim.attempt,
        state,
        next_at,
        one.started_at,
        answer.duration_seconds,
        answer.status_code,
        answer.error,
        redact(answer.excerpt),
    )
