"""Our webhooks verify with the standard's library for JavaScript, while a secret is replaced.

`make peers` puts the library of `tests/peers/node/package-lock.json` into the folder of
BRIDGE_NODE_RECEIVERS.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import requests

from bridge.events import Format
from tests.rotation import rotate_and_deliver

SCRIPT = Path(__file__).with_name("node") / "receiver.mjs"


@pytest.fixture
def address() -> Iterator[str]:
    node = shutil.which("node")
    assert node, "node is not installed"
    command = [node, str(SCRIPT), os.environ["BRIDGE_NODE_RECEIVERS"]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        port = running.stdout.readline().strip()
        assert port.isdigit(), "the receiver did not start"
        yield f"http://127.0.0.1:{port}"
        running.terminate()


@pytest.mark.peers
@pytest.mark.parametrize("form", Format)
def test_javascript_s_library_is_content_during_a_rotation(
    database: object, address: str, form: Format
) -> None:
    def give(secrets: dict[str, str]) -> None:
        requests.put(f"{address}/secrets", data=orjson.dumps(secrets), timeout=5)

    def told() -> list[list[str]]:
        seen: list[list[str]] = requests.get(f"{address}/seen", timeout=5).json()
        return seen

    rotate_and_deliver(f"{address}/in", give, told, form=form)
