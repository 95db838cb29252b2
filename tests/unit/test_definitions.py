"""Policies and ladders as administrators write them: every wrong place is named, and nothing else happens."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import ladders, sla
from bridge.errors import InvalidInput
from bridge.reasons import Priority

WORDS = [
    "do", "notify", "wait", "repeat", "reassign", "open_review", "role", "lead", "channels", "inbox", "minutes",
    "times", "reason", "no_ack", "steps", "kinds", "promise", "priorities", "urgent", "targets", "milestone",
    "store_ack", "calendar", "store", "tell", "100", "50", "warn", "lapses", "question_minutes", "review", "repeat",
    "cases", "pause_limits", "disaster", "²",
]  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=5)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(WORDS), JSON, max_size=6)
STEP = st.fixed_dictionaries({"do": st.sampled_from(list(ladders.Do)) | JSON}, optional={"role": JSON, "reason": JSON, "channels": JSON, "minutes": JSON, "times": JSON, "cases": JSON})  # fmt: skip
TARGET = st.fixed_dictionaries({"milestone": st.just("store_ack"), "calendar": st.just("store"), "minutes": st.just(5)}, optional={"tell": JSON, "warn": JSON, "kinds": JSON, "priorities": JSON})  # fmt: skip


def problems(read: Any, definition: Mapping[str, Any]) -> dict[str, Any]:
    with pytest.raises(InvalidInput) as refused:
        read(definition)
    found: dict[str, Any] = refused.value.details["fields"]  # type: ignore[assignment]
    return found


def places_of(read: Any, definition: Mapping[str, Any]) -> Any:
    """The wrong places; None when the definition is read."""
    try:
        read(definition)
    except InvalidInput as refused:
        return refused.details["fields"]
    return None


def read_policy(definition: Mapping[str, Any]) -> sla.Policy:
    return sla.read(definition, version=1)


@given(OBJECTS | st.fixed_dictionaries({"steps": st.lists(STEP, max_size=3)}))
def test_any_ladder_is_read_or_refused_by_name(definition: dict[str, Any]) -> None:
    assert places_of(ladders.read, definition) != {}


@given(OBJECTS | st.fixed_dictionaries({"targets": st.lists(TARGET, max_size=2)}, optional={"review": JSON, "lapses": JSON, "pause_limits": JSON}))  # fmt: skip
def test_any_policy_is_read_or_refused_by_name(definition: dict[str, Any]) -> None:
    assert places_of(read_policy, definition) != {}


def test_every_wrong_place_of_a_policy_is_named() -> None:
    target = {"milestone": "store_ack", "minutes": 60, "calendar": "store"}

    found = problems(
        read_policy,
        {
            "targets": [
                {**target, "minutes": "60"},
                {**target, "tell": {"60": ["lead"]}},
                {**target, "calendar": "shop", "colour": "red"},
            ],
            "lapses": {"question_minutes": 0},
            "targest": [],
        },
    )

    assert set(found) == {
        "targets.0.minutes",
        "targets.1.tell.60",
        "targets.2.calendar",
        "targets.2.colour",
        "lapses.question_minutes",
        "targest",
    }


def test_every_wrong_place_of_a_ladder_is_named() -> None:
    found = problems(
        ladders.read,
        {
            "steps": [
                {"do": "shout"},
                {"do": "wait"},
                {"do": "notify", "role": ["lead"], "channels": ["pigeon"]},
                {"do": "webhook", "minutes": 5},
            ],
            "lapses_most": 21,
        },
    )

    assert set(found) == {
        "steps.0",
        "steps.1.minutes",
        "steps.2.role",
        "steps.2.channels",
        "steps.3.minutes",
        "lapses_most",
    }


def test_the_narrower_ladder_takes_a_case_and_gaps_are_named() -> None:
    def ladder(**more: Any) -> ladders.Rungs:
        return ladders.read({"steps": [{"do": "open_review"}], **more})

    general, urgent = ladder(), ladder(priorities=["urgent"])

    assert ladders.chosen({"a": general, "b": urgent}, "promise", Priority.URGENT) == "b"
    assert ladders.chosen({"a": general, "b": urgent}, "promise", Priority.LOW) == "a"
    assert ladders.gaps({"a": general, "b": urgent}) == []
    assert ladders.gaps({"a": general, "b": general}) == [("b", "no case takes it: other ladders come first")]
    ((name, sentence),) = ladders.gaps({"b": urgent})
    assert name == ""
    assert "question low" in sentence
    assert "urgent" not in sentence
