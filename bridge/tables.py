"""A table as CSV that a spreadsheet only shows and never runs. Pure.

A cell that begins like a formula gets an apostrophe before it, also when blanks or invisible signs
stand before the sign, or when it is the wide form that an East Asian keyboard writes; what we wrote
as a number stays one.
Source: OWASP, "CSV Injection".
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b")


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """RFC 4180 text with a line of names first; times in UTC, nothing for None."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row[column]) for column in columns])
    return written.getvalue()


def cell(value: object) -> str | int:
    """One value as a cell; text that a spreadsheet would run is kept text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    text = str(value)
    return f"'{text}" if _runs(text) else text


def _runs(text: str) -> bool:
    """Whether the first sign that a spreadsheet would heed begins a formula."""
    for sign in text:
        if sign in _FORMULA:
            return True
        if not (sign.isspace() or unicodedata.category(sign) in {"Cf", "Cc"}):
            return False
    return False
