"""Tests against other people's programs and clients: `make peers` installs them and runs these.

Each test is marked `peers`. A program is started on a free port of loopback and ended by its pid. Without all
of `requirements-peers.lock` there is nothing to import, so an ordinary run leaves the folder alone.
"""

from collections.abc import Callable
from importlib.util import find_spec

CLIENTS = (
    "chatwoot",
    "facebook_business",
    "mastodon",
    "pywa",
    "slack_sdk",
    "tweepy",
    "twilio",
    "xdk",
    "zammad_py",
    "zenpy",
)
"""What the tests import; `tests/unit/test_peers.py` reads them."""

PROGRAMS = ("helpdesk", "mastodon_mock")
"""What they start."""


def missing(find: Callable[[str], object] = find_spec) -> list[str]:
    """The packages that are not installed."""
    return [name for name in (*CLIENTS, *PROGRAMS) if find(name) is None]


collect_ignore_glob = ["test_*.py"] if missing() else []
