"""The README's promise, word for word: start it, take the tour, stop it, find everything again.

One `bridge up` of the real thing, with its own data folder; the tour is the script that a
reader runs.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bridge.embedded.ports import free_port

pytestmark = pytest.mark.servers

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).with_name("data")
UP_SECONDS = 90
# Twelve signs in three groups, or in one piece with a digit and a letter in it.
CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


def environment() -> dict[str, str]:
    """As in a fresh shell: no address of any server."""
    ours = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")
    kept = {n: v for n, v in os.environ.items() if n not in ours and not n.startswith("BRIDGE_")}
    binaries = {n: v for n, v in os.environ.items() if n in {"BRIDGE_PG_BIN", "BRIDGE_REDIS_BIN"}}
    return {**kept, **binaries, "PYTHONUNBUFFERED": "1"}


@contextmanager
def up(data_dir: Path) -> Iterator[tuple[str, str]]:
    """A running `bridge up`: its address and what it printed until it was ready.

    Without the made-up past, which takes a core for minutes and has tests of its own.
    """
    port = free_port()
    log = data_dir.parent / "up.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bridge.cli",
                "up",
                "--no-history",
                "--port",
                str(port),
                "--data-dir",
                str(data_dir),
            ],
            cwd=ROOT,
            env=environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + UP_SECONDS
        while "ada@" not in log.read_text("utf-8") and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", log.read_text("utf-8")
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
    assert code == 0, log.read_text("utf-8")


def tour(base: str, data_dir: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run docs/tour.sh as a reader would."""
    bridge = data_dir.parent / "bridge"
    bridge.write_text(f'#!/bin/sh\nexec {sys.executable} -m bridge.cli --data-dir {data_dir} "$@"\n')
    bridge.chmod(0o755)
    return subprocess.run(
        [str(ROOT / "docs" / "tour.sh"), base],
        cwd=ROOT,
        env={**environment(), "BRIDGE": str(bridge), "PYTHON": sys.executable, **more},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.timeout(300)
def test_the_tour_passes_twice_over_a_restart_and_no_code_is_left_anywhere(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with up(data_dir) as (base, printed):
        first = tour(
            base,
            data_dir,
            STORES=str(DATA / "stores.json"),
            CONVERSATIONS=str(DATA / "conversations.json"),
        )
        dump = dumped(data_dir)
    with up(data_dir) as (base, _):
        second = tour(base, data_dir)

    assert first.returncode == 0, first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr
    assert base.rpartition(":")[0] in printed
    assert "made-up history" not in printed
    assert "2 unchanged" in first.stdout
    assert "verified escalation.honoured: 1500" in first.stdout
    codes = CODE.findall(first.stdout)
    assert codes
    logs = (data_dir / "bridge.log").read_text("utf-8")
    for code in codes:
        for text in (dump, logs):
            assert code not in text
            assert code.replace("-", "") not in text


@pytest.mark.timeout(300)
def test_the_tour_passes_on_a_retailer_s_real_directory_and_real_conversations(
    tmp_path: Path, shared_data: Path
) -> None:
    data_dir = tmp_path / "data"
    with up(data_dir) as (base, _):
        done = tour(
            base,
            data_dir,
            STORES=str(shared_data / "best-buy-open-data" / "stores.json"),
            CONVERSATIONS=str(shared_data / "care-conversations" / "dev.json"),
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1565 read" in done.stdout
    assert "0 refused; 189 without a staff counter" in done.stdout
    assert "525 conversations" in done.stdout


def dumped(data_dir: Path) -> str:
    """Every row of every table as text, as the database's owner reads it."""
    lines = (data_dir / "connection.env").read_text("utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    with psycopg.connect(values["OWNER_DATABASE_URL"].strip("'\"")) as connection:
        names = [
            row[0]
            for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        return "\n".join(
            str(row[0])
            for name in names
            for row in connection.execute(f"SELECT row_to_json(t)::text FROM {name} t")
        )
