"""An agent writes to the customer through the bridge: in public or in private, by a connected account.

Whoever holds the conversation may write, whatever the door it came in by; writing where nobody is takes a
soft claim, as it does for a promise. Of two who write at once the claim lets one, and the other reads whose
it is. Where the network wants a named person, the writer is that person. Nothing commits or calls anybody.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlmodel import Session

from bridge.channels.abilities import Kind
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channels
from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted
from bridge.lengths import Rule, rules_for
from bridge.models.intake import Thread
from bridge.queries import intake as intake_queries
from bridge.roles import Actor, Permission, can
from bridge.services import audit, channel_accounts, claims, releasing, writing
from bridge.services.handing_over import HandedOver
from bridge.services.writing import PUBLIC, Written
from bridge.vault import Vault
from bridge.windows import Way

TOPIC: Final = "reply"
PROMISE_TOPIC: Final = "promise"
PURPOSES: Final = (Purpose.PUBLIC_REPLY, Purpose.PRIVATE_MESSAGE, Purpose.PRIVATE_REPLY)


@dataclass(frozen=True, slots=True)
class Offer:
    """One way in which the customer could be written to now.

    `why` is empty while it goes out at once; `late` when only a person's own word carries it, until `until`;
    else why nobody may, and then `is_open` is false.
    """

    purpose: Purpose
    channel: str
    account: str
    handle: str
    is_public: bool
    is_open: bool
    rules: tuple[Rule, ...]
    until: datetime | None = None
    why: str = ""


def offers(session: Session, thread: Thread, *, now: datetime) -> list[Offer]:
    """Every way of the connected accounts, in the order public, private, the one private answer."""
    found = []
    for purpose in PURPOSES:
        if purpose is not Purpose.PRIVATE_MESSAGE and thread.visibility == "private":
            continue
        try:
            way = writing.way_for(session, thread, purpose, now=now)
        except Conflict:
            continue
        is_public = purpose in PUBLIC
        found.append(
            Offer(
                purpose=purpose,
                channel=way.capabilities.name,
                account=way.door.account_name,
                handle=way.door.account_handle,
                is_public=is_public,
                is_open=way.window.way is not Way.CLOSED,
                rules=rules_for(way.capabilities.lengths, private=not is_public),
                until=way.window.until,
                why=way.window.why,
            )
        )
    return found


def is_heard(session: Session, actor: Actor, network: str) -> bool:
    """Whether a connected account of that network tells us what we write there by hand."""
    known = channels()
    return any(
        account.enabled
        and account.channel in known
        and known[account.channel].capabilities.network == network
        and known[account.channel].capabilities.kind is not Kind.LISTENING
        for account in channel_accounts.list_accounts(session, actor)
    )


def reply(
    session: Session,
    actor: Actor,
    thread_id: UUID,
    *,
    purpose: Purpose,
    text: str,
    dedup_key: str,
    escalation_id: UUID | None = None,
    topic: str = TOPIC,
    vault: Vault,
    now: datetime,
) -> Written:
    """Write to a conversation's customer, once for each `dedup_key`; the sweep sends it. Takes the claim.

    Raises ClaimTaken when a colleague holds the conversation, NotPermitted, NotFound, and what
    `writing.write` raises: InvalidInput for a text that is empty, too long or public with a code in it,
    Conflict when nothing can carry it or it is too late.
    """
    if actor.kind != "person" or not can(actor, Permission.MESSAGES_WRITE):
        raise NotPermitted("a named person has to write", permission=Permission.MESSAGES_WRITE.value)
    if purpose not in PURPOSES:
        raise InvalidInput("This is no way to write to a customer.", fields={"purpose": ["Choose one."]})
    thread = intake_queries.thread_of(session, actor.brand_id, thread_id)
    if thread is None:
        raise NotFound("There is no such conversation.")
    claims.begin(session, actor, thread_id, now)
    if purpose is not Purpose.PRIVATE_MESSAGE and thread.visibility == "private":
        raise Conflict("a private conversation has no public answer", purpose=purpose.value)
    written = writing.write(
        session,
        actor,
        thread,
        purpose=purpose,
        text=text,
        dedup_key=dedup_key,
        escalation_id=escalation_id,
        topic=topic,
        vault=vault,
        now=now,
    )
    if written.message.thread_id != thread_id:
        claims.begin(session, actor, written.message.thread_id, now)  # it goes into the private conversation
    if not written.is_new:
        return written
    session.flush()
    facts = {"message_id": str(written.message.id), "thread_id": str(thread_id), "purpose": purpose.value}
    audit.record(
        session, stream=releasing.AUDIT_STREAM, action="message.written", actor=actor, facts=facts, now=now
    )
    if written.message.state == "waiting" and actor.scopes is None:
        # The network wants a person behind it, and here is one who signed in and wrote it this moment.
        return Written(releasing.release(session, actor, written.message.id, now=now), is_new=True)
    return written


def hand_over_by(
    session: Session,
    actor: Actor,
    thread_id: UUID,
    given: HandedOver,
    *,
    escalation_id: UUID,
    purpose: Purpose,
    public_text: str = "",
    vault: Vault,
    now: datetime,
) -> Written:
    """Send a promise's texts: the private one as we wrote it, the public one as the agent left it.

    Once for each code and each of the two, so that a new code is sent anew. Raises as `reply` does.
    """
    is_public = purpose in PUBLIC
    # Nothing of the code itself: the key is no secret's place.
    which = sha256(f"{escalation_id}{given.status_link}{given.code}".encode()).hexdigest()[:16]
    return reply(
        session,
        actor,
        thread_id,
        purpose=purpose,
        text=(public_text or given.texts.public) if is_public else given.texts.private,
        dedup_key=f"promise:{escalation_id}:{which}:{'public' if is_public else 'private'}",
        escalation_id=escalation_id,
        topic=PROMISE_TOPIC,
        vault=vault,
        now=now,
    )
