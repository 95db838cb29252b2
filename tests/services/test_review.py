"""HQ takes a case, finds, and closes it; a contested result is decided with four eyes."""

from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from sqlmodel import select

from bridge import db
from bridge.causes import starting
from bridge.clock import utc_now
from bridge.errors import (
    BridgeError,
    Conflict,
    FourEyes,
    InvalidInput,
    NotFound,
    NotPermitted,
    VersionMismatch,
)
from bridge.idempotency import Replayed
from bridge.lifecycle import Action, Status
from bridge.models import EscalationRow, Outcome, Person, Review, RoleAssignment, Taxonomy
from bridge.promises import DeclineReason
from bridge.queries import records
from bridge.reasons import EntryReason
from bridge.reviewing import Finding
from bridge.roles import Role
from bridge.services import causes, review
from bridge.settings import settings
from tests.before_hq import CAUSE, Before, before_hq, contested, move, row_of, version_of
from tests.cast import Cast, Member, acting, decide, once, promise, vault

Owner = psycopg.Connection[tuple[object, ...]]
pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


def find(
    by: Member,
    it: Before,
    finding: Finding = Finding.UPHELD,
    *,
    version: int | None = None,
    key: str | None = None,
    **said: object,
) -> object:
    values = {"text": "The store was told in time.", "cause_code": CAUSE, **said}
    with db.act() as act:
        return review.find(
            act,
            acting(by),
            it.review,
            review.Judgement(finding, **values),  # type: ignore[arg-type]  # a test names real fields
            if_version=version or it.version,
            once=once("find", key),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )


