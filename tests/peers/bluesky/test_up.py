"""`make bluesky-up` says how to sign in, writes what is typed, and leaves nothing behind when it is stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]
SHOWS_WITHIN_SECONDS = 40


def test_it_stays_until_it_is_stopped_and_ends_everything_that_it_started(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.peers.bluesky.up"],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = ""
        while "Stop with Ctrl-C." not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        server, password = found("Server", said), found("App password", said)
        brand, customer = re.findall(r"Handle +(\S+)", said)
        token = requests.post(
            f"{server}/xrpc/com.atproto.server.createSession",
            json={"identifier": brand, "password": password},
            timeout=20,
        ).json()["accessJwt"]
        process.stdin.write(f"@{brand} my heels snapped\n")
        process.stdin.flush()
        assert f"{customer} wrote at://" in process.stdout.readline()
        assert "my heels snapped" in mentions(server, token)

        started = psutil.Process(process.pid).children(recursive=True)
        assert {"node", "postgres", "valkey-server"} <= {one.name() for one in started}
        process.send_signal(signal.SIGINT)
        assert "Everything is stopped" in process.communicate(timeout=60)[0]
        assert process.returncode == 0
        psutil.wait_procs(started, timeout=10)
        assert not [one for one in started if one.is_running()]
        assert not list(tmp_path.glob("bluesky-*"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def found(name: str, said: str) -> str:
    """What stands behind a name."""
    match = re.search(rf"{name} +(\S+)", said)
    assert match is not None, said
    return match[1]


def mentions(server: str, token: str) -> str:
    """The brand's notifications, once there are any: the network shows what is new a moment later."""
    ends = time.monotonic() + SHOWS_WITHIN_SECONDS
    while time.monotonic() < ends:
        told = requests.get(
            f"{server}/xrpc/app.bsky.notification.listNotifications",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        ).json()
        if told.get("notifications"):
            return str(told["notifications"])
        time.sleep(0.5)
    raise AssertionError("it never came")
