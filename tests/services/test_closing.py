"""A case is closed with its cause, and lives again while it may."""

from datetime import timedelta

import pytest

from bridge.clock import utc_now
from bridge.decision import Decided
from bridge.errors import Conflict, InvalidInput, NotPermitted
from bridge.lifecycle import Status
from bridge.services import closing
from bridge.settings import settings
from tests.api.life_stage import acted, closed_case, declined_case, small
from tests.cast import Cast, decide
from tests.services.middle_of_life import Owner, one, reopen, told
from tests.services.test_counter import look

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


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
