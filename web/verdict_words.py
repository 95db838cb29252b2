"""What the counter reads and says for each verdict: word, sentence for the customer, next step, why.

Word first, then the reason (`web/verdict_reasons.py`), then what to say. No line accuses, names
fraud or says "invalid". The amount stands in the panel by itself. Source of the wording:
docs/counter.md.
"""
# ruff: noqa: RUF001 - people read these lines, so apostrophes are typographic

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask_babel import force_locale  # type: ignore[import-untyped]  # it brings no types

from bridge.bidi import apart
from bridge.promises import PromiseType
from bridge.verdicts import Verdict
from web import words
from web.languages import LANGUAGES, language
from web.languages import say_lazily as _l
from web.shown import at, day, money, word

WORDS: Final = {
    Verdict.GENUINE: _l("Genuine"),
    Verdict.GENUINE_PART_LEFT: _l("Genuine, %(left)s left"),
    Verdict.GENUINE_SET_ASIDE: _l("Genuine"),
    Verdict.CHECK_FIRST: _l("Genuine, check first"),
    Verdict.NEEDS_APPROVAL: _l("Needs a manager"),
    Verdict.ALREADY_USED: _l("Already used"),
    Verdict.JUST_DONE: _l("You just honoured this"),
    Verdict.OTHER_STORE: _l("Other store"),
    Verdict.NOT_YET: _l("Not open yet"),
    Verdict.REPLACED: _l("Replaced"),
    Verdict.ON_HOLD: _l("On hold"),
    Verdict.DECLINED_BEFORE: _l("Declined before"),
    Verdict.EXPIRED: _l("Expired"),
    Verdict.WITHDRAWN: _l("Withdrawn"),
    Verdict.NOT_OURS: _l("Not made by us"),
    Verdict.UNKNOWN: _l("Not found"),
    Verdict.TYPO: _l("Check the code"),
    Verdict.NEAR_MISS: _l("Did you mean this one?"),
    Verdict.PRODUCT_CODE: _l("That’s a product barcode"),
    Verdict.TOO_SHORT: _l("Code is not complete"),
    Verdict.SLOW: _l("Checking…"),
    Verdict.OFFLINE_LISTED: _l("Looks right, not confirmed"),
    Verdict.OFFLINE_SIGNED: _l("Made by us, not confirmed"),
    Verdict.OFFLINE_UNKNOWN: _l("Can’t confirm"),
    Verdict.SERVER_ERROR: _l("Can’t confirm"),
    Verdict.LOCKED_TRIES: _l("Paused"),
    Verdict.LOCKED_CODE: _l("This code is paused"),
    Verdict.SESSION_LOCKED: _l("Locked"),
    Verdict.NO_PERMISSION: _l("You can check but not honour"),
}
"""The big word. Every verdict has one."""

SAY: Final = {
    Verdict.GENUINE: _l("“Yes, this is from us. I can do that for you today.”"),
    Verdict.GENUINE_PART_LEFT: _l("“You have %(left)s left on this.”"),
    Verdict.GENUINE_SET_ASIDE: _l("“We have it ready for you.”"),
    Verdict.CHECK_FIRST: _l("“Yes, this is from us. Could you tell me the %(fact)s?”"),
    Verdict.NEEDS_APPROVAL: _l("“This one needs my manager; one moment.”"),
    Verdict.ALREADY_USED: _l("“This was already used: %(used)s. Let me check with our online team.”"),
    Verdict.OTHER_STORE: _l("“This was set up for another store. Let me see what I can do.”"),
    Verdict.NOT_YET: _l("“This starts on %(starts)s.”"),
    Verdict.REPLACED: _l("“There’s a newer one for you. Could you open the latest message?”"),
    Verdict.ON_HOLD: _l("“It’s being updated right now, one minute.”"),
    Verdict.DECLINED_BEFORE: _l("“We couldn’t do this earlier; let me see what changed.”"),
    Verdict.EXPIRED: _l("“This ended on %(ended)s. Let me see what I can do.”"),
    Verdict.WITHDRAWN: _l("“This was changed by our online team. I’ll find out for you.”"),
    Verdict.NOT_OURS: _l("“I can’t use this one. Can you show me the message it came in?”"),
    Verdict.UNKNOWN: _l("“I can’t find this one. Can you show me the message it came in?”"),
    Verdict.TYPO: _l("“Let me read that again.”"),
    Verdict.NEAR_MISS: _l("“What was it for?”"),
    Verdict.OFFLINE_LISTED: _l("“It looks right; I need a minute to confirm it.”"),
    Verdict.OFFLINE_SIGNED: _l("“It looks right; I need a minute to confirm it.”"),
    Verdict.OFFLINE_UNKNOWN: _l("“Our system is slow; let me call our online team.”"),
    Verdict.SERVER_ERROR: _l("“Our system is slow; let me call our online team.”"),
    Verdict.LOCKED_TRIES: _l("“My screen is paused; let me get a colleague.”"),
    Verdict.LOCKED_CODE: _l("“Let me check this with our online team.”"),
    Verdict.NO_PERMISSION: _l("“Let me get my manager.”"),
}
"""What to say to the customer; some verdicts need nothing."""

