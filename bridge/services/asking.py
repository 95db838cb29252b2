"""The store asks the agent; the agent, or any colleague of the care team, answers.

One question at a time and a few for each case: a case that needs more needs a telephone. A live
question is for a customer who stands at the counter; the clock ends it when nobody answers.
"""

from datetime import datetime, timedelta
from uuid import UUID

from bridge.db import Act
from bridge.errors import Conflict, NotPermitted
from bridge.idempotency import Once, Replayed
from bridge.lifecycle import Action
from bridge.notices import Channel, Template
from bridge.queries import life
from bridge.queries import notices as notice_queries
from bridge.queries import questions as queries
from bridge.reasons import Question
from bridge.roles import Actor, Permission, can
from bridge.services import acting
from bridge.services.acting import Acted
from bridge.services.extending import require_later
from bridge.settings import Settings
from bridge.timeline import moment


def ask(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    question: Question,
    text: str,
    is_live: bool,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Acted | Replayed:
    """Put a ready question to the agent, at the actor's store; the case waits for the answer. Commits.

    Raises NotPermitted, NotFound outside the store's scope, IllegalAction while another question is
    open, and Conflict when the case has had its share of questions.
    """
    acting.require_store_staff(actor, Permission.COUNTER_ASK)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_in_store(ground, actor)
    acting.require_possible(ground, Action.ASK_AGENT)
    if queries.asked(act, escalation_id) >= settings.questions_per_case:
        raise Conflict(
            "this case had all its questions; call the agent", questions=settings.questions_per_case
        )
    expires_at = now + timedelta(seconds=settings.hotline_seconds) if is_live else None
    assert actor.id is not None
    assert actor.store_id is not None
    question_id = queries.add(
        act,
        escalation_id=escalation_id,
        question=question.value,
        text=text,
        is_live=is_live,
        asked_by=actor.id,
        store_id=actor.store_id,
        expires_at=expires_at,
        now=now,
    )
    facts = {
        "question": str(question_id),
        "code": question.value,
        "is_live": is_live,
        "expires_at": moment(expires_at) if expires_at else None,
    }
    link = ground.escalation.apply(Action.ASK_AGENT, actor=actor, now=now, facts=facts, request_id=request_id)
    told = {"question": question.value, "is_live": is_live, "expires_at": facts["expires_at"]}
    notices = acting.notices_to(
        ground,
        [ground.owner_id],
        Template.QUESTION_ASKED,
        channels=(Channel.INBOX, Channel.EMAIL),
        subject_id=question_id,
        facts=told,
        now=now,
        store_id=actor.store_id,
    )
    notice_queries.put(act, notices)
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.asked",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=question_id,
        reason=question.value,
    )


def answer(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    text: str,
    valid_until: datetime | None,
    once: Once[Acted],
    now: datetime,
    settings: Settings,
    request_id: str = "",
) -> Acted | Replayed:
    """Answer the open question; with `valid_until` the promise is extended by the same press. Commits.

    Anybody on duty in the care team may answer; to extend it must be the actor's own case, or a lead's.
    Raises NotPermitted, NotFound, IllegalAction when nothing is open, InvalidInput for an end too far.
    """
    acting.require_person(actor, Permission.PROMISES_ANSWER)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_reach(ground, actor, Permission.PROMISES_ANSWER)
    acting.require_possible(ground, Action.ANSWER)
    found = queries.open_of(act, escalation_id)
    assert found is not None, "a case that waits for the agent has an open question"
    if valid_until is not None:
        acting.require_own_or_lead(ground, actor, Permission.PROMISES_EXTEND)
        require_later(ground, valid_until, now=now, settings=settings)
        ground.escalation.valid_until = valid_until
        extended = ground.escalation.apply(
            Action.EXTEND,
            actor=actor,
            now=now,
            facts={"valid_until": moment(valid_until)},
            request_id=request_id,
        )
        life.add_link(act, extended)
    queries.settle(act, found.id, state="answered", answer=text, person_id=actor.id, now=now)
    link = ground.escalation.apply(
        Action.ANSWER, actor=actor, now=now, facts={"question": str(found.id)}, request_id=request_id
    )
    notices = acting.notices_to(
        ground,
        [found.asked_by],
        Template.QUESTION_ANSWERED,
        channels=(Channel.INBOX,),
        subject_id=found.id,
        facts={"question": found.question},
        now=now,
        store_id=found.store_id,
    )
    notice_queries.put(act, notices)
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.answered",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=found.id,
    )


def withdraw(
    act: Act,
    actor: Actor,
    escalation_id: UUID,
    *,
    once: Once[Acted],
    now: datetime,
    request_id: str = "",
) -> Acted | Replayed:
    """Take the open question back; whoever asked it, or a manager of the store that asked. Commits.

    The case returns to where it was by `lapse`, as when nobody answers in time.
    """
    acting.require_store_staff(actor, Permission.COUNTER_ASK)
    ground = acting.lock(act, actor, escalation_id, once)
    if isinstance(ground, Replayed):
        return ground
    acting.require_in_store(ground, actor)
    acting.require_possible(ground, Action.ANSWER)
    found = queries.open_of(act, escalation_id)
    assert found is not None, "a case that waits for the agent has an open question"
    _require_asker(actor, found.asked_by, found.store_id)
    queries.settle(act, found.id, state="withdrawn", answer="", person_id=None, now=now)
    link = ground.escalation.apply(
        Action.LAPSE,
        actor=actor,
        now=now,
        facts={"question": str(found.id), "withdrawn": True},
        request_id=request_id,
    )
    return acting.finish(
        act,
        ground,
        actor,
        link,
        topic="escalation.question_withdrawn",
        once=once,
        now=now,
        request_id=request_id,
        subject_id=found.id,
    )


def _require_asker(actor: Actor, asked_by: UUID, store_id: UUID) -> None:
    manages = actor.store_id == store_id and can(actor, Permission.COUNTER_DECIDE, at=actor.store_path)
    if actor.id != asked_by and not manages:
        raise NotPermitted(
            "whoever asked, or a manager of that store, can take it back",
            permission=Permission.COUNTER_ASK.value,
        )
