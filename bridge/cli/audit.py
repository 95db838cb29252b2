"""`bridge audit verify` and `bridge reconcile`: prove that history and books are whole."""

import sys
from collections.abc import Callable, Iterable

import click

from bridge import db, sealing
from bridge.cli import connection
from bridge.services import verifying
from bridge.services.verifying import Finding
from bridge.settings import settings


@click.group("audit")
def audit_group() -> None:
    """The append-only history.

    \b
    Example:
      bridge audit verify
    """


@audit_group.command("verify")
@click.option("--anchor", "anchor_file", default="", help="Copy of the checkpoints kept elsewhere.")
def verify(anchor_file: str) -> None:
    """Check every chain, head and checkpoint; name what was edited, cut, inserted or reordered.

    Exit code 1 when something is wrong. Without --anchor, BRIDGE_ANCHOR_FILE is compared when it
    is set.

    \b
    Example:
      bridge audit verify --anchor /mnt/other-host/anchor.log
    """
    config = settings()
    anchor = anchor_file or config.anchor_file
    _report(
        lambda connection: verifying.verify(connection, settings=config, anchor_file=anchor),
        "The history is whole.",
    )


@audit_group.command("key")
def key() -> None:
    """Print the public key that checkpoints are signed with (Ed25519, hex).

    \b
    Example:
      bridge audit key
    """
    click.echo(sealing.public_key(settings().secret_key).hex())


@click.command("reconcile")
def reconcile() -> None:
    """Check the books: remainders, ledger, decisions and timeline agree. Exit code 1 when not.

    \b
    Example:
      bridge reconcile
    """
    _report(verifying.reconcile, "The books agree.")


def _report(check: Callable[[db.Connection], Iterable[Finding]], all_well: str) -> None:
    connection.require_database()
    count = 0
    with db.reading() as snapshot:
        for finding in check(snapshot):
            count += 1
            click.echo(str(finding), err=True)
    if count:
        click.echo(f"{count} finding{'s' if count > 1 else ''}.", err=True)
        sys.exit(1)
    click.echo(all_well)
