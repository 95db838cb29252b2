"""`bridge channels`: which channels there are."""

import click

from bridge.channels.registry import channels


@click.command("channels")
def channels_command() -> None:
    """Name every channel; fail with one sentence where a folder of `bridge/channels/` is none.

    \b
    Example:
      bridge channels
    """
    for name, channel in channels().items():
        click.echo(f"{name:<20} {channel.capabilities.name}")
