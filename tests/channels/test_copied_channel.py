"""The copy that docs/channels.md begins a new channel with is clean as it is."""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree

ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")


def test_a_copy_made_as_the_docs_say_passes_the_linter(tmp_path: Path) -> None:
    told = (ROOT / "docs/channels.md").read_text(encoding="utf-8")
    block = re.search(r"^    cp -r tests/channels/more/toy.*\n(?:    .*\n)+", told, re.MULTILINE)
    assert block is not None
    toy, case = Path("tests/channels/more/toy"), Path("tests/channels/cases/toy.py")
    (tmp_path / "bridge/channels").mkdir(parents=True)
    (tmp_path / case.parent).mkdir(parents=True)
    copytree(ROOT / toy, tmp_path / toy)
    copy(ROOT / case, tmp_path / case)
    copy(ROOT / "ruff.toml", tmp_path)

    subprocess.run(["sh", "-e", "-c", block[0]], cwd=tmp_path, check=True)

    made = ["bridge/channels/mine/__init__.py", "tests/channels/cases/mine.py"]
    for what in (["check", "--no-cache"], ["format", "--no-cache", "--check"]):
        done = subprocess.run([RUFF, *what, *made], cwd=tmp_path, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    assert "for tests" not in (tmp_path / made[0]).read_text(encoding="utf-8")
