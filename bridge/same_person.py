"""Which identities are one person, from what people linked with evidence. Pure.

A link joins two identities and everything that is linked to them already; cutting it parts them again,
unless another link still holds. Likeness of handles joins nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Known:
    """An identity with the customer that it has of its own, before any link."""

    id: UUID
    own_customer_id: UUID
    created_at: datetime


def customers_of(identities: Sequence[Known], links: Iterable[tuple[UUID, UUID]]) -> Mapping[UUID, UUID]:
    """The customer of each identity: in a joined group that of its oldest one.

    Identities that had one customer before any link belong together as well.
    """
    group = {one.id: one.id for one in identities}

    def top(one: UUID) -> UUID:
        while group[one] != one:
            one = group[one]
        return one

    first_of: dict[UUID, UUID] = {}
    for one in identities:
        first_of.setdefault(one.own_customer_id, one.id)
    same_already = [(one.id, first_of[one.own_customer_id]) for one in identities]
    for one_id, other_id in [*links, *same_already]:
        if one_id in group and other_id in group:
            group[top(one_id)] = top(other_id)
    oldest: dict[UUID, Known] = {}
    for one in sorted(identities, key=lambda known: (known.created_at, known.id)):
        oldest.setdefault(top(one.id), one)
    return {one.id: oldest[top(one.id)].own_customer_id for one in identities}
