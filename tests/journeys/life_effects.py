"""What an acknowledged request changes in the model, and what the clock wrote. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bridge.lifecycle import LIVE, Action, Status
from bridge.reasons import CONTESTED, EntryReason
from tests.journeys.life_world import (
    GRACE,
    STORE_OF,
    UNDO_WINDOW,
    Ask,
    Case,
    Decision,
    Link,
    Offer,
    Question,
    World,
)

Body = Mapping[str, Any]
HOTLINE = timedelta(minutes=10)
APPEAL_DAYS = timedelta(days=14)
BY_THE_CLOCK = frozenset({Action.LAPSE, Action.EXPIRE, Action.REVIEW, Action.CLOSE, Action.CANCEL})


def take(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    """Believe what was acknowledged."""
    _EFFECTS[ask.act](world, ask, answer, now)


def _make(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    _new_case(world, ask, answer, now)


def _new_case(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    line = ask.body["lines"][0]
    issued = answer["code"] is not None
    case = Case(
        id=answer["id"],
        author=ask.who,
        owner=ask.who,
        thread=ask.body["thread_id"],
        level=line["level"],
        authorised=line["amount_minor"],
        remaining=line["amount_minor"] if issued else 0,
        status=Status.ISSUED if issued else Status.PENDING_APPROVAL,
        valid_until=datetime.fromisoformat(answer["valid_until"]),
        code=answer["code"],
        issued_at=now if issued else None,
        topics=["escalation.issued" if issued else "escalation.approval_requested"],
    )
    world.cases[case.id] = case


def _supersede(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    old = _case(world, ask)
    _end(old, Action.SUPERSEDE, now)
    old.superseded = True
    old.topics.append("escalation.superseded")
    _new_case(world, ask, answer, now)


def _approve(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    case.move(Action.APPROVE, now)
    case.remaining, case.issued_at, case.code = case.authorised, now, answer["code"]
    case.topics.append("escalation.approved")


def _ended_request(action: Action) -> Callable[[World, Ask, Body, datetime], None]:
    def effect(world: World, ask: Ask, answer: Body, now: datetime) -> None:
        case = _case(world, ask)
        case.move(action, now)
        case.topics.append(f"escalation.{case.status}")

    return effect


def _revoke(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    _end(_case(world, ask), Action.REVOKE, now)
    _case(world, ask).topics.append("escalation.revoked")


def _end(case: Case, action: Action, now: datetime) -> None:
    case.remaining = 0
    case.settle_open()
    case.move(action, now)


def _extend(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case, until = _case(world, ask), datetime.fromisoformat(ask.body["valid_until"])
    if case.status is Status.EXPIRED:
        case.issue_again(answer["code"], until, now)
    case.valid_until = until
    case.move(Action.EXTEND, now)
    case.topics.append("escalation.extended")


def _reopen(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    case.issue_again(answer["code"], datetime.fromisoformat(answer["valid_until"]), now)
    case.move(Action.REOPEN, now)
    case.topics.append("escalation.reopened")


def _moves(action: Action, topic: str) -> Callable[[World, Ask, Body, datetime], None]:
    def effect(world: World, ask: Ask, answer: Body, now: datetime) -> None:
        _case(world, ask).move(action, now)
        _case(world, ask).topics.append(topic)

    return effect


def _notes(topic: str) -> Callable[[World, Ask, Body, datetime], None]:
    def effect(world: World, ask: Ask, answer: Body, now: datetime) -> None:
        _case(world, ask).topics.append(topic)

    return effect


def _appeal_link(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    case.appeal_token, case.appeal_until = answer["link"].rsplit("/", 1)[1], now + APPEAL_DAYS
    case.topics.append("escalation.appeal_link_made")


def appealed(case: Case, now: datetime) -> None:
    """The customer used the link."""
    case.appealed = True
    case.move(Action.APPEAL, now)
    case.topics.append("escalation.appealed")


def _link(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    world.links.append(Link(answer["subject_id"], case.id, ask.body["duplicate_of_id"]))
    case.topics.append("escalation.duplicate_linked")


def _cut(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    link = next(link for link in world.links if link.id == ask.subject)
    link.cut = True
    world.cases[link.case].topics.append("escalation.duplicate_cut")


def _ask_agent(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    lapses_at = now + HOTLINE if ask.body["is_live"] else None
    case.question = Question(answer["subject_id"], ask.who, STORE_OF[ask.who], lapses_at)
    case.questions += 1
    case.move(Action.ASK_AGENT, now)
    case.topics.append("escalation.asked")


def _answer(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    if "valid_until" in ask.body:
        case.valid_until = datetime.fromisoformat(ask.body["valid_until"])
        case.move(Action.EXTEND, now)
    case.question = None
    case.move(Action.ANSWER, now)
    case.topics.append("escalation.answered")


def _withdraw_question(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    case.question, case.questions = None, case.questions - 1
    case.move(Action.LAPSE, now)
    case.topics.append("escalation.question_withdrawn")


def _offer(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case = _case(world, ask)
    case.offers.append(Offer(answer["subject_id"], ask.who, case.store, ask.body["to_store"]))
    case.move(Action.OFFER_TRANSFER, now)
    case.topics.append("escalation.transfer_offered")


def _settle_offer(action: Action, state: str) -> Callable[[World, Ask, Body, datetime], None]:
    def effect(world: World, ask: Ask, answer: Body, now: datetime) -> None:
        assert ask.subject is not None
        case = world.with_offer(ask.subject)
        offer = case.offer(ask.subject)
        offer.state = state
        if action is Action.ACCEPT_TRANSFER:
            case.store = offer.to_store
        case.move(action, now)
        case.topics.append(f"escalation.transfer_{state}")

    return effect


def _decide(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    case, asked = _case(world, ask), Action(ask.body["action"])
    if asked is Action.ACKNOWLEDGE:
        case.move(asked, now)
        case.topics.append("escalation.acknowledged")
        return
    rest, amount = case.remaining, 0
    action = asked
    if asked is Action.HONOUR:
        amount = ask.body.get("amount_minor", rest)
        if amount < rest:
            action = Action.HONOUR_PART if ask.body["keep_rest"] else Action.GIVE_UP_REST
    gave_up = 0 if action in {Action.HONOUR, Action.HONOUR_PART} else rest - amount
    case.remaining -= amount + gave_up
    case.decisions.append(Decision(answer["decision_id"], ask.who, action, amount, gave_up, now))
    case.move(action, now)
    part = action in {Action.HONOUR_PART, Action.GIVE_UP_REST}
    case.topics.append("escalation.honoured_part" if part else f"escalation.{case.status}")


def _take_back(action: Action, topic: str) -> Callable[[World, Ask, Body, datetime], None]:
    def effect(world: World, ask: Ask, answer: Body, now: datetime) -> None:
        assert ask.subject is not None
        case = world.with_decision(ask.subject)
        decision = case.decision(ask.subject)
        decision.reversed = True
        case.remaining += decision.amount + decision.gave_up
        case.decisions.append(
            Decision(answer["decision_id"], ask.who, action, decision.amount, decision.gave_up, now, True)
        )
        case.move(action, now)
        case.topics.append(topic)

    return effect


def _assign(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    assert ask.subject is not None
    world.cases[world.review(ask.subject).case].topics.append("escalation.review_assigned")


def _find(world: World, ask: Ask, answer: Body, now: datetime) -> None:
    assert ask.subject is not None
    review, found = world.review(ask.subject), ask.body["finding"]
    case = world.cases[review.case]
    gone = {review.id}
    if found == "noted":
        case.topics.append("escalation.review_found")
    else:
        gone |= {r.id for r in world.reviews if r.case == case.id and EntryReason(r.reason) in CONTESTED}
        case.topics.append(f"escalation.{found}")
    if found == "upheld":
        case.upheld = True
        case.move(Action.UPHOLD, now)
    elif found == "overturned":
        case.issue_again(answer["code"], now + timedelta(days=14), now)
        case.move(Action.OVERTURN, now)
    for row in world.reviews:
        row.closed = row.closed or row.id in gone


def clock_wrote(case: Case, action: Action, facts: Body, at: datetime) -> None:
    """Believe a link of the clock's, if the clock may do that now; raises AssertionError else."""
    assert action in BY_THE_CLOCK, f"the clock did {action}"
    if action in {Action.EXPIRE, Action.CANCEL}:
        assert at >= case.expires_at, f"{action} before the promise's end"
    if action is Action.REVIEW:
        last, decided = case.last, case.status is not Status.EXPIRED
        assert not (decided and last and at < last.at + UNDO_WINDOW), "review while it can be undone"
    if action is Action.EXPIRE:
        case.remaining = 0
    if action is Action.LAPSE or action is Action.EXPIRE:
        case.question = None
        for offer in case.offers:
            if offer.state == "offered":
                offer.state = "lapsed"
    case.move(action, at)
    if action is not Action.REVIEW:  # that the case came before HQ is told by `review.opened`
        case.topics.append(_lapse_topic(facts) if action is Action.LAPSE else f"escalation.{case.status}")


