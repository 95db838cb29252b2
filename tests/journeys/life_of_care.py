"""What the care team and HQ may do to a case, and which refusal they get. Pure."""

from collections.abc import Callable
from datetime import datetime

from bridge.lifecycle import Action, Status
from bridge.reasons import CONTESTED, EntryReason
from tests.journeys.life_guards import (
    MAY,
    REOPEN_WINDOW,
    Refused,
    case_of,
    conflict_if,
    covers,
    invalid_if,
    issue_again,
    later,
    offered,
    only,
    own_or_lead,
    possible,
    same_version,
    to_another,
)
from tests.journeys.life_world import CARE, LEADS, STORE_OF, UNDO_WINDOW, Ask, Case, World


def _make(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    thread, line = ask.body["thread_id"], ask.body["lines"][0]
    if world.unsettled_on(thread):
        issued = world.issued_30d(thread, now)
        within = covers(ask.who, line["level"], line["amount_minor"], issued)
        raise Refused(409, "conflict") if within else Refused(422, "promise_refused")


def _supersede(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    case, line = case_of(world, ask), ask.body["lines"][0]
    own_or_lead(case, ask)
    same_version(case, ask)
    possible(case, Action.SUPERSEDE)
    issued = world.issued_30d(case.thread, now) - case.remaining
    if not covers(ask.who, line["level"], line["amount_minor"], issued):
        raise Refused(403, "four_eyes")


def _approve(world: World, ask: Ask, now: datetime) -> None:
    case = _by_an_approver(world, ask, Action.APPROVE)
    if case.authorised > MAY[ask.who][case.level] or case.valid_until <= now:
        raise Refused(403, "four_eyes")


def _reject(world: World, ask: Ask, now: datetime) -> None:
    _by_an_approver(world, ask, Action.REJECT)


def _by_an_approver(world: World, ask: Ask, action: Action) -> Case:
    only(ask, LEADS)
    case = case_of(world, ask)
    if case.author == ask.who:
        raise Refused(403, "four_eyes")
    same_version(case, ask)
    possible(case, action)
    return case


def _cancel(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    case = case_of(world, ask)
    if case.author != ask.who:
        raise Refused(403, "not_permitted")
    same_version(case, ask)
    possible(case, Action.CANCEL)


def _revoke(world: World, ask: Ask, now: datetime) -> None:
    only(ask, LEADS)
    same_version(case_of(world, ask), ask)
    possible(case_of(world, ask), Action.REVOKE)


def _own_versioned(world: World, ask: Ask, action: Action) -> Case:
    only(ask, CARE)
    case = case_of(world, ask)
    own_or_lead(case, ask)
    same_version(case, ask)
    possible(case, action)
    return case


def _extend(world: World, ask: Ask, now: datetime) -> None:
    case = _own_versioned(world, ask, Action.EXTEND)
    later(case, ask, now)
    if case.status is Status.EXPIRED:
        issue_again(world, case, ask.who, now)


def _close(world: World, ask: Ask, now: datetime) -> None:
    case = _own_versioned(world, ask, Action.CLOSE)
    conflict_if(case.last is not None and now - case.last.at < UNDO_WINDOW)
    invalid_if(ask.body.get("cause") == "NOBODY.knows")


def _reopen(world: World, ask: Ask, now: datetime) -> None:
    case = _own_versioned(world, ask, Action.REOPEN)
    assert case.closed_at is not None
    conflict_if(now - case.closed_at > REOPEN_WINDOW)
    if case.upheld and ask.who != "hana":
        raise Refused(403, "not_permitted")
    issue_again(world, case, ask.who, now)


def _cause(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    own_or_lead(case_of(world, ask), ask)
    conflict_if(case_of(world, ask).issued_at is None)


def _tell(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    possible(case_of(world, ask), Action.TELL_CUSTOMER)


def _appeal_link(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    case = case_of(world, ask)
    own_or_lead(case, ask)
    possible(case, Action.APPEAL)
    conflict_if(case.appealed)


def _note(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE | set(STORE_OF))
    if ask.who in STORE_OF:
        raise Refused(404, "not_found")


def _link(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    case, other = case_of(world, ask), ask.body["duplicate_of_id"]
    invalid_if(other == case.id)
    live = [link for link in world.links if not link.cut]
    conflict_if(any(link.case == other or case.id in (link.case, link.of) for link in live))


def _cut(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    conflict_if(next(link for link in world.links if link.id == ask.subject).cut)


def _answer(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    case = case_of(world, ask)
    possible(case, Action.ANSWER)
    if "valid_until" in ask.body:
        own_or_lead(case, ask)
        later(case, ask, now)


def _offer(world: World, ask: Ask, now: datetime) -> None:
    case = case_of(world, ask)
    only(ask, CARE)
    own_or_lead(case, ask)
    to_another(case, ask)


def _withdraw_offer(world: World, ask: Ask, now: datetime) -> None:
    only(ask, CARE)
    assert ask.subject is not None
    case = world.with_offer(ask.subject)
    if ask.who not in LEADS | {case.offer(ask.subject).by}:
        raise Refused(403, "not_permitted")
    offered(case, ask.subject, Action.WITHDRAW_TRANSFER)


def _assign(world: World, ask: Ask, now: datetime) -> None:
    only(ask, {"hana"})
    assert ask.subject is not None
    review = world.review(ask.subject)
    same_version(world.cases[review.case], ask)
    conflict_if(review.closed)


def _find(world: World, ask: Ask, now: datetime) -> None:
    only(ask, {"hana"})
    assert ask.subject is not None
    review, found = world.review(ask.subject), ask.body["finding"]
    case = world.cases[review.case]
    same_version(case, ask)
    conflict_if(review.closed)
    contested = EntryReason(review.reason) in CONTESTED
    if not contested:
        conflict_if(found != "noted")
    elif case.status is Status.UNDER_REVIEW:
        conflict_if(found == "noted")
    else:
        conflict_if(found != "noted" or case.status in {Status.DECLINED, Status.EXPIRED})
    if case.author == ask.who:
        raise Refused(403, "four_eyes")
    if found == "overturned":
        issue_again(world, case, ask.who, now)


JUDGES: dict[str, Callable[[World, Ask, datetime], None]] = {
    "make": _make,
    "supersede": _supersede,
    "approve": _approve,
    "reject": _reject,
    "cancel": _cancel,
    "revoke": _revoke,
    "extend": _extend,
    "close": _close,
    "reopen": _reopen,
    "code_cause": _cause,
    "tell_customer": _tell,
    "appeal_link": _appeal_link,
    "note": _note,
    "link": _link,
    "cut": _cut,
    "answer": _answer,
    "offer": _offer,
    "withdraw_offer": _withdraw_offer,
    "assign": _assign,
    "find": _find,
}
