"""Customers write: posts, a care tool that knows one of them, and messages that wait for a person."""

import itertools
from datetime import timedelta
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.models import (
    EscalationRow,
    ReferenceCode,
    SocialIdentity,
    Thread,
)
from bridge.queries.doors import ask_for_store, open_door, set_state
from bridge.services import (
    capturing,
    channel_accounts,
    claims,
    same_person,
    saved_searches,
)
from bridge.settings import settings
from tests.api.life_stage import actor_of
from tests.browser.acts.scene import Stage, Words
from tests.cast import Member
from tests.messages import account_of, waiting_message, with_door

_numbers = itertools.count(1)


def posts(stage: Stage, words: Words) -> None:
    cast = stage.cast
    stage.ids["thread"] = captured(
        stage,
        words,
        handle="rosa_m",
        text="Maplewood would not take my CD back. Lakeside maybe?",
        by=cast.ana,
    )
    stage.ids["thread_of_kim"] = captured(
        stage, words, handle="sam_k", text="No receipt, no service?", by=cast.kim
    )
    stage.ids["thread_free"] = captured(stage, words, handle="joy.q", text="Who helps me at Lakeside?")
    with db.transaction() as session:
        free = stage.ids["thread_of_kim"]
        claims.take_over(session, actor_of(cast.kim), free, words.name("She is off today", 180), utc_now())
        kim = actor_of(cast.kim)
        joy = session.get_one(SocialIdentity, session.get_one(Thread, stage.ids["thread_free"]).identity_id)
        for name, is_cut in (("thread", True), ("thread_of_kim", False)):
            identity = session.get_one(Thread, stage.ids[name]).identity_id
            linked = same_person.link(
                session,
                kim,
                identity,
                network=joy.network,
                handle=joy.handle,
                reason="Order number: " + words.name("the same", 280),
                now=utc_now(),
            )
            if is_cut:
                same_person.cut(
                    session,
                    kim,
                    linked.id,
                    reason="Another person: " + words.name("a mistake of mine", 280),
                    now=utc_now(),
                )


def captured(stage: Stage, words: Words, *, handle: str, text: str, by: Member | None = None) -> UUID:
    """A customer's post, held by `by` if somebody is named."""
    number, now = next(_numbers), utc_now()
    post = capturing.Captured(
        handle=words.handle(handle),
        text=words.text(text, 10_000),
        posted_at=now - timedelta(minutes=number % 50),
        permalink=f"https://x.com/{handle}/status/{7_000_000 + number}",
        addressed_to="NorthlightCare",
    )
    with db.transaction() as session:
        thread = capturing.capture(session, actor_of(stage.cast.ana), post, now).thread
        if by is not None:
            claims.claim(session, actor_of(by), thread.id, now)
        return thread.id


def care_tool(stage: Stage) -> None:
    """A connected care tool, which knows one of the conversations and asks for a store there."""
    now = utc_now()
    with db.transaction() as session:
        account = channel_accounts.connect(
            session,
            actor_of(stage.cast.ada),
            channel="chatwoot",
            name="Care desk",
            base_url="https://chat.example",
            values={
                "account_id": "1",
                "access_token": "tool-token",
                "webhook_secret": "tool-secret-of-16-signs",
            },
            config=settings(),
            now=now,
        )
        stage.ids["tool"] = account.id
        stage.ids["search"] = saved_searches.add(
            session,
            actor_of(stage.cast.ada),
            {
                "name": "Broken shoes",
                "language": "en",
                "any_words": ["northlight", "north light", "#northlight"],
                "also_words": ["sole", "heel", "boots", "came off", "never again"],
                "not_words": ["giveaway", "job offer"],
            },
            now=now,
        ).id
        open_door(
            session,
            thread_id=stage.ids["thread_free"],
            account_id=account.id,
            external_id="812",
            url="https://chat.example/app/accounts/1/conversations/812",
            last_customer_at=now,
            now=now,
        )
        set_state(session, account.id, "812", "open")
        ask_for_store(session, account.id, "812", "store_problem", now=now)


def messages(stage: Stage, words: Words) -> None:
    """One of each kind that waits for a person."""
    cast, now = stage.cast, utc_now()
    link = "https://x.com/intent/tweet?in_reply_to=77&text=Thank%20you"
    for state, more in {
        "waiting": {"last_error": "late", "release_until": now + timedelta(hours=6)},
        "handed_off": {"last_error": "not_summoned", "hand_off_url": link},
        "unknown": {"last_error": "timeout"},
        "failed_final": {"last_error": "status_404"},
    }.items():
        text = words.text("Thank you for telling us. We have sent you a message.", 500)
        account = account_of(cast, name=words.name(f"Northlight {state}"))
        stage.ids[f"message_{state}"] = waiting_message(cast, state, account=account, text=text, **more).id
    _answerable(stage, words)


def _answerable(stage: Stage, words: Words) -> None:
    """Ana's conversation can be answered in public and in private; something was, and a code became public."""
    with db.transaction() as session:
        thread = session.get_one(Thread, stage.ids["thread"])
        case = session.get_one(EscalationRow, stage.ids["case"])
        of_case = session.get_one(Thread, case.thread_id)
        session.get_one(ReferenceCode, case.code_hmac).public_at = utc_now()
    for one in {thread.id: thread, of_case.id: of_case}.values():
        account = with_door(stage.cast, one, "zendesk")
        waiting_message(
            stage.cast,
            "failed_final",
            account=account,
            thread=one,
            text=words.text("We are on it.", 500),
            last_error="status_404",
            escalation_id=case.id,
            dedup_key=f"said-{one.id}",
        )