def assign(by: Member, it: Before, to: UUID | None = None) -> object:
    with db.act() as act:
        return review.assign(
            act,
            acting(by),
            it.review,
            person_id=to,
            if_version=it.version,
            once=once("assign"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
        )


def case_of(it: Before) -> EscalationRow:
    with db.transaction() as session:
        return session.get_one(EscalationRow, it.case)


def last_link(it: Before) -> tuple[str, dict[str, object]]:
    with db.statement() as connection:
        row = records.timeline(connection, it.case)[-1]
    facts: dict[str, object] = orjson.loads(row.body)["facts"]
    return row.action, facts


def test_hq_upholds_a_decline_and_the_case_is_closed_with_its_cause(cast: Cast) -> None:
    it = contested(cast)

    done = find(cast.hana, it, bridge_cause="B3")

    assert isinstance(done, review.Reviewed)
    assert (done.state, done.status, done.code) == ("closed", Status.CLOSED, None)
    case, row = case_of(it), row_of(it.case, EntryReason.WRONGFUL_DECLINE)
    assert (case.status, case.cause_code, case.outcome) == (Status.CLOSED, CAUSE, "declined")
    assert (row.finding, row.cause_code, row.bridge_cause, row.taxonomy_version) == ("upheld", CAUSE, "B3", 1)
    action, facts = last_link(it)
    assert action == "uphold"
    assert (facts["review"], facts["cause"]) == (str(it.review), CAUSE)


def test_hq_overturns_a_decline_and_the_promise_lives_again_with_a_new_code(cast: Cast) -> None:
    it = contested(cast)

    done = find(cast.hana, it, Finding.OVERTURNED)

    assert isinstance(done, review.Reviewed)
    assert done.status is Status.ISSUED
    assert done.code is not None
    honoured = decide(cast, cast.sam, code=done.code)
    assert getattr(honoured, "amount_minor", None) == 4_000
    with db.transaction() as session:
        told = [row.topic for row in session.exec(select(Outcome)) if row.channel == "board"]
    assert "escalation.overturned" in told


def test_the_clock_looks_again_after_a_finding(cast: Cast, owner: Owner) -> None:
    it = contested(cast)
    owner.execute("UPDATE escalations SET attend_at = NULL")

    find(cast.hana, it)

    assert case_of(it).attend_at is not None


def test_watching_a_live_case_leaves_it_as_it_is(cast: Cast) -> None:
    it = before_hq(cast, promise(cast).id)

    find(cast.hana, it, Finding.NOTED)

    case = case_of(it)
    assert (case.status, case.version, case.cause_code) == (Status.ISSUED, it.version, CAUSE)
    assert row_of(it.case, EntryReason.NO_ACK).state == "closed"
    action, facts = last_link(it)
    assert (action, facts["finding"]) == ("review.found", "noted")


def test_one_finding_closes_every_contested_row_and_leaves_the_watching_ones(cast: Cast) -> None:
    it = contested(cast)
    appeal = before_hq(cast, it.case, EntryReason.APPEAL)
    watching = before_hq(cast, it.case, EntryReason.HIGH_VALUE)

    done = find(cast.hana, appeal)

    assert isinstance(done, review.Reviewed)
    assert set(done.closed) == {it.review, appeal.review}
    assert row_of(it.case, EntryReason.HIGH_VALUE).state == "open"
    find(cast.hana, watching, Finding.NOTED, version=version_of(it.case))


@pytest.mark.parametrize(
    ("reason", "finding"),
    [
        (EntryReason.NO_ACK, Finding.UPHELD),
        (EntryReason.HIGH_VALUE, Finding.OVERTURNED),
    ],
)
def test_a_watching_row_decides_nothing(cast: Cast, reason: EntryReason, finding: Finding) -> None:
    it = contested(cast)
    watching = before_hq(cast, it.case, reason)

    with pytest.raises(Conflict) as refused:
        find(cast.hana, watching, finding)

    assert refused.value.details["allowed"] == ["noted"]
    assert case_of(it).status is Status.UNDER_REVIEW


def test_a_contested_case_is_not_merely_noted(cast: Cast) -> None:
    it = contested(cast)

    with pytest.raises(Conflict):
        find(cast.hana, it, Finding.NOTED)


def test_while_a_store_may_still_undo_hq_waits(cast: Cast) -> None:
    made = promise(cast)
    decide(
        cast, cast.sam, escalation_id=made.id, action=Action.DECLINE, reason=DeclineReason.MANAGER_DISAGREES
    )
    it = before_hq(cast, made.id, EntryReason.WRONGFUL_DECLINE)

    for finding in Finding:
        with pytest.raises(Conflict):
            find(cast.hana, it, finding)


def test_a_contested_row_whose_case_went_on_is_noted(cast: Cast) -> None:
    it = before_hq(cast, promise(cast).id, EntryReason.WRONGFUL_DECLINE)

    find(cast.hana, it, Finding.NOTED)

    assert case_of(it).status is Status.ISSUED


def _works_at_hq(cast: Cast, member: Member) -> None:
    with db.transaction() as session:
        session.add(
            RoleAssignment(
                person_id=member.person.id,
                role=Role.HQ,
                org_unit_id=cast.hq.id,
                valid_from=utc_now() - timedelta(days=1),
            )
        )


@pytest.mark.parametrize("name", ["ana", "sam"])
@pytest.mark.parametrize("finding", [Finding.UPHELD, Finding.OVERTURNED])
def test_nobody_judges_what_they_promised_or_declined(cast: Cast, name: str, finding: Finding) -> None:
    it = contested(cast)
    _works_at_hq(cast, cast.members[name])

    with pytest.raises(FourEyes):
        find(cast.members[name], it, finding)

    assert row_of(it.case, EntryReason.WRONGFUL_DECLINE).state == "open"


def test_a_third_person_with_the_same_right_may(cast: Cast) -> None:
    it = contested(cast)
    _works_at_hq(cast, cast.mia)

    assert isinstance(find(cast.mia, it), review.Reviewed)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"text": "  "}, "text"),
        ({"cause_code": "STORE_SERVICE.conduct"}, "cause_code"),
        ({"cause_code": "NOTHING.of.ours"}, "cause_code"),
        ({"bridge_cause": "B9"}, "bridge_cause"),
    ],
)
def test_a_finding_needs_its_text_and_a_cause_in_force(
    cast: Cast, said: dict[str, object], field: str
) -> None:
    it = contested(cast)

    with pytest.raises(InvalidInput) as refused:
        find(cast.hana, it, **said)  # type: ignore[arg-type]  # a test names real fields

    assert field in refused.value.details["fields"]  # type: ignore[operator]  # it is a mapping
    assert case_of(it).status is Status.UNDER_REVIEW


