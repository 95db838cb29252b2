"""The words of targets and ladders: what a step will do, whose hours count, and what is wrong."""

import re

from bridge.ladders import Do
from bridge.milestones import CalendarSource
from bridge.reasons import Priority
from web.languages import say as _
from web.languages import say_lazily as _l

STEPS = {
    Do.WAIT: _l("Wait"),
    Do.NOTIFY: _l("Tell"),
    Do.NOTIFY_ROUND_ROBIN: _l("Tell one, in turn:"),
    Do.CONTINUE_IF_OPEN: _l("Go on when the store is open"),
    Do.CONTINUE_IF_MORE_THAN: _l("Take the next step only if the store has many silent cases"),
    Do.REASSIGN: _l("Give the case to"),
    Do.OFFER_OTHER_STORE: _l("Suggest another store to the agent"),
    Do.WEBHOOK: _l("Tell other systems"),
    Do.OPEN_REVIEW: _l("Put it before headquarters"),
    Do.REPEAT: _l("Begin again"),
}

CALENDARS = {
    CalendarSource.STORE: _l("hours of the store"),
    CalendarSource.TARGET_STORE: _l("hours of the other store"),
    CalendarSource.CARE: _l("hours of the care desk"),
    CalendarSource.HQ: _l("hours of headquarters"),
    CalendarSource.ALWAYS: _l("round the clock"),
}

PRIORITIES = {
    Priority.LOW: _l("low"),
    Priority.NORMAL: _l("normal"),
    Priority.HIGH: _l("high"),
    Priority.URGENT: _l("urgent"),
}

KINDS = {"promise": _l("promises"), "question": _l("questions")}

HEIGHTS = {
    "district_manager": _l("the district manager"),
    "region_manager": _l("the manager of the region"),
    "lead": _l("a lead of the care team"),
    "hq": _l("headquarters"),
    "review": _l("review"),
}
"""How far a case can climb."""


def wrong(message: str) -> str:
    """What is wrong with a place of a definition, in the reader's language; its own words stay."""
    if match := re.fullmatch(r"a whole number from (\d+) to (\d+)", message):
        return _("a whole number from %(least)s to %(most)s", least=match[1], most=match[2])
    if match := re.fullmatch(r"one of (.+)", message):
        return _("one of %(words)s", words=match[1])
    if match := re.fullmatch(r"a list of (.+)", message):
        return _("a list of %(words)s", words=match[1])
    known = {
        "is missing": _("is missing"),
        "unknown; a slip of the finger?": _("not known here; a slip of the finger?"),
        "a policy has at least one target": _("at least one target is needed"),
        "a ladder that repeats has to wait somewhere": _("a ladder that repeats has to wait somewhere"),
        "100, or one of the percentages in warn": _("100, or one of the percentages in warn"),
    }
    return known.get(message, message)
