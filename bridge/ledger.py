"""The books: which account pays which, for every act that moves value. Pure.

Each transfer takes from one account and gives to another, so the books balance by
construction; `bridge reconcile` proves that what remains of a promise is its account.

| act     | from                | to                  |
|---------|---------------------|---------------------|
| issue   | authority:<grant>   | promise:<id>        |
| redeem  | promise:<id>        | store:<number>      |
| give up | promise:<id>        | void                |
| undo    | the transfers of the decision, the other way round     |

A promise that ends unused (declined, revoked, replaced, expired) gives its rest up. When it is
given again, under somebody's right of today, that is a new issue: nothing comes back from the void.
"""

from dataclasses import dataclass
from uuid import UUID

VOID = "void"


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount_minor` (> 0, minor units) moves between two accounts."""

    kind: str
    from_account: str
    to_account: str
    amount_minor: int


def promise_account(escalation_id: UUID) -> str:
    """Where a promise's live value stands."""
    return f"promise:{escalation_id}"


def issue(escalation_id: UUID, amounts_by_grant: dict[str, int]) -> list[Transfer]:
    """Each grant funds its part of the promise."""
    return [
        Transfer("issue", f"authority:{grant}", promise_account(escalation_id), amount)
        for grant, amount in amounts_by_grant.items()
        if amount
    ]


def redeem(
    escalation_id: UUID, *, store_number: str, amount_minor: int, gave_up_minor: int
) -> list[Transfer]:
    """What the store gave, and what of the rest is given up for good."""
    account = promise_account(escalation_id)
    return [
        transfer
        for transfer in (
            Transfer("redeem", account, f"store:{store_number}", amount_minor),
            Transfer("give_up", account, VOID, gave_up_minor),
        )
        if transfer.amount_minor
    ]


def give_up(escalation_id: UUID, amount_minor: int) -> list[Transfer]:
    """What was left of a promise that ended without a decision: revoked, replaced or expired."""
    return redeem(escalation_id, store_number="", amount_minor=0, gave_up_minor=amount_minor)


def undo(escalation_id: UUID, *, store_number: str, amount_minor: int, gave_up_minor: int) -> list[Transfer]:
    """The same movements as the decision that is undone, the other way round."""
    there = redeem(
        escalation_id, store_number=store_number, amount_minor=amount_minor, gave_up_minor=gave_up_minor
    )
    return [Transfer("reverse", t.to_account, t.from_account, t.amount_minor) for t in there]