def test_a_finding_on_an_older_version_of_the_case_is_refused(cast: Cast) -> None:
    it = contested(cast)

    with pytest.raises(VersionMismatch):
        find(cast.hana, it, version=it.version - 1)


def test_the_same_key_finds_once_and_another_finds_it_closed(cast: Cast) -> None:
    it = contested(cast)
    find(cast.hana, it, key="finding-1")

    again = find(cast.hana, it, key="finding-1")

    assert isinstance(again, Replayed)
    with pytest.raises(BridgeError) as refused:
        find(cast.hana, it, key="finding-2", version=version_of(it.case))
    assert isinstance(refused.value, Conflict)


@pytest.mark.parametrize("name", ["kim", "sam", "ada"])
def test_who_only_reads_decides_nothing(cast: Cast, name: str) -> None:
    it = contested(cast)

    with pytest.raises(NotPermitted):
        find(cast.members[name], it)


def test_a_row_of_another_brand_does_not_exist(cast: Cast) -> None:
    with pytest.raises(NotFound):
        find(cast.hana, Before(uuid4(), uuid4(), 1))


def test_hana_takes_a_row_and_the_version_stays(cast: Cast) -> None:
    it = contested(cast)

    done = assign(cast.hana, it)

    assert isinstance(done, review.Reviewed)
    row = row_of(it.case, EntryReason.WRONGFUL_DECLINE)
    assert (row.state, row.assigned_to) == ("assigned", cast.hana.person.id)
    assert version_of(it.case) == it.version
    assert last_link(it)[0] == "review.assigned"


def test_a_row_is_given_only_to_somebody_who_decides(cast: Cast) -> None:
    it = contested(cast)
    _works_at_hq(cast, cast.mia)

    assign(cast.hana, it, cast.mia.person.id)
    assert row_of(it.case, EntryReason.WRONGFUL_DECLINE).assigned_to == cast.mia.person.id

    with db.transaction() as session:
        session.get_one(Person, cast.mia.person.id).status = "suspended"
    for person_id in (cast.kim.person.id, cast.mia.person.id, uuid4()):
        with pytest.raises(InvalidInput):
            assign(cast.hana, it, person_id)


def test_a_new_version_of_the_causes_leaves_coded_cases_with_theirs(cast: Cast) -> None:
    first, second = contested(cast), contested(cast)
    find(cast.hana, first)
    own = {"causes": [_only("OTHER", [_only("thing", [_only("new")])])], "bridge": []}

    with db.transaction() as session:
        loaded = causes.load(session, acting(cast.ada), own, now=utc_now())

    assert loaded.version == 2
    with pytest.raises(InvalidInput):
        find(cast.hana, second)
    find(cast.hana, second, cause_code="OTHER.thing.new")
    versions = [row_of(it.case, EntryReason.WRONGFUL_DECLINE).taxonomy_version for it in (first, second)]
    assert versions == [1, 2]
    with db.statement() as connection:
        before = causes.of_version(connection.execute, cast.brand.id, 1)
    assert before.path(CAUSE, "en") == starting().path(CAUSE, "en")
    with db.transaction() as session:
        rows = session.exec(select(Taxonomy)).all()
    assert sorted((row.version, row.retired_at is None) for row in rows) == [(1, False), (2, True)]


def test_a_version_that_is_no_taxonomy_changes_nothing(cast: Cast) -> None:
    with pytest.raises(InvalidInput), db.transaction() as session:
        causes.load(session, acting(cast.ada), {"causes": []}, now=utc_now())

    with db.statement() as connection:
        assert causes.in_force(connection.execute, cast.brand.id).version == 1


def test_moving_the_case_between_reading_and_finding_is_noticed(cast: Cast) -> None:
    it = contested(cast)
    move(it.case, Action.APPEAL)

    with pytest.raises(VersionMismatch):
        find(cast.hana, it)
    with db.transaction() as session:
        assert [row.state for row in session.exec(select(Review))] == ["open"]


def _only(code: str, children: list[dict[str, object]] | None = None) -> dict[str, object]:
    entry: dict[str, object] = {"code": code, "label": {"en": code.title()}}
    return {**entry, "children": children} if children else entry
