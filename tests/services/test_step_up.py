"""A manager's yes: for this case, this act and this amount, once, within a minute, never by the author."""

from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided, Refusal
from bridge.errors import NotFound, NotPermitted
from bridge.lifecycle import Action
from bridge.models import Credential, Person, RoleAssignment
from bridge.pins import WRONG_UNTIL_PAUSED
from bridge.promises import Level
from bridge.queries import records
from bridge.queries.callers import hash_of_secret
from bridge.roles import Role
from bridge.services import counter, step_up, verifying
from bridge.services.step_up import Given, Refused, Wanted, Why
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.cast import Cast, Member, acting, decide, line, promise
from tests.pins import PINS, give_pins, paired_tablet, signed_in


@pytest.fixture
def lee(cast: Cast) -> Member:
    """Lee, an associate, at the counter's tablet."""
    give_pins(cast)
    return signed_in(cast, paired_tablet(cast), "lee")


def look(by: Member, code: str | None) -> UUID:
    assert code is not None
    with db.statement() as connection:
        found = counter.look_up(
            connection, by.token, text=code, source=counter.Source.SCAN, now=utc_now(), settings=settings()
        )
    assert found.look_up_id is not None
    return found.look_up_id


def ask(
    by: Member,
    look_up_id: UUID,
    approver: Member,
    proof: str,
    *,
    action: Action = Action.HONOUR,
    amount_minor: int | None = None,
    keep_rest: bool = True,
) -> Given | Refused:
    wanted = Wanted(look_up_id, action, amount_minor, keep_rest)
    actor, now = acting(by), utc_now()
    with db.statement() as connection:
        case = step_up.judge(connection, actor, wanted, approver.person.id, now=now, settings=settings())
    with db.transaction() as session:
        result = step_up.give(
            session, actor, wanted, approver.person.id, proof, case=case, now=now, settings=settings()
        )
    if isinstance(result, Given):
        by.token = result.token
    return result


def yes(cast: Cast, lee: Member, look_up_id: UUID, **more: object) -> Given:
    given = ask(lee, look_up_id, cast.sam, PINS["sam"], **more)  # type: ignore[arg-type]  # its own keywords
    assert isinstance(given, Given)
    return given


def test_an_associate_honours_with_the_manager_s_yes(cast: Cast, lee: Member) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)
    given = yes(cast, lee, look_up_id)

    done = decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id)

    assert isinstance(done, Decided)
    assert done.amount_minor == 4_000
    with db.statement() as connection:
        row = connection.execute(
            "SELECT person_id, second_person_id, step_up_id FROM decisions WHERE id = %(id)s",
            {"id": done.decision_id},
        ).fetchone()
    assert (row.person_id, row.second_person_id) == (lee.person.id, cast.sam.person.id)
    assert row.step_up_id == given.step_up_id
    assert (done.escalation.last_decision or {})["second_person"] == "Sam"
    with db.reading() as snapshot:
        assert [*verifying.reconcile(snapshot), *verifying.verify(snapshot, settings=settings())] == []


def test_without_a_yes_an_associate_honours_nothing(cast: Cast, lee: Member) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)

    with pytest.raises(NotPermitted):
        decide(cast, lee, look_up_id=look_up_id)


@pytest.mark.parametrize(
    "asked",
    [
        {"amount_minor": 3_999},
        {"amount_minor": 4_000, "keep_rest": False},
        {"action": Action.DECLINE, "reason": "D06"},
    ],
)
def test_a_yes_counts_for_nothing_else(cast: Cast, lee: Member, asked: dict[str, object]) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)
    given = yes(cast, lee, look_up_id)

    refused = decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id, **asked)

    assert isinstance(refused, Refusal)
    assert refused.why == "step_up_over"


def test_a_yes_counts_for_no_other_case(cast: Cast, lee: Member) -> None:
    made, other = promise(cast), promise(cast)
    given = yes(cast, lee, look(lee, made.code))

    refused = decide(cast, lee, look_up_id=look(lee, other.code), step_up_id=given.step_up_id)

    assert isinstance(refused, Refusal)
    assert refused.why == "step_up_over"


