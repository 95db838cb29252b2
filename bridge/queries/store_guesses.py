"""Stores that a post may mean, where a customer was before, and where a zip lies."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.store_guess import Known

_NAMED: Final = sa.text(
    """
    SELECT s.number, s.name, s.city FROM stores s
    WHERE s.brand_id = :brand_id AND s.has_counter AND s.accepts_escalations
      AND (position(lower(s.name) IN :text) > 0 OR position(lower(s.city) IN :text) > 0
           OR s.number = ANY (:numbers))
    ORDER BY s.number LIMIT :limit
    """
)
_MOST: Final = 200


def named_in(session: Session, brand_id: UUID | None, text: str, numbers: list[str]) -> list[Known]:
    """Stores with a counter whose name, city or number stands in the text."""
    values = {"brand_id": brand_id, "text": text.lower(), "numbers": numbers, "limit": _MOST}
    return [Known(*row) for row in session.connection().execute(_NAMED, values)]


_LAST: Final = sa.text(
    """
    SELECT s.number FROM social_identities mine
    JOIN social_identities i ON i.customer_id = mine.customer_id
    JOIN escalations e ON e.identity_id = i.id
    JOIN stores s ON s.id = e.store_id
    WHERE mine.id = :identity_id AND e.brand_id = :brand_id AND s.has_counter AND s.accepts_escalations
    ORDER BY e.created_at DESC, e.id DESC LIMIT 1
    """
)


def last_visited(session: Session, brand_id: UUID | None, identity_id: UUID) -> str | None:
    """The store of the customer's newest promise."""
    values = {"brand_id": brand_id, "identity_id": identity_id}
    number: str | None = session.connection().execute(_LAST, values).scalar()
    return number


_AT: Final = sa.text("SELECT s.lat, s.lon FROM stores s WHERE s.brand_id = :brand_id AND s.number = :number")

_ZIP: Final = sa.text(
    """
    SELECT avg(s.lat)::float8 AS lat, avg(s.lon)::float8 AS lon
    FROM stores s, generate_series(3, 5) AS size
    WHERE s.brand_id = :brand_id AND left(s.postcode, size) = left(:postcode, size)
    GROUP BY size ORDER BY size DESC LIMIT 1
    """
)


def place_of_store(session: Session, brand_id: UUID | None, number: str) -> tuple[float, float] | None:
    """Where a store is."""
    return _place(session, _AT, {"brand_id": brand_id, "number": number})


def place_of_postcode(session: Session, brand_id: UUID | None, postcode: str) -> tuple[float, float] | None:
    """Where a zip lies, told by the stores that share most of it: three signs at least."""
    return _place(session, _ZIP, {"brand_id": brand_id, "postcode": postcode})


def _place(session: Session, statement: Any, values: dict[str, Any]) -> tuple[float, float] | None:
    row = session.connection().execute(statement, values).first()
    return None if row is None or row.lat is None else (row.lat, row.lon)
