"""What stores may do to a case, and which refusal they get. Pure."""

from collections.abc import Callable
from datetime import datetime

from bridge.lifecycle import Action, Status
from tests.journeys.life_guards import (
    QUESTIONS_MOST,
    Refused,
    at_store,
    back_to_live,
    case_of,
    conflict_if,
    invalid_if,
    offered,
    only,
    possible,
    standing,
    to_another,
)
from tests.journeys.life_world import (
    ANNUL_WINDOW,
    GRACE,
    MANAGERS,
    STORE_OF,
    UNDO_WINDOW,
    Ask,
    Case,
    Decision,
    World,
)


def _store_note(world: World, ask: Ask, now: datetime) -> None:
    only(ask, set(STORE_OF))
    at_store(case_of(world, ask), ask)


def _ask_agent(world: World, ask: Ask, now: datetime) -> None:
    only(ask, set(STORE_OF))
    case = case_of(world, ask)
    at_store(case, ask)
    possible(case, Action.ASK_AGENT)
    conflict_if(case.questions >= QUESTIONS_MOST)


def _withdraw_question(world: World, ask: Ask, now: datetime) -> None:
    only(ask, set(STORE_OF))
    case = case_of(world, ask)
    at_store(case, ask)
    possible(case, Action.ANSWER)
    assert case.question is not None
    if ask.who != case.question.by and ask.who not in MANAGERS:
        raise Refused(403, "not_permitted")


def _store_offer(world: World, ask: Ask, now: datetime) -> None:
    case = case_of(world, ask)
    only(ask, MANAGERS)
    at_store(case, ask)
    to_another(case, ask)


def _decide_offer(action: Action) -> Callable[[World, Ask, datetime], None]:
    def check(world: World, ask: Ask, now: datetime) -> None:
        only(ask, MANAGERS)
        assert ask.subject is not None
        case = world.with_offer(ask.subject)
        if case.offer(ask.subject).to_store != STORE_OF[ask.who]:
            raise Refused(404, "not_found")
        offered(case, ask.subject, action)
        conflict_if(action is Action.ACCEPT_TRANSFER and case.valid_until <= now)

    return check


def _withdraw_store_offer(world: World, ask: Ask, now: datetime) -> None:
    only(ask, MANAGERS)
    assert ask.subject is not None
    case = world.with_offer(ask.subject)
    if case.offer(ask.subject).from_store != STORE_OF[ask.who]:
        raise Refused(404, "not_found")
    offered(case, ask.subject, Action.WITHDRAW_TRANSFER)


def verdict(case: Case, who: str, code: str | None, now: datetime) -> str:
    """What the counter says; the order is that of docs/counter.md."""
    last, status = case.last, case.status
    used = last is not None and last.action in {Action.HONOUR, Action.HONOUR_PART, Action.GIVE_UP_REST}
    if case.store != STORE_OF[who]:
        return "other_store"
    if (code is not None and code != case.code) or case.superseded:
        return "replaced"
    if status in {Status.REVOKED, Status.CANCELLED, Status.REJECTED}:
        return "withdrawn"
    if status in {Status.HONOURED, Status.PART_HONOURED}:
        assert last is not None
        just = STORE_OF[last.by] == STORE_OF[who] and last.by == who and last.at > now - UNDO_WINDOW
        return "just_done" if just else "already_used"
    if status is Status.CLOSED and used:
        return "already_used"
    if status is Status.DECLINED:
        return "declined_before"
    if status in {Status.EXPIRED, Status.CLOSED}:
        return "expired"
    if status not in {Status.ISSUED, Status.ACKNOWLEDGED}:
        return "on_hold"
    if case.valid_until <= now - GRACE:
        return "expired"
    if who not in MANAGERS:
        return "no_permission"
    return "genuine_part_left" if case.remaining < case.authorised else "genuine"


def _decide(world: World, ask: Ask, now: datetime) -> None:
    action = Action(ask.body["action"])
    only(ask, set(STORE_OF) if action is Action.ACKNOWLEDGE else MANAGERS)
    case, code = case_of(world, ask), ask.body.get("code")
    said = verdict(case, ask.who, code, now)
    # Nobody outside the store learns from a refusal what the case allows.
    told = None if said == "other_store" else action
    if "version" in ask.body and ask.body["version"] != case.version:
        raise Refused(409, "changed", told)
    if action is Action.ACKNOWLEDGE:
        if said == "other_store":
            raise Refused(409, said)
        possible(case, action)
        return
    if action is Action.HONOUR and code is None:
        invalid_if(True)
    if not said.startswith("genuine"):
        raise Refused(409, said, told)
    if action is Action.HONOUR and ask.body.get("amount_minor", 0) > case.remaining:
        raise Refused(409, "over_remaining", told)


def _undo(world: World, ask: Ask, now: datetime) -> None:
    case, decision = _own_decision(world, ask)
    if STORE_OF[decision.by] == STORE_OF[ask.who] and decision.by != ask.who:
        raise Refused(403, "not_permitted")
    conflict_if(now - decision.at > UNDO_WINDOW)
    standing(case, decision)
    possible(case, Action.UNDO)
    conflict_if(back_to_live(case) and world.unsettled_on(case.thread, but=case.id))


def _annul(world: World, ask: Ask, now: datetime) -> None:
    case, decision = _own_decision(world, ask)
    possible(case, Action.ANNUL)
    conflict_if(now - decision.at > ANNUL_WINDOW)
    standing(case, decision)
    conflict_if(back_to_live(case) and world.unsettled_on(case.thread, but=case.id))


def _own_decision(world: World, ask: Ask) -> tuple[Case, Decision]:
    only(ask, MANAGERS)
    assert ask.subject is not None
    case = world.with_decision(ask.subject)
    decision = case.decision(ask.subject)
    if STORE_OF[decision.by] != STORE_OF[ask.who]:
        raise Refused(404, "not_found")
    return case, decision


JUDGES: dict[str, Callable[[World, Ask, datetime], None]] = {
    "store_note": _store_note,
    "ask": _ask_agent,
    "withdraw_question": _withdraw_question,
    "store_offer": _store_offer,
    "accept": _decide_offer(Action.ACCEPT_TRANSFER),
    "refuse": _decide_offer(Action.REFUSE_TRANSFER),
    "withdraw_store_offer": _withdraw_store_offer,
    "decide": _decide,
    "undo": _undo,
    "annul": _annul,
}
