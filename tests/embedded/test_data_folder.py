"""The data folder: its lock, its secrets, its disk."""

import os
import shutil
import stat
from collections import namedtuple
from pathlib import Path

import pytest

from bridge.embedded.data_folder import SECRET_NAMES, DataFolder
from bridge.embedded.journal import Journal
from bridge.errors import StartupError

Usage = namedtuple("Usage", "total used free")


def test_secrets_are_made_once_long_and_private(tmp_path: Path) -> None:
    first = DataFolder(tmp_path).secrets({})

    assert DataFolder(tmp_path).secrets({}) == first
    assert set(first) == set(SECRET_NAMES)
    assert len(set(first.values())) == 3
    assert all(len(value) >= 43 for value in first.values())
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_the_environment_wins_and_is_not_stored(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)

    assert folder.secrets({"BRIDGE_SECRET_KEY": "mine"})["BRIDGE_SECRET_KEY"] == "mine"
    assert folder.secrets({})["BRIDGE_SECRET_KEY"] != "mine"
    assert "mine" not in (tmp_path / "secrets.env").read_text()


def test_lost_secrets_are_not_replaced_while_there_is_data(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")

    with pytest.raises(StartupError, match=r"secrets\.env is gone"):
        DataFolder(tmp_path).secrets({})

    given = dict.fromkeys(SECRET_NAMES, "mine")
    assert DataFolder(tmp_path).secrets(given) == given


def test_a_second_holder_is_refused_at_once_and_welcome_after(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.open()

    with pytest.raises(StartupError, match=rf"already running on .* \(process {os.getpid()}\)"):
        second.open()

    first.close()
    second.open()
    second.close()


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 97, 3 * 2**20))

    with pytest.raises(StartupError, match=r"^The disk that holds .* is full \(3 MiB free\)\.$"):
        DataFolder(tmp_path).open()


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(StartupError, match="The data folder /proc/bridge cannot be used"):
        DataFolder(Path("/proc/bridge")).open()


def test_metrics_of_the_last_run_are_emptied(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (folder.empty_metrics() / "counter_1.db").touch()

    assert list(folder.empty_metrics().iterdir()) == []


def test_the_log_is_private_and_turned_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bridge.embedded.journal.FILE_MAX_BYTES", 100)
    journal = Journal(tmp_path / "bridge.log")

    for number in range(4):
        journal.write("web", f"line {number} {'x' * 40}")
    journal.close()

    assert [file.name for file in sorted(tmp_path.iterdir())] == ["bridge.log", "bridge.log.1"]
    assert stat.S_IMODE((tmp_path / "bridge.log").stat().st_mode) == 0o600
    assert capsys.readouterr().out.count(" web      | line ") == 4
