"""A folder of `bridge/channels/` that is no channel stops the start in one sentence, before anything runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bridge.channels
from bridge.channels.registry import channels
from bridge.embedded.ports import free_port
from bridge.errors import StartupError

WITH_FOLDERS = """
import sys
import bridge.channels
bridge.channels.__path__.append(sys.argv.pop(1))
from bridge.cli import main
main()
"""


def run(folders: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of ours, with the channel folders of `folders` beside the real ones."""
    return subprocess.run(
        [sys.executable, "-c", WITH_FOLDERS, str(folders), *command],
        env={**os.environ, "DATABASE_URL": "", "REDIS_URL": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def folder_with(place: Path, content: str) -> Path:
    """A channel folder `halfdone` in a folder of its own."""
    folder = place / "channels" / "halfdone"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(content)
    return folder.parent


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("", "gives no CHANNEL."),
        ("CHANNEL = object()", "gives a CHANNEL without capabilities."),
        ("import no_such_module", "(ModuleNotFoundError: No module named 'no_such_module')."),
        ("CHANNEL = Mine(", "cannot be imported (SyntaxError: "),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, content: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge.channels, "__path__", [str(folder_with(tmp_path, content))])
    channels.cache_clear()
    try:
        with pytest.raises(StartupError) as raised:
            channels()
    finally:
        sys.modules.pop("bridge.channels.halfdone", None)
    assert raised.value.message.startswith("The channel folder bridge/channels/halfdone/ cannot be used: ")
    assert missing in raised.value.message


def test_nothing_is_started_beside_a_folder_that_is_no_channel(tmp_path: Path) -> None:
    data = tmp_path / "data"

    done = run(folder_with(tmp_path, ""), "--data-dir", str(data), "up", "--port", str(free_port()))

    assert (done.returncode, done.stdout) == (1, "")
    sentence = (
        "The channel folder bridge/channels/halfdone/ cannot be used: its __init__.py gives no CHANNEL."
    )
    assert done.stderr == f"bridge: {sentence}\n"
    assert not data.exists(), "no data folder, no server, no worker"


def test_the_container_asks_too(tmp_path: Path) -> None:
    assert run(folder_with(tmp_path, ""), "channels").returncode == 1


def test_the_container_asks_before_its_web_server_starts() -> None:
    lines = (Path(__file__).parents[2] / "deploy/entrypoint.sh").read_text().splitlines()
    asked = next(number for number, line in enumerate(lines) if "bridge.cli channels" in line)
    started = next(number for number, line in enumerate(lines) if "respawn-failed-workers" in line)
    assert asked < started


def test_every_channel_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "channels")
    assert done.returncode == 0
    assert "bluesky" in done.stdout
    assert "Zammad" in done.stdout
