"""The `bridge` command. Each command is thin: find the service, open a transaction, call a service.

Commands in another terminal find a running `bridge up` through its data folder; DATABASE_URL
and the other variables win. Failure is one clear sentence on standard error and a non-zero
exit code.
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from bridge.cli import connection
from bridge.errors import BridgeError

COMMANDS: Final = {
    "up": "up:up",
    "db": "database:db_group",
    "clock": "clock:clock_group",
    "stores": "stores:stores_group",
    "calendars": "calendars:calendars_group",
    "policies": "policies:policies_group",
    "ladders": "policies:ladders_group",
    "intake": "intake:intake_group",
    "reconcile": "audit:reconcile",
    "audit": "audit:audit_group",
    "keys": "accounts:keys_group",
    "people": "accounts:people_group",
    "contacts": "contacts:contacts_group",
    "demo": "demo:demo_group",
    "openapi": "openapi:openapi_group",
    "review": "review:review_group",
    "report": "review:report_group",
    "causes": "review:causes_group",
    "channels": "channels:channels_command",
    "streams": "streams:streams",
    "simulate": "simulate:simulate",
    "doctor": "simulate:doctor",
}
"""Where each command stands, as "module:name"."""


class _OnDemand(click.Group):
    """A group that imports a command when it is asked for.

    All of them together take two seconds to import, and each start of the service runs several.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """Every command, in the order of names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(f"bridge.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_OnDemand, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=Path(".bridge"),
    show_default=True,
    help="Data folder of the running `bridge up` to talk to, or to start.",
)
@click.pass_context
def cli(context: click.Context, data_dir: Path) -> None:
    """A promise made on social media, checked and honoured at the counter, exactly once.

    \b
    Example:
      bridge up --port 8080
      bridge stores import stores.json --dry-run
    """
    if context.invoked_subcommand != "up":
        connection.find(data_dir)


def main() -> None:
    """Run the command; turn what is wrong into one sentence and an exit code."""
    try:
        cli(prog_name="bridge")
    except BridgeError as error:
        click.echo(f"bridge: {error.message}{_fields(error.details.get('fields'))}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _fields(fields: object) -> str:
    """What is wrong with which field: one stays in the sentence, several get a line each."""
    if not isinstance(fields, Mapping):
        return ""
    wrong = [f"{name}: {'; '.join(map(str, faults))}" for name, faults in fields.items()]
    return f" ({wrong[0]})" if len(wrong) == 1 else "".join(f"\n  {line}" for line in wrong)
