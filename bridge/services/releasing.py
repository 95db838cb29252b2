"""What waits for a person: let a message go, say that one was sent by hand, send it again, or give it up.

A message waits because a person has to let it go (`waiting`), because the network forbids it to us and
somebody sends it there (`handed_off`), because nobody can tell whether it went out (`unknown`), or
because it was refused for good (`failed_final`). Each act is done once, by a named person, and audited.
Nothing commits.
"""

from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlmodel import Session

from bridge import codes
from bridge.channels.abilities import Kind
from bridge.channels.addresses import recognise
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channels
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotFound, NotPermitted
from bridge.models.base import new_id
from bridge.models.channels import ChannelAccount, ChannelMessage
from bridge.models.intake import Thread
from bridge.names import plain_name
from bridge.permalinks import Network, Permalink, of_account
from bridge.queries import channel_messages as message_queries
from bridge.queries import claims, doors, intake
from bridge.queries import releasing as queries
from bridge.roles import Actor, Permission, can
from bridge.sending import GIVE_UP, MARK_SENT, RELEASE, SEND_AGAIN, acts_for
from bridge.services import audit
from bridge.services.writing import PUBLIC, text_of
from bridge.vault import Vault

AUDIT_STREAM: Final = "messages"
REASON_MAX_CHARACTERS: Final = 300
GIVEN_UP: Final = "given_up"
_GOING: Final = frozenset({"queued", "sending", "sent", "unknown"})


def acts_of(message: ChannelMessage) -> tuple[str, ...]:
    """What a person may do with it now."""
    return acts_for(message.state, is_looked_for=message.next_at is not None)


