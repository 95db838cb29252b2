"""What all shapes share: strict base, whole numbers, aware instants, plain text."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
LARGEST_AMOUNT_MINOR = 10_000_000_000
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Request(ma.Schema):
    """Base of everything that comes in: an unknown field is an error."""

    class Meta:
        unknown = ma.RAISE
        ordered = True


class Answer(ma.Schema):
    """Base of everything that goes out."""

    class Meta:
        unknown = ma.RAISE


class Whole(fields.Integer):
    """A JSON integer and nothing that looks like one: no text, no 1.0, no true."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Minor(Whole):
    """Money in minor units (cents), up to a hundred million major units."""

    def __init__(self, *, least: int = 0, **more: Any) -> None:
        super().__init__(least, LARGEST_AMOUNT_MINOR, **more)


class Truth(fields.Boolean):
    """JSON true or false; not 1, not "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid", input=value)
        return value


class Text(fields.String):
    """Text of a limited length, stored as NFC, trimmed. `name=True` also refuses bidi controls."""

    default_error_messages = {
        "controls": "Control characters are not allowed here.",
        "blank": "Say something here.",
    }

    def __init__(self, longest: int, *, least: int = 0, name: bool = False, **more: Any) -> None:
        super().__init__(validate=validate.Length(min=least or None, max=longest), **more)
        self._least = least
        self._name = name

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs)).strip()
        if len(text) < self._least:
            raise self.make_error("blank")
        if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in text):
            raise self.make_error("controls")
        if self._name and (_BIDI & set(text) or "\n" in text or "\t" in text):
            raise self.make_error("controls")
        return text


class Moment(fields.AwareDateTime):
    """An instant with its offset, between 2000 and 2100, as ISO 8601; goes out in UTC."""

    default_error_messages = {"range": "The year must lie between 2000 and 2100."}

    def __init__(self, **more: Any) -> None:
        super().__init__(format="iso", **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value, obj_type="datetime")
        try:
            moment: datetime = super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("range") from error
        if not EARLIEST <= moment < LATEST:
            raise self.make_error("range")
        return moment

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat()


class QueryWhole(fields.Integer):
    """A whole number in a query: ASCII digits and nothing else."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not (isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value, re.ASCII)):
            raise self.make_error("invalid")
        return int(value)


class QueryNumber(fields.Float):
    """A plain decimal number in a query: no exponent, no NaN."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if not (isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,15})?", value, re.ASCII)):
            raise self.make_error("invalid")
        return float(value)


class QueryTruth(fields.Boolean):
    """`true` or `false` in a query; not 1, not "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in {"true", "false"}:
            raise self.make_error("invalid", input=value)
        return bool(value == "true")


class PageQuery(Request):
    """Where to go on in a list, and how many rows at most."""

    cursor = Text(900, metadata={"description": "`next_cursor` of the page before."})
    limit = QueryWhole(1, 200, load_default=50, metadata={"description": "1 to 200 rows."})


class ShortPageQuery(PageQuery):
    """As PageQuery, for lists whose rows are large."""

    limit = QueryWhole(1, 50, load_default=25, metadata={"description": "1 to 50 rows."})


LOCALES = ("en", "es", "fr")


class Currency(fields.String):
    """An ISO 4217 code in capitals."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=validate.Regexp("^[A-Z]{3}$"), **more)
