"""docs/clocks.md: each definition in it can be read, and each command in it runs as it stands."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bridge import ladders, sla
from bridge.cli import cli
from bridge.clock import utc_now
from bridge.ladders import Do
from bridge.milestones import MilestoneType
from bridge.notices import Channel
from bridge.reasons import PauseReason
from bridge.sla import Told
from tests.cast import Cast, promise
from tests.clockwork import sweep

PAGE = (Path(__file__).parents[2] / "docs" / "clocks.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


def definition(name: str) -> dict[str, Any]:
    """The JSON block that follows the file's name."""
    found = re.search(rf"`{name}`.*?```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, name
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_the_definitions_can_be_read_and_have_no_faults() -> None:
    policy = sla.read(definition("policy.json"), version=2)
    rungs = {name: ladders.read(definition(f"{name}.json")) for name in ("ladder", "urgent")}

    assert {target.milestone for target in policy.targets} == set(MilestoneType) - {
        MilestoneType.CUSTOMER_NEED
    }
    assert set(policy.pause_limits) == set(PauseReason)
    assert [one.faults for one in rungs.values()] == [(), ()]
    assert {step.do for step in rungs["ladder"].steps} == set(Do)
    assert ladders.gaps(rungs) == []


@pytest.mark.parametrize("word", [*MilestoneType, *Do, *Told, *Channel])
def test_every_word_of_a_definition_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_every_command_runs_as_it_stands(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    promise(cast)
    sweep(utc_now())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "urgent.json").write_text(json.dumps(definition("urgent.json")))

    for line in COMMANDS:
        words, _, target = line.partition(" > ")
        answer = CliRunner().invoke(cli, shlex.split(words)[1:])
        assert (answer.exit_code, answer.exception, answer.stderr) == (0, None, ""), line
        if target:
            assert json.loads(answer.stdout) != {}
            # As the page says: the file is edited before the next command takes it.
            (tmp_path / target).write_text(json.dumps(definition(target)))

    assert len(COMMANDS) >= 10
