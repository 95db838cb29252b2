"""A case moves to another store when that store takes it, and keeps its code."""

import pytest

from bridge.decision import Decided
from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted
from bridge.lifecycle import Action, Status
from bridge.promises import StoreScope
from bridge.reasons import TransferReason
from bridge.services import transferring
from tests.api.life_stage import acted, offered_case, small
from tests.cast import Cast, decide, promise
from tests.services.middle_of_life import Owner, one
from tests.services.test_counter import look

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


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
