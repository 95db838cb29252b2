"""A table that a spreadsheet only shows."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.tables import as_csv, cell


@pytest.mark.parametrize(
    "evil",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A1",
        "\u22121",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff@A1",
        "\x00=1",
        " \t x",
    ],
)
def test_a_cell_that_begins_like_a_formula_is_text(evil: str) -> None:
    [_, [shown]] = csv.reader(io.StringIO(as_csv(["name"], [{"name": evil}]), newline=""))

    assert shown == "'" + evil


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert (
        as_csv(["a", "b", "c"], [{"a": -5, "b": None, "c": 'say "hi", you'}])
        == 'a,b,c\r\n-5,,"say ""hi"", you"\r\n'
    )
    assert cell("Lakeside") == "Lakeside"


@pytest.mark.parametrize("plain", ["Lakeside", "3 = 3", "a@b", "up-to-date", "", "東京", "«No»", "'=1"])
def test_a_cell_that_only_contains_such_a_sign_stays_as_it_is(plain: str) -> None:
    assert cell(plain) == plain


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_a_reader_finds_every_row_and_no_cell_that_runs(rows: list[list[str]]) -> None:
    written = as_csv(["a", "b"], [dict(zip("ab", row, strict=True)) for row in rows])

    read = list(csv.reader(io.StringIO(written, newline="")))[1:]

    assert [[text.removeprefix("'") for text in row] for row in read] == [
        [text.removeprefix("'") for text in row] for row in rows
    ]
    assert not any(
        text.lstrip()[:1] in set("=+-@\uff1d\uff0b\uff0d\uff20") - {""}
        for row in read
        for text in row
        if text.strip()
    )
