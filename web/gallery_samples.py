"""Made-up values for the gallery of parts."""

from typing import Any

from web import charts as drawing
from web.languages import say as _

_WEEKS = (4, 6, 3, 7, 9, 8, 12, 9, 11, 14, 10, 13)
_REASONS = ((9, 5, 2), (4, 7, 1), (6, 1, 5))


def charts(suffix: str) -> list[tuple[Any, str, str]]:
    """One chart of each kind, with the heads of its table."""
    weeks = [drawing.Value(f"{number}", count) for number, count in enumerate(_WEEKS, 1)]
    names = (_("Honoured"), _("Declined"), _("Expired"))
    rows = [
        (district, [drawing.Value(name, count) for name, count in zip(names, counts, strict=True)])
        for district, counts in zip(("MN", "AZ", "NY"), _REASONS, strict=True)
    ]
    stores = [
        drawing.Value("10 Maplewood", 14),
        drawing.Value("12 Lakeside", 9),
        drawing.Value("40 Hilltop", 3),
    ]
    numbers = ", ".join(map(str, _WEEKS))
    return [
        (
            drawing.line(f"line-{suffix}", _("Declined"), weeks, description=numbers, top=20),
            _("Week"),
            _("Cases"),
        ),
        (drawing.bars(f"bars-{suffix}", _("Late"), stores, description="14, 9, 3"), _("Store"), _("Cases")),
        (
            drawing.bands(f"bands-{suffix}", _("By district"), rows, description=numbers),
            _("District"),
            _("Cases"),
        ),
    ]
