"""The life as a table: what it allows, what it refuses, and where it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import IllegalAction
from bridge.lifecycle import (
    AT_THE_STORE,
    TERMINAL,
    TRANSITIONS,
    Action,
    Back,
    Status,
    allowed_actions,
    next_status,
)

PAIRS = [(status, action) for status in Status for action in Action]


@pytest.mark.parametrize(("status", "action"), PAIRS)
def test_every_pair_is_in_the_table_or_refused_with_what_is_allowed(status: Status, action: Action) -> None:
    if (status, action) in TRANSITIONS:
        assert isinstance(next_status(status, action, before=Status.ISSUED), Status)
        return

    with pytest.raises(IllegalAction) as refused:
        next_status(status, action, before=Status.ISSUED)

    assert refused.value.details["allowed"] == [one.value for one in allowed_actions(status)]
    assert action.value not in str(refused.value.details["allowed"])


@given(st.sampled_from(Status), st.lists(st.sampled_from(Action), max_size=40))
def test_no_path_leaves_a_rejected_or_cancelled_promise(start: Status, actions: list[Action]) -> None:
    status, before = start, start
    for action in actions:
        if (status, action) not in TRANSITIONS:
            continue
        after = next_status(status, action, before=before)
        assert status not in TERMINAL - {Status.CLOSED}
        status, before = after, status


@given(st.lists(st.sampled_from(Action), max_size=60))
def test_value_is_given_only_by_a_promise_that_was_issued(actions: list[Action]) -> None:
    status, before, was_issued = Status.DRAFT, Status.DRAFT, False
    for action in actions:
        if (status, action) not in TRANSITIONS:
            continue
        status, before = next_status(status, action, before=before), status
        was_issued = was_issued or status is Status.ISSUED
        assert was_issued or status not in {Status.HONOURED, Status.PART_HONOURED, Status.DECLINED}


def test_what_leads_back_needs_to_know_where_from() -> None:
    with pytest.raises(IllegalAction):
        next_status(Status.HONOURED, Action.UNDO)

    assert next_status(Status.HONOURED, Action.UNDO, before=Status.ACKNOWLEDGED) is Status.ACKNOWLEDGED


def test_a_part_keeps_the_status_wherever_it_is_given() -> None:
    assert {TRANSITIONS[status, Action.HONOUR_PART] for status in AT_THE_STORE} == {Back.SAME}
