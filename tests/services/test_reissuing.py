"""A promise that ended is given again: new code, new right, and books that still add up."""

from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided
from bridge.errors import Conflict, FourEyes, InvalidInput
from bridge.lifecycle import Action, Status
from bridge.promises import DeclineReason, Level
from bridge.queries.callers import identify
from bridge.queries.escalations import Saved, lock, save
from bridge.roles import Actor
from bridge.services import reissuing, undoing, verifying
from bridge.settings import settings
from tests.cast import Cast, Member, claimed_thread, decide, line, once, promise, vault
from tests.services.test_counter import look

Owner = psycopg.Connection[tuple[object, ...]]
pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


def actor_of(member: Member) -> Actor:
    with db.statement() as connection:
        found = identify(connection, member.token, now=utc_now(), settings=settings())
    assert found is not None
    return found[0]


def move(escalation_id: UUID, action: Action, by: Actor, **facts: object) -> None:
    """The bare act, as the clock or HQ would do it."""
    with db.act() as act:
        found = lock(act, escalation_id)
        assert found is not None
        link = found[0].apply(action, actor=by, now=utc_now(), facts=facts)
        save(act, found[0], Saved(link=link))


def overturn(
    by: Member, escalation_id: UUID, *, until: datetime | None = None, four_eyes: bool = True
) -> reissuing.Reissued:
    now = utc_now()
    with db.act() as act:
        reissuing.lock_customer(act, escalation_id)
        found = lock(act, escalation_id)
        assert found is not None
        escalation, actor = found[0], actor_of(by)
        again = reissuing.reissue(
            act,
            escalation,
            actor,
            valid_until=until or now + timedelta(days=7),
            four_eyes=four_eyes,
            now=now,
            settings=settings(),
            vault=vault(),
        )
        link = escalation.apply(
            Action.OVERTURN, actor=actor, now=now, facts={"reason": "fair", **again.facts}
        )
        save(act, escalation, Saved(link=link, transfers=again.transfers))
    return again


def declined(cast: Cast, **wanted: object) -> tuple[UUID, str, Decided]:
    made = promise(cast, **wanted)
    done = decide(
        cast, cast.sam, escalation_id=made.id, action=Action.DECLINE, reason=DeclineReason.MANAGER_DISAGREES
    )
    assert isinstance(done, Decided)
    move(made.id, Action.REVIEW, actor_of(cast.hana))
    assert made.code is not None
    return made.id, made.code, done


def test_an_overturned_refusal_gives_the_value_and_a_new_code(cast: Cast, owner: Owner) -> None:
    escalation_id, old, _ = declined(cast)

    again = overturn(cast.hana, escalation_id)

    row = owner.execute("SELECT status, remaining_minor FROM escalations").fetchone()
    assert row == ("issued", 4_000)
    assert look(cast.sam, old).verdict.value == "replaced"
    assert look(cast.sam, again.code).verdict.value == "genuine"
    honoured = decide(cast, cast.sam, code=again.code)
    assert isinstance(honoured, Decided)
    assert (honoured.escalation.status, honoured.amount_minor) == (Status.HONOURED, 4_000)
    accounts = owner.execute(
        "SELECT split_part(account, ':', 1), sum(amount_minor) FROM ledger_entries GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert accounts == [("authority", -8_000), ("promise", 0), ("store", 4_000), ("void", 4_000)]


def test_only_what_was_not_given_is_given_again(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=1_500, keep_rest=False)
    move(made.id, Action.REVIEW, actor_of(cast.hana))

    assert overturn(cast.hana, made.id).amount_minor == 2_500
    assert owner.execute("SELECT remaining_minor FROM escalations").fetchone() == (2_500,)


def test_a_decision_of_the_first_life_cannot_be_undone_any_more(cast: Cast) -> None:
    escalation_id, _, done = declined(cast)
    overturn(cast.hana, escalation_id)
    assert done.decision_id is not None

    with pytest.raises(Conflict), db.act() as act:
        undoing.undo(
            act,
            actor_of(cast.sam),
            done.decision_id,
            reason_text="late",
            once=once("undo"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
        )


def test_nobody_gives_again_what_they_promised_themselves(cast: Cast) -> None:
    escalation_id, _, _ = declined(cast)

    with pytest.raises(FourEyes):
        overturn(cast.ana, escalation_id)


def test_the_own_right_has_to_cover_the_rest(cast: Cast) -> None:
    escalation_id, _, _ = declined(cast, lines=[line(2_000, level=Level.INSTRUCT)])

    with pytest.raises(FourEyes) as refused:
        overturn(cast.ivy, escalation_id)

    assert refused.value.details["reasons"] == ["no_grant"]


def test_a_budget_of_one_s_own_is_spent(cast: Cast, owner: Owner) -> None:
    owner.execute("UPDATE authority_grants SET budget_day_minor = 3999 WHERE grantee_role = 'hq'")
    escalation_id, _, _ = declined(cast)

    with pytest.raises(FourEyes) as refused:
        overturn(cast.hana, escalation_id)

    assert refused.value.details["reasons"] == ["budget"]
    assert owner.execute("SELECT count(*) FROM reference_codes").fetchone() == (1,)


def test_an_end_in_the_past_is_refused(cast: Cast) -> None:
    escalation_id, _, _ = declined(cast)

    with pytest.raises(InvalidInput):
        overturn(cast.hana, escalation_id, until=utc_now())


def test_a_thread_with_another_live_promise_keeps_that_one(cast: Cast) -> None:
    thread = claimed_thread(cast)
    escalation_id, _, _ = declined(cast, thread_id=thread.id)
    promise(cast, thread_id=thread.id)

    with pytest.raises(Conflict):
        overturn(cast.hana, escalation_id)


def test_a_reissue_that_no_link_tells_of_is_found(cast: Cast, owner: Owner) -> None:
    """The negative control of the books' rule."""
    made = promise(cast)
    owner.execute(
        "INSERT INTO ledger_transfers (at, kind, from_account, to_account, amount_minor, currency, escalation_id) "
        "SELECT now(), 'issue', 'authority:x', 'promise:' || id, 100, 'USD', id FROM escalations"
    )
    owner.execute(
        "INSERT INTO ledger_transfers (at, kind, from_account, to_account, amount_minor, currency, escalation_id) "
        "SELECT now(), 'give_up', 'promise:' || id, 'void', 100, 'USD', id FROM escalations"
    )
    with db.reading() as snapshot:
        found = [finding.kind for finding in verifying.reconcile(snapshot)]
    owner.execute("TRUNCATE ledger_transfers")
    owner.execute(
        "INSERT INTO ledger_transfers (at, kind, from_account, to_account, amount_minor, currency, escalation_id) "
        "SELECT now(), 'issue', 'authority:x', 'promise:' || id, 4000, 'USD', id FROM escalations"
    )

    assert found == ["remainder"]
    assert made.code
