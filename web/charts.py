"""Charts as pictures that the server draws: where each mark stands. `templates/_chart.html` writes the SVG.

A chart is its name, a sentence with its numbers, and marks; the same numbers stand in a table
beneath, where a row may lead to the cases behind it. Nothing here knows a request, a database or a
word: callers bring texts that are translated already. A series differs from the next by its
dashes and the shape of its marks, a bar by its hatching, and only then by colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

TONES = 6
WIDTH = 360
LINE_HEIGHT = 112
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 10, 10, 22
ROW_HEIGHT = 44
BAR_HEIGHT = 16
_LABEL_HEIGHT = 17
PER_MILLE = 1000


@dataclass(frozen=True, slots=True)
class Value:
    """One number of a chart, what it is called, and where the cases behind it are listed."""

    label: str
    count: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value and the point at which a line passes it."""

    value: Value
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line over time. `top` is the count at the upper edge, the same for lines to be compared."""

    id: str
    caption: str
    description: str
    tone: int
    top: int
    marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = LINE_HEIGHT
    kind: str = "line"

    @property
    def points(self) -> str:
        """The line as SVG wants it."""
        return " ".join(f"{mark.x:g},{mark.y:g}" for mark in self.marks)

    @property
    def values(self) -> tuple[Value, ...]:
        """The numbers for the table, oldest first."""
        return tuple(mark.value for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar: its value, its share of the row, and where it lies."""

    value: Value
    tone: int
    per_mille: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """A bar with its label above."""

    label: str
    total: int
    label_y: float
    bar_y: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars under each other: one part each (`bars`), or the shares of a whole (`bands`)."""

    id: str
    caption: str
    description: str
    rows: tuple[Row, ...]
    legend: tuple[tuple[str, int], ...]
    kind: str
    bar_height: int = BAR_HEIGHT
    width: int = WIDTH

    @property
    def height(self) -> int:
        """As high as its rows."""
        return ROW_HEIGHT * max(1, len(self.rows))


def nice_top(counts: Sequence[int]) -> int:
    """The smallest of 4, 5, 10, 20, 50, 100, ... that no count passes, so that scales can be read."""
    most = max(counts, default=0)
    top, step = 4, 0
    while top < most:
        scale, unit = divmod(step, 3)
        top = (5, 10, 20)[unit] * 10**scale
        step += 1
    return top


def line(
    id: str, caption: str, values: Sequence[Value], *, description: str, top: int, tone: int = 1
) -> Line:
    """A line through `values`, oldest first, on a scale from 0 to `top`.

    Raises ValueError for a count that the scale does not hold: a cut line would lie.
    """
    if any(not 0 <= value.count <= top for value in values):
        raise ValueError("a count lies outside the scale")
    across, down = WIDTH - _LEFT - _RIGHT, LINE_HEIGHT - _TOP - _BOTTOM
    step = across / max(1, len(values) - 1)
    marks = tuple(
        Mark(value, round(_LEFT + place * step, 1), round(_TOP + down * (1 - value.count / top), 1))
        for place, value in enumerate(values)
    )
    return Line(id, caption, description, _tone(tone), top, marks)


def bars(id: str, caption: str, values: Sequence[Value], *, description: str, tone: int = 1) -> Bars:
    """One bar for each value; the longest fills the width."""
    top = max((value.count for value in values), default=0) or 1
    rows = tuple(
        _row(place, value.label, value.count, [(value, _tone(tone))], of=top)
        for place, value in enumerate(values)
    )
    return Bars(id, caption, description, rows, (), "bars")


def bands(
    id: str,
    caption: str,
    rows: Sequence[tuple[str, Sequence[Value]]],
    *,
    description: str,
) -> Bars:
    """One bar for each row, divided by the shares of its values, which have the same labels in every row."""
    made = []
    for place, (label, values) in enumerate(rows):
        total = sum(value.count for value in values)
        parts = [(value, _tone(number)) for number, value in enumerate(values, 1)]
        made.append(_row(place, label, total, parts, of=total))
    legend = tuple((value.label, _tone(number)) for number, value in enumerate(rows[0][1], 1)) if rows else ()
    return Bars(id, caption, description, tuple(made), legend, "bands")


def _row(place: int, label: str, total: int, values: Sequence[tuple[Value, int]], *, of: int) -> Row:
    parts, x = [], 0.0
    for value, tone in values:
        width = WIDTH * value.count / of if of else 0.0
        share = round(PER_MILLE * value.count / of) if of else 0
        parts.append(Part(value, tone, share, round(x, 1), round(width, 1)))
        x += width
    top = place * ROW_HEIGHT
    return Row(label, total, top + _LABEL_HEIGHT - 4, top + _LABEL_HEIGHT + 2, tuple(parts))


def _tone(number: int) -> int:
    return (number - 1) % TONES + 1
