"""Record what changed outside the life of an escalation: accounts, directory, configuration.

Each stream is a hash chain of its own. Escalations keep their chain's head in their own row
and do not come here.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from bridge.models import StreamHead, TimelineEntry
from bridge.queries.audit import RECORDING_LOCK
from bridge.roles import Actor
from bridge.timeline import genesis, next_link


def record(
    session: Session,
    *,
    stream: str,
    action: str,
    actor: Actor,
    facts: Mapping[str, object],
    now: datetime,
) -> None:
    """Append one entry to `stream`. Locks the stream's head until the transaction ends.

    `facts` holds JSON values and no personal data: ids, not names; never a secret.
    """
    session.execute(select(func.pg_advisory_xact_lock_shared(RECORDING_LOCK)))
    session.execute(
        insert(StreamHead).values(stream=stream, seq=0, hash=genesis(stream)).on_conflict_do_nothing()
    )
    head = session.exec(select(StreamHead).where(col(StreamHead.stream) == stream).with_for_update()).one()
    session.refresh(head)
    link = next_link(
        stream, head_seq=head.seq, head_hash=head.hash, at=now, action=action, actor=actor, facts=facts
    )
    session.add(
        TimelineEntry(
            stream=link.stream,
            seq=link.seq,
            at=link.at,
            action=link.action,
            actor_id=link.actor_id,
            store_id=link.store_id,
            body=link.body,
            prev_hash=link.prev_hash,
            hash=link.hash,
        )
    )
    head.seq, head.hash = link.seq, link.hash
    session.add(head)
    session.flush()  # a second record in the same transaction must see this head
