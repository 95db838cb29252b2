"""Publish policies and ladders: one version in force, two administrators at once, cases that keep theirs."""

from collections import Counter
from copy import deepcopy
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest

from bridge import db, ladders, sla
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, VersionMismatch
from bridge.services import policies
from tests.cast import Cast, acting, promise
from tests.clockwork import clocks_of, minutes, rows, sweep

FAST: dict[str, Any] = {
    "steps": [
        {"do": "notify", "role": "store_manager", "channels": ["inbox"]},
        {"do": "wait", "minutes": 5},
        {"do": "open_review"},
    ]
}


def hasty_policy(ack_minutes: int = 7) -> dict[str, Any]:
    """The starting policy, with another time for the store's OK."""
    definition = deepcopy(sla.STARTING)
    for target in definition["targets"]:
        if target["milestone"] == "store_ack":
            target["minutes"] = ack_minutes
    return definition


def publish(cast: Cast, definition: Any = FAST, *, if_version: int = 1, name: str = "standard") -> Any:
    with db.transaction() as session:
        return policies.publish_ladder(
            session, acting(cast.ada), name, definition, note="Faster", if_version=if_version, now=utc_now()
        )


def publish_policy(cast: Cast, definition: Any = None, *, if_version: int = 1) -> Any:
    with db.transaction() as session:
        return policies.publish_policy(
            session,
            acting(cast.ada),
            definition or hasty_policy(),
            note="Hasty",
            if_version=if_version,
            now=utc_now(),
        )


def kept_by(cases: list[UUID]) -> tuple[Counter[Any], Counter[Any]]:
    """The policy versions and the ladder versions that these cases keep."""
    found = rows(
        "SELECT p.version AS policy, v.version AS ladder FROM escalations e "
        "JOIN sla_policies p ON p.id = e.policy_id JOIN ladder_runs r ON r.escalation_id = e.id "
        "JOIN ladder_versions v ON v.id = r.ladder_version_id WHERE e.id = ANY (%(ids)s)",
        ids=cases,
    )
    return Counter(row.policy for row in found), Counter(row.ladder for row in found)


def test_a_hundred_running_cases_keep_their_versions_and_new_ones_take_the_next(cast: Cast) -> None:
    old = [promise(cast, amount_minor=100).id for _ in range(100)]
    sweep(utc_now())
    publish(cast)
    publish_policy(cast)
    new = [promise(cast, amount_minor=100).id for _ in range(3)]
    later = utc_now() + minutes(1)

    sweep(later)
    sweep(later + timedelta(days=1))

    assert kept_by(old) == ({1: 100}, {1: 100})
    assert kept_by(new) == ({2: 3}, {2: 3})
    assert clocks_of(old[0])["store_ack"].target_seconds == 120 * 60
    assert clocks_of(new[0])["store_ack"].target_seconds == 7 * 60
    assert clocks_of(new[0])["store_ack"].policy_version == 2
    took = rows(
        "SELECT r.escalation_id, max(t.step) AS step FROM ladder_steps_taken t JOIN ladder_runs r ON r.id = t.run_id "
        "GROUP BY 1"
    )
    assert {row.step for row in took if row.escalation_id in new} == {2}
    assert {row.step for row in took if row.escalation_id in old} == {4}


def test_the_first_change_keeps_what_the_brand_started_with_as_version_1(cast: Cast) -> None:
    done = publish(cast)

    with db.statement() as connection:
        found = policies.ladder_versions(connection, cast.brand.id, "standard")
    assert (done.version, done.created_by) == (2, "Ada")
    assert [(one.version, one.in_force, one.created_by, one.note) for one in found] == [
        (2, True, "Ada", "Faster"),
        (1, False, None, "what a brand starts with"),
    ]
    assert found[1].definition == ladders.STARTING
    assert found[1].retired_at is not None


def test_a_brand_that_nobody_changed_shows_what_it_starts_with(cast: Cast) -> None:
    with db.statement() as connection:
        (policy,) = policies.policy_versions(connection, cast.brand.id)
        (ladder,) = policies.ladders_in_force(connection, cast.brand.id)
        one = policies.policy_version(connection, cast.brand.id, 1)
        with pytest.raises(NotFound):
            policies.policy_version(connection, cast.brand.id, 2)
        with pytest.raises(NotFound):
            policies.ladder_versions(connection, cast.brand.id, "urgent")

    assert (policy.version, policy.in_force, policy.definition) == (1, True, sla.STARTING)
    assert one == policy
    assert (ladder.name, ladder.version) == ("standard", 1)
    assert rows("SELECT 1 FROM sla_policies") == []


@pytest.mark.parametrize("what", [publish, publish_policy])
def test_two_who_publish_at_once_follow_each_other_and_the_second_is_refused(cast: Cast, what: Any) -> None:
    gate = Barrier(6)
    said: list[str] = []

    def one() -> None:
        gate.wait()
        try:
            what(cast)
        except VersionMismatch:
            said.append("refused")
        else:
            said.append("in force")

    threads = [Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["in force"] + ["refused"] * 5
    for table in ("sla_policies", "ladder_versions"):
        (row,) = rows(f"SELECT count(*) AS n FROM {table} WHERE retired_at IS NULL")
        assert row.n == 1


def test_what_cannot_be_read_changes_nothing(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        publish(cast, {"steps": []})
    with pytest.raises(InvalidInput):
        publish_policy(cast, {"targets": []})

    assert rows("SELECT 1 FROM sla_policies UNION ALL SELECT 1 FROM ladder_versions") == []


def test_a_ladder_for_urgent_cases_takes_them_and_only_them(cast: Cast) -> None:
    with db.transaction() as session:
        policies.add_ladder(
            session, acting(cast.ada), "urgent", {**FAST, "priorities": ["urgent"]}, note="", now=utc_now()
        )
    cases = [promise(cast, amount_minor=100).id for _ in range(2)]
    with db.statement() as connection:
        connection.execute("UPDATE escalations SET priority = 'urgent' WHERE id = %(id)s", {"id": cases[0]})

    sweep(utc_now())

    found = rows(
        "SELECT r.escalation_id, l.name FROM ladder_runs r JOIN ladder_versions v ON v.id = r.ladder_version_id "
        "JOIN ladders l ON l.id = v.ladder_id"
    )
    assert {row.escalation_id: row.name for row in found} == {cases[0]: "urgent", cases[1]: "standard"}


def test_a_name_is_given_once_and_is_a_plain_word(cast: Cast) -> None:
    def add(name: str) -> None:
        with db.transaction() as session:
            policies.add_ladder(session, acting(cast.ada), name, FAST, note="", now=utc_now())

    add("urgent")

    for taken in ("urgent", "standard"):
        with pytest.raises(Conflict):
            add(taken)
    for bad in ("", "Urgent cases", "a" * 41, "-x", "x\n"):
        with pytest.raises(InvalidInput):
            add(bad)
    with pytest.raises(NotFound):
        publish(cast, name="nowhere")


def test_each_change_stands_in_the_audit(cast: Cast) -> None:
    publish(cast)
    publish_policy(cast)

    found = rows("SELECT action, actor_id FROM timeline WHERE stream = 'configuration' ORDER BY seq")

    assert [row.action for row in found] == ["ladder_published", "policy_published"]
    assert {row.actor_id for row in found} == {cast.ada.person.id}