def test_a_yes_counts_once_also_for_a_part(cast: Cast, lee: Member) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)
    given = yes(cast, lee, look_up_id, amount_minor=1_000)
    first = decide(cast, lee, look_up_id=look_up_id, amount_minor=1_000, step_up_id=given.step_up_id)

    second = decide(cast, lee, look_up_id=look_up_id, amount_minor=1_000, step_up_id=given.step_up_id)

    assert isinstance(first, Decided)
    assert isinstance(second, Refusal)
    assert second.why == "step_up_over"


def test_a_yes_ends_after_a_minute_and_with_the_case_s_version(cast: Cast, lee: Member) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)
    given = yes(cast, lee, look_up_id)
    late = utc_now() + step_up.GOOD_FOR + timedelta(seconds=1)

    too_late = decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id, now=late)
    decide(cast, cast.sam, escalation_id=made.id, action=Action.ACKNOWLEDGE)
    changed = decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id)

    assert isinstance(too_late, Refusal)
    assert isinstance(changed, Refusal)
    assert {too_late.why, changed.why} == {"step_up_over"}


def test_a_yes_belongs_to_the_session_that_asked(cast: Cast, lee: Member) -> None:
    made = promise(cast)
    given = yes(cast, lee, look(lee, made.code))

    refused = decide(cast, cast.lee, look_up_id=look(cast.lee, made.code), step_up_id=given.step_up_id)
    drawn = decide(cast, lee, look_up_id=look(lee, made.code), step_up_id=uuid4())

    assert isinstance(refused, Refusal)
    assert isinstance(drawn, Refusal)
    assert {refused.why, drawn.why} == {"step_up_over"}


def test_the_manager_who_lost_the_right_meanwhile_says_nothing(
    cast: Cast, lee: Member, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)
    given = yes(cast, lee, look_up_id)
    owner.execute("UPDATE role_assignments SET valid_to = now() WHERE person_id = %s", [cast.sam.person.id])

    refused = decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id)

    assert isinstance(refused, Refusal)
    assert refused.why == "step_up_over"


def test_wrong_pin_unknown_person_and_no_right_are_one_answer_and_pause(cast: Cast, lee: Member) -> None:
    look_up_id = look(lee, promise(cast).code)

    wrong = ask(lee, look_up_id, cast.sam, "999123")
    foreign = ask(lee, look_up_id, cast.mia, PINS["mia"])
    oneself = ask(lee, look_up_id, cast.lee, PINS["lee"])
    for _ in range(WRONG_UNTIL_PAUSED - 1):
        last = ask(lee, look_up_id, cast.sam, "999123")
    right = ask(lee, look_up_id, cast.sam, PINS["sam"])

    assert wrong == foreign == oneself == Refused(Why.WRONG)
    assert isinstance(last, Refused)
    assert last.why is Why.PAUSED
    assert isinstance(right, Refused)
    assert right.why is Why.PAUSED


def test_wrong_pins_of_one_colleague_count_together_on_every_device(cast: Cast, lee: Member) -> None:
    code = promise(cast).code
    elsewhere = signed_in(cast, paired_tablet(cast, name="Counter 2"), "lee")
    first, second = look(lee, code), look(elsewhere, code)

    told = [ask(lee, first, cast.sam, "999123") for _ in range(WRONG_UNTIL_PAUSED - 1)]
    told.append(ask(elsewhere, second, cast.sam, "999123"))
    right = ask(elsewhere, second, cast.sam, PINS["sam"])

    assert [one.why for one in told if isinstance(one, Refused)] == [Why.WRONG] * 4 + [Why.PAUSED]
    assert isinstance(right, Refused)
    assert right.why is Why.PAUSED
    signed_in(cast, paired_tablet(cast, name="Counter 3"), "sam")  # Sam himself is shut out nowhere


def test_whoever_promised_does_not_say_yes(cast: Cast, lee: Member) -> None:
    with db.transaction() as session:
        ana = session.get_one(Person, cast.ana.person.id)
        session.add(
            RoleAssignment(person_id=ana.id, role=Role.STORE_MANAGER, org_unit_id=cast.store_12.org_unit_id)
        )
        from bridge.services import accounts

        ana.password_hash = accounts.hash_password("correct horse battery", settings=settings())
    look_up_id = look(lee, promise(cast).code)

    refused = ask(lee, look_up_id, cast.ana, "correct horse battery")

    assert isinstance(refused, Refused)
    assert refused.why is Why.AUTHOR


