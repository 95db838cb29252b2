"""The desk: who is on a conversation, soft and firm claims, setting aside, and promise templates."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bridge import db
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotFound, NotPermitted
from bridge.models import Outcome, Thread, ThreadClaim
from bridge.promises import PromiseType, Proof
from bridge.queries import triage as triage_queries
from bridge.queries import upkeep
from bridge.roles import Actor
from bridge.services import capturing, claims, intake, presence, promise_templates, triage
from bridge.services.capturing import Captured
from bridge.services.promise_templates import Template
from bridge.settings import settings
from bridge.threads import QueueFilter
from bridge.triage import Holder, Move, Triage
from tests.cast import Cast, acting, claimed_thread

SOFT = timedelta(seconds=120)
FIRM = timedelta(seconds=900)


def a_thread(cast: Cast, number: int = 1, **changes: object) -> Thread:
    values = {
        "permalink": f"https://x.com/wanda/status/12454034387558522{number:02}",
        "handle": "wanda",
        "text": "My box is broken.",
        "posted_at": utc_now(),
        **changes,
    }
    with db.transaction() as session:
        return capturing.capture(session, acting(cast.ana), Captured(**values), utc_now()).thread  # type: ignore[arg-type]


def new_ones(actor: Actor, *, later: timedelta = timedelta()) -> list[object]:
    with db.transaction() as session:
        return [
            row.thread_id
            for row in intake.queue(session, actor, filter=QueueFilter.NEW, now=utc_now() + later)
        ]


def live_claim(thread: Thread) -> ThreadClaim:
    with db.transaction() as session:
        return session.exec(
            select(ThreadClaim).where(ThreadClaim.thread_id == thread.id, ThreadClaim.released_at == None)  # noqa: E711
        ).one()


# Claims.


def test_writing_takes_a_soft_claim_that_typing_renews(cast: Cast) -> None:
    thread, ana, now = a_thread(cast), acting(cast.ana), utc_now()

    with db.transaction() as session:
        first = claims.begin(session, ana, thread.id, now)
        again = claims.begin(session, ana, thread.id, now + timedelta(seconds=60))

    assert first.id == again.id
    assert again.is_soft
    assert again.lease_until == now + timedelta(seconds=60) + SOFT


def test_pressing_claim_makes_a_soft_one_firm_and_typing_does_not_soften_it(cast: Cast) -> None:
    thread, ana, now = a_thread(cast), acting(cast.ana), utc_now()

    with db.transaction() as session:
        claims.begin(session, ana, thread.id, now)
        claims.claim(session, ana, thread.id, now)
        claims.begin(session, ana, thread.id, now)

    held = live_claim(thread)
    assert (held.is_soft, held.lease_until) == (False, now + FIRM)


def test_starting_on_a_claimed_one_names_who_and_since_when(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    with db.transaction() as session:
        claims.begin(session, acting(cast.ana), thread.id, now)

    with pytest.raises(ClaimTaken) as refused, db.transaction() as session:
        claims.begin(session, acting(cast.ivy), thread.id, now + timedelta(seconds=20))

    assert refused.value.details["holder"] == "Ana"
    assert refused.value.details["since"] == now.isoformat()


def test_anybody_takes_over_a_soft_claim_and_the_other_is_told(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    with db.transaction() as session:
        claims.begin(session, acting(cast.ana), thread.id, now)
    with db.transaction() as session:
        taken = claims.take_over(session, acting(cast.ivy), thread.id, "", now)

    assert (taken.person_id, taken.is_soft) == (cast.ivy.person.id, True)
    with db.transaction() as session:
        told = session.exec(select(Outcome).where(Outcome.person_id == cast.ana.person.id)).one()
    assert told.topic == "thread.taken_over"
    assert told.payload["by"] == "Ivy"


def test_a_firm_claim_is_a_leads_to_take_with_a_reason(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    with db.transaction() as session:
        claims.claim(session, acting(cast.ana), thread.id, now)

    with pytest.raises(NotPermitted), db.transaction() as session:
        claims.take_over(session, acting(cast.ivy), thread.id, "mine", now)
    with pytest.raises(InvalidInput), db.transaction() as session:
        claims.take_over(session, acting(cast.kim), thread.id, "", now)
    with db.transaction() as session:
        taken = claims.take_over(session, acting(cast.kim), thread.id, "She went home.", now)

    assert not taken.is_soft


def test_a_soft_claim_lapses_by_itself(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    with db.transaction() as session:
        claims.begin(session, acting(cast.ana), thread.id, now)
    with db.transaction() as session:
        claims.begin(session, acting(cast.ivy), thread.id, now + SOFT)

    assert live_claim(thread).person_id == cast.ivy.person.id


# Presence.


def test_others_see_who_looks_and_who_writes_until_they_are_gone(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    ana, ivy, kim = (acting(member) for member in (cast.ana, cast.ivy, cast.kim))
    with db.transaction() as session:
        presence.see(session, ana, thread.id, doing="looking", now=now)
        presence.see(session, ivy, thread.id, doing="looking", now=now)
        presence.see(session, ana, thread.id, doing="replying", now=now + timedelta(seconds=5))
        presence.see(session, ana, thread.id, doing="replying", now=now + timedelta(seconds=25))

    def seen(actor: Actor, seconds: int) -> list[tuple[str, str, timedelta]]:
        with db.transaction() as session:
            found = presence.others(session, actor, [thread.id], now=now + timedelta(seconds=seconds))
        return [(one.name, one.doing, one.since - now) for one in found.get(thread.id, [])]

    five = timedelta(seconds=5)
    assert seen(kim, 25) == [("Ana", "replying", five), ("Ivy", "looking", timedelta())]
    assert seen(ana, 25) == [("Ivy", "looking", timedelta())]
    assert seen(kim, 90) == [("Ana", "replying", five)]
    assert seen(kim, 101) == []


def test_who_leaves_is_gone_at_once_and_who_comes_back_begins_anew(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    ana, ivy = acting(cast.ana), acting(cast.ivy)
    with db.transaction() as session:
        presence.see(session, ana, thread.id, doing="looking", now=now)
        presence.leave(session, ana, thread.id)
        assert presence.others(session, ivy, [thread.id], now=now) == {}
        presence.see(session, ana, thread.id, doing="looking", now=now)
        presence.see(session, ana, thread.id, doing="looking", now=now + timedelta(seconds=300))
        found = presence.others(session, ivy, [thread.id], now=now + timedelta(seconds=300))

    assert found[thread.id][0].since == now + timedelta(seconds=300)


def test_presence_is_within_the_brand_and_has_two_words(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    stranger = replace(acting(cast.ana), brand_id=thread.id)

    with pytest.raises(NotFound), db.transaction() as session:
        presence.see(session, stranger, thread.id, doing="looking", now=now)
    with pytest.raises(InvalidInput), db.transaction() as session:
        presence.see(session, acting(cast.ana), thread.id, doing="sleeping", now=now)


def test_upkeep_forgets_presence(cast: Cast) -> None:
    thread, now = a_thread(cast), utc_now()
    with db.transaction() as session:
        presence.see(session, acting(cast.ana), thread.id, doing="looking", now=now - timedelta(hours=2))
        presence.see(session, acting(cast.ivy), thread.id, doing="looking", now=now)

    with db.statement() as connection:
        assert upkeep.prune_presence(connection, now) == 1
        assert upkeep.prune_presence(connection, now) == 0


# Triage.


@pytest.mark.parametrize("to", [Move.REPLY_ONLY, Move.NOT_OURS, Move.SNOOZE])
def test_what_is_set_aside_leaves_the_queue_and_comes_back(cast: Cast, to: Move) -> None:
    thread, ana, now = a_thread(cast), acting(cast.ana), utc_now()
    until = now + timedelta(hours=1)

    with db.transaction() as session:
        aside = triage.move(session, ana, thread.id, to, now=now, until=until)
    assert new_ones(ana) == []
    with db.transaction() as session:
        back = triage.move(session, ana, thread.id, Move.BACK, now=now)

    assert aside.moves == (Move.BACK,)
    assert aside.snoozed_until == (until if to is Move.SNOOZE else None)
    assert (aside.triaged_by_name, aside.triaged_at) == ("Ana", now)
    assert back.triage is Triage.OPEN
    assert new_ones(ana) == [thread.id]
    with db.transaction() as session:
        told = triage_queries.told(session, thread.id)
    assert [entry.action for entry in told] == ["triage.back", f"triage.{to.value}"]
    assert {entry.actor_name for entry in told} == {"Ana"}


def test_a_snoozed_one_comes_back_when_its_time_has_come(cast: Cast) -> None:
    thread, ana, now = a_thread(cast), acting(cast.ana), utc_now()
    with db.transaction() as session:
        triage.move(session, ana, thread.id, Move.SNOOZE, now=now, until=now + timedelta(hours=1))

    assert new_ones(ana, later=timedelta(minutes=59)) == []
    assert new_ones(ana, later=timedelta(minutes=61)) == [thread.id]


def test_a_new_post_of_the_customer_opens_what_was_replied_to(cast: Cast) -> None:
    thread, other = a_thread(cast, 1), a_thread(cast, 2)
    ana, now = acting(cast.ana), utc_now()
    with db.transaction() as session:
        triage.move(session, ana, thread.id, Move.REPLY_ONLY, now=now)
        triage.move(session, ana, other.id, Move.NOT_OURS, now=now)
    for number, (one, kind) in enumerate(((thread, "brand"), (other, "customer"), (thread, "customer"))):
        assert new_ones(ana) == []
        more = Captured(
            network="x",
            external_id=one.external_id,
            post_external_id=f"later-{number}",
            handle="wanda",
            customer_handle="wanda",
            author_kind=kind,
            text="And now?",
            posted_at=now,
        )
        with db.transaction() as session:
            capturing.capture(session, ana, more, now)

    assert new_ones(ana) == [thread.id]


def test_a_duplicate_names_the_first_one_and_links_are_one_deep(cast: Cast) -> None:
    first, second, third = (a_thread(cast, number) for number in (1, 2, 3))
    ana, now = acting(cast.ana), utc_now()
    with db.transaction() as session:
        found = triage.move(session, ana, second.id, Move.DUPLICATE, now=now, duplicate_of=first.id)
        others = triage_queries.of_the_same_customer(
            session, cast.brand.id, identity_id=third.identity_id, thread_id=third.id
        )

    assert found.duplicate_of_id == first.id
    assert [row.id for row in others] == [first.id]
    for wrong in (None, third.id, second.id, cast.brand.id):
        with pytest.raises(InvalidInput), db.transaction() as session:
            triage.move(session, ana, third.id, Move.DUPLICATE, now=now, duplicate_of=wrong)


def test_setting_aside_gives_the_own_claim_back(cast: Cast) -> None:
    thread, ana, now = a_thread(cast), acting(cast.ana), utc_now()
    with db.transaction() as session:
        claims.claim(session, ana, thread.id, now)
        found = triage.move(session, ana, thread.id, Move.REPLY_ONLY, now=now)

    assert found.holder is Holder.NOBODY


def test_what_a_colleague_holds_is_not_set_aside(cast: Cast) -> None:
    thread = claimed_thread(cast)

    with pytest.raises(ClaimTaken) as refused, db.transaction() as session:
        triage.move(session, acting(cast.kim), thread.id, Move.NOT_OURS, now=utc_now())

    assert refused.value.details["holder"] == "Ana"


def test_what_is_not_possible_is_refused_with_what_is(cast: Cast) -> None:
    thread, ana, now = a_thread(cast), acting(cast.ana), utc_now()

    for wrong in (Move.BACK, Move.CLAIM):
        with pytest.raises(Conflict) as refused, db.transaction() as session:
            triage.move(session, ana, thread.id, wrong, now=now)
        assert refused.value.details["allowed"] == ["reply_only", "not_ours", "snooze", "duplicate"]
    for until in (None, now, now + timedelta(days=31)):
        with pytest.raises(InvalidInput), db.transaction() as session:
            triage.move(session, ana, thread.id, Move.SNOOZE, now=now, until=until)
    with pytest.raises(NotPermitted), db.transaction() as session:
        triage.move(session, acting(cast.sam), thread.id, Move.REPLY_ONLY, now=now)
    with pytest.raises(NotFound), db.transaction() as session:
        triage.move(session, ana, cast.brand.id, Move.REPLY_ONLY, now=now)
    assert new_ones(ana) == [thread.id]


# Templates.

WARM = Template(short_code="warm", name="A warm word", type=PromiseType.GOODWILL_GESTURE, amount_minor=500)


def test_a_brand_starts_with_templates_that_agents_find_by_short_code(cast: Cast) -> None:
    with db.transaction() as session:
        listed = promise_templates.in_use(session, acting(cast.ana))
        found = promise_templates.by_short_code(session, acting(cast.ana), "RR")

    assert [row.short_code for row in listed] == ["call", "ex", "fix", "hold", "late", "off", "pm", "rr"]
    assert found is not None
    assert (found.type, found.waives) == (PromiseType.RETURN_WITHOUT_RECEIPT, [Proof.RECEIPT.value])


def test_an_administrator_writes_changes_and_retires_one(cast: Cast) -> None:
    ada, now = acting(cast.ada), utc_now()
    with db.transaction() as session:
        row = promise_templates.add(session, ada, WARM, currency="USD", now=now)
    with db.transaction() as session:
        promise_templates.change(session, ada, row.id, replace(WARM, amount_minor=700), if_version=1, now=now)
        changed = promise_templates.by_short_code(session, ada, "warm")
        assert changed is not None
        assert changed.amount_minor == 700
    with db.transaction() as session:
        promise_templates.retire(session, ada, row.id, if_version=2, now=now)
        assert promise_templates.by_short_code(session, ada, "warm") is None
    with db.transaction() as session:
        promise_templates.add(session, ada, WARM, currency="USD", now=now)
        assert promise_templates.add_starting(session, ada, currency="USD", now=now) == 0

    with pytest.raises(NotFound), db.transaction() as session:
        promise_templates.retire(session, ada, row.id, if_version=2, now=now)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(WARM, short_code="a b"),
        replace(WARM, short_code=""),
        replace(WARM, short_code="x" * 21),
        replace(WARM, name=""),
        replace(WARM, item="x" * 201),
        replace(WARM, amount_minor=-1),
        replace(WARM, type=PromiseType.CALL_BACK),
        replace(WARM, percent_hundredths=1_000),
        replace(WARM, type=PromiseType.DISCOUNT_PERCENT, percent_hundredths=10_001),
    ],
)
def test_a_template_that_could_not_be_promised_is_refused(cast: Cast, wrong: Template) -> None:
    with pytest.raises(InvalidInput), db.transaction() as session:
        promise_templates.add(session, acting(cast.ada), wrong, currency="USD", now=utc_now())


def test_a_short_code_belongs_to_one_and_agents_write_none(cast: Cast) -> None:
    with pytest.raises(Conflict), db.transaction() as session:
        promise_templates.add(
            session, acting(cast.ada), replace(WARM, short_code="EX"), currency="USD", now=utc_now()
        )
    with pytest.raises(NotPermitted), db.transaction() as session:
        promise_templates.add(session, acting(cast.kim), WARM, currency="USD", now=utc_now())


def test_the_soft_lease_is_the_settings(cast: Cast) -> None:
    assert timedelta(seconds=settings().soft_claim_seconds) == SOFT
