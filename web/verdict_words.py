"""What the counter reads and says for each verdict: word, reason, sentence for the customer, next step.

Word first, then why, then what to say. No line accuses, names fraud or says "invalid".
The amount stands in the panel by itself. Source of the wording: docs/counter.md.
"""
# ruff: noqa: RUF001 - people read these lines, so apostrophes are typographic

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bridge.codes import CODE_SIGNS
from bridge.verdicts import Verdict
from web import words
from web.languages import say as _
from web.languages import say_lazily as _l
from web.shown import ago, at, day, money, wait, word

WORDS: Final = {
    Verdict.GENUINE: _l("Genuine"),
    Verdict.GENUINE_PART_LEFT: _l("Genuine, %(left)s left"),
    Verdict.GENUINE_SET_ASIDE: _l("Genuine"),
    Verdict.CHECK_FIRST: _l("Genuine, check first"),
    Verdict.NEEDS_APPROVAL: _l("Needs a manager"),
    Verdict.ALREADY_USED: _l("Already used"),
    Verdict.JUST_DONE: _l("You just did this"),
    Verdict.OTHER_STORE: _l("Other store"),
    Verdict.NOT_YET: _l("Not open yet"),
    Verdict.REPLACED: _l("Replaced"),
    Verdict.ON_HOLD: _l("On hold"),
    Verdict.DECLINED_BEFORE: _l("Declined before"),
    Verdict.EXPIRED: _l("Expired"),
    Verdict.WITHDRAWN: _l("Withdrawn"),
    Verdict.UNKNOWN: _l("Not found"),
    Verdict.TYPO: _l("Check the code"),
    Verdict.PRODUCT_CODE: _l("That’s a product barcode"),
    Verdict.TOO_SHORT: _l("Code is not complete"),
    Verdict.LOCKED_TRIES: _l("Paused"),
    Verdict.LOCKED_CODE: _l("This code is paused"),
    Verdict.NO_PERMISSION: _l("You can check but not honour"),
    Verdict.SERVER_ERROR: _l("Can’t confirm"),
    Verdict.SLOW: _l("Checking…"),
}
"""The big word. Every verdict that a server or this page can give has one."""

_SAY: Final = {
    Verdict.GENUINE: _l("“Yes, this is from us. I can do that for you today.”"),
    Verdict.GENUINE_PART_LEFT: _l("“You have %(left)s left on this.”"),
    Verdict.GENUINE_SET_ASIDE: _l("“We have it ready for you.”"),
    Verdict.CHECK_FIRST: _l("“Yes, this is from us. May I ask you one thing?”"),
    Verdict.NEEDS_APPROVAL: _l("“This one needs my manager; one moment.”"),
    Verdict.ALREADY_USED: _l("“This was already used. Let me check with our online team.”"),
    Verdict.OTHER_STORE: _l("“This was set up for another store. Let me see what I can do.”"),
    Verdict.NOT_YET: _l("“This starts on %(starts)s.”"),
    Verdict.REPLACED: _l("“There’s a newer one for you. Could you open the latest message?”"),
    Verdict.ON_HOLD: _l("“It’s being updated right now, one minute.”"),
    Verdict.DECLINED_BEFORE: _l("“We couldn’t do this earlier; let me see what changed.”"),
    Verdict.EXPIRED: _l("“This has ended. Let me see what I can do.”"),
    Verdict.WITHDRAWN: _l("“This was changed by our online team. I’ll find out for you.”"),
    Verdict.UNKNOWN: _l("“I can’t find this one. Can you show me the message it came in?”"),
    Verdict.TYPO: _l("“Let me read that again.”"),
    Verdict.LOCKED_TRIES: _l("“My screen is paused; let me get a colleague.”"),
    Verdict.LOCKED_CODE: _l("“Let me check this with our online team.”"),
    Verdict.NO_PERMISSION: _l("“Let me get my manager.”"),
    Verdict.SERVER_ERROR: _l("“Our system is slow; let me call our online team.”"),
}

