"""A table that a spreadsheet only shows."""

import csv
import io

import pytest

from bridge.tables import as_csv, cell


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_a_cell_that_begins_like_a_formula_is_text(evil: str) -> None:
    [_, [shown]] = csv.reader(io.StringIO(as_csv(["name"], [{"name": evil}]), newline=""))

    assert shown == "'" + evil


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert (
        as_csv(["a", "b", "c"], [{"a": -5, "b": None, "c": 'say "hi", you'}])
        == 'a,b,c\r\n-5,,"say ""hi"", you"\r\n'
    )
    assert cell("Lakeside") == "Lakeside"
