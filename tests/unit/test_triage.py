"""What can be done with a conversation, for every state, holder and role."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bridge.roles import PERMISSIONS, Permission, Role
from bridge.triage import SETS, Holder, Item, Move, Triage, moves, stands

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def item(**changes: object) -> Item:
    values = {
        "triage": Triage.OPEN,
        "snoozed_until": None,
        "holder": Holder.NOBODY,
        "is_soft": False,
        "has_promise": False,
    }
    return Item(**{**values, **changes})  # type: ignore[arg-type]  # a test names real fields


def can(role: Role, one: Item) -> list[str]:
    return [move.value for move in moves(one, lambda asked: asked in PERMISSIONS[role], NOW)]


@pytest.mark.parametrize(
    ("role", "changes", "expected"),
    [
        (Role.AGENT, {}, "escalate reply_only not_ours snooze duplicate claim"),
        (Role.AGENT, {"has_promise": True}, "escalate reply_only snooze claim"),
        (Role.AGENT, {"holder": Holder.ME}, "escalate reply_only not_ours snooze duplicate release"),
        (
            Role.AGENT,
            {"holder": Holder.ME, "is_soft": True},
            "escalate reply_only not_ours snooze duplicate claim release",
        ),
        (Role.AGENT, {"holder": Holder.OTHER}, ""),
        (Role.AGENT, {"holder": Holder.OTHER, "is_soft": True}, "take_over"),
        (Role.LEAD, {"holder": Holder.OTHER}, "take_over"),
        (Role.LEAD, {"holder": Holder.OTHER, "triage": Triage.REPLIED}, "take_over"),
        (Role.AGENT, {"triage": Triage.REPLIED}, "back"),
        (Role.AGENT, {"triage": Triage.NOT_OURS}, "back"),
        (Role.AGENT, {"triage": Triage.DUPLICATE}, "back"),
        (Role.AGENT, {"triage": Triage.SNOOZED, "snoozed_until": NOW + timedelta(minutes=1)}, "back"),
        (
            Role.AGENT,
            {"triage": Triage.SNOOZED, "snoozed_until": NOW},
            "escalate reply_only not_ours snooze duplicate claim",
        ),
        (Role.AUDITOR, {}, ""),
        (Role.STORE_MANAGER, {"holder": Holder.OTHER, "is_soft": True}, ""),
    ],
)
def test_what_is_possible(role: Role, changes: dict[str, object], expected: str) -> None:
    assert can(role, item(**changes)) == expected.split()


def test_every_state_has_a_way_on_for_an_agent() -> None:
    states = product(Triage, (Holder.NOBODY, Holder.ME), (False, True), (False, True))

    for triage, holder, is_soft, has_promise in states:
        one = item(triage=triage, holder=holder, is_soft=is_soft, has_promise=has_promise)
        assert can(Role.AGENT, one), one


def test_every_move_of_triage_leads_to_a_state_and_back() -> None:
    assert {SETS[move] for move in SETS} == set(Triage)
    for triage in set(Triage) - {Triage.OPEN}:
        asleep = item(triage=triage, snoozed_until=NOW + timedelta(hours=1))
        assert Move.BACK in moves(asleep, lambda asked: asked is Permission.INTAKE_CLAIM, NOW)


def test_only_a_snoozed_one_wakes() -> None:
    past = NOW - timedelta(hours=1)

    assert stands(Triage.SNOOZED, past, NOW) is Triage.OPEN
    assert stands(Triage.SNOOZED, NOW + timedelta(seconds=1), NOW) is Triage.SNOOZED
    assert stands(Triage.NOT_OURS, past, NOW) is Triage.NOT_OURS
