"""Which answer each request must get: right first, then guards, then the table. Pure."""

from datetime import datetime

from tests.journeys import life_at_stores, life_of_care
from tests.journeys.life_guards import Refused
from tests.journeys.life_world import Ask, World

_JUDGES = {**life_of_care.JUDGES, **life_at_stores.JUDGES}
ACTS = tuple(_JUDGES)


def judge(world: World, ask: Ask, now: datetime) -> Refused | None:
    """The refusal that the request must get; None when it must succeed."""
    if ask.who == "nobody":
        return Refused(401, "not_signed_in")
    try:
        _JUDGES[ask.act](world, ask, now)
    except Refused as refusal:
        return refusal
    return None
