"""For every verdict that the server can answer: somebody at a counter, and a text that gets it.

`prepared(cast, verdict)` makes one, `prepare_all(cast)` all of them on one cast; either leaves the
others as they are. What the device says alone (`slow`, `server_error`, the offline ones) is not in here.
Every text that a person wrote and that a panel shows comes from `Words`, as on the stage.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bridge import codes, db
from bridge.clock import utc_now
from bridge.decision import Decided, Refusal
from bridge.lifecycle import Action
from bridge.models import EscalationRow
from bridge.promises import DeclineReason, Level, PromiseType, SecondFact, StoreScope
from bridge.reasons import Question, RevokeReason
from bridge.services import asking, counter, promises, revoking, superseding
from bridge.services.promises import Wanted
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.api.life_stage import acted
from tests.browser.acts.scene import Words
from tests.cast import Cast, Member, claimed_thread, decide, line, once, promise, vault

NOTE = "Behind the till, shelf B"
FACT = "417"


@dataclass(frozen=True)
class Presented:
    """Who looks (`by` has a session at a store), what is typed or scanned, and what it gets.

    `made` is the promise behind the code, where there is one.
    """

    verdict: Verdict
    by: Member
    text: str
    source: str = "typed"
    made: promises.Made | None = None


def prepared(cast: Cast, verdict: Verdict, words: Words | None = None) -> Presented:
    """Make whatever has to be there for `verdict`."""
    return MAKERS[verdict](cast, words or Words())


def prepare_all(cast: Cast, words: Words | None = None) -> dict[Verdict, Presented]:
    """One for each verdict, in the order of `MAKERS`."""
    return {verdict: prepared(cast, verdict, words) for verdict in MAKERS}


def looked_up(presented: Presented) -> counter.LookedUp:
    """The server's answer to it, without a page."""
    with db.statement() as connection:
        return counter.look_up(
            connection,
            presented.by.token,
            text=presented.text,
            source=counter.Source(presented.source),
            now=utc_now(),
            settings=settings(),
        )


def _of(verdict: Verdict, by: Member, made: promises.Made, *, source: str = "typed") -> Presented:
    assert made.code is not None
    return Presented(verdict, by, codes.grouped(made.code), source, made)


def _made(
    cast: Cast, words: Words, *, amount_minor: int = 1_500, note: str = "", **wanted: Any
) -> promises.Made:
    """A promise whose every text is of `words`; one of its lines may be given as `of_line`."""
    thread_id = wanted.pop("thread_id", None) or claimed_thread(cast, handle=words.handle("")).id
    of_line = {
        "item": words.text("CD box set", 200),
        "conditions": words.text("", 500),
        **wanted.pop("of_line", {}),
    }
    return promise(
        cast,
        thread_id=thread_id,
        lines=[line(amount_minor, **of_line)],
        note_for_store=words.text(note, 500),
        **wanted,
    )


def _genuine(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words, note="Check the serial number on the box.")
    return _of(Verdict.GENUINE, cast.sam, made)


def _part_left(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words)
    assert isinstance(decide(cast, cast.sam, code=made.code, amount_minor=500), Decided)
    return _of(Verdict.GENUINE_PART_LEFT, cast.sam, made)


def _set_aside(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words)
    seen = decide(
        cast, cast.lee, escalation_id=made.id, action=Action.ACKNOWLEDGE, set_aside_note=words.text(NOTE, 120)
    )
    assert isinstance(seen, Decided)
    return _of(Verdict.GENUINE_SET_ASIDE, cast.sam, made)


def _check_first(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words, second_fact=(SecondFact.ORDER_DIGITS, FACT))
    return _of(Verdict.CHECK_FIRST, cast.sam, made)


def _needs_approval(cast: Cast, words: Words) -> Presented:
    repair = {"type": PromiseType.REPAIR, "level": Level.RECOMMEND}
    made = _made(cast, words, amount_minor=8_000, of_line=repair)
    return _of(Verdict.NEEDS_APPROVAL, cast.sam, made)


def _already_used(cast: Cast, words: Words) -> Presented:
    now = utc_now()
    made = _made(cast, words, valid_from=now - timedelta(hours=1))
    earlier = now - timedelta(minutes=2)
    assert isinstance(decide(cast, cast.sam, code=made.code, now=earlier), Decided)
    return _of(Verdict.ALREADY_USED, cast.sam, made)


def _just_done(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words)
    assert isinstance(decide(cast, cast.sam, code=made.code), Decided)
    return _of(Verdict.JUST_DONE, cast.sam, made)


def _other_store(cast: Cast, words: Words) -> Presented:
    return _of(Verdict.OTHER_STORE, cast.sam, _made(cast, words, store_number="40"))


def _not_yet(cast: Cast, words: Words) -> Presented:
    starts = utc_now() + timedelta(days=1)
    made = _made(cast, words, valid_from=starts, valid_until=starts + timedelta(days=3))
    return _of(Verdict.NOT_YET, cast.sam, made)


