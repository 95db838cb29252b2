"""The one history of a case, for whichever page shows it: `_history.html` draws what this finds."""

from typing import Any
from uuid import UUID

import orjson
from flask import request

from bridge import case_history
from bridge.case_history import Kind
from bridge.circles import readable
from bridge.db import Connection
from bridge.queries import notes, questions, records, status_links, transfers
from bridge.roles import Actor
from web.languages import say_lazily as _l

KINDS = {
    Kind.ACT: _l("What was done"),
    Kind.TALK: _l("What was said"),
    Kind.CHECK: _l("Who checked the code"),
    Kind.CLOCK: _l("Clocks"),
}


def history_of(
    connection: Connection,
    actor: Actor,
    escalation_id: UUID,
    *,
    path: str,
    zone: str | None,
    for_store: bool = False,
) -> dict[str, Any]:
    """The entries that the reader may read and asked for, with the counts of each kind.

    `path` is the page's own address. A store's clock needs no zone; everybody else's names one.
    """
    entries = case_history.told(
        [(link, orjson.loads(link.body)) for link in records.timeline(connection, escalation_id)],
        look_ups=records.look_ups(connection, escalation_id),
        notes=notes.listed(connection, escalation_id, readable(actor)),
        questions=questions.listed(connection, [escalation_id]),
        transfers=transfers.listed(connection, escalation_id),
        shown=status_links.listed(connection, escalation_id),
        for_store=for_store,
    )
    wanted = request.args.get("history")
    return {
        "entries": case_history.of_kind(entries, wanted),
        "kind": wanted if wanted in set(Kind) else None,
        "kinds": [(kind, KINDS[kind], sum(entry.kind == kind for entry in entries)) for kind in Kind],
        "total": len(entries),
        "path": path,
        "zone": zone,
    }
