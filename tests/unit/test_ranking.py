"""Ranks only where there is enough to compare, shared by equals."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bridge.ranking import LEAST_CASES, Entry, rank

ENTRIES = st.lists(
    st.builds(
        Entry,
        store=st.text(max_size=3),
        value=st.none() | st.fractions(0, 1, max_denominator=20),
        cases=st.integers(0, 30),
        tie=st.text(max_size=3),
    ),
    max_size=30,
)


def entry(store: str, value: Fraction | int | None, cases: int = LEAST_CASES) -> Entry[str]:
    return Entry(store, None if value is None else Fraction(value), cases, store)


def test_the_best_share_stands_first_and_nine_cases_are_too_few() -> None:
    ranked, too_few = rank(
        [entry("a", Fraction(8, 10)), entry("b", Fraction(9, 10)), entry("c", 1, cases=9), entry("d", None)],
        highest_first=True,
    )

    assert [(one.rank, one.entry.store) for one in ranked] == [(1, "b"), (2, "a")]
    assert [one.store for one in too_few] == ["c", "d"]


def test_equal_stores_share_a_rank_and_the_next_one_is_counted_on() -> None:
    ranked, _ = rank(
        [entry(name, value) for name, value in zip("abcd", (3, 5, 5, 9), strict=True)], highest_first=False
    )

    assert [(one.rank, one.entry.store) for one in ranked] == [(1, "a"), (2, "b"), (2, "c"), (4, "d")]


@given(ENTRIES, st.booleans())
def test_everybody_stands_in_one_of_the_two_groups(entries: list[Entry[str]], highest_first: bool) -> None:
    ranked, too_few = rank(entries, highest_first=highest_first)

    assert len(ranked) + len(too_few) == len(entries)
    assert all(one.entry.cases >= LEAST_CASES for one in ranked)
    values = [one.entry.value or Fraction(0) for one in ranked]
    assert values == sorted(values, reverse=highest_first)
    assert [one.rank for one in ranked] == sorted(one.rank for one in ranked)
