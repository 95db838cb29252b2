"""Why a verdict is what it is, in one line of at most sixty characters, so that a telephone shows it whole.

What needs more room (the item, who, which till, how far) stands in the panel's own places.
"""

import re
from typing import Any, Final

from bridge.clock import utc_now
from bridge.codes import CODE_SIGNS
from bridge.lifecycle import Status
from bridge.verdicts import Verdict
from web import words
from web.languages import say as _
from web.shown import ago, at, day, money, wait, word
from web.verdict_words import Known

LONGEST: Final = 60
TYPED_SHOWN: Final = 14
"""A code with its dashes; of a longer text only so much is repeated."""


def reason_of(verdict: Verdict, known: Known) -> str:
    """The line under the word; empty where the word says it all."""
    # "3 p. m." and a name that was cut bring their own ends.
    return re.sub(r"([.…])\.$", r"\1", _reason(verdict, known, known.shown or {}))


def grouped(signs: str) -> str:
    """What was typed, in groups of four as codes are written, cut where it is much longer than a code."""
    written = "-".join(signs[start : start + 4] for start in range(0, min(len(signs), 40), 4))
    return written if len(written) <= TYPED_SHOWN + 5 else f"{written[:TYPED_SHOWN]}…"


def _reason(verdict: Verdict, known: Known, shown: dict[str, Any]) -> str:
    last = shown.get("last_decision")
    left = money(shown["remaining_minor"], shown["currency"]) if shown else ""
    match verdict:
        case Verdict.GENUINE | Verdict.CHECK_FIRST:
            return _scope(known.store_scope)
        case Verdict.GENUINE_PART_LEFT if last:
            given = money(last["amount_minor"], shown["currency"])
            return _("%(given)s was given %(when)s.", given=given, when=_when(last["at"]))
        case Verdict.GENUINE_SET_ASIDE:
            return _("Set aside %(when)s.", when=at(known.set_aside_at)) if known.set_aside_at else ""
        case Verdict.NEEDS_APPROVAL:
            limit = money(shown["own_limit_minor"] or 0, shown["currency"])
            return _("%(left)s is above your limit of %(limit)s.", left=left, limit=limit)
        case Verdict.ALREADY_USED if last:
            when, person = _when(last["at"]), _short(last["person"])
            return _("Honoured %(when)s by %(person)s.", when=when, person=person)
        case Verdict.JUST_DONE if last:
            return _("%(ago)s, on this device.", ago=ago(last["at"]).capitalize())
        case Verdict.OTHER_STORE if known.store:
            return _(
                "Made for %(number)s %(name)s.",
                number=known.store["number"],
                name=_short(known.store["name"], 36),
            )
        case Verdict.OTHER_STORE:
            return _("Made for other stores than this one.")
        case Verdict.NOT_YET:
            return _("Starts %(when)s.", when=at(shown["valid_from"]))
        case Verdict.REPLACED:
            return _("A newer code took its place.")
        case Verdict.ON_HOLD:
            return _on_hold(shown["status"], agent=_short(shown["promised_by"]["name"]))
        case Verdict.DECLINED_BEFORE if last:
            return _("Declined %(when)s by %(person)s.", when=day(last["at"]), person=_short(last["person"]))
        case Verdict.EXPIRED:
            return _("Ended %(when)s.", when=at(shown["valid_until"])) if shown else ""
        case Verdict.WITHDRAWN:
            return _("Taken back by social care.")
        case Verdict.NOT_OURS:
            return _("The signature in the code does not match.")
        case Verdict.UNKNOWN:
            return _("No promise has this code.")
        case Verdict.TYPO:
            return _("A sign looks wrong. You typed %(typed)s.", typed=known.typed)
        case Verdict.NEAR_MISS:
            return _("One sign off a promise that waits here.")
        case Verdict.PRODUCT_CODE:
            return _("It has %(count)s digits.", count=known.count)
        case Verdict.TOO_SHORT:
            return _("%(count)s of %(all)s signs.", count=known.count, all=CODE_SIGNS)
        case Verdict.OFFLINE_LISTED:
            return _("On this device’s list. HQ can’t be reached.")  # noqa: RUF001 - people read it
        case Verdict.OFFLINE_SIGNED:
            return _("Signature fits. Can’t see if it was used.")  # noqa: RUF001 - people read it
        case Verdict.OFFLINE_UNKNOWN:
            return _("No answer from HQ yet. Still trying.")
        case Verdict.LOCKED_TRIES:
            return _("Opens again in %(wait)s.", wait=wait(known.retry_after_seconds or 1))
        case Verdict.LOCKED_CODE:
            return _("The check question was answered wrong three times.")
        case Verdict.SESSION_LOCKED:
            return _("No touch for a while.")
        case Verdict.NO_PERMISSION:
            return _("Your role: %(role)s.", role=", ".join(word(role, words.ROLES) for role in known.roles))
        case Verdict.SERVER_ERROR:
            return _("Something failed on our side. Nothing was changed.")
    return ""


def _on_hold(status: str, *, agent: str) -> str:
    """What stands between the promise and the counter, by the record's status."""
    if status == Status.AWAITING_AGENT:
        return _("The store asked %(agent)s something.", agent=agent)
    if status == Status.TRANSFERRING:
        return _("It is being moved to another store.")
    return _("The online team is looking into it.")


def _scope(scope: str) -> str:
    return {
        "one": _("Not used yet. Meant for this store."),
        "group": _("Not used yet. Good at the stores of your area."),
        "any": _("Not used yet. Good at every store."),
    }[scope]


def _when(instant: str) -> str:
    """The time today, else the day; the panel has both in full."""
    return at(instant) if day(instant) == day(utc_now()) else day(instant)


def _short(name: str, longest: int = 18) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"
