"""Our webhooks verify with the standard's Python library, while a secret is replaced."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.events import Format
from tests.rotation import rotate_and_deliver


class PythonReceiver:
    """Verifies each delivery with every secret that it holds; none of them content is a 401."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.seen: list[list[str]] = []

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        names = [name for name, secret in self.secrets.items() if verifies(secret, body, headers)]
        self.seen.append(sorted(names))
        return 200 if names else 401


def verifies(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


@pytest.fixture
def receiver() -> Iterator[Any]:
    ours = PythonReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(ours.take(body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield ours, f"http://127.0.0.1:{server.server_port}/in"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("form", Format)
def test_python_s_library_is_content_during_a_rotation(database: object, receiver: Any, form: Format) -> None:
    ours, url = receiver

    def give(secrets: dict[str, str]) -> None:
        ours.secrets = secrets

    rotate_and_deliver(url, give, lambda: ours.seen, form=form)
