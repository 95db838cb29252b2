"""A manager annuls a decision within a day, and the value counts again."""

from datetime import timedelta
from uuid import UUID

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided
from bridge.errors import Conflict, NotFound, NotPermitted
from bridge.lifecycle import Status
from bridge.services import undoing
from bridge.services.promises import Made
from bridge.settings import settings
from tests.api.life_stage import actor_of, small
from tests.cast import Cast, Member, claimed_thread, decide, once
from tests.services.middle_of_life import Owner, told
from tests.services.test_counter import look

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


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
