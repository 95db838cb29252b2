"""Seal the history about every minute: one signed checkpoint, and its copy outside the database."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.db import Act
from bridge.queries import audit as queries
from bridge.sealing import FIRST_ROOT, Sealed, next_root, sign
from bridge.settings import Settings

SETTLED_AFTER = timedelta(seconds=60)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def seal(act: Act, *, now: datetime, settings: Settings) -> Sealed | None:
    """Write a checkpoint over everything older than a minute; commits. None when there is nothing new.

    Only one sealer works at a time. The caller then hands the checkpoint to `anchor`.
    """
    if not queries.is_only_sealer(act):
        return None
    last = queries.last_checkpoint(act)
    after = last.timeline_id if last else 0
    since = last.look_ups_until if last else BEGINNING
    cutoff = now - SETTLED_AFTER
    upto = queries.sealable_up_to(act, after=after, cutoff=cutoff)
    root, links, look_ups = next_root(
        bytes(last.root) if last else FIRST_ROOT,
        queries.link_hashes(act, after=after, upto=upto),
        queries.look_up_digests(act, since=since, until=cutoff) if cutoff > since else [],
    )
    if not links and not look_ups:
        return None
    sealed = Sealed(
        number=queries.next_number(act),
        at=now,
        timeline_id=upto,
        timeline_rows=links,
        look_ups=look_ups,
        look_ups_until=max(cutoff, since),
        root=root,
    )
    queries.add_checkpoint(
        act,
        {
            "number": sealed.number,
            "at": sealed.at,
            "timeline_id": sealed.timeline_id,
            "timeline_rows": sealed.timeline_rows,
            "look_ups": sealed.look_ups,
            "look_ups_until": sealed.look_ups_until,
            "root": sealed.root,
            "signature": sign(settings.secret_key, sealed),
        },
    )
    return sealed


def anchor(sealed: Sealed, *, settings: Settings) -> None:
    """Append the checkpoint's note and signature to the anchor file, and make it durable.

    Point BRIDGE_ANCHOR_FILE at another machine's disk; whoever can rewrite the database and the
    anchor can rewrite history.
    """
    if not settings.anchor_file:
        return
    line = f"{sealed.note()} {sign(settings.secret_key, sealed).hex()}\n"
    descriptor = os.open(Path(settings.anchor_file), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
