"""Find the running service: what its data folder says goes into the environment, if nothing is there."""

import os
from pathlib import Path

import structlog

from bridge.errors import SettingsError
from bridge.logs import configure_logging
from bridge.settings import read_settings, settings


def find(data_dir: Path) -> None:
    """Read `connection.env` and `secrets.env` of `data_dir`; variables that are set win."""
    if not os.environ.get("DATABASE_URL"):
        for name in ("connection.env", "secrets.env"):
            _take(data_dir / name)
        anchor = data_dir / "anchor.log"
        if anchor.exists():
            os.environ.setdefault("BRIDGE_ANCHOR_FILE", str(anchor))
    settings.cache_clear()
    configure_logging(read_settings(log_level="WARNING"))
    structlog.contextvars.clear_contextvars()


def require_database() -> None:
    """Raise SettingsError when there is nothing to talk to."""
    if not settings().database_url:
        raise SettingsError(
            "no service found: start `bridge up` here, name its folder (`bridge --data-dir FOLDER …`), "
            "or set DATABASE_URL"
        )


def _take(path: Path) -> None:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        name, separator, value = line.partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))
