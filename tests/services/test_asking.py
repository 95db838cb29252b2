"""The store asks the agent about a promise: the case is held until the answer, and only that long."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge.errors import Conflict, NotPermitted
from bridge.lifecycle import Action, Status
from bridge.reasons import Question
from bridge.services import asking
from bridge.settings import settings
from tests.api.life_stage import acted, asked_case, small
from tests.cast import Cast, Member, decide
from tests.services.middle_of_life import Owner, one, revoke, told
from tests.services.test_counter import look

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


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
