"""Tests against other people's programs and clients: `make peers` installs them and runs these.

Each test is marked `peers`. A program is started on a free port of loopback and ended by its pid.
Without `requirements-peers.lock` there is nothing to import, so an ordinary run leaves the folder alone.
"""

from importlib.util import find_spec

IS_INSTALLED = all(find_spec(name) for name in ("mastodon_mock", "chatwoot", "tweepy"))

collect_ignore_glob = [] if IS_INSTALLED else ["test_*.py"]