def test_the_manager_s_own_limit_bounds_what_is_only_recommended(cast: Cast, lee: Member) -> None:
    made = promise(cast, amount_minor=9_000, lines=[line(9_000, level=Level.RECOMMEND)])
    look_up_id = look(lee, made.code)

    refused = ask(lee, look_up_id, cast.sam, PINS["sam"])
    assert isinstance(refused, Refused)
    part = ask(lee, look_up_id, cast.sam, PINS["sam"], amount_minor=refused.limit_minor)
    assert isinstance(part, Given)
    done = decide(
        cast, lee, look_up_id=look_up_id, amount_minor=refused.limit_minor, step_up_id=part.step_up_id
    )

    assert refused.why is Why.LIMIT
    assert 0 < refused.limit_minor < 9_000
    assert isinstance(done, Decided)


def test_the_session_has_a_new_token_and_the_old_one_is_dead(cast: Cast, lee: Member) -> None:
    before = lee.token
    look_up_id = look(lee, promise(cast).code)

    yes(cast, lee, look_up_id)

    assert lee.token != before
    with db.transaction() as session:
        from sqlmodel import select

        row = session.exec(select(Credential).where(Credential.id == lee.credential_id)).one()
        assert row.secret_hash == hash_of_secret(lee.token)
        assert row.secret_hash != hash_of_secret(before)


def test_a_look_up_of_somebody_else_is_no_ground(cast: Cast, lee: Member) -> None:
    look_up_id = look(cast.sam, promise(cast).code)

    with pytest.raises(NotFound):
        ask(lee, look_up_id, cast.sam, PINS["sam"])


def test_a_decline_needs_the_same_yes(cast: Cast, lee: Member) -> None:
    look_up_id = look(lee, promise(cast).code)
    given = yes(cast, lee, look_up_id, action=Action.DECLINE)
    from bridge.promises import DeclineReason

    done = decide(
        cast,
        lee,
        look_up_id=look_up_id,
        action=Action.DECLINE,
        reason=DeclineReason.OUT_OF_STOCK,
        step_up_id=given.step_up_id,
    )

    assert isinstance(done, Decided)


def test_the_database_itself_refuses_a_second_use_and_one_person_as_two(
    cast: Cast, lee: Member, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    look_up_id = look(lee, promise(cast).code)
    given = yes(cast, lee, look_up_id)
    done = decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id)
    assert isinstance(done, Decided)

    with pytest.raises(psycopg.errors.CheckViolation, match="four_eyes"):
        owner.execute("UPDATE decisions SET second_person_id = person_id WHERE step_up_id IS NOT NULL")
    other = decide(cast, cast.sam, code=promise(cast).code)
    assert isinstance(other, Decided)
    with pytest.raises(psycopg.errors.UniqueViolation, match="step_up_id"):
        owner.execute(
            "UPDATE decisions SET second_person_id = %s, step_up_id = %s WHERE id = %s",
            [cast.lee.person.id, given.step_up_id, other.decision_id],
        )


def test_used_is_said_by_the_next_look_up_with_both_names(cast: Cast, lee: Member) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)
    given = yes(cast, lee, look_up_id)
    decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id)

    with db.statement() as connection:
        found = counter.look_up(
            connection,
            cast.sam.token,
            text=made.code or "",
            source=counter.Source.SCAN,
            now=utc_now(),
            settings=settings(),
        )

    assert found.verdict is Verdict.ALREADY_USED
    assert (found.row.last_decision["person"], found.row.last_decision["second_person"]) == ("Lee", "Sam")


def test_the_history_and_the_books_tell_of_both(cast: Cast, lee: Member) -> None:
    made = promise(cast)
    look_up_id = look(lee, made.code)
    given = yes(cast, lee, look_up_id)
    decide(cast, lee, look_up_id=look_up_id, step_up_id=given.step_up_id)

    with db.statement() as connection:
        told = records.timeline(connection, made.id)

    assert [(link.actor_name, link.second_name) for link in told if link.action == "honour"] == [
        ("Lee", "Sam")
    ]
