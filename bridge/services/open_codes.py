"""A reference code that somebody wrote where others read it: masked in what we keep, flagged for its agent.

Customers paste the private message under their public post, or edit it into the post, and anybody can
carry the code to a counter. Whatever the door by which the post comes in, a code of ours is stored masked,
and where it stood in public its agent gets an entry and one press for a new one
(`recoding.replace_code`). What only looks like a code is left as it is: posts are evidence. Nothing commits.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from bridge import codes
from bridge.models.intake import Post, Thread
from bridge.models.outcomes import Outcome
from bridge.queries import open_codes as queries
from bridge.queries.owing import owe_receivers
from bridge.roles import Actor
from bridge.services import audit
from bridge.settings import settings
from bridge.telling import payload_of

TOPIC = "escalation.code_public"


def hide(session: Session, brand_id: UUID, text: str) -> tuple[str, Collection[bytes]]:
    """The text with every code that we ever issued masked, and those codes' HMACs."""
    found = list(codes.found(text))
    if not found:
        return text, ()
    pepper = settings().code_pepper.encode()
    by_hmac = {codes.hmac_of(code, pepper): code for _start, _end, code in found}
    ours = queries.issued_by(session, brand_id, list(by_hmac))
    known = {by_hmac[one] for one in ours}
    parts, done = [], 0
    for start, end, code in found:
        if code in known and start >= done:
            parts += [text[done:start], codes.masked(code)]
            done = end
    return "".join([*parts, text[done:]]), ours


def flag(
    session: Session,
    actor: Actor,
    thread: Thread,
    post: Post,
    hmacs: Collection[bytes],
    *,
    now: datetime,
) -> int:
    """Say that these codes stand in a public post, for each that still counts; once. Returns how many."""
    if not hmacs or thread.visibility != "public":
        return 0
    session.flush()  # the post's row is referred to
    flagged = queries.note_public(session, thread.brand_id, list(hmacs), post_id=post.id, now=now)
    for case in flagged:
        session.add(
            Outcome(
                channel="board",
                topic=TOPIC,
                escalation_id=case.id,
                person_id=case.owner_id or case.agent_id,
                payload=payload_of(case, case.store_number, amount_minor=0, now=now),
                state="sent",
                next_at=now,
                created_at=now,
                settled_at=now,
            )
        )
        owe_receivers(
            session,
            brand_id=thread.brand_id,
            topic=TOPIC,
            payload=payload_of(case, case.store_number, amount_minor=0, now=now),
            now=now,
        )
        facts = {"escalation": str(case.id), "post": str(post.id)}
        audit.record(session, stream="codes", action="code.seen_in_public", actor=actor, facts=facts, now=now)
    return len(flagged)
