"""`bridge calendars`: each command at work, and each refusal. Help and exit codes are `test_cli`'s."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from bridge.cli.calendars import calendars_group
from bridge.clock import utc_now
from bridge.errors import BridgeError
from tests.cast import Cast


def test_a_calendar_is_changed_and_read_on_the_machine(cast: Cast) -> None:
    day = (utc_now() + timedelta(days=5)).date().isoformat()
    desk = [
        "desk",
        "Social care",
        "--zone",
        "Europe/Madrid",
        "--hours",
        "Mon-Sun: 9-2, 4-8",
        "--country",
        "ES",
    ]
    said = {}
    for words in (
        ["date", day, "closed", "--label", "Mourning", "--everywhere"],
        ["date", day, "10-4", "--label", "Short day", "--store", "12"],
        ["holidays", "keep", "--unit", "Lakes"],
        ["close", "12", "--label", "Burst pipe", "--hours", "5"],
        ["show", "12"],
        ["reopen", "12"],
        ["undate", day, "--store", "12"],
        desk,
        ["show", "--unit", "Social care"],
        ["show", "40"],
    ):
        answer = CliRunner().invoke(calendars_group, words)
        assert (answer.exit_code, answer.stderr) == (0, ""), words
        said[" ".join(words[:3])] = answer.stdout

    assert said["holidays keep --unit"] == "Lakes: 2 stores changed.\n"
    assert f"{day}  10 am-4 pm  (Short day)" in said["show 12"]
    assert ": Burst pipe." in said["show 12"]
    assert "open again" in said["reopen 12"]
    assert "9 am-2 pm, 4 pm-8 pm" in said["show --unit Social care"]
    assert f"{day}  closed  (Mourning)" in said["show 40"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["date", "2020-01-01", "closed", "--label", "x", "--everywhere"], "The day is not valid"),
        (["date", "2027-01-01", "ten", "--label", "x", "--everywhere"], "cannot be read"),
        (["date", "2027-01-01", "closed", "--label", "x"], "say where"),
        (["date", "2027-01-01", "closed", "--label", "x", "--store", "999"], "no store has the number 999"),
        (["undate", "2027-01-01", "--store", "12"], "has no hours of its own"),
        (["reopen", "12"], "store 12 is not closed"),
        (["show", "--unit", "Nowhere"], "no unit is called Nowhere"),
        (["desk", "Lakes", "--zone", "Chicago", "--hours", "Mon: 9-6"], "time zone is not known"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(cast: Cast, words: list[str], sentence: str) -> None:
    failed = CliRunner().invoke(calendars_group, words)

    assert isinstance(failed.exception, BridgeError)
    assert sentence in f"{failed.exception.message} {failed.exception.details}"
    assert failed.stdout == ""