def release(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> ChannelMessage:
    """Let a message go out in the caller's name; the sweep sends it. Locks it.

    The same person twice is once. Raises NotPermitted unless a person calls who signed in, Conflict when
    it does not wait any more or its time is over, and ClaimTaken when a colleague is on the conversation.
    """
    person_id = _person(actor)
    known = queries.find(session, actor.brand_id, message_id)
    if known is not None and known.released_by == person_id and known.state in _GOING:
        return known
    message = _locked(session, actor, message_id, RELEASE)
    _in_time(message, now)
    _nobody_else_is_on_it(session, actor, message.thread_id, now)
    message.state, message.next_at, message.last_error = "queued", now, ""
    message.released_by, message.released_at = person_id, now
    return _done(session, actor, message, RELEASE, now)


def send_again(
    session: Session, actor: Actor, message_id: UUID, *, looked: bool = False, now: datetime
) -> ChannelMessage:
    """Try once more. Where nobody can tell whether it went out, the caller says that they `looked`. Locks it.

    Raises InvalidInput when they did not, and what `release` raises.
    """
    person_id = _person(actor)
    message = _locked(session, actor, message_id, SEND_AGAIN)
    if message.state == "unknown" and not looked:
        problem = "Look in the conversation first: if it is there, sending it again makes a second one."
        raise InvalidInput("It may have been sent.", fields={"looked": [problem]})
    _in_time(message, now)
    _nobody_else_is_on_it(session, actor, message.thread_id, now)
    message.state, message.next_at, message.settled_at = "queued", now, None
    message.released_by, message.released_at = person_id, now
    return _done(session, actor, message, SEND_AGAIN, now, looked=looked)


def give_up(
    session: Session, actor: Actor, message_id: UUID, *, reason: str, now: datetime
) -> ChannelMessage:
    """Never send it; the reason is kept in the audit. Locks it. Raises Conflict and InvalidInput."""
    _person(actor)
    reason = plain_name(reason, field_name="reason", longest=REASON_MAX_CHARACTERS)
    message = _locked(session, actor, message_id, GIVE_UP)
    was = message.state
    message.state, message.next_at, message.settled_at = "cancelled", None, now
    message.last_error = GIVEN_UP
    return _done(session, actor, message, GIVE_UP, now, was=was, reason=reason)


def mark_sent(
    session: Session,
    actor: Actor,
    message_id: UUID,
    *,
    permalink: str = "",
    vault: Vault,
    now: datetime,
) -> ChannelMessage:
    """A person sent it on the network: it has the address of what they posted, and stands in the thread.

    The same address again changes nothing. A private message may have no address. Locks the post's
    name, as its echo does, and then the message. Raises InvalidInput for an address of another network
    or of somebody else's post, Conflict for the post of another message and
    when it waits for nobody.
    """
    person_id = _person(actor)
    known = queries.find(session, actor.brand_id, message_id)
    if known is None:
        raise NotFound("There is no such message.")
    account = queries.account(session, known.account_id)
    network = session.get_one(Thread, known.thread_id).network
    post = _post(account, network, permalink, is_needed=known.purpose in PUBLIC)
    if post is not None:
        doors.lock_post(session, network, post.post_id)
    if known.state == "sent" and post is not None and known.external_id == post.post_id:
        return known
    message = _locked(session, actor, message_id, MARK_SENT)
    if post is not None:
        _is_free(session, network, message, post)
        message.permalink, message.external_id = post.url, post.post_id
    was = message.state
    message.state, message.next_at, message.settled_at, message.last_error = "sent", None, now, ""
    message.visibility = "public" if message.purpose in PUBLIC else "private"
    message.released_by, message.released_at = message.released_by or person_id, message.released_at or now
    session.flush()
    if message.purpose != Purpose.NOTE:
        text = codes.mask(text_of(message, vault))
        message_queries.say_in_thread_too(
            session,
            {
                "post_id": new_id(),
                "thread_id": message.thread_id,
                "account_id": message.account_id,
                "external_id": message.external_id or f"message-{message.id}",
                "handle": account.handle or account.channel,
                "text": text,
                "text_sha256": sha256(text.encode()).digest(),
                "person_id": person_id,
                "now": now,
            },
        )
    return _done(session, actor, message, MARK_SENT, now, was=was)


def _person(actor: Actor) -> UUID:
    """The named person who answers for the act. Raises NotPermitted for a machine and its keys."""
    is_person = actor.kind == "person" and actor.scopes is None
    if not is_person or actor.id is None or not can(actor, Permission.MESSAGES_WRITE):
        raise NotPermitted(
            "a person who signed in has to do this", permission=Permission.MESSAGES_WRITE.value
        )
    return actor.id


def _locked(session: Session, actor: Actor, message_id: UUID, act: str) -> ChannelMessage:
    message = queries.lock(session, actor.brand_id, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    allowed = acts_of(message)
    if act not in allowed:
        raise Conflict("the message does not wait for that", state=message.state, allowed=list(allowed))
    return message


def _in_time(message: ChannelMessage, now: datetime) -> None:
    if message.release_until is not None and message.release_until <= now:
        raise Conflict("the time in which it may be sent is over", why="over")


def _nobody_else_is_on_it(session: Session, actor: Actor, thread_id: UUID, now: datetime) -> None:
    """Two people never answer one conversation; a lead decides whose it is."""
    holder = claims.live_claim(session, thread_id)
    if holder is None or holder.person_id == actor.id or holder.lease_until <= now:
        return
    if not can(actor, Permission.INTAKE_TAKE_OVER):
        raise ClaimTaken(f"{holder.holder_name} is on this conversation.", holder=holder.holder_name)


def _post(account: ChannelAccount, network: str, permalink: str, *, is_needed: bool) -> Permalink | None:
    """Which post of the thread's network the address names; a care tool's own page is taken as it is."""
    if not permalink.strip():
        if is_needed:
            raise _wrong("Paste the address of what you posted.")
        return None
    found = of_account(recognise(permalink), handle=account.handle, external_id=account.external_id)
    if network not in set(Network) or (found.network is Network.OTHER and _is_care_tool(account)):
        return found
    if found.network != network:
        raise _wrong("That is an address of another network, or of no single post.")
    if found.network is Network.MASTODON and not _is_at_home(found, account.base_url):
        raise _wrong("Paste the address that the post has on our own server.")
    return found


def _is_care_tool(account: ChannelAccount) -> bool:
    channel = channels().get(account.channel)
    return channel is not None and channel.capabilities.kind is not Kind.NETWORK


def _is_at_home(found: Permalink, base_url: str) -> bool:
    # A post's id is each server's own.
    return base_url.partition("://")[2].partition("/")[0].lower() in {"", found.post_id.partition("/")[0]}


def _is_free(session: Session, network: str, message: ChannelMessage, post: Permalink) -> None:
    """The post is no other message's, no customer's, and of no other conversation."""
    other = queries.with_address(session, message.brand_id, post.post_id, but=message.id)
    if other is not None:
        raise Conflict("another message has become this post already", message_id=str(other.id))
    stored = intake.post_by_external_id(session, network, post.post_id)
    if stored is None:
        return
    if stored.author_kind != "brand":
        raise _wrong("That is the customer's own post. Paste the address of your answer.")
    if stored.thread_id != message.thread_id:
        raise _wrong("That answer stands in another conversation.")


def _wrong(problem: str) -> InvalidInput:
    return InvalidInput("The address does not fit.", fields={"permalink": [problem]})


def shown_text(actor: Actor, text: str) -> str:
    """The words for this reader: without the right to codes, a code in them is masked."""
    return text if can(actor, Permission.PROMISES_CODE) else codes.mask(text)


def _done(
    session: Session, actor: Actor, message: ChannelMessage, act: str, now: datetime, **facts: object
) -> ChannelMessage:
    session.add(message)
    session.flush()
    told = {"message_id": str(message.id), "topic": message.topic, "purpose": message.purpose, **facts}
    if message.escalation_id is not None:
        told["escalation_id"] = str(message.escalation_id)
    audit.record(session, stream=AUDIT_STREAM, action=f"message.{act}", actor=actor, facts=told, now=now)
    return message
