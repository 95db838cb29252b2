"""Charts: where marks stand, what a screen reader is told, and that patterns differ, not colours alone."""

import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from web import charts, isolation, languages
from web.charts import TONES, WIDTH, Value

COUNTS = st.lists(st.integers(0, 10**6), max_size=30)
WEEKS = [Value("Mon, Jun 2", 4, "/hq/cases?week=1"), Value("Mon, Jun 9", 0), Value("Mon, Jun 16", 8)]


def drawn(chart: object) -> str:
    app = Flask("charts", template_folder=str(Path(charts.__file__).parent / "templates"))
    languages.Babel(app, locale_selector=lambda: "en")
    isolation.register(app)
    app.jinja_env.globals["colon"] = languages.colon
    with app.test_request_context():
        return render_template_string(
            '{% from "_chart.html" import chart with context %}{{ chart(it, "Week", "Cases") }}', it=chart
        )


@given(COUNTS)
def test_a_scale_holds_every_count_and_is_a_round_number(counts: list[int]) -> None:
    top = charts.nice_top(counts)

    assert top >= max(counts, default=0)
    assert re.fullmatch(r"4|[125]0*", str(top))
    assert top == 4 or top <= 2.5 * max(counts)


@given(COUNTS, st.integers(1, 20))
def test_a_line_stays_inside_its_picture_and_goes_to_the_right(counts: list[int], tone: int) -> None:
    values = [Value(str(place), count) for place, count in enumerate(counts)]

    line = charts.line("id", "Name", values, description="", top=charts.nice_top(counts), tone=tone)

    assert all(0 <= mark.x <= line.width and 0 <= mark.y <= line.height for mark in line.marks)
    assert [mark.x for mark in line.marks] == sorted(mark.x for mark in line.marks)
    assert 1 <= line.tone <= TONES


def test_more_stands_higher_and_the_same_scale_makes_lines_comparable() -> None:
    few = charts.line("a", "A", [Value("", 2)], description="", top=10)
    many = charts.line("b", "B", [Value("", 8)], description="", top=10)
    all_of_it = charts.line("c", "C", [Value("", 10)], description="", top=10)

    assert all_of_it.marks[0].y < many.marks[0].y < few.marks[0].y
    assert all_of_it.marks[0].y == 10


def test_a_line_that_would_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="scale"):
        charts.line("a", "A", [Value("", 11)], description="", top=10)


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=5, max_size=5), max_size=6))
def test_bands_fill_the_width_without_overlap(rows: list[list[int]]) -> None:
    named = [(str(place), [Value("x", count) for count in row]) for place, row in enumerate(rows)]

    chart = charts.bands("id", "Name", named, description="")

    for row, counts in zip(chart.rows, rows, strict=True):
        assert row.total == sum(counts)
        assert sum(part.width for part in row.parts) == pytest.approx(WIDTH if row.total else 0, abs=1)
        for before, after in zip(row.parts, row.parts[1:], strict=False):
            assert after.x == pytest.approx(before.x + before.width, abs=0.11)


def test_the_longest_bar_fills_the_width_and_nothing_is_drawn_for_nothing() -> None:
    chart = charts.bars("id", "Name", [Value("a", 5), Value("b", 10), Value("c", 0)], description="")

    assert [row.parts[0].width for row in chart.rows] == [WIDTH / 2, WIDTH, 0]
    assert charts.bars("id", "Name", [Value("a", 0)], description="").rows[0].parts[0].width == 0


def test_a_picture_is_named_and_its_numbers_are_said_and_listed() -> None:
    html = drawn(charts.line("stock", "Not in stock", WEEKS, description="Oldest first: 4, 0, 8", top=10))

    assert 'role="img" aria-labelledby="stock-caption stock-numbers"' in html
    assert '<figcaption id="stock-caption">Not in stock</figcaption>' in html
    assert 'id="stock-numbers">Oldest first: 4, 0, 8</p>' in html
    assert html.index("<bdi>Mon, Jun 16</bdi></th>") < html.index("<bdi>Mon, Jun 9</bdi></th>"), (
        "newest first"
    )
    assert '<a href="/hq/cases?week=1"><bdi>Mon, Jun 2</bdi></a>' in html
    assert "tabindex" not in html[html.index("<svg") : html.index("</svg>")]
    assert "style=" not in html


def test_each_tone_has_a_mark_and_a_hatching_of_its_own() -> None:
    shapes = {
        re.sub(
            r"[0-9. -]+\) scale", "", drawn(charts.line("l", "L", WEEKS, description="", top=8, tone=tone))
        )
        .partition('<g class="chart-mark"')[2]
        .partition("</g>")[0]
        for tone in range(1, TONES + 1)
    }
    bands = drawn(charts.bands("b", "B", [("Row", [Value(str(n), 1) for n in range(TONES)])], description=""))
    hatchings = [found.partition("></rect>")[2] for found in bands.split("<pattern ")[1:]]

    assert len(shapes) == TONES
    assert len({found.partition("</pattern>")[0] for found in hatchings}) == TONES


def test_names_are_text_and_never_markup() -> None:
    html = drawn(charts.bars("x", "<b>A</b>", [Value("<script>", 1)], description="<i>"))

    assert "<b>" not in html
    assert "<script>" not in html
    assert "<i>" not in html
