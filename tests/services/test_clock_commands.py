"""`bridge clock`: what an operator asks when somebody says that nothing happens."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from bridge import db
from bridge.cli.calendars import calendars_group
from bridge.cli.clock import clock_group
from bridge.errors import NotFound
from tests.cast import Cast, promise


def run(*words: str) -> str:
    return CliRunner().invoke(clock_group, list(words), catch_exceptions=False).output


def test_a_sweep_by_hand_does_what_is_due_and_says_so(cast: Cast) -> None:
    promise(cast)

    assert "1 cases and 1 conversations looked at: 3 steps of ladders" in run("sweep")
    assert "0 cases and 0 conversations looked at" in run("sweep")


def test_the_status_says_when_the_clock_ran_and_fails_when_it_is_late(cast: Cast) -> None:
    assert CliRunner().invoke(clock_group, ["status"]).exit_code == 0
    promise(cast)
    with db.statement() as connection:
        connection.execute("UPDATE escalations SET attend_at = now() - interval '5 minutes'")

    late = CliRunner().invoke(clock_group, ["status"])
    run("sweep")
    well = CliRunner().invoke(clock_group, ["status"])

    assert (late.exit_code, well.exit_code) == (1, 0)
    assert "\n1 case is due, 1 of them for more than two minutes" in late.output
    assert re.search(r"^watchdog: \d s ago", well.output, re.MULTILINE)


def test_why_shows_each_clock_with_its_reason_and_the_ladder(cast: Cast) -> None:
    made = promise(cast)
    run("sweep")

    shown = run("why", str(made.number))

    assert f"case {made.number}: issued" in shown
    assert "store_ack 1: running, due " in shown
    assert " in America/Chicago" in shown
    # An opening that ends meanwhile counts for its rest, and the next one for what is left.
    [acknowledging] = [one for one in re.split(r"\n  (?! )", shown) if one.startswith("store_ack 1:")]
    counted = re.findall(r"\n    counted: ([\d.]+) minutes of \w{3} \d{4}-", acknowledging)
    assert sum(map(float, counted)) == pytest.approx(120, abs=0.01)
    assert "ladder standard version 1: running, step 4\n    next at " in shown
    assert ": notify store manager by inbox, email, sms, slack, teams\n" in shown
    assert "notify done role=store_manager" in shown


def test_why_counts_the_wait_before_the_next_step_in_the_store_s_own_hours(cast: Cast) -> None:
    made = promise(cast)
    run("sweep")

    wait = next_of_ladder(run("why", str(made.number)))

    next_at, there = re.findall(r"^next at (\S+) \((\w{3} \d\d:\d\d) at the store\): ", wait)[0]
    assert there == f"{datetime.fromisoformat(next_at).astimezone(ZoneInfo('America/Chicago')):%a %H:%M}"
    assert re.search(
        r"\n    since \S+ \(\w{3} \d\d:\d\d at the store\) by store 12 in America/Chicago\n", wait
    )
    counted = re.findall(r"\n    counted: ([\d.]+) minutes of \w{3} \d{4}-", wait)
    assert sum(map(float, counted)) == pytest.approx(60, abs=0.01)


def test_why_says_when_the_wait_will_be_counted_anew(cast: Cast) -> None:
    made = promise(cast)
    run("sweep")
    shut = ["close", "12", "--label", "Burst pipe"]
    assert CliRunner().invoke(calendars_group, shut, catch_exceptions=False).exit_code == 0

    before = next_of_ladder(run("why", str(made.number)))
    run("sweep")
    after = next_of_ladder(run("why", str(made.number)))

    found = re.search(r"by the hours as they are now, (\S+) ", before)
    assert found is not None
    assert after.startswith(f"next at {found[1]} ")
    assert "as they are now" not in after
    assert "not counted: " in after
    assert "Burst pipe" in after


def test_why_of_a_step_without_a_wait_says_so(cast: Cast) -> None:
    made = promise(cast)
    run("sweep")
    with db.statement() as connection:
        connection.execute("UPDATE ladder_runs SET waits_from = NULL, next_at = now()")

    assert "\n    no wait before it\n" in next_of_ladder(run("why", str(made.number)))


def next_of_ladder(shown: str) -> str:
    """What stands about the next step."""
    return "next at " + shown.partition("    next at ")[2].partition(" notify done ")[0]


def test_why_of_a_case_that_is_not_there_is_one_sentence(cast: Cast) -> None:
    with pytest.raises(NotFound):
        run("why", "404")
