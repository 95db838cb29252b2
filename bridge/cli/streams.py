"""`bridge streams`: hold the lines on which networks tell at once what saved searches find."""

import signal
import threading
from pathlib import Path
from types import FrameType

import click

from bridge.channels import registry
from bridge.cli import connection
from bridge.logs import configure_logging
from bridge.services import streaming
from bridge.settings import settings


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

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    streaming.hold(settings(), stopping, looked=alive_file.touch if alive_file else lambda: None)