def _lapse_topic(facts: Body) -> str:
    if "question" in facts:
        return "escalation.question_lapsed"
    return "escalation.transfer_lapsed" if "transfer" in facts else "escalation.lapsed"


def overdue(world: World, now: datetime) -> list[str]:
    """What a sweep at `now` must not have left behind."""
    found = []
    for case in world.cases.values():
        waits = case.status in LIVE or case.status is Status.PENDING_APPROVAL
        if waits and case.valid_until + GRACE <= now:
            found.append(f"{case.id} is {case.status} after its end")
        question = case.question
        if question is not None and question.lapses_at is not None and question.lapses_at <= now:
            found.append(f"{case.id} waits for an answer that comes too late")
        waiting = [r for r in world.reviews if r.case == case.id and not r.closed]
        contested = any(EntryReason(r.reason) in CONTESTED for r in waiting)
        undoable = case.last is not None and now < case.last.at + UNDO_WINDOW
        ended = {Status.DECLINED, Status.HONOURED, Status.PART_HONOURED} if not undoable else set()
        if contested and case.status in ended | {Status.EXPIRED}:
            found.append(f"{case.id} is contested and {case.status}")
    return found


def _case(world: World, ask: Ask) -> Case:
    assert ask.case is not None
    return world.cases[ask.case]


