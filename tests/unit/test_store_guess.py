"""Which store a post is about: only ever one that fits best."""

import pytest

from bridge.store_guess import Guess, Known, Why, guess, numbers_in

STORES = [
    Known("10", "Maplewood", "Maplewood"),
    Known("12", "Lakeside", "Maplewood"),
    Known("40", "Hilltop", "Duluth"),
    Known("41", "Hill", "Ely"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Store 12 refused me", Guess("12", Why.NUMBER, "12")),
        ("your shop #40 is rude", Guess("40", Why.NUMBER, "40")),
        ("En la tienda 12 no me ayudan", Guess("12", Why.NUMBER, "12")),
        ("Magasin n° 40, jamais plus", Guess("40", Why.NUMBER, "40")),
        ("the LAKESIDE staff said no", Guess("12", Why.NAME, "LAKESIDE")),
        ("I was in duluth yesterday", Guess("40", Why.CITY, "duluth")),
        ("Lakeside in Maplewood: no", None),
        ("my order 12 is late", None),
        ("Hilltops are nice", None),
        ("I am ill, Ely", None),
        ("", None),
        ("store 12 or store 40?", None),
    ],
)
def test_one_that_fits_best_or_none(text: str, expected: Guess | None) -> None:
    assert guess(text, STORES) == expected


def test_each_number_once() -> None:
    assert numbers_in("store 12, Store 12 and #7, order 99999") == ["12", "7"]
