"""For each write route of the middle of a life, a case that stands where the route can act on it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action, Status
from bridge.models import EscalationRow
from bridge.promises import DeclineReason
from bridge.queries.callers import identify
from bridge.reasons import Question, TransferReason
from bridge.roles import Actor
from bridge.services import asking, closing, duplicates, promises, transferring
from bridge.services.acting import Acted
from bridge.services.decisions import Decided
from bridge.settings import settings
from tests.cast import Cast, Member, claimed_thread, decide, once, promise


def actor_of(member: Member) -> Actor:
    """The person as the API's hook would find them."""
    with db.statement() as connection:
        found = identify(connection, member.token, now=utc_now(), settings=settings())
    assert found is not None
    return found[0]


def acted(service: Any, by: Member, *which: Any, **asked: Any) -> Acted:
    """Carry out an act of the middle of a life, as the API would."""
    with db.act() as act:
        values = {"once": once(f"stage.{service.__name__}"), "now": utc_now(), **asked}
        result = service(act, actor_of(by), *which, **values)
    assert isinstance(result, Acted), result
    return result


def small(cast: Cast, **wanted: Any) -> promises.Made:
    """A small promise of Ana's at store 12."""
    return promise(cast, amount_minor=100, **wanted)


def asked_case(cast: Cast, **wanted: Any) -> promises.Made:
    """A case that waits for the agent."""
    made = small(cast, **wanted)
    acted(
        asking.ask,
        cast.lee,
        made.id,
        question=Question.EQUAL_ITEM,
        text="",
        is_live=False,
        settings=settings(),
    )
    return made


def offered_case(cast: Cast, by: Member | None = None, **wanted: Any) -> tuple[promises.Made, UUID]:
    """A case that store 40 is asked to take, and the offer."""
    made = small(cast, **wanted)
    offered = acted(
        transferring.offer,
        by or cast.sam,
        made.id,
        by_store=by is None,
        to_number="40",
        reason=TransferReason.NO_STOCK,
        note="",
    )
    assert offered.subject_id is not None
    return made, offered.subject_id


def declined_case(cast: Cast, **wanted: Any) -> promises.Made:
    """A case that the store declined, longer ago than a decision can be undone."""
    made = small(cast, **wanted)
    declined = decide(
        cast,
        cast.sam,
        escalation_id=made.id,
        action=Action.DECLINE,
        reason=DeclineReason.MANAGER_DISAGREES,
        now=utc_now() - timedelta(minutes=2),
    )
    assert isinstance(declined, Decided)
    return made


def closed_case(cast: Cast, **wanted: Any) -> promises.Made:
    """A declined case that was closed."""
    made = declined_case(cast, **wanted)
    acted(closing.close, cast.ana, made.id, cause=None, if_version=None, settings=settings())
    return made


def version_of(escalation_id: UUID) -> int:
    """The version to send with If-Match."""
    with db.transaction() as session:
        return session.get_one(EscalationRow, escalation_id).version


def life_calls(cast: Cast) -> dict[str, tuple[str, dict[str, UUID], dict[str, Any] | None]]:
    """Endpoint -> who sends it, the ids in its address, its body."""
    thread = claimed_thread(cast)
    replaced = small(cast, thread_id=thread.id)
    honoured = small(cast)
    given = decide(cast, cast.sam, code=honoured.code)
    assert isinstance(given, Decided)
    assert given.decision_id is not None
    first, second, third = small(cast), small(cast), small(cast)
    linked = acted(duplicates.link, cast.ana, second.id, duplicate_of_id=first.id, reason="the same post")
    assert linked.subject_id is not None
    tomorrow = (replaced.valid_until + timedelta(days=1)).isoformat()

    def case(made: promises.Made) -> dict[str, UUID]:
        return {"escalation_id": made.id}

    offers = [offered_case(cast)[1] for _ in range(3)]
    agents_offer = offered_case(cast, cast.ana)[1]
    move = {"to_store": "40", "reason": "no_stock"}
    line = {"type": "exchange", "level": "authorise", "item": "CD", "amount_minor": 200}
    return {
        "life.answer": ("ana", case(asked_case(cast)), {"text": "Yes, an equal one is fine."}),
        "life.offer_transfer": ("ana", case(small(cast)), move),
        "life.withdraw_transfer": ("ana", {"transfer_id": agents_offer}, {}),
        "life.revoke": ("kim", case(small(cast)), {"reason": "R01", "text": "Wrong amount."}),
        "life.extend": ("ana", case(small(cast)), {"valid_until": tomorrow}),
        "life.supersede": (
            "ana",
            case(replaced),
            {"thread_id": str(thread.id), "store_scope": "one", "store_number": "12", "lines": [line]},
        ),
        "life.close": ("ana", case(declined_case(cast)), {"cause": "STORE_SERVICE.conduct"}),
        "life.code_cause": ("ana", case(small(cast)), {"cause": "STOCK_PRICE.stock"}),
        "life.pause": ("ana", case(small(cast)), {"reason": "awaiting_customer"}),
        "life.resume": ("ana", case(small(cast)), {"reason": "awaiting_customer"}),
        "life.reopen": ("ana", case(closed_case(cast)), {"reason": "They have it now."}),
        "life.tell_customer": ("ana", case(declined_case(cast)), {"channel": "private"}),
        "life.appeal_link": ("ana", case(declined_case(cast)), None),
        "notes.add_note": ("ana", case(small(cast)), {"text": "Called them.", "visibility": "internal"}),
        "notes.link": ("ana", case(third), {"duplicate_of_id": str(first.id), "reason": "same receipt"}),
        "notes.cut": ("ana", {"link_id": linked.subject_id}, {"reason": "two customers"}),
        "store_life.ask": ("lee", case(small(cast)), {"question": "Q03", "is_live": True}),
        "store_life.withdraw_question": ("lee", case(asked_case(cast)), None),
        "store_life.offer_transfer": ("sam", case(small(cast)), move),
        "store_life.accept_transfer": ("mia", {"transfer_id": offers[0]}, {}),
        "store_life.refuse_transfer": ("mia", {"transfer_id": offers[1]}, {"note": "Sold out too."}),
        "store_life.withdraw_transfer": ("sam", {"transfer_id": offers[2]}, {}),
        "store_life.annul": ("sam", {"decision_id": given.decision_id}, {"reason_text": "wrong customer"}),
        "store_life.add_note": ("lee", case(small(cast)), {"text": "Put aside behind the till."}),
    }


STATUSES = [status for status in Status if status is not Status.DRAFT]
