"""Prove that history and books are whole; name what is not. Reads only, changes nothing.

The checks: each chain's links follow each other without a gap and hash to what is stored;
columns say what the hashed body says; each chain ends where its record says; checkpoints are
signed and their roots can be computed again; the anchor, where there is one, knows the same
checkpoints; and in the books, remainders, ledger, decisions and timeline agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bridge.db import Connection
from bridge.queries import audit as queries
from bridge.sealing import FIRST_ROOT, Sealed, is_signed, next_root
from bridge.services.sealing import BEGINNING
from bridge.settings import Settings
from bridge.timeline import genesis, link_hash, moment


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written. `where` names the chain, checkpoint or record."""

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.what}"


def verify(connection: Connection, *, settings: Settings, anchor_file: str = "") -> Iterator[Finding]:
    """Check chains, heads, checkpoints and the anchor. The connection must be inside a transaction."""
    yield from _chains(connection)
    yield from _checkpoints(connection, settings, anchor_file)


def reconcile(connection: Connection) -> Iterator[Finding]:
    """Check the books: what remains is what the ledger says and what the decisions left."""
    for row in queries.wrong_remainders(connection):
        yield Finding(
            "remainder",
            f"escalation {row.id}",
            f"remaining {row.remaining_minor} of {row.authorised_minor}, ledger {row.balance} "
            f"of {row.booked} ({row.reissued} of it given again), used or given up {row.used}",
        )
    for row in queries.unbooked_decisions(connection):
        given = row.amount_minor + row.gave_up_minor
        yield Finding("ledger", f"decision {row.id}", f"moved {row.moved} in the ledger instead of {given}")
    for row in queries.untold_decisions(connection):
        yield Finding("timeline", f"decision {row.id}", "no link of the timeline tells of it")
    for row in queries.mistold_records(connection):
        yield Finding(
            "timeline",
            f"escalation {row.id}",
            f"is {row.status} with {row.remaining_minor} left, its last link says {row.told_status} "
            f"with {row.told_remaining}",
        )
    for row in queries.decisions_told_otherwise(connection):
        stored = "is not there" if row.stored_minor is None else "was stored with other amounts"
        yield Finding("timeline", f"stream {row.stream} seq {row.seq}", f"decision {row.decision} {stored}")
    for row in queries.foreign_currencies(connection):
        yield Finding("currency", f"transfer {row.id}", "another currency than its escalation's")


def _chains(connection: Connection) -> Iterator[Finding]:
    heads = queries.heads(connection)
    seen: dict[str, tuple[int, bytes]] = {}
    stream, seq, head = "", 0, b""
    for row in queries.links(connection):
        if row.stream != stream:
            stream, seq, head = row.stream, 0, genesis(row.stream)
        yield from _link(row, seq, head)
        seq, head = row.seq, bytes(row.hash)
        seen[stream] = (seq, head)
    for stream, (expected_seq, expected_hash) in sorted(heads.items()):
        found_seq, found_hash = seen.pop(stream, (0, genesis(stream)))
        if found_seq != expected_seq:
            yield Finding("cut", f"stream {stream}", f"ends at {found_seq}, its record says {expected_seq}")
        elif found_hash != expected_hash:
            yield Finding("head", f"stream {stream}", "does not end with the hash that its record holds")
    for stream in sorted(seen):
        yield Finding("orphan", f"stream {stream}", "has links and no record")


def _link(row: Any, seq: int, head: bytes) -> Iterator[Finding]:
    where = f"stream {row.stream} seq {row.seq}"
    if row.seq != seq + 1:
        yield Finding("gap", where, f"follows {seq}")
    if bytes(row.prev_hash) != head:
        yield Finding("order", where, "does not follow the link before it")
    body = row.body.encode()
    if link_hash(bytes(row.prev_hash), body) != bytes(row.hash):
        yield Finding("edit", where, "its text does not have the hash that is stored")
        return
    said = orjson.loads(body)
    columns = {
        "stream": row.stream,
        "seq": row.seq,
        "at": moment(row.at),
        "action": row.action,
        "store": str(row.store_id) if row.store_id else None,
    }
    wrong = [name for name, value in columns.items() if said.get(name) != value]
    if (str(row.actor_id) if row.actor_id else None) != said["actor"]["id"]:
        wrong.append("actor")
    if wrong:
        yield Finding("edit", where, f"columns differ from what was hashed: {', '.join(wrong)}")


def _checkpoints(connection: Connection, settings: Settings, anchor_file: str) -> Iterator[Finding]:
    root, after, since = FIRST_ROOT, 0, BEGINNING
    roots: dict[int, str] = {}
    for row in queries.checkpoints(connection):
        where = f"checkpoint {row.id}"
        sealed = _sealed(row)
        if not is_signed(settings.secret_key, sealed, bytes(row.signature)):
            yield Finding("signature", where, "is not signed by this service's key")
        root, links, look_ups = next_root(
            root,
            queries.hashes_between(connection, after=after, upto=row.timeline_id),
            queries.look_ups_between(connection, since=since, until=row.look_ups_until),
        )
        if (links, look_ups) != (row.timeline_rows, row.look_ups):
            yield Finding(
                "checkpoint",
                where,
                f"covered {row.timeline_rows} links and {row.look_ups} look-ups, "
                f"{links} and {look_ups} are there",
            )
        elif root != bytes(row.root):
            yield Finding("checkpoint", where, "what it covered was changed")
        # Go on from what was signed, so that one fault is told once.
        root, after, since = bytes(row.root), row.timeline_id, row.look_ups_until
        roots[row.id] = sealed.note()
    if anchor_file:
        yield from _anchor(Path(anchor_file), roots)


def _sealed(row: Any) -> Sealed:
    return Sealed(
        number=row.id,
        at=row.at,
        timeline_id=row.timeline_id,
        timeline_rows=row.timeline_rows,
        look_ups=row.look_ups,
        look_ups_until=row.look_ups_until,
        root=bytes(row.root),
    )


def _anchor(path: Path, notes: dict[int, str]) -> Iterator[Finding]:
    if not notes and not path.exists():
        return  # nothing was sealed yet
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        yield Finding("anchor", path.name, f"cannot be read: {error.strerror}")
        return
    anchored = 0
    for line in lines:
        note, _, _signature = line.rpartition(" ")
        number = int(note.split(" ")[1])
        anchored = max(anchored, number)
        if notes.get(number) != note:
            yield Finding("anchor", f"checkpoint {number}", "differs from what was anchored, or is gone")
    missing = [number for number in notes if number > anchored]
    if len(missing) > 1:  # the newest may be on its way
        yield Finding("anchor", f"checkpoint {missing[0]}", "and later ones never reached the anchor")
