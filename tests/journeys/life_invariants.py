"""What has to hold after every step of a random life: I1 to I7, read from the database itself."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from bridge import db
from bridge.lifecycle import TRANSITIONS, Action, Status, next_status
from bridge.services.verifying import reconcile, verify
from bridge.settings import settings
from tests.clockwork import rows
from tests.events import data_faults, leaks
from tests.journeys.life_world import Case, World

_MOVES = frozenset(action.value for action in Action)
_CASES = """
SELECT e.id::text, e.status, e.status_before, e.remaining_minor, e.authorised_minor, e.version, e.valid_until,
       e.head_seq, s.number AS store, e.agent_id, e.owner_id,
       (SELECT count(*) FROM decisions d WHERE d.escalation_id = e.id) AS decisions,
       (SELECT count(*) FROM look_ups l WHERE l.escalation_id = e.id AND l.source = 'decision') AS refused
FROM escalations e JOIN stores s ON s.id = e.store_id ORDER BY e.number
"""
_LINKS = "SELECT stream, seq, action, body FROM timeline ORDER BY stream, seq"
_OWED = """
SELECT escalation_id::text AS id, topic, count(*) AS rows FROM outcomes
WHERE channel = 'webhook' AND state = 'queued' GROUP BY 1, 2
"""
_TOLD = "SELECT topic, payload FROM outcomes WHERE channel = 'webhook'"
_KEPT_TO_OURSELVES = """
SELECT handle AS word FROM social_identities UNION SELECT display_name FROM people WHERE length(display_name) > 3
UNION SELECT text FROM posts WHERE text <> '' UNION SELECT author_handle FROM posts
UNION SELECT email FROM people WHERE email IS NOT NULL
"""
_REMARKS = {
    "clock.missed": "escalation.clock_missed",
    "review.opened": "review.opened",
}
"""What only the clock writes; each of these links owes receivers an event as well."""
_ONLY_TOLD = frozenset({"escalation.ladder_step"})


def stored_cases() -> list[Any]:
    """Every case as it is stored."""
    return rows(_CASES)


def believed(case: Case) -> tuple[Any, ...]:
    return (
        case.status.value,
        case.before.value if case.before else None,
        case.remaining,
        case.version,
        case.valid_until,
        case.store,
        len(case.decisions),
        case.refused_decisions,
    )


def stored(row: Any) -> tuple[Any, ...]:
    return (
        row.status,
        row.status_before,
        row.remaining_minor,
        row.version,
        row.valid_until,
        row.store,
        row.decisions,
        row.refused,
    )


def as_believed(world: World) -> list[str]:
    """I1: what was acknowledged is stored, and nothing else is."""
    found = {row.id: row for row in stored_cases()}
    faults = [f"case {name} is stored and was never acknowledged" for name in found.keys() - world.cases]
    for case in world.cases.values():
        if case.id not in found:
            faults.append(f"case {case.id} was acknowledged and is not stored")
        elif stored(found[case.id]) != believed(case):
            faults.append(f"case {case.id}: stored {stored(found[case.id])}, believed {believed(case)}")
    return faults


def broken(world: World, *, keys: int) -> list[str]:
    """Every invariant that does not hold; `keys` is how many requests took effect."""
    return [
        *as_believed(world),
        *_books_and_chains(),
        *_one_effect_for_each_key(keys),
        *_links_and_events(world),
        *_thin_events(world),
    ]


def _books_and_chains() -> Iterable[str]:
    """I2, I3 and I5: remainders, ledger, decisions, timeline, and the chains of hashes."""
    with db.statement() as connection, connection.transaction():
        yield from map(str, reconcile(connection))
        yield from map(str, verify(connection, settings=settings()))
    for row in stored_cases():
        if not 0 <= row.remaining_minor <= row.authorised_minor:
            yield f"case {row.id} has {row.remaining_minor} left of {row.authorised_minor}"


def _one_effect_for_each_key(keys: int) -> Iterable[str]:
    """I4: a stored answer for each request that took effect, and for no other."""
    stored_keys = rows("SELECT count(*) AS n FROM idempotency_keys")[0].n
    if stored_keys != keys:
        yield f"{stored_keys} keys are stored, {keys} requests took effect"


def _thin_events(world: World) -> Iterable[str]:
    """I8: what receivers are told is as the document says, and nothing of anybody stands in it."""
    kept = {row.word for row in rows(_KEPT_TO_OURSELVES)}
    kept |= {code for case in world.cases.values() for code in (case.code, *case.old_codes) if code}
    for row in rows(_TOLD):
        yield from (f"{row.topic}: {fault}" for fault in data_faults(row.topic, row.payload))
        yield from (
            f"{row.topic} tells something that is nobody's business" for _ in leaks(row.payload, kept)
        )


def _links_and_events(world: World) -> Iterable[str]:
    """I7 and I6: each move is one of the table's, and each event is owed to the receiver once."""
    streams: dict[str, list[Any]] = defaultdict(list)
    for row in rows(_LINKS):
        if row.stream in world.cases:
            streams[row.stream].append(row)
    owed: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(_OWED):
        if row.id in world.cases and row.topic not in _ONLY_TOLD:
            owed[row.id][row.topic] = row.rows
    for case in world.cases.values():
        links = streams[case.id]
        yield from _legal(case, links)
        remarks = Counter(_REMARKS[row.action] for row in links if row.action in _REMARKS)
        expected = Counter(case.topics) + remarks
        if owed[case.id] != expected:
            missing, extra = expected - owed[case.id], owed[case.id] - expected
            yield f"case {case.id}: events missing {dict(missing)}, too many {dict(extra)}"


def _legal(case: Case, links: list[Any]) -> Iterable[str]:
    status, before, moves = Status.DRAFT, None, 0
    for row in links:
        facts = json.loads(row.body)["facts"]
        was, now = Status(facts["from"]), Status(facts["to"])
        if was is not status:
            yield f"case {case.id} seq {row.seq}: starts from {was}, the link before left {status}"
        if row.action not in _MOVES:
            if now is not was:
                yield f"case {case.id} seq {row.seq}: a remark moved {was} to {now}"
            continue
        action, moves = Action(row.action), moves + 1
        if (was, action) not in TRANSITIONS or next_status(was, action, before=before) is not now:
            yield f"case {case.id} seq {row.seq}: {action} led from {was} to {now}"
        if now is not was:
            status, before = now, was
    if (status, moves) != (case.status, case.version):
        yield f"case {case.id}: the timeline tells of {moves} moves to {status}"
