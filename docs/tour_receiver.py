"""A webhook receiver for the tour: keeps what arrives, and verifies signatures afterwards.

Run as `tour_receiver.py FOLDER` it prints its port and stores each request for at most five
minutes; run as `tour_receiver.py --verify SECRET_FILE FOLDER` it checks every stored request. The check
uses the PyPI library `standardwebhooks` when it is installed, else the same 3 lines of HMAC.
"""

import base64
import hashlib
import hmac
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LIFETIME_SECONDS = 300


def receive(folder: Path) -> None:
    """Answer 204 to every POST and write it to a file."""
    folder.mkdir(exist_ok=True)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept = {"headers": dict(self.headers.items()), "body": body.decode()}
            unfinished = folder / f".{self.headers['webhook-id']}"
            unfinished.write_text(json.dumps(kept))
            unfinished.rename(folder / self.headers["webhook-id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Timer(LIFETIME_SECONDS, server.shutdown).start()
    print(server.server_port, flush=True)
    server.serve_forever()


def verify(secret: str, folder: Path) -> int:
    """Check every stored request; the exit code is 1 when there is none or one does not verify."""
    requests = [json.loads(path.read_text()) for path in sorted(folder.glob("[!.]*"))]
    for request in requests:
        headers = {name.lower(): value for name, value in request["headers"].items()}
        check(secret, request["body"], headers)
        event = json.loads(request["body"])
        amount = event["data"].get("amount_minor")  # a test and a claimed post move no money
        print(f"   verified {event['type']}" + ("" if amount is None else f": {amount} minor units"))
    return 0 if requests else 1


def check(secret: str, body: str, headers: dict[str, str]) -> None:
    """Raise when the signature is not right."""
    try:
        from standardwebhooks import Webhook
    except ImportError:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if f"v1,{expected}" not in headers["webhook-signature"].split():
            raise ValueError("the signature is not right") from None
        return
    Webhook(secret).verify(body, headers)


if __name__ == "__main__":
    if sys.argv[1] == "--verify":
        sys.exit(verify(Path(sys.argv[2]).read_text().strip(), Path(sys.argv[3])))
    receive(Path(sys.argv[1]))
