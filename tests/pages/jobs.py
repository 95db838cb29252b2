"""The table of jobs (`docs/without-javascript.md`): what the pages do, and the test that does it by plain forms.

A form that is added and not in there fails `test_without_javascript.py`; and each test that is named
there fails itself when it has not pressed the form on a page and been taken (`conftest.py`).
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.pages.browser import Press

TABLE = Path(__file__).resolve().parents[2] / "docs" / "without-javascript.md"
REFUSED = 400


class Job(NamedTuple):
    """What somebody gets done, where its form goes, and the test that presses it."""

    what: str
    endpoint: str
    test: str


def jobs_in(text: str) -> list[Job]:
    """The lines of the table."""
    found = re.findall(r"^\| ([^|`]+) \| `([a-z_.]+)` \| `(test_\w+\.py::test_\w+)` \|$", text, re.MULTILINE)
    return [Job(what, f"page_{form}", test) for what, form, test in found]


def modules_only_in(text: str) -> set[str]:
    """What nothing but our own modules asks for."""
    return {f"page_{form}" for form in re.findall(r"^\| `([a-z_.]+)` \| [^|`]+ \|$", text, re.MULTILINE)}


JOBS = jobs_in(TABLE.read_text("utf-8"))
MODULES_ONLY = modules_only_in(TABLE.read_text("utf-8"))


def claimed_by(test: str) -> set[str]:
    """The forms that this test presses, says the table."""
    return {job.endpoint for job in JOBS if job.test == test}


def not_done(claimed: set[str], pressed: Iterable[Press]) -> set[str]:
    """What was claimed and not pressed, or refused whenever it was."""
    taken = {press.endpoint for press in pressed if press.method == "POST" and press.status < REFUSED}
    return claimed - taken
