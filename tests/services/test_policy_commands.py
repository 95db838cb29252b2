"""`bridge policies` and `bridge ladders`: each command at work, and each refusal."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bridge import ladders, sla
from bridge.cli import cli
from bridge.cli.policies import ladders_group, policies_group
from bridge.clock import utc_now
from bridge.errors import BridgeError
from tests.cast import Cast, promise
from tests.clockwork import rows, sweep

FAST: dict[str, Any] = {"steps": [{"do": "notify", "role": "store_manager"}, {"do": "wait", "minutes": 5}]}


def run(group: Any, *words: str) -> str:
    answer = CliRunner().invoke(group, list(words))
    assert (answer.exit_code, answer.stderr) == (0, ""), (words, answer.exception)
    return answer.stdout


def written(folder: Path, definition: Any) -> str:
    path = folder / "definition.json"
    path.write_text(json.dumps(definition))
    return str(path)


def test_what_show_prints_is_what_publish_takes(cast: Cast, tmp_path: Path) -> None:
    policy = json.loads(run(policies_group, "show"))
    assert policy == sla.STARTING
    policy["close_after_days"] = 3

    said = run(policies_group, "publish", written(tmp_path, policy), "--note", "Sooner")

    assert said == "Version 2 of the policy is in force.\n"
    assert json.loads(run(policies_group, "show"))["close_after_days"] == 3
    assert json.loads(run(policies_group, "show", "--version", "1")) == sla.STARTING
    first, second = run(policies_group, "show", "--versions").splitlines()
    assert ("in force" in first, "Sooner" in first, "retired" in second) == (True, True, True)


def test_a_ladder_is_published_added_listed_and_tried(cast: Cast, tmp_path: Path) -> None:
    promise(cast)
    sweep(utc_now())
    assert json.loads(run(ladders_group, "show")) == ladders.STARTING
    fast, urgent = written(tmp_path, FAST), tmp_path / "urgent.json"
    urgent.write_text(json.dumps({**FAST, "priorities": ["urgent"]}))

    tried = run(ladders_group, "try", fast)
    case = json.loads(run(ladders_group, "try", fast, "--json"))[0]
    assert rows("SELECT count(*) AS n FROM ladder_versions")[0].n == 1
    said = run(ladders_group, "publish", "standard", fast, "--note", "Fast")
    run(ladders_group, "publish", "urgent", str(urgent))

    assert tried.startswith("Past cases of the last 30 days: 1.\n")
    assert "note: step 2: nothing follows this wait" in tried
    assert ([one["do"] for one in case["would"]], case["kept"]) == (["notify"], "standard 1")
    assert said.startswith("Version 2 of the ladder standard is in force.\n  note: ")
    assert run(ladders_group, "list").splitlines() == [
        "standard: version 2, 2 steps, for every case",
        "urgent: version 1, 2 steps, for urgent",
    ]
    assert len(run(ladders_group, "show", "standard", "--versions").splitlines()) == 2
    assert json.loads(run(ladders_group, "show", "standard", "--version", "1")) == ladders.STARTING


def test_faults_are_sentences(cast: Cast) -> None:
    said = run(ladders_group, "faults")

    assert "nobody is district_manager of Lakes (stores 10, 12)\n" in said
    assert "store_manager by sms: 2 of 2 places cannot be reached\n" in said


@pytest.mark.parametrize(
    ("words", "text", "sentence"),
    [
        (["ladders", "try"], "{", "is not JSON"),
        (["ladders", "try"], "[]", "holds no JSON object"),
        (["ladders", "try"], '{"steps": [], "steps": []}', "steps stands twice in one object"),
        (["ladders", "try"], '{"lapses_most": NaN}', "NaN is no number of JSON"),
        (["ladders", "try"], '{"steps": 1}', "cannot be read"),
        (["policies", "publish"], "{}", "cannot be read"),
        (["policies", "publish"], "[" * 60_000, "is not JSON"),
        (["policies", "publish"], " " * 70_000, "is longer than 65536 bytes"),
        (["ladders", "publish", "Not a name"], json.dumps(FAST), "The name is not valid"),
    ],
)
def test_what_cannot_be_published_is_one_sentence(
    cast: Cast, tmp_path: Path, words: list[str], text: str, sentence: str
) -> None:
    path = tmp_path / "definition.json"
    path.write_text(text)

    answer = CliRunner().invoke(cli, [*words, str(path)])

    assert isinstance(answer.exception, BridgeError)
    assert sentence in answer.exception.message


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["policies", "publish", "/nowhere.json"], "cannot be read"),
        (["policies", "show", "--version", "9"], "no such version"),
        (["ladders", "show", "urgent"], "no ladder has this name"),
        (["ladders", "show", "--version", "9"], "no such version"),
        (["ladders", "list", "--brand", "Nobody"], "there is no brand Nobody"),
    ],
)
def test_what_is_not_there_is_one_sentence(cast: Cast, words: list[str], sentence: str) -> None:
    answer = CliRunner().invoke(cli, words)

    assert isinstance(answer.exception, BridgeError)
    assert sentence in answer.exception.message
