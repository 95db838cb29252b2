"""When a case goes before HQ."""

from uuid import UUID, uuid4

import pytest

from bridge.errors import InvalidInput
from bridge.lifecycle import Action
from bridge.promises import Level
from bridge.reasons import EntryReason
from bridge.reviewing import (
    ReviewRules,
    entries_after_decision,
    is_high_value,
    is_sampled,
    repeats,
    rules_of,
)


@pytest.mark.parametrize("level", [Level.AUTHORISE, Level.INSTRUCT])
def test_declining_a_binding_promise_is_looked_at(level: Level) -> None:
    assert entries_after_decision(Action.DECLINE, level) == [EntryReason.WRONGFUL_DECLINE]


@pytest.mark.parametrize("level", [Level.RECOMMEND, Level.INFORM])
def test_declining_a_recommendation_is_the_stores_own_choice(level: Level) -> None:
    assert entries_after_decision(Action.DECLINE, level) == []


@pytest.mark.parametrize("action", [Action.HONOUR, Action.HONOUR_PART, Action.GIVE_UP_REST])
def test_giving_something_is_not_a_wrongful_decline(action: Action) -> None:
    assert entries_after_decision(action, Level.INSTRUCT) == []


def test_the_sample_is_the_same_for_the_same_case_and_near_its_share() -> None:
    cases = [UUID(int=number) for number in range(20_000)]

    drawn = [case for case in cases if is_sampled(case, 10)]

    assert drawn == [case for case in cases if is_sampled(case, 10)]
    assert 140 < len(drawn) < 260


def test_a_larger_share_holds_the_smaller_one() -> None:
    cases = [uuid4() for _ in range(2_000)]

    assert {case for case in cases if is_sampled(case, 10)} <= {
        case for case in cases if is_sampled(case, 50)
    }
    assert not any(is_sampled(case, 0) for case in cases)
    assert all(is_sampled(case, 1000) for case in cases)


def test_high_value_begins_at_its_threshold() -> None:
    rules = ReviewRules(high_value_minor=50_000)

    assert is_high_value(50_000, rules)
    assert not is_high_value(49_999, rules)
    assert not is_high_value(10**9, ReviewRules(high_value_minor=0))


def test_the_third_case_alike_is_a_pattern() -> None:
    assert [repeats(cases, ReviewRules()) for cases in (1, 2, 3, 4)] == [False, False, True, True]
    assert not repeats(100, ReviewRules(repeat_cases=0))


def test_a_policy_sets_the_thresholds_and_leaves_out_what_it_likes() -> None:
    given = {"review": {"high_value_minor": 7, "repeat": {"days": 30}}, "targets": {}}

    rules = rules_of(given)

    assert rules == ReviewRules(high_value_minor=7, sample_per_mille=10, repeat_cases=3, repeat_days=30)
    assert rules_of({}) == ReviewRules()


@pytest.mark.parametrize(
    "review",
    [
        {"high": 1},
        {"repeat": {"case": 1}},
        {"sample_per_mille": 1001},
        {"sample_per_mille": True},
        {"repeat": 3},
    ],
)
def test_a_policy_with_a_wrong_threshold_is_refused(review: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        rules_of({"review": review})
