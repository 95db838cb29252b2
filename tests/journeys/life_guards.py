"""The guards that an act may meet, each with the answer that it must give. Pure.

Written from the documents, not from the services: only the table of `bridge/lifecycle.py` is shared.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.errors import IllegalAction
from bridge.lifecycle import Action, Status, next_status
from tests.journeys.life_world import LEADS, STORE_OF, Ask, Case, Decision, World

MAY = {
    "ana": {"authorise": 10_000, "recommend": 25_000},
    "kim": {"authorise": 30_000, "recommend": 50_000},
    "hana": {"authorise": 200_000, "recommend": 10**12},
    "ivy": {},
}
"""The starting matrix: the most that each may promise, by level."""
CUSTOMER_CAP = {("ana", "authorise"): 30_000}
QUESTIONS_MOST = 3
EXTENSION_MOST = timedelta(days=30)
REOPEN_WINDOW = timedelta(days=30)
TABLE = "illegal_action"


@dataclass(frozen=True)
class Refused(Exception):
    """A refusal: its status and code. `action` is set when the table refuses, or would as well."""

    status: int
    code: str
    action: Action | None = None


def covers(who: str, level: str, amount: int, issued: int) -> bool:
    """Whether the person's own right covers an amount, when the customer was issued so much lately."""
    most, cap = MAY[who].get(level), CUSTOMER_CAP.get((who, level))
    return most is not None and amount <= most and (cap is None or issued + amount <= cap)


def only(ask: Ask, whom: frozenset[str] | set[str]) -> None:
    """Whose role it is."""
    if ask.who not in whom:
        raise Refused(403, "not_permitted")


def own_or_lead(case: Case, ask: Ask) -> None:
    """Whose case it is, or a lead."""
    if ask.who not in LEADS | {case.author, case.owner}:
        raise Refused(403, "not_permitted")


def same_version(case: Case, ask: Ask) -> None:
    """If-Match names the version that is stored."""
    if ask.version != case.version:
        raise Refused(412, "version_mismatch")


def possible(case: Case, action: Action) -> None:
    """The table knows the pair."""
    try:
        next_status(case.status, action, before=case.before)
    except IllegalAction as error:
        raise Refused(409, TABLE, action) from error


def at_store(case: Case, ask: Ask) -> None:
    """The case counts at the store of whoever asks."""
    if case.store != STORE_OF[ask.who]:
        raise Refused(404, "not_found")


def conflict_if(clash: bool) -> None:
    if clash:
        raise Refused(409, "conflict")


def invalid_if(wrong: bool) -> None:
    if wrong:
        raise Refused(422, "invalid_input")


def case_of(world: World, ask: Ask) -> Case:
    assert ask.case is not None
    return world.cases[ask.case]


def issue_again(world: World, case: Case, who: str, now: datetime) -> None:
    """The case gets its value again, under the right of whoever does it."""
    conflict_if(case.superseded)
    conflict_if(case.rest == 0)
    conflict_if(world.unsettled_on(case.thread, but=case.id))
    issued = world.issued_30d(case.thread, now, but=case.id) + case.given
    if not covers(who, case.level, case.rest, issued):
        raise Refused(403, "four_eyes")


def later(case: Case, ask: Ask, now: datetime) -> None:
    """The new end is later, and not too far away."""
    until = datetime.fromisoformat(ask.body["valid_until"])
    invalid_if(until <= max(now, case.valid_until) or until > now + EXTENSION_MOST)


def to_another(case: Case, ask: Ask) -> None:
    """The case can move, and to another store than its own."""
    possible(case, Action.OFFER_TRANSFER)
    invalid_if(ask.body["to_store"] == case.store)


def offered(case: Case, offer_id: str, action: Action) -> None:
    """The offer still stands."""
    possible(case, action)
    conflict_if(case.offer(offer_id).state != "offered")


def standing(case: Case, decision: Decision) -> None:
    """The decision is the newest that stands, and of this life."""
    conflict_if(decision.is_reversal or decision is not case.last)
    assert case.issued_at is not None
    conflict_if(case.issued_at > decision.at)


def back_to_live(case: Case) -> bool:
    """Whether taking a decision back makes the case live again."""
    return case.status not in {Status.ISSUED, Status.ACKNOWLEDGED}
