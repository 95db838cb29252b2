"""Making a promise: the right to it is checked, frozen and, where it does not reach, asked for."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.errors import (
    ClaimTaken,
    Conflict,
    FourEyes,
    IllegalAction,
    InvalidInput,
    NotFound,
    NotPermitted,
    PromiseRefused,
    VersionMismatch,
)
from bridge.idempotency import Replayed
from bridge.lifecycle import Status
from bridge.models import RoleAssignment
from bridge.promises import Level, PromiseType, Proof, StoreScope
from bridge.queries.callers import identify
from bridge.roles import Role
from bridge.services import approvals, handing_over
from bridge.services.approvals import Settled
from bridge.settings import settings
from tests.cast import Cast, Member, claimed_thread, line, once, promise, vault

Owner = psycopg.Connection[tuple[object, ...]]


def approve(by: Member, escalation_id: UUID, *, version: int | None = None, key: str | None = None) -> object:
    with db.act() as act:
        return approvals.approve(
            act,
            by.token,
            escalation_id,
            reason="it is fair",
            if_version=version,
            once=once("approve", key),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )


def test_within_the_right_a_code_is_issued_and_the_right_is_frozen(cast: Cast, owner: Owner) -> None:
    made = promise(cast, lines=[line(4_000, waives=frozenset({Proof.RECEIPT}))])

    assert (made.status, made.reasons) == (Status.ISSUED, ())
    owner.execute("UPDATE authority_grants SET max_amount_minor = 1, name = 'changed later'")
    row = owner.execute("SELECT authority FROM escalations").fetchone()
    assert row is not None
    grant = row[0]["lines"][0]["grant"]  # type: ignore[index]  # JSON
    assert (grant["name"], grant["max_amount_minor"]) == ("Senior agent: authorise", 10_000)


def test_of_two_roles_the_one_that_began_first_stands_beside_the_name(cast: Cast, owner: Owner) -> None:
    with db.transaction() as session:
        session.add(
            RoleAssignment(
                person_id=cast.ana.person.id,
                role=Role.LEAD,
                org_unit_id=cast.care.id,
                valid_from=utc_now() - timedelta(days=365),
            )
        )

    promise(cast)

    assert owner.execute("SELECT authority -> 'agent' ->> 'role' FROM escalations").fetchone() == ("lead",)


@pytest.mark.parametrize(
    ("by", "asked", "reasons"),
    [
        ("ana", {"amount_minor": 10_001}, ["amount"]),
        ("ana", {"lines": [line(6_000), line(6_000)]}, ["amount"]),
        ("ana", {"lines": [line(100, waives=frozenset({Proof.PACKAGING}))]}, ["proof"]),
        ("ana", {"store_scope": StoreScope.ANY, "store_number": None}, ["store_out_of_scope"]),
        ("ivy", {"amount_minor": 100}, ["no_grant"]),
        ("ana", {"lines": [line(3_000, level=Level.INSTRUCT)]}, ["amount"]),
    ],
)
def test_over_the_right_it_waits_for_approval_without_a_code(
    cast: Cast, owner: Owner, by: str, asked: dict[str, object], reasons: list[str]
) -> None:
    made = promise(cast, by=cast.members[by], **asked)

    assert (made.status, made.code, [reason.value for reason in made.reasons]) == (
        Status.PENDING_APPROVAL,
        None,
        reasons,
    )
    assert owner.execute("SELECT count(*) FROM reference_codes").fetchone() == (0,)
    assert owner.execute("SELECT remaining_minor FROM escalations").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE people SET training_valid_until = now() - interval '1 day'", "training_expired"),
        ("UPDATE official_handles SET status = 'suspended'", "handle_not_official"),
        ("UPDATE stores SET has_counter = false", "store_cannot"),
        ("UPDATE stores SET accepts_escalations = false", "store_cannot"),
    ],
)
def test_what_nobody_may_carry_is_refused(cast: Cast, owner: Owner, change: str, reason: str) -> None:
    owner.execute(change)

    with pytest.raises(PromiseRefused) as refused:
        promise(cast)

    assert refused.value.details["reasons"] == [reason]
    assert owner.execute("SELECT count(*) FROM escalations").fetchone() == (0,)


def test_only_who_holds_the_thread_promises(cast: Cast) -> None:
    thread = claimed_thread(cast, cast.kim)

    with pytest.raises(ClaimTaken) as taken:
        promise(cast, thread_id=thread.id)

    assert taken.value.details["holder"] == "Kim"


def test_a_second_promise_for_a_thread_needs_a_reason(cast: Cast) -> None:
    thread = claimed_thread(cast)
    promise(cast, thread_id=thread.id)

    with pytest.raises(Conflict):
        promise(cast, thread_id=thread.id)
    again = promise(cast, thread_id=thread.id, second_promise_reason="two things were broken")

    assert again.status is Status.ISSUED


def test_vague_promises_are_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        promise(cast, amount_minor=0)
    with pytest.raises(InvalidInput):
        promise(cast, lines=[line(100, type=PromiseType.INFORMATION)])
    with pytest.raises(InvalidInput):
        promise(cast, store_number="999")
    with pytest.raises(InvalidInput):
        promise(cast, valid_until=utc_now() - timedelta(days=1))


def test_without_an_end_it_ends_when_the_store_closes_in_a_week(cast: Cast) -> None:
    from zoneinfo import ZoneInfo

    made = promise(cast)

    local = made.valid_until.astimezone(ZoneInfo("America/Chicago"))
    assert (local.hour, local.minute) in {(21, 30), (19, 0)}
    assert timedelta(days=6) < made.valid_until - utc_now() < timedelta(days=8)


def test_a_customer_s_cap_counts_what_was_promised_in_thirty_days(cast: Cast, owner: Owner) -> None:
    owner.execute(
        "UPDATE authority_grants SET max_customer_30d_minor = 5000 WHERE name = 'Senior agent: authorise'"
    )
    thread = claimed_thread(cast)
    promise(cast, thread_id=thread.id)

    second = promise(cast, thread_id=thread.id, second_promise_reason="again")

    assert [reason.value for reason in second.reasons] == ["customer_cap"]


def test_a_spent_budget_asks_for_approval_and_the_next_day_is_new(cast: Cast, owner: Owner) -> None:
    owner.execute("UPDATE authority_grants SET budget_day_minor = 7000, max_customer_30d_minor = NULL")
    assert promise(cast).status is Status.ISSUED

    second = promise(cast)

    assert [reason.value for reason in second.reasons] == ["budget"]
    owner.execute("UPDATE budget_uses SET starts_on = starts_on - 1")
    assert promise(cast).status is Status.ISSUED


def test_kim_approves_and_only_then_there_is_a_code(cast: Cast, owner: Owner) -> None:
    made = promise(cast, amount_minor=20_000)

    settled = approve(cast.kim, made.id)

    assert isinstance(settled, Settled)
    assert settled.status is Status.ISSUED
    assert settled.code is not None
    row = owner.execute("SELECT authority, remaining_minor FROM escalations").fetchone()
    assert row is not None
    assert row[0]["approved_by"]["name"] == "Kim"  # type: ignore[index]  # JSON
    assert row[0]["lines"][0]["grant"]["name"] == "Lead: authorise"  # type: ignore[index]  # JSON
    assert row[1] == 20_000
    board = owner.execute("SELECT topic FROM outcomes WHERE channel = 'board'").fetchall()
    assert board == [("escalation.approved",)]


def test_the_same_approval_twice_is_one_code(cast: Cast, owner: Owner) -> None:
    made = promise(cast, amount_minor=20_000)
    approve(cast.kim, made.id, key="once")

    assert isinstance(approve(cast.kim, made.id, key="once"), Replayed)
    assert owner.execute("SELECT count(*) FROM reference_codes").fetchone() == (1,)
    with pytest.raises(IllegalAction):
        approve(cast.kim, made.id, key="twice")


def test_approving_what_has_ended_says_what_is_possible_not_that_the_right_is_too_small(
    cast: Cast, owner: Owner
) -> None:
    made = promise(cast, amount_minor=20_000)
    approve(cast.kim, made.id)
    owner.execute("UPDATE escalations SET valid_from = now() - interval '9 days', valid_until = now()")

    with pytest.raises(IllegalAction) as refused:
        approve(cast.kim, made.id)

    assert refused.value.details["status"] == "issued"


def test_nobody_approves_their_own_promise(cast: Cast, owner: Owner) -> None:
    made = promise(cast, by=cast.kim, amount_minor=40_000)

    with pytest.raises(FourEyes):
        approve(cast.kim, made.id)


def test_the_database_refuses_it_too(cast: Cast, owner: Owner) -> None:
    promise(cast, amount_minor=20_000)

    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE approvals SET approver_id = requested_by")


def test_the_approver_s_own_right_has_to_cover_it(cast: Cast) -> None:
    made = promise(cast, amount_minor=40_000)

    with pytest.raises(FourEyes) as refused:
        approve(cast.kim, made.id)

    assert refused.value.details["reasons"] == ["amount"]
    assert isinstance(approve(cast.hana, made.id), Settled)


def test_an_agent_does_not_approve(cast: Cast) -> None:
    made = promise(cast, by=cast.kim, amount_minor=40_000)

    with pytest.raises(NotPermitted):
        approve(cast.ana, made.id)


def test_approving_what_changed_since_is_refused(cast: Cast) -> None:
    made = promise(cast, amount_minor=20_000)

    with pytest.raises(VersionMismatch):
        approve(cast.kim, made.id, version=99)


def test_rejecting_and_cancelling_end_it_without_a_code(cast: Cast, owner: Owner) -> None:
    rejected, cancelled = promise(cast, amount_minor=20_000), promise(cast, amount_minor=20_000)
    more = {"reason": "no", "if_version": None, "now": utc_now(), "settings": settings()}

    with db.act() as act:
        approvals.reject(act, cast.kim.token, rejected.id, once=once("reject"), **more)  # type: ignore[arg-type]
    with db.act() as act:
        approvals.cancel(act, cast.ana.token, cancelled.id, once=once("cancel"), **more)  # type: ignore[arg-type]

    rows = owner.execute(
        "SELECT e.status, a.state FROM escalations e JOIN approvals a ON a.escalation_id = e.id"
    )
    assert sorted(rows.fetchall()) == [("cancelled", "withdrawn"), ("rejected", "rejected")]


def test_the_texts_hold_the_code_in_private_and_never_in_public(cast: Cast) -> None:
    thread = claimed_thread(cast, language="fr")
    made = promise(cast, thread_id=thread.id)

    given = hand_over(cast.ana, made.id)

    assert given.code == made.code
    assert made.code is not None
    assert "-".join((made.code[:4], made.code[4:8], made.code[8:])) in given.texts.private
    assert made.code[:4] not in given.texts.public
    assert given.locale == "fr"


def test_a_colleague_does_not_see_the_code_and_a_lead_does(cast: Cast) -> None:
    made = promise(cast, by=cast.kim)

    with pytest.raises(NotPermitted):
        hand_over(cast.ana, made.id)
    assert hand_over(cast.hana, made.id).code == made.code


def test_a_store_manager_reads_no_escalations_of_the_care_team(cast: Cast) -> None:
    made = promise(cast)

    with pytest.raises(NotFound):
        hand_over(cast.sam, made.id)


def hand_over(by: Member, escalation_id: UUID) -> handing_over.HandedOver:
    with db.statement() as connection:
        found = identify(connection, by.token, now=utc_now(), settings=settings())
        assert found is not None
        return handing_over.hand_over(
            connection,
            found[0],
            escalation_id,
            channel=None,
            locale=None,
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