SAY_OTHERWISE: Final = {
    Verdict.GENUINE: _l("“Yes, this is from us. I can take %(left)s off today.”"),
    Verdict.OTHER_STORE: _l("“This was set up for our %(store)s store. Let me see what I can do.”"),
    Verdict.REPLACED: _l("“There’s a newer one for you; let me open it.”"),
}
"""Instead of the usual sentence: money off, a store that can be named, a newer code that opens here."""
_OFF_THE_PRICE: Final = frozenset(
    {PromiseType.DISCOUNT_AMOUNT, PromiseType.DISCOUNT_PERCENT, PromiseType.PRICE_MATCH}
)

_NEXT: Final = {
    Verdict.GENUINE: _l("Do it, then press the button."),
    Verdict.GENUINE_PART_LEFT: _l("Do it, then press the button."),
    Verdict.GENUINE_SET_ASIDE: _l("Fetch it, then press the button."),
    Verdict.CHECK_FIRST: _l("Ask, write the answer down, then press the button."),
    Verdict.NEEDS_APPROVAL: _l("Ask somebody with a larger limit, or give a part."),
    Verdict.ALREADY_USED: _l("Do not give it again. Ask the agent."),
    Verdict.OTHER_STORE: _l("Send the customer there, or call the online team."),
    Verdict.NOT_YET: _l("Ask the agent if it cannot wait."),
    Verdict.REPLACED: _l("Check the newer code."),
    Verdict.ON_HOLD: _l("Wait a moment: it is checked again by itself."),
    Verdict.DECLINED_BEFORE: _l("Ask the agent."),
    Verdict.EXPIRED: _l("Ask the agent."),
    Verdict.WITHDRAWN: _l("Ask the agent. The reason is for staff only."),
    Verdict.NOT_OURS: _l("Ask for the message, and call the online team."),
    Verdict.UNKNOWN: _l("Try again, or call the online team."),
    Verdict.TYPO: _l("Correct it and check again."),
    Verdict.NEAR_MISS: _l("Let the customer say it; do not read it out."),
    Verdict.PRODUCT_CODE: _l("Scan the message or the slip instead."),
    Verdict.TOO_SHORT: _l("Type the rest."),
    Verdict.OFFLINE_LISTED: _l("Try again in a moment."),
    Verdict.OFFLINE_SIGNED: _l("Try again in a moment."),
    Verdict.OFFLINE_UNKNOWN: _l("It is still being tried. Or call, and write the code on a slip."),
    Verdict.SERVER_ERROR: _l("Try again, or call the online team."),
    Verdict.LOCKED_TRIES: _l("Scanning a code still works. A manager can open it again."),
    Verdict.LOCKED_CODE: _l("Ask the agent."),
    Verdict.SESSION_LOCKED: _l("Unlock, and the code is checked by itself."),
    Verdict.NO_PERMISSION: _l("Call a manager. You can set the item aside."),
}

