"""Between issue and end: questions, moves, ends and second lives, with books that add up."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided, Refusal
from bridge.errors import Conflict, FourEyes, InvalidInput, NotFound, NotPermitted
from bridge.lifecycle import Action, Status
from bridge.promises import StoreScope
from bridge.reasons import Question, RevokeReason, TransferReason
from bridge.roles import Actor
from bridge.services import (
    appealing,
    asking,
    closing,
    duplicates,
    extending,
    revoking,
    superseding,
    transferring,
    undoing,
    verifying,
)
from bridge.services.issuing import Wanted
from bridge.services.promises import Made
from bridge.settings import settings
from tests.api.life_stage import (
    acted,
    actor_of,
    asked_case,
    closed_case,
    declined_case,
    offered_case,
    small,
)
from tests.cast import Cast, Member, claimed_thread, decide, line, once, promise, vault
from tests.services.test_counter import look

Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(autouse=True)
def books_agree_afterwards(cast: Cast) -> object:
    """History and books are whole after every test in this file."""
    yield
    with db.reading() as snapshot:
        found = [*verifying.reconcile(snapshot), *verifying.verify(snapshot, settings=settings())]
    assert found == []


def one(owner: Owner, columns: str, escalation_id: UUID) -> tuple[object, ...] | None:
    return owner.execute(f"SELECT {columns} FROM escalations WHERE id = %s", [escalation_id]).fetchone()


def told(owner: Owner, escalation_id: UUID) -> list[str]:
    rows = owner.execute("SELECT action FROM timeline WHERE stream = %s ORDER BY seq", [str(escalation_id)])
    return [str(row[0]) for row in rows.fetchall()]


def ask(cast: Cast, escalation_id: UUID, by: Member | None = None, *, is_live: bool = False) -> Any:
    return acted(
        asking.ask,
        by or cast.lee,
        escalation_id,
        question=Question.EQUAL_ITEM,
        text="",
        is_live=is_live,
        settings=settings(),
    )


def answer(by: Member, escalation_id: UUID, **asked: Any) -> Any:
    values = {"text": "Yes.", "valid_until": None, **asked}
    return acted(asking.answer, by, escalation_id, **values, settings=settings())


# Questions


def test_a_question_holds_the_case_until_it_is_answered(cast: Cast, owner: Owner) -> None:
    made = small(cast)

    asked = ask(cast, made.id)

    assert asked.status is Status.AWAITING_AGENT
    assert look(cast.sam, made.code).verdict.value == "on_hold"
    answered = answer(cast.ana, made.id)
    assert (answered.status, answered.subject_id) == (Status.ISSUED, asked.subject_id)
    row = owner.execute("SELECT state, answer FROM info_requests").fetchone()
    assert row == ("answered", "Yes.")
    notices = owner.execute("SELECT template, channel FROM notices ORDER BY 1, 2").fetchall()
    assert notices == [
        ("question_answered", "inbox"),
        ("question_asked", "email"),
        ("question_asked", "inbox"),
    ]


def test_a_seen_case_is_seen_again_after_the_answer(cast: Cast) -> None:
    made = small(cast)
    decide(cast, cast.lee, escalation_id=made.id, action=Action.ACKNOWLEDGE)
    ask(cast, made.id)

    assert answer(cast.kim, made.id).status is Status.ACKNOWLEDGED


def test_a_live_question_knows_when_it_ends(cast: Cast, owner: Owner) -> None:
    made = small(cast)
    ask(cast, made.id, is_live=True)

    row = owner.execute("SELECT expires_at - asked_at, is_live FROM info_requests").fetchone()
    assert row == (timedelta(minutes=10), True)


def test_a_case_has_three_questions_and_no_fourth(cast: Cast) -> None:
    made = small(cast)
    for _ in range(3):
        ask(cast, made.id)
        answer(cast.ana, made.id)

    with pytest.raises(Conflict):
        ask(cast, made.id)


def test_the_answer_extends_the_promise_by_the_same_press(cast: Cast, owner: Owner) -> None:
    made = asked_case(cast)
    later = made.valid_until + timedelta(days=3)

    answer(cast.ana, made.id, valid_until=later)

    assert one(owner, "valid_until", made.id) == (later,)
    assert told(owner, made.id) == ["submit", "ask_agent", "extend", "answer"]


def test_an_answer_may_come_from_a_colleague_who_may_not_extend_it(cast: Cast) -> None:
    made = asked_case(cast)

    with pytest.raises(NotPermitted):
        answer(cast.ivy, made.id, valid_until=made.valid_until + timedelta(days=1))
    assert answer(cast.ivy, made.id).status is Status.ISSUED


def test_who_asked_takes_the_question_back_and_another_associate_does_not(cast: Cast, owner: Owner) -> None:
    made = small(cast)
    ask(cast, made.id, cast.sam)

    with pytest.raises(NotPermitted):
        acted(asking.withdraw, cast.lee, made.id)
    assert acted(asking.withdraw, cast.sam, made.id).status is Status.ISSUED
    assert owner.execute("SELECT state FROM info_requests").fetchone() == ("withdrawn",)


def test_an_open_question_ends_with_the_promise(cast: Cast, owner: Owner) -> None:
    made = asked_case(cast)

    revoke(cast.kim, made.id)

    assert owner.execute("SELECT state FROM info_requests").fetchone() == ("withdrawn",)


# Moves


def test_an_accepted_case_is_the_other_store_s_with_the_same_code(cast: Cast, owner: Owner) -> None:
    made, transfer_id = offered_case(cast)
    assert look(cast.sam, made.code).verdict.value == "on_hold"

    accepted = acted(transferring.decide, cast.mia, transfer_id, Action.ACCEPT_TRANSFER, note="")

    assert accepted.status is Status.ISSUED
    assert one(owner, "store_id, presented_at, acknowledged_at", made.id) == (cast.store_40.id, None, None)
    assert look(cast.sam, made.code).verdict.value == "other_store"
    assert look(cast.mia, made.code).verdict.value == "genuine"
    done = decide(cast, cast.mia, code=made.code)
    assert isinstance(done, Decided)
    told_to = owner.execute("SELECT DISTINCT template, person_id FROM notices ORDER BY 1").fetchall()
    assert ("transfer_offered", cast.mia.person.id) in told_to
    assert ("transfer_decided", cast.sam.person.id) in told_to
    assert ("transfer_decided", cast.ana.person.id) in told_to


def test_a_refused_case_stays_where_it_was(cast: Cast, owner: Owner) -> None:
    made = small(cast)
    decide(cast, cast.lee, escalation_id=made.id, action=Action.ACKNOWLEDGE)
    offered = acted(
        transferring.offer,
        cast.ana,
        made.id,
        by_store=False,
        to_number="40",
        reason=TransferReason.CUSTOMER_WISH,
        note="",
    )

    refused = acted(transferring.decide, cast.mia, offered.subject_id, Action.REFUSE_TRANSFER, note="no")

    assert refused.status is Status.ACKNOWLEDGED
    assert one(owner, "store_id", made.id) == (cast.store_12.id,)


def test_only_the_store_that_was_asked_accepts(cast: Cast) -> None:
    _, transfer_id = offered_case(cast)

    with pytest.raises(NotFound):
        acted(transferring.decide, cast.sam, transfer_id, Action.ACCEPT_TRANSFER, note="")
    with pytest.raises(NotPermitted):
        acted(transferring.decide, cast.lee, transfer_id, Action.ACCEPT_TRANSFER, note="")


@pytest.mark.parametrize("number", ["12", "99", "40"])
def test_a_store_that_cannot_take_it_is_not_asked(cast: Cast, owner: Owner, number: str) -> None:
    owner.execute("UPDATE stores SET accepts_escalations = false WHERE number = '40'")
    made = small(cast)

    with pytest.raises(InvalidInput):
        acted(
            transferring.offer,
            cast.sam,
            made.id,
            by_store=True,
            to_number=number,
            reason=TransferReason.NO_STOCK,
            note="",
        )


def test_a_right_for_a_district_does_not_move_to_another(cast: Cast, owner: Owner) -> None:
    made = small(cast)
    owner.execute("UPDATE authority_grants SET scope_unit_id = %s", [cast.district.id])

    with pytest.raises(Conflict):
        acted(
            transferring.offer,
            cast.sam,
            made.id,
            by_store=True,
            to_number="40",
            reason=TransferReason.NO_STOCK,
            note="",
        )


def test_what_counts_anywhere_needs_no_move(cast: Cast) -> None:
    made = promise(cast, by=cast.kim, store_scope=StoreScope.ANY, store_number=None)

    with pytest.raises(Conflict):
        acted(
            transferring.offer,
            cast.kim,
            made.id,
            by_store=False,
            to_number="40",
            reason=TransferReason.NO_STOCK,
            note="",
        )


def test_a_colleague_does_not_take_back_another_s_offer_and_a_lead_does(cast: Cast) -> None:
    _, transfer_id = offered_case(cast, cast.ana)

    with pytest.raises(NotPermitted):
        acted(transferring.withdraw, cast.ivy, transfer_id, note="")
    assert acted(transferring.withdraw, cast.kim, transfer_id, note="").status is Status.ISSUED


# Taking back and replacing


def revoke(by: Member, escalation_id: UUID) -> Any:
    return acted(
        revoking.revoke,
        by,
        escalation_id,
        reason=RevokeReason.ERROR_IN_PROMISE,
        text="Meant another one.",
        if_version=None,
    )


def test_a_revoked_code_is_withdrawn_at_once_and_its_rest_given_up(cast: Cast, owner: Owner) -> None:
    made = small(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=30)

    revoked = revoke(cast.kim, made.id)

    assert (revoked.status, revoked.remaining_minor) == (Status.REVOKED, 0)
    assert look(cast.sam, made.code).verdict.value == "withdrawn"
    void = owner.execute("SELECT amount_minor FROM ledger_transfers WHERE to_account = 'void'").fetchall()
    assert void == [(70,)]
    assert owner.execute("SELECT visibility, text FROM notes").fetchone() == (
        "internal",
        "Meant another one.",
    )


def test_the_author_does_not_revoke_and_another_brand_finds_nothing(cast: Cast, owner: Owner) -> None:
    made = small(cast)

    with pytest.raises(NotPermitted):
        revoke(cast.ana, made.id)
    owner.execute("UPDATE escalations SET status = 'issued'")
    stranger = Actor(
        kind="person",
        id=cast.kim.person.id,
        name="Kim",
        brand_id=made.id,
        assignments=actor_of(cast.kim).assignments,
        credential_id=cast.kim.credential_id,
    )
    with pytest.raises(NotFound), db.act() as act:
        revoking.revoke(
            act,
            stranger,
            made.id,
            reason=RevokeReason.FRAUD,
            text="",
            if_version=None,
            once=once("revoke"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
        )


def supersede(cast: Cast, old: Made, thread_id: UUID, amount_minor: int, by: Member | None = None) -> Made:
    author = by or cast.ana
    wanted = Wanted(
        thread_id=thread_id, lines=[line(amount_minor)], store_scope=StoreScope.ONE, store_number="12"
    )
    with db.act() as act:
        result = superseding.supersede(
            act,
            author.token,
            old.id,
            wanted,
            if_version=None,
            once=once("supersede"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    assert isinstance(result, Made)
    return result


def test_a_new_promise_takes_the_old_one_s_place_in_one_step(cast: Cast, owner: Owner) -> None:
    thread = claimed_thread(cast)
    old = small(cast, thread_id=thread.id)

    new = supersede(cast, old, thread.id, 500)

    assert look(cast.sam, old.code).verdict.value == "replaced"
    assert look(cast.sam, new.code).verdict.value == "genuine"
    assert one(owner, "status, superseded_by_id, remaining_minor", old.id) == ("revoked", new.id, 0)
    assert one(owner, "status, supersedes_id, remaining_minor", new.id) == ("issued", old.id, 500)
    refused = decide(cast, cast.sam, code=old.code)
    assert isinstance(refused, Refusal)
    assert refused.why == "replaced"


def test_what_is_over_the_own_right_replaces_nothing(cast: Cast, owner: Owner) -> None:
    thread = claimed_thread(cast)
    old = small(cast, thread_id=thread.id)

    with pytest.raises(FourEyes):
        supersede(cast, old, thread.id, 1_000_000)

    assert one(owner, "status", old.id) == ("issued",)
    assert owner.execute("SELECT count(*) FROM escalations").fetchone() == (1,)


def test_a_replaced_promise_cannot_be_opened_again(cast: Cast) -> None:
    thread = claimed_thread(cast)
    old = small(cast, thread_id=thread.id)
    new = supersede(cast, old, thread.id, 500)
    acted(closing.close, cast.ana, old.id, cause=None, if_version=None, settings=settings())
    revoke(cast.kim, new.id)

    with pytest.raises(Conflict):
        reopen(cast.ana, old.id)


# Longer, closed, open again


def extend(by: Member, escalation_id: UUID, days: int) -> Any:
    return acted(
        extending.extend,
        by,
        escalation_id,
        valid_until=utc_now() + timedelta(days=days),
        if_version=None,
        settings=settings(),
        vault=vault(),
    )


def test_a_live_promise_counts_longer_with_the_same_code(cast: Cast) -> None:
    made = small(cast)

    extended = extend(cast.ana, made.id, 20)

    assert (extended.status, extended.code) == (Status.ISSUED, None)
    assert extended.valid_until > made.valid_until
    assert look(cast.sam, made.code).verdict.value == "genuine"


@pytest.mark.parametrize("days", [1, 31])
def test_an_end_that_is_not_later_or_too_far_is_refused(cast: Cast, days: int) -> None:
    made = small(cast)

    with pytest.raises(InvalidInput):
        extend(cast.ana, made.id, days)


def test_nobody_extends_a_colleague_s_case_but_a_lead(cast: Cast) -> None:
    made = small(cast)

    with pytest.raises(NotPermitted):
        extend(cast.ivy, made.id, 20)
    assert extend(cast.kim, made.id, 20).status is Status.ISSUED


def test_an_expired_promise_is_given_again_with_a_new_code(cast: Cast) -> None:
    from bridge import ledger
    from bridge.queries.escalations import Saved, lock, save
    from bridge.roles import THE_CLOCK

    made = small(cast)
    with db.act() as act:
        found = lock(act, made.id)
        assert found is not None
        escalation = found[0]
        rest, escalation.remaining_minor = escalation.remaining_minor, 0
        link = escalation.apply(Action.EXPIRE, actor=THE_CLOCK, now=utc_now(), facts={})
        save(act, escalation, Saved(link=link, transfers=ledger.give_up(made.id, rest)))

    extended = extend(cast.ana, made.id, 20)

    assert (extended.status, extended.remaining_minor) == (Status.ISSUED, 100)
    assert look(cast.sam, made.code).verdict.value == "replaced"
    assert look(cast.sam, extended.code).verdict.value == "genuine"


def reopen(by: Member, escalation_id: UUID, *, after: timedelta = timedelta()) -> Any:
    return acted(
        closing.reopen,
        by,
        escalation_id,
        reason="They have it now.",
        valid_until=None,
        if_version=None,
        now=utc_now() + after,
        settings=settings(),
        vault=vault(),
    )


def test_a_code_of_which_a_part_was_given_is_used_and_not_expired_when_the_case_is_closed(cast: Cast) -> None:
    made = small(cast)
    given = decide(cast, cast.sam, code=made.code, amount_minor=40, keep_rest=False)
    assert isinstance(given, Decided)
    later = utc_now() + timedelta(minutes=2)

    acted(closing.close, cast.ana, made.id, cause=None, if_version=None, settings=settings(), now=later)

    assert look(cast.sam, made.code).verdict.value == "already_used"


def test_a_closed_case_lives_again_with_a_new_code_and_its_count(cast: Cast, owner: Owner) -> None:
    made = closed_case(cast)

    again = reopen(cast.ana, made.id)

    assert (again.status, again.remaining_minor) == (Status.ISSUED, 100)
    assert one(owner, "reopened, closed_at, ended_at, outcome, told_at", made.id) == (
        1,
        None,
        None,
        None,
        None,
    )
    assert look(cast.sam, again.code).verdict.value == "genuine"


def test_after_thirty_days_a_closed_case_stays_closed(cast: Cast) -> None:
    made = closed_case(cast)

    with pytest.raises(Conflict):
        reopen(cast.ana, made.id, after=timedelta(days=30, seconds=1))


def test_what_headquarters_upheld_only_headquarters_opens(cast: Cast, owner: Owner) -> None:
    made = closed_case(cast)
    owner.execute(
        "INSERT INTO reviews (id, brand_id, escalation_id, entry_reason, state, facts, opened_at, finding, "
        "finding_text) VALUES (gen_random_uuid(), %s, %s, 'appeal', 'closed', '{}', now(), 'upheld', '')",
        [cast.brand.id, made.id],
    )

    with pytest.raises(NotPermitted):
        reopen(cast.kim, made.id)
    assert reopen(cast.hana, made.id).status is Status.ISSUED


def test_a_case_whose_value_was_all_given_needs_a_new_promise(cast: Cast) -> None:
    made = small(cast)
    decide(cast, cast.sam, code=made.code)
    later = utc_now() + timedelta(minutes=2)
    acted(closing.close, cast.ana, made.id, cause=None, if_version=None, now=later, settings=settings())

    with pytest.raises(Conflict):
        reopen(cast.ana, made.id)


def test_nothing_is_closed_while_the_store_can_take_it_back(cast: Cast) -> None:
    made = small(cast)
    decide(cast, cast.sam, code=made.code)

    with pytest.raises(Conflict):
        acted(closing.close, cast.ana, made.id, cause=None, if_version=None, settings=settings())


@pytest.mark.parametrize("cause", ["store", "STORE_SERVICE.", "STORE.a.b.c", "A B"])
def test_a_cause_that_is_none_is_refused(cast: Cast, cause: str) -> None:
    made = small(cast)

    with pytest.raises(InvalidInput):
        acted(closing.code_cause, cast.ana, made.id, cause=cause)


def test_a_cause_is_coded_without_closing_and_the_version_stays(cast: Cast, owner: Owner) -> None:
    made = small(cast)

    coded = acted(closing.code_cause, cast.ana, made.id, cause="STORE_SERVICE.conduct.rude")

    assert (coded.status, coded.version) == (Status.ISSUED, made.version)
    assert one(owner, "cause_code", made.id) == ("STORE_SERVICE.conduct.rude",)
    assert told(owner, made.id) == ["submit", "cause.coded"]


def test_the_first_time_the_customer_was_told_counts(cast: Cast, owner: Owner) -> None:
    made = declined_case(cast)
    acted(closing.tell_customer, cast.ana, made.id, channel="private")
    first = one(owner, "told_at", made.id)

    acted(closing.tell_customer, cast.kim, made.id, channel="phone")

    assert one(owner, "told_at", made.id) == first
    assert told(owner, made.id)[-2:] == ["tell_customer", "tell_customer"]


# Annulling


def annul(by: Member, decision_id: UUID | None, *, after: timedelta = timedelta()) -> Decided:
    assert decision_id is not None
    with db.act() as act:
        result = undoing.annul(
            act,
            actor_of(by),
            decision_id,
            reason_text="The wrong customer.",
            once=once("annul"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now() + after,
            settings=settings(),
        )
    assert isinstance(result, Decided)
    return result


def honoured(cast: Cast) -> tuple[Made, UUID | None]:
    made = small(cast)
    done = decide(cast, cast.sam, code=made.code)
    assert isinstance(done, Decided)
    return made, done.decision_id


def test_a_manager_annuls_on_any_device_and_the_value_counts_again(cast: Cast, owner: Owner) -> None:
    made, decision_id = honoured(cast)
    owner.execute(
        "UPDATE role_assignments SET role = 'store_manager' WHERE person_id = %s", [cast.lee.person.id]
    )

    annulled = annul(cast.lee, decision_id, after=timedelta(hours=23))

    assert annulled.escalation.status is Status.ISSUED
    assert look(cast.sam, made.code).verdict.value == "genuine"
    assert told(owner, made.id) == ["submit", "honour", "annul"]
    with pytest.raises(Conflict):
        annul(cast.sam, decision_id)


def test_annulling_ends_after_a_day_and_at_the_store_s_door(cast: Cast) -> None:
    _, decision_id = honoured(cast)

    with pytest.raises(Conflict):
        annul(cast.sam, decision_id, after=timedelta(hours=24, seconds=1))
    with pytest.raises(NotPermitted):
        annul(cast.lee, decision_id)
    with pytest.raises(NotFound):
        annul(cast.mia, decision_id)


def test_a_decision_is_not_annulled_over_a_newer_promise_of_its_thread(cast: Cast) -> None:
    thread = claimed_thread(cast)
    made = small(cast, thread_id=thread.id)
    done = decide(cast, cast.sam, code=made.code)
    assert isinstance(done, Decided)
    small(cast, thread_id=thread.id)

    with pytest.raises(Conflict):
        annul(cast.sam, done.decision_id)


# Appeals


def appeal_token(cast: Cast, escalation_id: UUID) -> str:
    made = acted(appealing.make_link, cast.ana, escalation_id, settings=settings())
    assert made.link is not None
    return str(made.link).rsplit("/", 1)[1]


def file(token: str, *, after: timedelta = timedelta()) -> bool:
    with db.act() as act:
        return appealing.file(act, token, text="They laughed at me.", now=utc_now() + after)


def opens(token: str, *, after: timedelta = timedelta()) -> bool:
    with db.statement() as connection:
        return appealing.open_link(connection, token, now=utc_now() + after) is not None


def test_an_appeal_takes_the_case_to_headquarters_once(cast: Cast, owner: Owner) -> None:
    made = declined_case(cast)
    token = appeal_token(cast, made.id)

    assert opens(token)
    assert file(token)
    assert not file(token)
    assert not opens(token)
    assert one(owner, "status", made.id) == ("under_review",)
    row = owner.execute("SELECT entry_reason, state, facts FROM reviews").fetchone()
    assert row is not None
    assert row[:2] == ("appeal", "open")
    assert "laughed" not in str(row[2])
    assert owner.execute("SELECT count(*) FROM timeline WHERE body LIKE '%%laughed%%'").fetchone() == (0,)
    with pytest.raises(Conflict):
        appeal_token(cast, made.id)


def test_a_link_ends_after_fourteen_days_and_with_the_next_one(cast: Cast) -> None:
    made = declined_case(cast)
    first = appeal_token(cast, made.id)
    second = appeal_token(cast, made.id)

    assert not opens(first)
    assert not file(first)
    assert opens(second, after=timedelta(days=13, hours=23))
    assert not file(second, after=timedelta(days=14, seconds=1))
    assert not file("guessed")


def test_the_token_is_kept_as_a_hash_alone(cast: Cast, owner: Owner) -> None:
    made = declined_case(cast)
    token = appeal_token(cast, made.id)

    for table in ("appeals", "timeline", "outcomes", "idempotency_keys", "notices"):
        found = owner.execute(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"]
        ).fetchone()
        assert found == (0,), table


def test_an_appeal_against_a_case_that_lives_again_changes_nothing(cast: Cast, owner: Owner) -> None:
    made = closed_case(cast)
    token = appeal_token(cast, made.id)
    reopen(cast.ana, made.id)

    assert not file(token)
    assert one(owner, "status", made.id) == ("issued",)
    assert owner.execute("SELECT used_at FROM appeals").fetchone() == (None,)


# Duplicates


def link(cast: Cast, one_id: UUID, other: UUID) -> Any:
    return acted(duplicates.link, cast.ana, one_id, duplicate_of_id=other, reason="the same receipt")


def test_a_link_is_cut_and_both_cases_and_the_link_stay(cast: Cast, owner: Owner) -> None:
    first, second = small(cast), small(cast)
    linked = link(cast, second.id, first.id)

    acted(duplicates.cut, cast.kim, linked.subject_id, reason="two customers")

    row = owner.execute("SELECT reason, cut_reason, cut_at IS NOT NULL FROM duplicate_links").fetchone()
    assert row == ("the same receipt", "two customers", True)
    assert told(owner, second.id) == ["submit", "duplicate.linked", "duplicate.cut"]
    assert owner.execute("SELECT count(*) FROM escalations WHERE status = 'issued'").fetchone() == (2,)
    link(cast, second.id, first.id)


def test_links_are_one_deep_and_never_in_a_circle(cast: Cast) -> None:
    first, second, third = small(cast), small(cast), small(cast)
    link(cast, second.id, first.id)

    for one_id, other in ((first.id, second.id), (third.id, second.id), (first.id, third.id)):
        with pytest.raises(Conflict):
            link(cast, one_id, other)
    with pytest.raises(InvalidInput):
        link(cast, third.id, third.id)
