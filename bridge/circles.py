"""Who reads which notes. Pure.

Three circles, one inside the other: the care team and HQ read every note, stores what is meant for
stores or customers, customers only their own. A note is written into one circle and never leaves it:
there is no act that changes its visibility or its text.
"""

from bridge.reasons import Visibility
from bridge.roles import Actor, Permission, Role, can

_EVERYTHING = frozenset(Visibility)
_OF_STORES = frozenset({Visibility.STORE, Visibility.CUSTOMER})


def readable(actor: Actor) -> frozenset[Visibility]:
    """The circles whose notes the actor reads, where the actor may see the case at all.

    Auditors read everything. A district manager stands on the store's side. An API key without a
    person reads what customers may.
    """
    if actor.kind != "person":
        return frozenset({Visibility.CUSTOMER})
    if can(actor, Permission.PROMISES_WRITE) or Role.AUDITOR in actor.roles:
        return _EVERYTHING
    return _OF_STORES


def writable(actor: Actor) -> frozenset[Visibility]:
    """The circles that the actor may write to: the care team's all, a store only its own."""
    if actor.kind != "person" or not can(actor, Permission.NOTES_WRITE):
        return frozenset()
    return _EVERYTHING if can(actor, Permission.PROMISES_WRITE) else frozenset({Visibility.STORE})
