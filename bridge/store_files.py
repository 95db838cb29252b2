"""Reading a file of stores that somebody sent: a JSON list, or CSV with a line of names. Pure.

JSON is what the command line reads: objects with id, name, type, address, address2, city, state,
zip, country, phone, location {lat, lon}, hours and services. CSV has the same names as columns,
in any order, with `lat` and `lon` as columns of their own and services separated by `|`:

    id,name,type,address,city,state,zip,lat,lon,hours,services,phone
    10,Maplewood,BigBox,1795 County Rd D E,Maplewood,MN,55109,45.03,-93.02,Mon: 10-9,Exchanges|Repairs,

A column that is not there leaves the store's phone and services as they are. Only the file as a
whole is refused here; what is wrong with one record is the importer's to say, by record.
"""

import csv
import io
import json
from typing import Any, Final

from bridge.errors import MalformedRequest

RECORDS_MAX: Final = 50_000
COLUMNS: Final = (
    "id",
    "name",
    "type",
    "address",
    "address2",
    "city",
    "state",
    "zip",
    "country",
    "phone",
    "lat",
    "lon",
    "hours",
    "services",
)
NEEDED: Final = ("id", "name", "address", "city", "state", "lat", "lon", "hours")
BETWEEN_SERVICES: Final = "|"


def records_of(content: bytes, *, name: str) -> list[Any]:
    """The records of a file; its name says whether it is CSV. Raises MalformedRequest in one sentence."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedRequest("the file is not text in UTF-8") from error
    records = _from_csv(text) if name.lower().endswith(".csv") else _from_json(text)
    if not records:
        raise MalformedRequest("the file holds no store")
    if len(records) > RECORDS_MAX:
        raise MalformedRequest(f"the file holds more than {RECORDS_MAX} stores")
    return records


def _from_json(text: str) -> list[Any]:
    try:
        records = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(f"the file is not JSON: {error}") from error
    if not isinstance(records, list):
        raise MalformedRequest("the file holds no list of stores")
    return records


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _from_csv(text: str) -> list[Any]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise MalformedRequest(f"the file is not CSV: {error}") from error
    if not lines:
        return []
    header = [cell.strip().lower() for cell in lines[0]]
    if unknown := sorted(set(header) - set(COLUMNS)):
        raise MalformedRequest(f"unknown columns: {', '.join(unknown)}; known are {', '.join(COLUMNS)}")
    if missing := [column for column in NEEDED if column not in header]:
        raise MalformedRequest(f"missing columns: {', '.join(missing)}")
    if len(set(header)) != len(header):
        raise MalformedRequest("a column stands there twice")
    return [_record(dict(zip(header, line, strict=False))) for line in lines[1:]]


def _record(cells: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {name: cell.strip() for name, cell in cells.items()}
    record["location"] = {name: _number(str(record.pop(name, ""))) for name in ("lat", "lon")}
    if "services" in record:
        names = [one.strip() for one in record["services"].split(BETWEEN_SERVICES)]
        record["services"] = [one for one in names if one]
    return record


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell
