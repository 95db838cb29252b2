"""Keep the care tools in step: a note where a case stands, whenever the clock sees that it changed.

Called by the sweep over cases, inside its transaction: what was not committed is looked at again. A note is
read by colleagues alone; it is made from our own words, a number and a store, and never holds a code.
"""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from bridge.channels.registry import channels
from bridge.db import Act
from bridge.models.base import new_id
from bridge.queries import status_notes as queries
from bridge.services.writing import TEXT_PLACE
from bridge.settings import Settings
from bridge.status_notes import note
from bridge.vault import Vault


def write_due(act: Act, ids: Collection[UUID], *, config: Settings, now: datetime) -> int:
    """Write what the tools of these cases do not know yet. Returns how many notes."""
    rows = queries.due(act, ids, tools=_tools())
    for row in rows:
        text = note(
            row.status,
            number=row.number,
            store=f"{row.store_number} {row.store_name}" if row.store_number else "",
            link=f"{config.base_url}/escalations/{row.id}",
            locale=row.locale,
        )
        values = {
            "id": new_id(),
            "brand_id": row.brand_id,
            "account_id": row.account_id,
            "thread_id": row.thread_id,
            "escalation_id": row.id,
            "topic": f"{queries.TOPIC}{row.status}",
            "cipher": Vault(config.encryption_keys).seal(text.encode(), place=TEXT_PLACE),
            "sha256": sha256(text.encode()).digest(),
            "language": row.locale,
            "dedup_key": f"status:{row.id}:{row.version}",
            "now": now,
        }
        queries.write(act, values)
    return len(rows)


@lru_cache(maxsize=1)
def _tools() -> tuple[str, ...]:
    return tuple(name for name, channel in channels().items() if channel.capabilities.can_write_note)
