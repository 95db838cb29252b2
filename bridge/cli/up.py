"""`bridge up`: everything on this machine, with one command."""

import sys
from pathlib import Path

import click

from bridge.channels import registry
from bridge.embedded import supervisor


@click.command("up")
@click.option("--port", type=click.IntRange(1, 65_535), default=8080, show_default=True)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Where the data stays; also read before the command.  [default: .bridge]",
)
@click.option("--no-demo", is_flag=True, help="Start without made-up people, stores and posts.")
@click.option("--no-history", is_flag=True, help="Start the demo without twelve weeks of made-up past.")
@click.pass_context
def up(context: click.Context, *, port: int, data_dir: Path | None, no_demo: bool, no_history: bool) -> None:
    """Start PostgreSQL, Valkey, the web server, worker, streams and clock; Ctrl-C stops them.

    With DATABASE_URL or REDIS_URL set, that server is used instead of an own one. Data stays
    in the data folder.

    \b
    Example:
      bridge up --port 8080
    """
    # Here it is one sentence; in a web worker that is started again and again it would be one without end.
    registry.channels()
    named = data_dir or context.find_root().params.get("data_dir") or Path(".bridge")
    sys.exit(supervisor.up(port=port, data_dir=named, demo=not no_demo, history=not no_history))
