"""The command line: every command explains itself, and failure is one sentence and an exit code."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bridge.cli import COMMANDS, cli, main
from bridge.embedded import supervisor
from bridge.settings import settings
from tests.cast import Cast, decide, promise
from tests.conftest import Servers

Command = tuple[str, click.Command]


def commands(group: click.Group = cli, path: str = "bridge") -> Iterator[Command]:
    """Every command and every group; asked for by name, because `bridge` imports them on demand."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def bridge(*words: str) -> Ended:
    """Run the command in this process, which has imported it already."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["bridge", *words])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def started(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "bridge.cli", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: command[0])
def test_every_command_answers_help_with_an_example(command: Command) -> None:
    path, found = command

    answer = CliRunner().invoke(found, ["--help"])

    assert answer.exit_code == 0
    assert "Example:" in answer.output
    assert f"\n    {path.removeprefix('bridge ')}" not in answer.output
    assert path in answer.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["stores", "import", "/nowhere.json"], "cannot be read"),
        (["keys", "create", "--name", "x", "--scope", "everything"], "unknown scope"),
        (["keys", "create", "--name", "x", "--scope", "intake.write", "--store", "999"], "no such store"),
        (["demo", "seed"], "there is data already"),
    ],
)
def test_a_failure_is_one_clear_sentence_and_a_non_zero_exit(
    cast: Cast, words: list[str], sentence: str
) -> None:
    failed = bridge(*words)

    assert failed.returncode == 1
    assert sentence in failed.stderr
    assert "Traceback" not in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [["reconcile"], ["clock", "status"], ["clock", "why", "1"]])
def test_without_a_service_the_sentence_says_what_to_do(
    environment: Servers, tmp_path: Path, words: list[str]
) -> None:
    failed = started("--data-dir", str(tmp_path), *words, DATABASE_URL="")

    assert (failed.returncode, failed.stdout) == (1, "")
    assert "start `bridge up`" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [["--data-dir", "x", "up"], ["up", "--data-dir", "x"]])
def test_up_takes_the_data_folder_before_and_behind_its_name(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(supervisor, "up", lambda **given: asked.update(given) or 0)

    assert CliRunner().invoke(cli, words).exit_code == 0
    assert asked["data_dir"] == Path("x")


def test_each_wrong_field_stands_on_a_line_of_its_own(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "ladder.json").write_text('{"steps": [{"do": "wait"}, {"do": "notify", "role": "boss"}]}')

    failed = bridge("ladders", "publish", "standard", str(tmp_path / "ladder.json"))

    first, *wrong = failed.stderr.splitlines()
    assert (failed.returncode, first) == (1, "bridge: The ladder cannot be read.")
    assert sorted(line.split(":")[0] for line in wrong) == ["  steps.0.minutes", "  steps.1.role"]


def test_a_database_that_does_not_answer_is_one_sentence(environment: Servers) -> None:
    failed = started("reconcile", DATABASE_URL="postgresql://bridge@127.0.0.1:1/bridge")

    assert failed.returncode == 1
    assert failed.stderr.strip().splitlines()[-1] == "bridge: the database does not answer"


def test_verify_and_reconcile_say_that_all_is_well(cast: Cast) -> None:
    Path(settings().anchor_file).unlink(missing_ok=True)
    decide(cast, cast.sam, code=promise(cast).code, amount_minor=100)

    assert started("reconcile").stdout == "The books agree.\n"
    assert bridge("audit", "verify").stdout == "The history is whole.\n"


def test_a_key_is_printed_once_and_works(cast: Cast) -> None:
    made = bridge(
        "keys", "create", "--name", "Till", "--person", "sam@northlight.example", "--store", "12",
        "--scope", "counter.look_up", "--scope", "counter.decide",
    )  # fmt: skip

    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("ssb_live_")
    from tests.services.test_counter import look

    key = cast.sam.__class__(cast.sam.person, made.stdout.strip(), cast.sam.credential_id)
    assert look(key, promise(cast).code).row is not None


def test_an_address_is_added_listed_and_switched_off(cast: Cast) -> None:
    added = bridge(
        "contacts", "add", "12", "--by", "slack", "--address", "https://hooks.slack.com/services/s3cret"
    )
    point_id = added.stdout.rpartition(" ")[2].strip()
    off = bridge("contacts", "disable", point_id)
    listed = bridge("contacts", "list")

    assert "Added slack hooks.slack.com" in added.stdout
    assert (off.returncode, listed.returncode) == (0, 0), off.stderr
    assert f"{point_id}  slack  12 Lakeside  hooks.slack.com…cret  disabled (switched_off)" in listed.stdout
    assert "disabled: slack to 12 Lakeside" in listed.stderr
    assert "s3cret" not in added.stdout + listed.stdout + listed.stderr


def test_an_address_of_nobody_is_refused_in_one_sentence(cast: Cast) -> None:
    failed = bridge(
        "contacts", "add", "nobody@northlight.example", "--by", "sms", "--address", "+15550100123"
    )

    assert (failed.returncode, failed.stderr.strip()) == (1, "bridge: there is no such person or unit")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_is_found_where_the_list_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
