"""What a customer is told: one state for every case, and only the safe moments."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bridge.customer_view import (
    SHOWS_CODE,
    Case,
    State,
    decline_reason,
    moments,
    state_of,
    waits_for_customer,
)
from bridge.lifecycle import LIVE, Status

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CASE = Case(
    status=Status.ACKNOWLEDGED,
    outcome=None,
    valid_from=NOW - timedelta(days=1),
    valid_until=NOW + timedelta(days=3),
    authorised_minor=4_000,
    remaining_minor=4_000,
    code_counts=True,
    is_frozen=False,
    was_moved=False,
    names_a_store=True,
    waits_for_customer=False,
)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, State.READY),
        ({"status": Status.ISSUED}, State.WITH_STORE),
        ({"status": Status.ISSUED, "names_a_store": False}, State.READY),
        ({"status": Status.ISSUED, "was_moved": True}, State.MOVED),
        ({"was_moved": True}, State.READY),
        ({"status": Status.AWAITING_AGENT}, State.WITH_STORE),
        ({"status": Status.TRANSFERRING}, State.WITH_STORE),
        ({"remaining_minor": 1_000}, State.PART_LEFT),
        ({"valid_from": NOW + timedelta(hours=1)}, State.LATER),
        ({"valid_until": NOW}, State.ENDED),
        ({"is_frozen": True}, State.NEEDED),
        ({"waits_for_customer": True}, State.NEEDED),
        ({"status": Status.HONOURED, "outcome": "honoured_full"}, State.USED),
        ({"status": Status.CLOSED, "outcome": "answered"}, State.USED),
        ({"status": Status.PART_HONOURED, "outcome": "honoured_part"}, State.PART_USED),
        ({"status": Status.DECLINED, "outcome": "declined"}, State.NOT_POSSIBLE),
        ({"status": Status.CLOSED, "outcome": "declined"}, State.NOT_POSSIBLE),
        ({"status": Status.EXPIRED, "outcome": "expired_unused"}, State.ENDED),
        ({"status": Status.CLOSED, "outcome": "too_late"}, State.ENDED),
        ({"status": Status.REVOKED, "outcome": "fraud_stopped"}, State.CHANGED),
        ({"code_counts": False}, State.CHANGED),
        ({"code_counts": False, "status": Status.HONOURED}, State.CHANGED),
    ],
)
def test_the_state_follows_from_the_case(changes: dict[str, object], state: State) -> None:
    assert state_of(replace(CASE, **changes), now=NOW) is state  # type: ignore[arg-type]  # real fields


def test_hq_looking_again_is_no_news_for_the_customer() -> None:
    for outcome, state in (("honoured_full", State.USED), ("declined", State.NOT_POSSIBLE)):
        looked_at = replace(CASE, status=Status.UNDER_REVIEW, outcome=outcome)
        assert state_of(looked_at, now=NOW) is state


@pytest.mark.parametrize("status", list(Status))
def test_a_code_is_offered_only_while_the_promise_stands(status: Status) -> None:
    state = state_of(replace(CASE, status=status), now=NOW)

    assert (state in SHOWS_CODE) == (status in LIVE)


def linked(action: str, **facts: object) -> tuple[SimpleNamespace, dict[str, object]]:
    return SimpleNamespace(at=NOW, action=action, store_name="Lakeside"), facts


def test_internal_doings_are_no_news() -> None:
    links = [
        linked("submit"),
        linked("acknowledge"),
        linked("freeze"),
        linked("review"),
        linked("review.opened"),
        linked("ladder.step", do="notify"),
        linked("clock.missed"),
        linked("note.added"),
        linked("honour_part", amount_minor=1_500),
        linked("tell_customer"),
        linked("close", cause="STORE_SERVICE.conduct.rude"),
    ]

    told = moments(links)

    assert [moment.action for moment in told] == ["honour_part", "acknowledge", "submit"]
    assert told[0].amount_minor == 1_500


def test_the_customer_s_turn_ends_when_the_clocks_go_on() -> None:
    paused, resumed = (
        linked("clock.paused", reason="awaiting_customer"),
        linked("clock.resumed", reason="awaiting_customer"),
    )

    assert waits_for_customer([paused])
    assert not waits_for_customer([paused, resumed])
    assert waits_for_customer([paused, resumed, paused])
    assert not waits_for_customer([linked("clock.paused", reason="disaster")])


def test_the_last_refusal_gives_the_reason() -> None:
    assert (
        decline_reason([linked("decline", reason="D06"), linked("reopen"), linked("decline", reason="D12")])
        == "D12"
    )
    assert decline_reason([linked("honour", reason=None)]) is None
