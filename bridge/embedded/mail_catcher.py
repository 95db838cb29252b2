"""The demo's mail server: takes every mail on the loopback address, keeps the last ones as files, sends none.

Started by `bridge up` as a child: `python -m bridge.embedded.mail_catcher PORT FOLDER`. Its files
are read by `bridge/demo/mails.py`.
"""

import asyncio
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP

from bridge.embedded.ports import LOOPBACK

MAILS_MAX: Final = 300
MAIL_MAX_BYTES: Final = 512 * 1024


class Catcher:
    """What aiosmtpd asks for each mail. One process writes into the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the mail; the oldest ones beyond the limit go."""
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
        fresh = self._folder / f"{name}.new"
        try:
            with open(fresh, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(envelope.content)
            # In one step, so that nobody reads half a mail.
            fresh.rename(self._folder / name)
            for old in sorted(self._folder.glob("*.eml"))[:-MAILS_MAX]:
                old.unlink(missing_ok=True)
        except OSError as error:
            return f"452 cannot be stored: {error.strerror}"
        return "250 caught"


async def serve(port: int, folder: Path) -> None:
    """Catch mails until the process is asked to end."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    catcher = Catcher(folder)
    server = await loop.create_server(
        lambda: SMTP(catcher, hostname="bridge.local", data_size_limit=MAIL_MAX_BYTES), LOOPBACK, port
    )
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
