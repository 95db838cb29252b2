"""The files of docs/examples are taken whole, as README.md has a reader take them."""

import re
from pathlib import Path

from tests.cast import Cast
from tests.services.test_cli import bridge

ROOT = Path(__file__).resolve().parents[2]
STORES, CONVERSATIONS = (f"docs/examples/{name}.json" for name in ("stores", "conversations"))


def test_the_directory_is_imported_and_nothing_of_it_is_refused(cast: Cast) -> None:
    first, again = (bridge("stores", "import", str(ROOT / STORES)) for _ in range(2))

    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert "3 read: 3 new, 0 changed, 0 unchanged, 0 refused" in first.stdout
    assert "3 read: 0 new, 0 changed, 3 unchanged, 0 refused" in again.stdout


def test_the_conversations_are_replayed_and_none_is_refused(cast: Cast) -> None:
    done = bridge("intake", "replay", str(ROOT / CONVERSATIONS))

    assert done.returncode == 0, done.stderr
    assert "2 conversations: 2 new threads, 4 new posts, 0 posts known before, 0 refused." in done.stdout


def test_the_readme_s_tour_names_an_address_and_files_that_are_there() -> None:
    [tour] = re.findall(r"^    (STORES=.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)

    assert tour == f"STORES={STORES} CONVERSATIONS={CONVERSATIONS} docs/tour.sh http://127.0.0.1:8080"


def test_the_readme_names_our_program_where_a_reader_comes_to_it_first() -> None:
    """Debian has another program called bridge; a sentence says so before the first short name."""
    told, said, _ = (ROOT / "README.md").read_text("utf-8").partition("Where `bridge` stands alone")

    assert said
    assert not re.search(r"(?<![/\w])bridge (up|demo|doctor|clock|stores|intake)\b", told)