_NEXT: Final = {
    Verdict.GENUINE: _l("Do it, then press the button."),
    Verdict.GENUINE_PART_LEFT: _l("Do it, then press the button."),
    Verdict.GENUINE_SET_ASIDE: _l("Fetch it, then press the button."),
    Verdict.CHECK_FIRST: _l("Ask, write the answer down, then press the button."),
    Verdict.NEEDS_APPROVAL: _l("Call a manager with a larger limit, or give a part."),
    Verdict.ALREADY_USED: _l("Do not give it again. Ask the agent."),
    Verdict.OTHER_STORE: _l("Send the customer there, or ask the agent."),
    Verdict.NOT_YET: _l("Ask the agent if it cannot wait."),
    Verdict.REPLACED: _l("Check the newer code."),
    Verdict.ON_HOLD: _l("Check again in a moment."),
    Verdict.DECLINED_BEFORE: _l("Ask the agent."),
    Verdict.EXPIRED: _l("Ask the agent."),
    Verdict.WITHDRAWN: _l("Ask the agent."),
    Verdict.UNKNOWN: _l("Try again, or ask the agent."),
    Verdict.TYPO: _l("Check it again."),
    Verdict.PRODUCT_CODE: _l("Scan the message or the slip instead."),
    Verdict.TOO_SHORT: _l("Type the rest."),
    Verdict.LOCKED_TRIES: _l("Scanning a code still works. A manager can open it again."),
    Verdict.LOCKED_CODE: _l("Ask the agent."),
    Verdict.NO_PERMISSION: _l("Call a manager. You can set the item aside."),
    Verdict.SERVER_ERROR: _l("Try again."),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The lines of a panel; an empty one is left out."""

    word: str
    reason: str
    say: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the lines may speak of. `shown` is the promise as the counter may see it."""

    shown: dict[str, Any] | None = None
    store: dict[str, Any] | None = None
    signs: str = ""
    retry_after_seconds: int | None = None
    set_aside_at: datetime | None = None
    store_scope: str = "one"
    roles: tuple[str, ...] = ()


def word_of(verdict: str) -> str:
    """The word alone, for lists."""
    known = Verdict(verdict)
    return str(WORDS[Verdict.GENUINE if known.may_honour and known is not Verdict.CHECK_FIRST else known])


def worded(verdict: Verdict, known: Known) -> Wording:
    """Put a verdict into words in the reader's language."""
    shown = known.shown or {}
    values = {"left": "", "starts": ""}
    if shown:
        values["left"] = money(shown["remaining_minor"], shown["currency"])
        values["starts"] = day(shown["valid_from"])
    say = _SAY.get(verdict)
    step = _NEXT.get(verdict)
    return Wording(
        word=str(WORDS[verdict]) % values,
        # "3 p. m." brings its own full stop.
        reason=re.sub(r"\.\.$", ".", _reason(verdict, known, shown, values["left"])),
        say=str(say) % values if say else "",
        next=str(step) if step else "",
    )


def _reason(verdict: Verdict, known: Known, shown: dict[str, Any], left: str) -> str:
    last = shown.get("last_decision")
    match verdict:
        case Verdict.GENUINE:
            return _scope(known.store_scope)
        case Verdict.GENUINE_PART_LEFT if last:
            given = money(last["amount_minor"], shown["currency"])
            return _(
                "%(given)s was given on %(day)s at store %(store)s.",
                given=given,
                day=day(last["at"]),
                store=last["store_number"],
            )
        case Verdict.GENUINE_SET_ASIDE:
            moment = known.set_aside_at
            note = shown.get("set_aside_note", "")
            return _("Set aside %(when)s: %(note)s", when=at(moment), note=note) if moment else note
        case Verdict.CHECK_FIRST:
            return _("Ask for the %(fact)s.", fact=word(shown.get("second_fact"), words.SECOND_FACTS))
        case Verdict.NEEDS_APPROVAL:
            limit = money(shown["own_limit_minor"] or 0, shown["currency"])
            return _("%(left)s is above your limit of %(limit)s.", left=left, limit=limit)
        case Verdict.ALREADY_USED if last:
            return _(
                "%(amount)s was given %(when)s by %(person)s.",
                amount=money(last["amount_minor"], shown["currency"]),
                when=at(last["at"]),
                person=last["person"],
            )
        case Verdict.JUST_DONE if last:
            return _("%(ago)s, on this device.", ago=ago(last["at"]).capitalize())
        case Verdict.OTHER_STORE if known.store:
            return _(
                "Made for store %(number)s %(name)s, %(city)s.",
                number=known.store["number"],
                name=known.store["name"],
                city=known.store["city"],
            )
        case Verdict.OTHER_STORE:
            return _("Made for other stores than this one.")
        case Verdict.NOT_YET:
            return _("Starts %(when)s.", when=at(shown["valid_from"]))
        case Verdict.REPLACED:
            return _("A newer code took its place.")
        case Verdict.ON_HOLD:
            return _("%(agent)s is changing this.", agent=shown["promised_by"]["name"])
        case Verdict.DECLINED_BEFORE if last:
            return _(
                "Declined %(when)s by %(person)s: %(reason)s.",
                when=at(last["at"]),
                person=last["person"],
                reason=word(last["reason"], words.DECLINE_REASONS),
            )
        case Verdict.EXPIRED:
            return _("Ended %(when)s.", when=at(shown["valid_until"])) if shown else ""
        case Verdict.WITHDRAWN:
            return _("Taken back by social care.")
        case Verdict.UNKNOWN:
            return _("No promise has this code.")
        case Verdict.TYPO:
            return _("A character looks wrong. You typed %(typed)s.", typed=_grouped(known.signs))
        case Verdict.PRODUCT_CODE:
            return _("It has %(count)s digits.", count=len(known.signs))
        case Verdict.TOO_SHORT:
            return _("%(count)s of %(all)s characters.", count=len(known.signs), all=CODE_SIGNS)
        case Verdict.LOCKED_TRIES:
            return _(
                "Too many wrong codes. Opens again in %(wait)s.", wait=wait(known.retry_after_seconds or 1)
            )
        case Verdict.LOCKED_CODE:
            return _("The check question was answered wrong three times.")
        case Verdict.NO_PERMISSION:
            return _("Your role: %(role)s.", role=", ".join(word(role, words.ROLES) for role in known.roles))
        case Verdict.SERVER_ERROR:
            return _("Something failed on our side. Nothing was changed.")
    return ""


def _scope(scope: str) -> str:
    return {
        "one": _("Not used yet. Meant for this store."),
        "group": _("Not used yet. Good at the stores of your area."),
        "any": _("Not used yet. Good at every store."),
    }[scope]


def _grouped(signs: str) -> str:
    return "-".join(signs[start : start + 4] for start in range(0, min(len(signs), 40), 4))
