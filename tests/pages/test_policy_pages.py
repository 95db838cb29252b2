"""Targets and ladders by plain forms: what is in force, the next version, a try before it counts, and faults."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bridge import ladders, sla
from bridge.clock import utc_now
from bridge.ladders import Do
from bridge.milestones import CalendarSource, MilestoneState
from bridge.reasons import Priority
from tests.cast import Cast, Member, promise
from tests.clockwork import minutes, rows, sweep
from tests.pages.browser import Browser
from tests.services.test_policies import FAST, publish, publish_policy
from web import setup_words, words

As = Callable[[Member], Browser]
LADDER = "/setup/ladders/standard"


def in_force(table: str) -> int:
    (row,) = rows(f"SELECT max(version) AS version FROM {table} WHERE retired_at IS NULL")
    return int(row.version or 0)


def test_ada_finds_the_targets_in_her_menu_and_publishes_the_next_version(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    assert 'href="/setup/clocks"' in ada.open("/").html

    page = ada.open("/setup/clocks")
    assert "Seen by the store" in page.text
    assert "100 %: the agent" in page.text
    assert "When the customer needs it" not in page.text
    definition = json.loads(page.form("Publish").values["definition"])
    assert definition == sla.STARTING
    definition["targets"] = definition["targets"][:4]
    done = page.press("Publish", definition=json.dumps(definition), note="Only the first four")

    assert "Version 2 is in force. Cases that have begun keep theirs." in done.text
    assert "Only the first four" in done.text
    assert "Measured, but never due: Seen by the store," in done.text
    old = ada.open("/setup/clocks?version=1")
    assert "Measured, but never due" not in old.text
    assert json.loads(old.form("Publish").values["definition"]) == sla.STARTING
    assert ada.open("/setup/clocks?version=7").status == 404


def test_each_wrong_place_is_said_and_nothing_typed_is_lost(people: Cast, as_: As) -> None:
    typed = json.dumps(
        {"targets": [{"milestone": "store_ack", "minutes": 0, "calendar": "shop"}], "colour": 1}
    )

    page = as_(people.ada).open("/setup/clocks").press("Publish", definition=typed, note="Mine")

    assert page.status == 422
    assert "targets.0.minutes: a whole number from 1 to" in page.text
    assert "targets.0.calendar: one of store, target_store" in page.text
    assert "colour: not known here" in page.text
    form = page.form("Publish")
    assert (form.values["definition"], form.values["note"]) == (typed, "Mine")
    assert in_force("sla_policies") == 0


@pytest.mark.parametrize("typed", ["{", "[]", "", '{"targets": NaN}', "[" * 5000])
def test_what_is_no_json_is_said_in_one_sentence(people: Cast, as_: As, typed: str) -> None:
    page = as_(people.ada).open(LADDER).press("Publish", definition=typed)

    assert page.status == 422
    assert "This is not a JSON object" in page.text


def test_a_version_that_was_overtaken_is_published_only_when_looked_at(people: Cast, as_: As) -> None:
    page = as_(people.ada).open(LADDER)
    publish(people)

    late = page.press("Publish", definition=json.dumps(FAST))
    assert late.status == 422
    assert "Somebody published version 2 meanwhile." in late.text
    assert in_force("ladder_versions") == 2

    assert late.press("Publish").status == 200
    assert in_force("ladder_versions") == 3


def test_a_ladder_is_tried_before_it_counts(people: Cast, as_: As) -> None:
    made = promise(people)
    sweep(utc_now())
    page = as_(people.ada).open(LADDER)
    assert "Wait: 60 minutes" in page.text

    tried = page.press("Try it on the last 30 days", definition=json.dumps(FAST), note="Mine")

    assert tried.status == 200
    (number,) = [row.number for row in rows("SELECT number FROM escalations WHERE id = %(id)s", id=made.id)]
    assert f"No. {number}" in tried.text
    assert "1 case of the last 30 days." in tried.text
    assert json.loads(tried.form("Publish").values["definition"]) == FAST
    assert in_force("ladder_versions") == 1

    assert "Version 2 is in force." in tried.press("Publish").text
    assert in_force("ladder_versions") == 2


def test_one_more_ladder_takes_urgent_cases(people: Cast, as_: As) -> None:
    form = as_(people.ada).open("/setup/clocks").browser.open("/setup/ladders")
    urgent = json.dumps({**FAST, "priorities": ["urgent"]})

    wrong = form.press("Publish", name="Urgent cases", definition=urgent)
    taken = wrong.press("Publish", name="standard")
    done = taken.press("Publish", name="urgent")

    assert (wrong.status, "Use small letters" in wrong.text) == (422, True)
    assert (taken.status, "There is a ladder of this name already." in taken.text) == (422, True)
    assert "Ladder urgent" in done.text
    assert "For: urgent" in done.text


def test_faults_are_named_by_role_and_place(people: Cast, as_: As) -> None:
    publish(people, {**ladders.STARTING, "priorities": ["urgent"]})

    page = as_(people.ada).open("/setup/faults")

    assert "the district managerLakes10, 12" in page.text
    assert "SMS" in page.text
    assert "no ladder takes these cases" in page.text


def test_hq_reads_and_tries_and_does_not_publish(people: Cast, as_: As) -> None:
    hana = as_(people.hana)

    assert "Publish" not in hana.open("/setup/clocks").html
    page = hana.open(LADDER)
    assert page.press("Try it on the last 30 days").status == 200
    form = page.form("Try it on the last 30 days")
    form.buttons["Publish"] = ("do", "publish")
    assert hana.submit(form, "Publish").status == 403
    for path in ("/setup/clocks", LADDER, "/setup/ladders", "/setup/faults"):
        for member in (people.sam, people.mia, people.ana):
            assert as_(member).open(path).status == 403


def test_the_page_of_a_case_says_which_versions_it_keeps(people: Cast, as_: As) -> None:
    old = promise(people)
    sweep(utc_now())
    publish(people)
    publish_policy(people)
    new = promise(people)
    sweep(utc_now() + minutes(1))
    kim = as_(people.kim)

    before, after = kim.open(f"/escalations/{old.id}"), kim.open(f"/escalations/{new.id}")

    assert "By version 1 of the targets, which this case keeps." in before.text
    assert "Ladder standard, version 1" in before.text
    assert "By version 2 of the targets, which this case keeps." in after.text
    assert "Ladder standard, version 2" in after.text
    assert "Next: told the manager of the store" in before.text
    assert "America/Chicago" in after.text
    assert "Open hours counted" in after.text
    assert kim.open("/setup/ladders/standard?version=1").status == 200


@pytest.mark.parametrize(
    ("vocabulary", "known"),
    [
        (Do, setup_words.STEPS),
        (CalendarSource, setup_words.CALENDARS),
        (Priority, setup_words.PRIORITIES),
        (sla.KINDS, setup_words.KINDS),
        (MilestoneState, words.CLOCK_STATES),
    ],
)
def test_every_key_has_a_word(vocabulary: Any, known: dict[Any, Any]) -> None:
    assert set(known) == set(vocabulary)