_EFFECTS: dict[str, Callable[[World, Ask, Body, datetime], None]] = {
    "make": _make,
    "supersede": _supersede,
    "approve": _approve,
    "reject": _ended_request(Action.REJECT),
    "cancel": _ended_request(Action.CANCEL),
    "revoke": _revoke,
    "extend": _extend,
    "close": _moves(Action.CLOSE, "escalation.closed"),
    "reopen": _reopen,
    "code_cause": _notes("escalation.cause_coded"),
    "tell_customer": _moves(Action.TELL_CUSTOMER, "escalation.customer_told"),
    "appeal_link": _appeal_link,
    "note": _notes("escalation.noted"),
    "store_note": _notes("escalation.noted"),
    "link": _link,
    "cut": _cut,
    "answer": _answer,
    "ask": _ask_agent,
    "withdraw_question": _withdraw_question,
    "offer": _offer,
    "store_offer": _offer,
    "accept": _settle_offer(Action.ACCEPT_TRANSFER, "accepted"),
    "refuse": _settle_offer(Action.REFUSE_TRANSFER, "refused"),
    "withdraw_offer": _settle_offer(Action.WITHDRAW_TRANSFER, "withdrawn"),
    "withdraw_store_offer": _settle_offer(Action.WITHDRAW_TRANSFER, "withdrawn"),
    "decide": _decide,
    "undo": _take_back(Action.UNDO, "escalation.undone"),
    "annul": _take_back(Action.ANNUL, "escalation.annulled"),
    "assign": _assign,
    "find": _find,
}
