"""Everything that anybody does in a simulation, and the two things that it asks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from bridge import db
from bridge.queries import simulation as queries
from bridge.simulation.care_deeds import CareDeeds
from bridge.simulation.store_deeds import StoreDeeds


class Deeds(CareDeeds, StoreDeeds):
    """The acts of a simulation."""

    def open_reviews(self, brand_id: UUID, limit: int) -> Sequence[Any]:
        """The oldest rows of the queue."""
        with db.statement() as connection:
            return queries.oldest_reviews(connection, brand_id, limit)

    def status(self, case_id: UUID) -> Any:
        """Where a case stands."""
        with db.statement() as connection:
            return queries.standing(connection, case_id)
