"""Did you mean this one? Offer the one expected promise whose code is one slip away, and open it.

Only for people at their own store, and only among what that store expects. The right code is
never told: the offer is a logged look-up whose id opens the promise, and opening counts as a guess.
"""

from datetime import datetime
from typing import Any

from bridge import codes
from bridge.db import Connection
from bridge.models.base import new_id
from bridge.near_codes import one_slip_away
from bridge.queries import near_misses as queries
from bridge.roles import Actor
from bridge.settings import Settings


def near_miss(
    connection: Connection, actor: Actor, signs: str, *, source: str, now: datetime, settings: Settings
) -> Any:
    """The one promise that may be meant, with the id of its logged look-up; None when it is not clear.

    `signs` is normalised and no code. Costs one indexed statement, however much the store expects,
    because the candidates are worked out from what was typed and nothing is decrypted.
    """
    if actor.kind != "person" or actor.store_id is None:
        return None
    pepper = settings.code_pepper.encode()
    hmacs = [codes.hmac_of(code, pepper) for code in one_slip_away(signs)]
    if not hmacs:
        return None
    return queries.offer(
        connection,
        {
            "look_up_id": new_id(),
            "hmacs": hmacs,
            "brand_id": actor.brand_id,
            "store_id": actor.store_id,
            "store_path": list(actor.store_path),
            "person_id": actor.id,
            "credential_id": actor.credential_id,
            "device_id": actor.device_id,
            "source": source,
            "now": now,
        },
    )
