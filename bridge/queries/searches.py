"""Saved searches: what to look for where nobody mentions us."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.db import Connection
from bridge.queries import known
from bridge.searches import Search

_IN_FORCE: Final = """
SELECT brand_id, network, name, language, any_words, also_words, not_words
FROM saved_searches WHERE enabled AND brand_id = ANY (%(brands)s)
ORDER BY created_at, id
"""


_OF_NETWORK: Final = sa.text(
    """
    SELECT name, language, any_words, also_words, not_words FROM saved_searches
    WHERE enabled AND brand_id = :brand_id AND network IN ('', :network)
    ORDER BY created_at, id
    """
)


def of_brand(session: Session, brand_id: UUID, network: str) -> list[Search]:
    """The brand's searches that are switched on and mean this network, oldest first."""

    def ask() -> list[Search]:
        rows = session.connection().execute(_OF_NETWORK, {"brand_id": brand_id, "network": network})
        return [
            Search(row.name, row.language, tuple(row.any_words), tuple(row.also_words), tuple(row.not_words))
            for row in rows
        ]

    return known.once(session, ("searches", brand_id, network), ask)


def in_force(
    connection: Connection, brands: Collection[UUID], *, networks: Collection[str]
) -> Mapping[tuple[UUID, str], Sequence[Search]]:
    """The searches that are switched on, by brand and network; one without a network counts for all of these."""
    found: dict[tuple[UUID, str], list[Search]] = defaultdict(list)
    for row in connection.execute(_IN_FORCE, {"brands": list(brands)}):
        search = Search(
            row.name, row.language, tuple(row.any_words), tuple(row.also_words), tuple(row.not_words)
        )
        for network in (row.network,) if row.network else networks:
            found[row.brand_id, network].append(search)
    return found
