"""`bridge intake import`: files of mentions, line by line, stored once, read like everything else."""

import csv
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from bridge.cli.intake import intake_group
from bridge.errors import InvalidInput
from bridge.mention_files import COLUMNS, read
from bridge.services import reading_in
from bridge.settings import settings
from tests.cast import Cast
from tests.channels import stage
from tests.channels.cases.listening import mention
from tests.clockwork import rows


@pytest.fixture
def tool(cast: Cast) -> None:
    stage.connect_tool(cast)


def run(path: Path, *options: str) -> Result:
    return CliRunner().invoke(intake_group, ["import", str(path), *options])


def json_lines(path: Path, *lines: object) -> Path:
    told = [line if isinstance(line, bytes) else orjson.dumps(line) for line in lines]
    path.write_bytes(b"\n".join(told) + b"\n")
    return path


def csv_file(path: Path, *lines: dict[str, object]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for line in lines:
            author = line.pop("author")
            assert isinstance(author, dict)
            writer.writerow({**line, "author_handle": author["handle"], "author_id": author.get("id", "")})
    return path


def test_json_lines_are_stored_once_and_read(tool: None, tmp_path: Path) -> None:
    path = json_lines(
        tmp_path / "m.jsonl", mention(), b"", mention(permalink="https://x.com/b/status/2"), mention()
    )

    first, again = run(path, "--account", "newsroom"), run(path, "--account", "Newsroom")

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "2 mentions stored" in first.output
    assert "0 mentions stored" in again.output
    assert {row.how for row in rows("SELECT how FROM inbound_deliveries")} == {"import"}
    reading_in.read_due(settings())
    assert len(stage.threads()) == 2


def test_csv_holds_commas_quotes_and_line_ends(tool: None, tmp_path: Path) -> None:
    text = 'The sole, "new",\ncame off'
    path = csv_file(tmp_path / "m.csv", mention(text=text), mention(permalink="https://x.com/b/status/2"))

    done = run(path, "--account", "Newsroom")

    assert done.exit_code == 0, done.output
    reading_in.read_due(settings())
    assert text in [told for thread in stage.threads() for _, told in stage.texts(thread)]


def test_each_wrong_line_is_said_and_stops_no_other(tool: None, tmp_path: Path) -> None:
    path = json_lines(
        tmp_path / "m.jsonl", mention(), b"{not json", mention(text="", kind="shout"), b'"text"', b"\xff"
    )

    done = run(path, "--account", "Newsroom")

    assert done.exit_code == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines() if line.startswith("line")] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
    ]
    assert "1 mentions stored, 0 known before, 4 lines refused" in done.output


def test_a_dry_run_stores_nothing(tool: None, tmp_path: Path) -> None:
    done = run(json_lines(tmp_path / "m.jsonl", mention(), mention(text="")), "--dry-run")

    assert (done.exit_code, "1 mentions can be stored, 1 lines cannot" in done.output) == (1, True)
    assert rows("SELECT 1 FROM inbound_deliveries") == []


def test_what_is_no_such_file_or_tool_is_refused(tool: None, tmp_path: Path) -> None:
    good = json_lines(tmp_path / "m.jsonl", mention())
    (tmp_path / "m.csv").write_text("who,what\na,b\n")

    assert "no listening tool" in run(good, "--account", "Nobody").output
    assert "--account" in run(good).output
    assert "Possible are" in run(tmp_path / "m.csv", "--account", "Newsroom").output
    assert rows("SELECT 1 FROM inbound_deliveries") == []


@pytest.mark.parametrize("raw", [b"", b"text\xff\n", b"text,text\na,b\n", b"network\nx\n"])
def test_a_csv_without_its_first_line_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        list(read(raw, is_csv=True))


def test_csv_lines_keep_their_numbers_in_the_file() -> None:
    raw = b'text,permalink\n"a\nb",p\nc\nd,p\n"e'

    assert [(line.number, bool(line.problem)) for line in read(raw, is_csv=True)] == [
        (2, False),
        (4, True),
        (5, False),
        (6, True),
    ]
