"""What customers were promised, and where each of them can look it up."""

from typing import Any
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.promises import PriorChannel, Proof, SecondFact
from bridge.reasons import Visibility
from bridge.services import (
    approvals,
    customers,
    duplicates,
    noting,
)
from bridge.settings import settings
from tests.api.life_stage import acted
from tests.browser.acts.scene import Stage, Words
from tests.cast import Cast, line, once, promise, vault


def made(stage: Stage, words: Words) -> None:
    cast = stage.cast
    first = promise(
        cast,
        thread_id=stage.ids["thread"],
        lines=[
            line(
                4_000,
                item=words.text("CD box set", 200),
                conditions=words.text("With the box", 500),
                waives=frozenset({Proof.RECEIPT}),
            )
        ],
        note_for_store=words.text("She is coming on Saturday.", 500),
        note_internal=words.text("Third complaint this month.", 2_000),
        order_ref=words.name("A-1017", 60),
        prior_contacts=[(PriorChannel.STORE, 2, words.name("sent away", 200))],
        second_fact=(SecondFact.ORDER_DIGITS, "1017"),
    )
    stage.ids["handle"] = cast.handle.id
    stage.ids["case"], stage.codes["case"] = first.id, first.code or ""
    second = promise(
        cast,
        thread_id=stage.ids["thread"],
        amount_minor=500,
        second_promise_reason=words.name("a gift card beside it", 200),
    )
    stage.ids["second"] = second.id
    pending = promise(cast, by=cast.ivy, lines=[line(9_000, item=words.text("Turntable", 200))])
    stage.ids["pending"] = pending.id
    _settle(cast, approvals.approve, promise(cast, by=cast.ivy).id, words.text("It is fair.", 500))
    _settle(cast, approvals.reject, promise(cast, by=cast.ivy).id, words.text("Too much.", 500))
    acted(
        noting.note,
        cast.ana,
        first.id,
        text=words.text("Rang her twice.", 2_000),
        visibility=Visibility.INTERNAL,
        at_store=False,
    )
    acted(
        noting.note,
        cast.lee,
        first.id,
        text=words.text("Behind the till.", 2_000),
        visibility=Visibility.STORE,
        at_store=True,
    )
    linked = acted(
        duplicates.link,
        cast.ana,
        second.id,
        duplicate_of_id=first.id,
        reason=words.name("the same receipt", 200),
    )
    acted(duplicates.cut, cast.ana, linked.subject_id, reason=words.name("two customers", 200))
    acted(
        duplicates.link,
        cast.ana,
        second.id,
        duplicate_of_id=first.id,
        reason=words.name("the same receipt", 200),
    )


def _settle(cast: Cast, service: Any, case: UUID, reason: str) -> None:
    how: dict[str, Any] = {"reason": reason, "if_version": None, "now": utc_now(), "settings": settings()}
    if service is approvals.approve:
        how["vault"] = vault()
    with db.act() as act:
        service(act, cast.kim.token, case, once=once("settle"), **how)


def customer_links(stage: Stage) -> None:
    """The address of each customer's own page."""
    for name, case in (("link", "case"), ("link_used", "used"), ("link_declined", "contested")):
        with db.statement() as connection:
            link = customers.link_of(
                connection, stage.ids[case], now=utc_now(), settings=settings(), vault=vault()
            )
        stage.ids[name] = str(link).rpartition("/")[2]
