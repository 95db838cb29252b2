"""What stores decided, and what followed: closed again, revoked, contested."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from bridge.reasons import RevokeReason
from bridge.services import (
    appealing,
    closing,
    revoking,
)
from bridge.settings import settings
from tests.api.life_stage import acted
from tests.browser.acts.scene import Stage, Words
from tests.cast import Cast, Member, promise, vault
from tests.cast import decide as try_to_decide

LONG_AGO = timedelta(minutes=2)
"""Longer than a decision can be undone."""


def made(stage: Stage, words: Words) -> None:
    cast = stage.cast
    aside = promise(cast)
    decide(
        cast,
        cast.lee,
        escalation_id=aside.id,
        action=Action.ACKNOWLEDGE,
        set_aside_note=words.name("Behind the till, shelf B", 120),
    )
    used, part = (promise(cast, valid_from=utc_now() - timedelta(hours=1)) for _ in range(2))
    decide(cast, cast.sam, code=used.code, receipt_ref=words.name("R-2041", 60), now=utc_now() - LONG_AGO)
    decide(cast, cast.sam, code=part.code, amount_minor=1_000, now=utc_now() - LONG_AGO)
    just = promise(cast)
    decide(cast, cast.sam, code=just.code)
    declined = promise(cast)
    decline(cast, words, declined.id)
    acted(
        closing.close,
        cast.ana,
        declined.id,
        cause="STORE_SERVICE.conduct.rude",
        if_version=None,
        settings=settings(),
    )
    acted(
        closing.reopen,
        cast.ana,
        declined.id,
        reason=words.text("They have it now.", 500),
        valid_until=None,
        if_version=None,
        settings=settings(),
        vault=vault(),
    )
    revoked = promise(cast)
    acted(
        revoking.revoke,
        cast.kim,
        revoked.id,
        reason=RevokeReason.PRODUCT_RECALL,
        text=words.text("Recall of May.", 500),
        if_version=None,
    )
    contested = promise(cast)
    decline(cast, words, contested.id)
    acted(closing.tell_customer, cast.ana, contested.id, channel="private")
    token = _appeal_link(cast, contested.id)
    with db.act() as act:
        appealing.file(act, token, text=words.text("They laughed at me.", 2_000), now=utc_now())
    stage.ids["contested"] = contested.id
    unheard = promise(cast)
    decline(cast, words, unheard.id)
    stage.ids["appeal"] = _appeal_link(cast, unheard.id)
    stage.ids.update(aside=aside.id, used=used.id, part=part.id, just=just.id, revoked=revoked.id)
    stage.ids.update(reopened=declined.id)
    stage.codes.update(used=used.code or "", part=part.code or "", aside=aside.code or "")


def decide(cast: Cast, by: Member, **asked: Any) -> None:
    """Decide, and it counts."""
    done = try_to_decide(cast, by, **asked)
    assert isinstance(done, Decided), done


def decline(cast: Cast, words: Words, case: UUID) -> None:
    decide(
        cast,
        cast.sam,
        escalation_id=case,
        action=Action.DECLINE,
        reason=DeclineReason.OTHER,
        reason_text=words.text("We never heard of this.", 500),
        customer_text=words.text("Just social media, that could be anybody.", 500),
        now=utc_now() - LONG_AGO,
    )


def _appeal_link(cast: Cast, case: UUID) -> str:
    made = acted(appealing.make_link, cast.ana, case, settings=settings())
    return str(made.link).rpartition("/")[2]