_WHY: Final = {
    Verdict.GENUINE: _l("Our online team made this promise for your store. Nobody has used it yet."),
    Verdict.GENUINE_PART_LEFT: _l("A part was given before. The rest still counts."),
    Verdict.GENUINE_SET_ASIDE: _l("A colleague here has seen this promise and set the item aside."),
    Verdict.CHECK_FIRST: _l("The agent agreed on something that only this customer knows."),
    Verdict.NEEDS_APPROVAL: _l("The agent recommends it; your store decides, within your limit."),
    Verdict.ALREADY_USED: _l("Each code counts once. Somebody honoured this one before."),
    Verdict.JUST_DONE: _l("This device honoured it within the last minute. Nothing counts twice."),
    Verdict.OTHER_STORE: _l("A promise counts at the stores it was made for. This is not one of them."),
    Verdict.NOT_YET: _l("The agent chose a later day on which this begins to count."),
    Verdict.REPLACED: _l("The customer got a newer code. Only the newest one counts."),
    Verdict.ON_HOLD: _l("Somebody is answering a question about it, moving it, or looking into it."),
    Verdict.DECLINED_BEFORE: _l("A store declined it. The online team knows and may reopen it."),
    Verdict.EXPIRED: _l("Every promise has an end. The online team may extend it."),
    Verdict.WITHDRAWN: _l("Social care took the promise back before it was used."),
    Verdict.NOT_OURS: _l("Codes of ours carry a signature. This one’s does not match."),
    Verdict.UNKNOWN: _l("The code is well-formed, but no promise of ours has it."),
    Verdict.TYPO: _l("The last sign of a code checks the others, and does not fit. Nothing was looked up."),
    Verdict.NEAR_MISS: _l("Exactly one promise waiting here is one slip away. Opening it is noted."),
    Verdict.PRODUCT_CODE: _l("It has only digits, like a barcode on a package. Ours mix in letters."),
    Verdict.TOO_SHORT: _l("Our codes have twelve signs. Nothing was looked up."),
    Verdict.OFFLINE_LISTED: _l("HQ cannot be reached. The code is on this device’s list."),
    Verdict.OFFLINE_SIGNED: _l("HQ cannot be reached. The signature fits, but it may have been used."),
    Verdict.OFFLINE_UNKNOWN: _l("HQ has not answered yet. Nobody can say whether the code counts."),
    Verdict.SERVER_ERROR: _l("HQ did not answer, or failed. The code may be good or not."),
    Verdict.LOCKED_TRIES: _l("Too many codes were tried that do not exist. The pause stops guessing."),
    Verdict.LOCKED_CODE: _l("The check question was answered wrong three times. The code rests."),
    Verdict.SESSION_LOCKED: _l("Nobody touched this device for a while."),
    Verdict.NO_PERMISSION: _l("Your role may check codes. Giving value needs a manager."),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The lines of a panel; an empty one is left out.

    `says` holds the sentence for the customer in every language, the reader's first, then the
    customer's where it is known and another one.
    """

    word: str
    reason: str
    says: tuple[tuple[str, str], ...]
    next: str
    why: str
    is_customers: bool = False

    @property
    def say(self) -> str:
        """The sentence in the reader's own language."""
        return self.says[0][1] if self.says else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the lines may speak of. `shown` is the promise as the counter may see it.

    `locale` is the customer's language, known for a promise within scope only. `typed` and `count`
    tell what was typed and how long it is; the panels that the device fills in have a mark there.
    """

    shown: dict[str, Any] | None = None
    store: dict[str, Any] | None = None
    typed: str = ""
    count: str = ""
    retry_after_seconds: int | None = None
    set_aside_at: datetime | None = None
    store_scope: str = "one"
    roles: tuple[str, ...] = ()
    locale: str | None = None
    opens_newer: bool = False


def on_paper(verdict: Verdict) -> tuple[str, str, str]:
    """Word, sentence for the customer and next step for a card beside the till.

    There is no case, so dots stand where a value would.
    """
    dots: defaultdict[str, str] = defaultdict(lambda: "…")
    word_, say, step = (
        (str(lines.get(verdict, "")) % dots).replace("….", "…") for lines in (WORDS, SAY, _NEXT)
    )
    return word_, say, step


def word_of(verdict: str) -> str:
    """The word alone, for lists."""
    known = Verdict(verdict)
    return str(WORDS[Verdict.GENUINE if known.may_honour and known is not Verdict.CHECK_FIRST else known])


def worded(verdict: Verdict, known: Known, reason: str) -> Wording:
    """Put a verdict into words, in the reader's language; the say-line in every one of ours."""
    step = _NEXT.get(verdict)
    why = _WHY.get(verdict)
    if verdict is Verdict.REPLACED and known.opens_newer:
        step = _l("Open the newer one.")
    own = language()
    order = [own, *(name for name in [known.locale] if name in LANGUAGES and name != own)]
    is_customers = len(order) > 1
    order += [name for name in LANGUAGES if name not in order]
    says = tuple((name, text) for name in order if (text := _said(verdict, known, name)))
    return Wording(
        word=str(WORDS[verdict]) % _values(verdict, known),
        reason=reason,
        says=says,
        next=str(step) if step else "",
        why=str(why) if why else "",
        is_customers=is_customers,
    )


def _said(verdict: Verdict, known: Known, name: str) -> str:
    line = _line(verdict, known)
    if line is None:
        return ""
    with force_locale(name):
        # "3 p. m." brings its own full stop.
        return (str(line) % _values(verdict, known)).replace("..", ".")


def _line(verdict: Verdict, known: Known) -> Any:
    types = {line["type"] for line in (known.shown or {}).get("lines", ())}
    otherwise = {
        Verdict.GENUINE: bool(types) and types <= _OFF_THE_PRICE,
        Verdict.OTHER_STORE: bool(known.store),
        Verdict.REPLACED: known.opens_newer,
    }
    return (SAY_OTHERWISE if otherwise.get(verdict) else SAY).get(verdict)


def _values(verdict: Verdict, known: Known) -> dict[str, str]:
    """What the lines speak of, written in the language in force."""
    shown = known.shown or {}
    last = shown.get("last_decision")
    return {
        "left": money(shown["remaining_minor"], shown["currency"]) if shown else "",
        "starts": day(shown["valid_from"]) if shown else "",
        "ended": day(shown["valid_until"]) if shown else "",
        "used": at(last["at"]) if last and verdict is Verdict.ALREADY_USED else "",
        "fact": word(shown.get("second_fact"), words.SECOND_FACTS) if shown else "",
        "store": apart(known.store["name"]) if known.store else "",
    }
