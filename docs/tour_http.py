"""One HTTP request for the tour, where curl may be missing: METHOD URL TOKEN KEY BODY FILE.

Writes the answer's body to FILE and prints the status; 000 when nothing answered.
"""

import sys
import urllib.error
import urllib.request
from pathlib import Path

TIMEOUT_SECONDS = 20


def main(method: str, url: str, token: str, key: str, body: str, file: str) -> None:
    """Send the request; empty arguments are left out."""
    headers = {
        "Authorization": f"Bearer {token}" if token else "",
        "Idempotency-Key": key,
        "Content-Type": "application/json" if body else "",
    }
    request = urllib.request.Request(
        url,
        method=method,
        data=body.encode() or None,
        headers={name: value for name, value in headers.items() if value},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    except OSError:
        status, content = 0, b""
    Path(file).write_bytes(content)
    print(f"{status:03}")


if __name__ == "__main__":
    main(*sys.argv[1:])
