"""The `bridge` command. Each command is thin: find the service, open a transaction, call a service.

Commands in another terminal find a running `bridge up` through its data folder; DATABASE_URL
and the other variables win. Failure is one clear sentence on standard error and a non-zero
exit code.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from bridge.cli import connection
from bridge.cli.accounts import keys_group, people_group
from bridge.cli.audit import audit_group, reconcile
from bridge.cli.calendars import calendars_group
from bridge.cli.clock import clock_group
from bridge.cli.contacts import contacts_group
from bridge.cli.database import db_group
from bridge.cli.demo import demo_group
from bridge.cli.intake import intake_group
from bridge.cli.openapi import openapi_group
from bridge.cli.policies import ladders_group, policies_group
from bridge.cli.review import causes_group, report_group, review_group
from bridge.cli.simulate import doctor, simulate
from bridge.cli.stores import stores_group
from bridge.cli.up import up
from bridge.errors import BridgeError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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


for command in (
    up,
    db_group,
    clock_group,
    stores_group,
    calendars_group,
    policies_group,
    ladders_group,
    intake_group,
    reconcile,
    audit_group,
    keys_group,
    people_group,
    contacts_group,
    demo_group,
    openapi_group,
    review_group,
    report_group,
    causes_group,
    simulate,
    doctor,
):
    cli.add_command(command)


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
