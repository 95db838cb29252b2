"""Promises that go elsewhere: a question back, another store, headquarters."""

from datetime import timedelta

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.reasons import EntryReason, Question, TransferReason
from bridge.reviewing import Finding
from bridge.services import (
    asking,
    review,
    transferring,
)
from bridge.settings import settings
from tests.api.life_stage import acted, actor_of
from tests.before_hq import CAUSE, before_hq, move, version_of
from tests.browser.acts.decisions import decline
from tests.browser.acts.scene import Stage, Words
from tests.cast import once, promise, vault


def made(stage: Stage, words: Words) -> None:
    cast = stage.cast
    asked, answered = promise(cast), promise(cast)
    for case in (asked, answered):
        acted(
            asking.ask,
            cast.lee,
            case.id,
            question=Question.EQUAL_ITEM,
            text=words.text("The blue one?", 500),
            is_live=False,
            settings=settings(),
        )
    acted(
        asking.answer,
        cast.ana,
        answered.id,
        text=words.text("Yes, blue is fine.", 1_000),
        valid_until=None,
        settings=settings(),
    )
    leaving, coming, refused = promise(cast), promise(cast, store_number="40"), promise(cast)
    for by, case, to in ((cast.sam, leaving, "40"), (cast.mia, coming, "12"), (cast.sam, refused, "40")):
        offered = acted(
            transferring.offer,
            by,
            case.id,
            by_store=True,
            to_number=to,
            reason=TransferReason.NO_STOCK,
            note=words.text("Sold out.", 500),
        )
        stage.ids[f"offer_to_{to}"] = offered.subject_id
    acted(
        transferring.decide,
        cast.mia,
        stage.ids["offer_to_40"],
        Action.REFUSE_TRANSFER,
        note=words.text("Sold out too.", 500),
    )
    stage.ids.update(asked=asked.id, answered=answered.id, leaving=leaving.id, coming=coming.id)
    stage.ids["of_40"] = promise(cast, store_number="40").id


def to_hq(stage: Stage, words: Words) -> None:
    cast = stage.cast
    silent = promise(cast)
    before_hq(cast, silent.id, EntryReason.NO_ACK, at=utc_now() - timedelta(days=2))
    judged = promise(cast)
    decline(cast, words, judged.id)
    move(judged.id, Action.REVIEW)
    found = before_hq(cast, judged.id, EntryReason.WRONGFUL_DECLINE)
    with db.act() as act:
        review.find(
            act,
            actor_of(cast.hana),
            found.review,
            review.Judgement(Finding.UPHELD, text=words.text("Told too late.", 2_000), cause_code=CAUSE),
            if_version=version_of(judged.id),
            once=once("find"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    stage.ids.update(review=silent.id, judged=judged.id)
