"""Files of mentions: JSON lines, or CSV with the same names in its first line. Pure.

In CSV the author's two fields are `author_handle` and `author_id`; an empty field is none.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bridge.errors import InvalidInput
from bridge.mentions import NAMES

AUTHOR: Final = {"author_handle": "handle", "author_id": "id"}
COLUMNS: Final = (*(name for name in NAMES if name != "author"), *AUTHOR)
BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line's mention, not yet checked, or why it cannot be read. `number` counts from 1."""

    number: int
    told: Any = None
    problem: str = ""


def read(raw: bytes, *, is_csv: bool) -> Iterator[Line]:
    """The mentions of a file, line by line. Raises InvalidInput for a file that is no such file at all."""
    if not is_csv:
        if raw.removeprefix(BOM).lstrip().startswith(b"["):
            raise _no_such_file("This is a list.", "Write one mention a line, not a list.")
        return _json_lines(raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_such_file("The file is not UTF-8.", "Save it as UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        problem = _wrong_columns(list(reader.fieldnames or ()))
    except csv.Error:
        problem = "The quotation marks of the first line do not close."
    if problem:
        raise _no_such_file(problem, f"Possible are: {', '.join(COLUMNS)}.")
    return _csv_lines(reader)


def _no_such_file(problem: str, remedy: str) -> InvalidInput:
    return InvalidInput(problem, fields={"file": [remedy]})


def _wrong_columns(columns: list[str]) -> str:
    unknown = [name for name in columns if name not in COLUMNS]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if len(columns) == 1 and ";" in columns[0]:
        return "Columns are separated by commas; this file seems to use semicolons."
    if unknown:
        named = ", ".join(name[:40] or "(empty)" for name in unknown)
        return f"The first line names what is no column: {named}."
    if twice:
        return f"The first line names a column twice: {', '.join(twice)}."
    return "" if "text" in columns else "The first line does not name the column text."


def _json_lines(raw: bytes) -> Iterator[Line]:
    for number, line in enumerate(raw.removeprefix(BOM).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield Line(number, orjson.loads(line))
        except orjson.JSONDecodeError:
            yield Line(number, problem="this is not JSON in UTF-8")


def _csv_lines(reader: "csv.DictReader[str]") -> Iterator[Line]:
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(number, problem="the quotation marks do not close")
            return
        if None in row or None in row.values():
            yield Line(number, problem="it has another number of fields than the first line")
            continue
        told: dict[str, Any] = {name: value for name, value in row.items() if value and name not in AUTHOR}
        told["author"] = {word: row[name] for name, word in AUTHOR.items() if row.get(name)}
        yield Line(number, told)
