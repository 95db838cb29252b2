"""When each piece of clockwork last came to its end."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from bridge.db import Connection

_BEAT = """
INSERT INTO heartbeats (name, at, facts) VALUES (%(name)s, %(at)s, %(facts)s)
ON CONFLICT (name) DO UPDATE SET at = excluded.at, facts = excluded.facts
"""


def beat(connection: Connection, name: str, at: datetime, facts: dict[str, Any]) -> None:
    """Remember that `name` ran to its end, and what it found."""
    connection.execute(_BEAT, {"name": name, "at": at, "facts": Jsonb(facts)})


def all_beats(connection: Connection) -> list[Any]:
    """Every heartbeat: name, at, facts."""
    return connection.execute("SELECT name, at, facts FROM heartbeats ORDER BY name").fetchall()
