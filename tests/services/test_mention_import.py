"""`bridge intake import`: files of mentions, line by line, stored once, read like everything else."""

import csv
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from bridge import db
from bridge.cli.intake import intake_group
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.mention_files import COLUMNS, read
from bridge.services import channel_accounts, reading_in
from bridge.settings import settings
from tests.cast import Cast, acting
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
    assert "1 mention stored, 0 known before, 4 lines refused" in done.output


def test_a_dry_run_stores_nothing(tool: None, tmp_path: Path) -> None:
    done = run(json_lines(tmp_path / "m.jsonl", mention(), mention(text="")), "--dry-run")

    assert (done.exit_code, "1 mention can be stored, 1 line cannot" in done.output) == (1, True)
    assert rows("SELECT 1 FROM inbound_deliveries") == []


def test_what_is_no_such_file_or_tool_is_refused(tool: None, tmp_path: Path) -> None:
    good = json_lines(tmp_path / "m.jsonl", mention())
    (tmp_path / "m.csv").write_text("who,what\na,b\n")

    assert "no listening tool" in run(good, "--account", "Nobody").output
    assert "--account" in run(good).output
    assert "Possible are" in run(tmp_path / "m.csv", "--account", "Newsroom").output
    assert rows("SELECT 1 FROM inbound_deliveries") == []


def test_a_line_says_every_field_that_is_wrong_and_so_does_one_from_the_future(
    tool: None, tmp_path: Path
) -> None:
    early = mention(posted_at="2099-06-01T00:00:00Z")
    path = json_lines(tmp_path / "m.jsonl", mention(unheard_of=1, author="Wanda"), early)

    done = run(path, "--account", "Newsroom")

    needed = "An object with handle and, if known, id is needed."
    assert f"line 1: unheard_of: Unknown field; author: {needed}\n" in done.stderr
    assert "line 2: posted_at: This lies in the future.\n" in done.stderr
    assert "0 mentions stored, 0 known before, 2 lines refused." in done.output


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("m.csv", b"text,mood,when\na,b,c\n", "The first line names what is no column: mood, when."),
        ("m.csv", b"text,,\na,b,c\n", "The first line names what is no column: (empty), (empty)."),
        ("m.csv", b'"text\na\n', "The quotation marks of the first line do not close."),
        ("m.csv", b"text,text\na,b\n", "The first line names a column twice: text."),
        ("m.csv", b"network\nx\n", "The first line does not name the column text."),
        (
            "m.csv",
            b"\xef\xbb\xbftext;posted_at\na;b\n",
            "Columns are separated by commas; this file seems to use semicolons.",
        ),
        ("m.jsonl", b'[\n{"text": "a"},\n{"text": "b"}\n]\n', "Write one mention a line, not a list."),
    ],
)
def test_a_file_of_another_shape_is_refused_in_one_sentence(
    tool: None, tmp_path: Path, name: str, raw: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(raw)

    done = run(tmp_path / name, "--account", "Newsroom")

    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert said in done.stderr
    assert "file:" not in done.stderr


def test_a_tool_that_is_switched_off_takes_no_file(cast: Cast, tmp_path: Path) -> None:
    account = stage.connect_tool(cast)
    path = json_lines(tmp_path / "m.jsonl", mention())
    with db.transaction() as session:
        channel_accounts.switch(session, acting(cast.ada), account.id, enabled=False, now=utc_now())

    done, looked = run(path, "--account", "Newsroom"), run(path, "--account", "Newsroom", "--dry-run")

    assert [(one.exit_code, one.stderr) for one in (done, looked)] == [
        (1, "Error: This listening tool is switched off, and takes nothing in.\n")
    ] * 2
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
