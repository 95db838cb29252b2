"""What a customer reads about their own case: how it stands, and what happened, in whole sentences.

No staff, no handle, no reason in the store's words, nothing that blames. The sentences of messages
are in `bridge.wording`; these are the page's own.
"""

from typing import Any, Final

from bridge.customer_view import Moment, State
from bridge.lifecycle import Action, Status
from bridge.services.customers import Seen
from web.languages import say as _
from web.languages import say_lazily as _l
from web.shown import at, day, money

TAGS: Final = {
    State.READY: (_l("Ready"), "go"),
    State.LATER: (_l("Starts later"), "wait"),
    State.WITH_STORE: (_l("With the store"), "info"),
    State.NEEDED: (_l("We need something from you"), "care"),
    State.MOVED: (_l("Moved"), "info"),
    State.PART_LEFT: (_l("Part used"), "go"),
    State.PART_USED: (_l("Part used"), "wait"),
    State.USED: (_l("Used"), "wait"),
    State.NOT_POSSIBLE: (_l("Not possible"), "care"),
    State.ENDED: (_l("Ended"), "wait"),
    State.CHANGED: (_l("Changed"), "info"),
}
"""The state's word, and the family of its tag. Nothing here is red: a customer did nothing wrong."""


def sentence(seen: Seen, *, until: str, zone: str) -> str:
    """How it stands, as the page's heading."""
    row, state = seen.row, seen.state
    store = place(row)
    left = money(row.remaining_minor, row.currency)
    return {
        State.READY: lambda: _("Ready to use at %(store)s until %(until)s", store=store, until=until),
        State.LATER: lambda: _(
            "Ready to use at %(store)s from %(start)s", store=store, start=at(row.valid_from, zone)
        ),
        State.WITH_STORE: lambda: _with_store(row, store),
        State.NEEDED: lambda: _("We need something from you. Write to us before you go."),
        State.MOVED: lambda: _("Moved to %(store)s. Wait for our OK before you go.", store=store),
        State.PART_LEFT: lambda: _(
            "%(left)s left to use at %(store)s until %(until)s", left=left, store=store, until=until
        ),
        State.PART_USED: lambda: _("You used a part of it"),
        State.USED: lambda: _("Used at %(store)s", store=_where_used(seen) or store),
        State.NOT_POSSIBLE: lambda: _(
            "%(store)s could not do this for you", store=_where_used(seen) or store
        ),
        State.ENDED: lambda: _("Ended %(day)s. Write to us to ask again.", day=day(row.valid_until, zone)),
        State.CHANGED: lambda: _("This has changed. What counts is in our newest message to you."),
    }[state]()


def place(row: Any) -> str:
    """Where it counts."""
    if row.store_name:
        return str(row.store_name)
    if row.group_name:
        return _("any store of %(group)s", group=row.group_name)
    return _("any %(brand)s store", brand=row.brand_name)


def news(moment: Moment, currency: str, zone: str) -> str:
    """One entry of the history; a note for the customer is told as it was written."""
    if moment.action is None:
        return moment.text
    store = moment.store or _("The store")
    amount = money(moment.amount_minor, currency) if moment.amount_minor else ""
    given = _("%(store)s gave you %(amount)s", store=store, amount=amount)
    done = _("%(store)s did it for you", store=store)
    until = at(moment.valid_until, zone) if moment.valid_until else ""
    return {
        Action.SUBMIT: _("We promised it to you"),
        Action.APPROVE: _("We promised it to you"),
        Action.ACKNOWLEDGE: _("%(store)s is ready for you", store=store),
        Action.HONOUR: given if amount else done,
        Action.HONOUR_PART: given if amount else done,
        Action.GIVE_UP_REST: given if amount else done,
        Action.DECLINE: _("%(store)s could not do it", store=store),
        Action.UNDO: _("%(store)s took its entry back: the code counts again", store=store),
        Action.ANNUL: _("%(store)s took its entry back: the code counts again", store=store),
        Action.ASK_AGENT: _("%(store)s asked us something", store=store),
        Action.ANSWER: _("We answered the store"),
        Action.OFFER_TRANSFER: _("We asked another store"),
        Action.ACCEPT_TRANSFER: _("%(store)s took it over", store=store),
        Action.REVOKE: _("This was changed"),
        Action.SUPERSEDE: _("Another promise took its place"),
        Action.EXPIRE: _("It ended"),
        Action.EXTEND: _("It counts until %(until)s now", until=until),
        Action.APPEAL: _("You asked us to look at it again"),
        Action.OVERTURN: _("It counts again, with a new code"),
        Action.REOPEN: _("It counts again, with a new code"),
    }[moment.action]


def _with_store(row: Any, store: str) -> str:
    if row.status == Status.AWAITING_AGENT:
        return _("The store asked us something. Wait for our OK before you go.")
    if row.status == Status.TRANSFERRING:
        return _("We are asking another store. Wait for our OK before you go.")
    return _("%(store)s has it. Wait for our OK before you go.", store=store)


def _where_used(seen: Seen) -> str | None:
    decided = {Action.HONOUR, Action.HONOUR_PART, Action.GIVE_UP_REST, Action.DECLINE}
    return next((one.store for one in seen.moments if one.action in decided), None)