def _replaced(cast: Cast, words: Words) -> Presented:
    thread = claimed_thread(cast, handle=words.handle(""))
    made = _made(cast, words, thread_id=thread.id)
    newer = Wanted(
        thread_id=thread.id,
        lines=[line(1_800, item=words.text("CD box set", 200))],
        store_scope=StoreScope.ONE,
        store_number="12",
    )
    with db.act() as act:
        superseding.supersede(
            act,
            cast.ana.token,
            made.id,
            newer,
            if_version=None,
            once=once("supersede"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    return _of(Verdict.REPLACED, cast.sam, made)


def _on_hold(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words)
    acted(
        asking.ask,
        cast.lee,
        made.id,
        question=Question.EQUAL_ITEM,
        text=words.text("", 500),
        is_live=False,
        settings=settings(),
    )
    return _of(Verdict.ON_HOLD, cast.sam, made)


def _declined_before(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words)
    no = {
        "action": Action.DECLINE,
        "reason": DeclineReason.OUT_OF_STOCK,
        "reason_text": words.text("", 500),
        "customer_text": words.text("", 500),
    }
    earlier = utc_now() - timedelta(minutes=2)
    assert isinstance(decide(cast, cast.sam, code=made.code, now=earlier, **no), Decided)
    return _of(Verdict.DECLINED_BEFORE, cast.sam, made)


def _expired(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words)
    with db.transaction() as session:
        row = session.get_one(EscalationRow, made.id)
        row.valid_from, row.valid_until = utc_now() - timedelta(days=9), utc_now() - timedelta(days=2)
    return _of(Verdict.EXPIRED, cast.sam, made)


def _withdrawn(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words)
    acted(
        revoking.revoke,
        cast.kim,
        made.id,
        reason=RevokeReason.ERROR_IN_PROMISE,
        text=words.text("The wrong store.", 500),
        if_version=None,
    )
    return _of(Verdict.WITHDRAWN, cast.sam, made)


def _unknown(cast: Cast, words: Words) -> Presented:
    return Presented(Verdict.UNKNOWN, cast.sam, codes.grouped(codes.draw()))


def _typo(cast: Cast, words: Words) -> Presented:
    """Near to nobody's code, so that no other is offered."""
    code = codes.draw()
    while codes.is_code(code):
        code = code[:6] + codes.ALPHABET[(codes.ALPHABET.index(code[6]) + 1) % 32] + code[7:]
    return Presented(Verdict.TYPO, cast.sam, "-".join((code[:4], code[4:8], code[8:])))


def _too_short(cast: Cast, words: Words) -> Presented:
    return Presented(Verdict.TOO_SHORT, cast.sam, codes.draw()[:7])


def _product_code(cast: Cast, words: Words) -> Presented:
    return Presented(Verdict.PRODUCT_CODE, cast.sam, "4006381333931")


def _locked_tries(cast: Cast, words: Words) -> Presented:
    """Mia's device alone is paused, so that every other one goes on."""
    presented = _of(Verdict.LOCKED_TRIES, cast.mia, _made(cast, words, store_number="40"))
    for _ in range(settings().misses_per_device_10_minutes):
        looked_up(Presented(Verdict.UNKNOWN, cast.mia, codes.draw()))
    return presented


def _locked_code(cast: Cast, words: Words) -> Presented:
    made = _made(cast, words, second_fact=(SecondFact.ORDER_DIGITS, FACT))
    for _ in range(3):
        assert isinstance(decide(cast, cast.sam, code=made.code, second_fact="000"), Refusal)
    return _of(Verdict.LOCKED_CODE, cast.sam, made)


def _no_permission(cast: Cast, words: Words) -> Presented:
    return _of(Verdict.NO_PERMISSION, cast.lee, _made(cast, words))


MAKERS: dict[Verdict, Callable[[Cast, Words], Presented]] = {
    Verdict.GENUINE: _genuine,
    Verdict.GENUINE_PART_LEFT: _part_left,
    Verdict.GENUINE_SET_ASIDE: _set_aside,
    Verdict.CHECK_FIRST: _check_first,
    Verdict.NEEDS_APPROVAL: _needs_approval,
    Verdict.ALREADY_USED: _already_used,
    Verdict.JUST_DONE: _just_done,
    Verdict.OTHER_STORE: _other_store,
    Verdict.NOT_YET: _not_yet,
    Verdict.REPLACED: _replaced,
    Verdict.ON_HOLD: _on_hold,
    Verdict.DECLINED_BEFORE: _declined_before,
    Verdict.EXPIRED: _expired,
    Verdict.WITHDRAWN: _withdrawn,
    Verdict.UNKNOWN: _unknown,
    Verdict.TYPO: _typo,
    Verdict.PRODUCT_CODE: _product_code,
    Verdict.TOO_SHORT: _too_short,
    Verdict.LOCKED_TRIES: _locked_tries,
    Verdict.LOCKED_CODE: _locked_code,
    Verdict.NO_PERMISSION: _no_permission,
}
