"""`bridge streams`: hold the lines on which networks tell at once what saved searches find."""

import signal
import threading
from pathlib import Path
from typing import Final

import click

from bridge.channels import registry
from bridge.cli import connection
from bridge.logs import configure_logging
from bridge.services import streaming
from bridge.settings import settings

STOPS: Final = {signal.SIGTERM, signal.SIGINT}


@click.command("streams")
@click.option(
    "--alive-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Touched every few seconds, for whoever watches this process.",
)
def streams(alive_file: Path | None) -> None:
    """Hold the streams of all accounts that can have one, until SIGTERM or Ctrl-C.

    `bridge up` and docker-compose.yml run it. One process holds all streams; a second one waits, and takes
    over when the first one dies.

    \b
    Example:
      bridge streams
    """
    connection.require_database()
    configure_logging(settings())
    registry.channels()
    stopping = threading.Event()
    # A handler could interrupt the very line that holds the event's lock; so the signals are waited for.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    holder = threading.Thread(
        target=streaming.hold,
        args=(settings(), stopping),
        kwargs={"looked": alive_file.touch} if alive_file else {},
        name="streams",
    )
    holder.start()
    signal.sigwait(STOPS)
    stopping.set()
    holder.join()
