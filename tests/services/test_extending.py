"""A promise counts longer, and one that expired is given again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge import db, ledger
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotPermitted
from bridge.lifecycle import Action, Status
from bridge.queries.escalations import Saved, lock, save
from bridge.roles import THE_CLOCK
from bridge.services import extending
from bridge.settings import settings
from tests.api.life_stage import acted, small
from tests.cast import Cast, Member, vault
from tests.services.test_counter import look

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


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
