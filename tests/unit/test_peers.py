"""The folder of the peers' tests is left alone where anything that they import is missing."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.peers.conftest import CLIENTS, PROGRAMS, missing

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "peers"
OURS = {"api", "bridge", "migrations", "schemas", "tests", "web"}


def imported(file: Path) -> set[str]:
    """The packages that importing a file imports, whoever they belong to."""
    found: set[str] = set()
    for one in ast.parse(file.read_text()).body:
        if isinstance(one, ast.Import):
            found |= {name.name for name in one.names}
        elif isinstance(one, ast.ImportFrom):
            found.add(one.module or "")
    return {name.partition(".")[0] for name in found}


def everywhere() -> set[str]:
    """What every developer has: packages that `requirements-dev.lock` installs."""
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE)
    names = {re.sub(r"[-_.]+", "-", one).lower() for one in locked}
    return {
        package
        for package, owners in packages_distributions().items()
        if names & {re.sub(r"[-_.]+", "-", one).lower() for one in owners}
    }


def test_all_that_the_peers_tests_import_is_asked_for_before_they_are_collected() -> None:
    files = [*PEERS.glob("*.py"), *PEERS.glob("servers/*.py"), *PEERS.glob("bluesky/*.py")]
    assert len(files) > 10

    others = set().union(*map(imported, files)) - set(sys.stdlib_module_names) - OURS - everywhere()

    assert others == set(CLIENTS)


@pytest.mark.parametrize("name", [*CLIENTS, *PROGRAMS])
def test_one_that_is_missing_is_enough(name: str) -> None:
    assert missing(lambda asked: None if asked == name else asked) == [name]
