"""Who stands where among stores, only where there is enough to compare. Pure.

A store is ranked from ten cases on: below, one case more or less would move it across half the
list. Equal values share a rank. Nothing ranks money: who saves most has refused most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

LEAST_CASES = 10
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A store with its value and the number of cases behind it; None where there is no value."""

    store: T
    value: Fraction | None
    cases: int
    tie: str = ""


@dataclass(frozen=True, slots=True)
class Ranked(Generic[T]):
    """An entry with its rank, counted from 1."""

    rank: int
    entry: Entry[T]


def rank(
    entries: Sequence[Entry[T]], *, highest_first: bool, least: int = LEAST_CASES
) -> tuple[list[Ranked[T]], list[Entry[T]]]:
    """Those with `least` cases or more in order with their ranks, and the others in the order of `tie`.

    After two who share rank 2 comes rank 4.
    """
    comparable = [entry for entry in entries if entry.cases >= least and entry.value is not None]
    too_few = [entry for entry in entries if entry.cases < least or entry.value is None]
    sign = -1 if highest_first else 1
    comparable.sort(key=lambda entry: (sign * entry.value, entry.tie))  # type: ignore[operator]  # those without are not here
    ranked: list[Ranked[T]] = []
    for place, entry in enumerate(comparable, 1):
        shared = ranked and ranked[-1].entry.value == entry.value
        ranked.append(Ranked(ranked[-1].rank if shared else place, entry))
    return ranked, sorted(too_few, key=lambda entry: entry.tie)
