"""The commands of one running service, as a table; the supervisor knows how, this file knows what."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.embedded.ports import LOOPBACK


@dataclass(frozen=True)
class Commands:
    """What to run. `children` start in this order and stop in reverse; one of them serves the port.

    `sign_ins` says who to sign in as; where there is a `history` it is asked `--with-history`, and says
    whether that is to come. `mail_catcher` takes a port and a folder; in the demo it starts before the
    children. `history` writes the demo's past once the pages answer; it says a line when it has begun,
    and then `clock`, the name of a child, starts beside it.
    """

    migrate: Sequence[str]
    seed: Sequence[str]
    sign_ins: Sequence[str]
    children: Sequence[tuple[str, Sequence[str]]]
    mail_catcher: Sequence[str] = ()
    history: Sequence[str] = ()
    clock: str = "beat"


def bridge_commands(*, port: int, data_dir: Path) -> Commands:
    """The commands of the real service."""
    python = (sys.executable, "-m")
    cli = (*python, "bridge.cli")
    celery = (*python, "celery", "-q", "-A", "bridge.celery_app")
    web = (
        *(*python, "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port)),
        # A slow body holds a thread, so there are more threads than slow clients (docs/decisions/0008).
        *("--workers", "2", "--blocking-threads", "256", "--no-ws"),
        *("--http1-header-read-timeout", "10000"),
        # A worker that is killed comes back; only the end of the whole web server ends the service.
        "--respawn-failed-workers",
        "api.wsgi:app",
    )
    calm = ("--loglevel", "WARNING")
    worker = (*celery, "worker", "-c", "2", "--without-mingle", "--without-gossip", *calm)
    streams = (*cli, "streams")
    beat = (*celery, "beat", "-s", str(data_dir / "beat-schedule"), "--pidfile=", *calm)
    return Commands(
        migrate=(*cli, "db", "upgrade"),
        seed=(*cli, "demo", "seed", "--if-empty"),
        sign_ins=(*cli, "demo", "sign-ins"),
        children=(("web", web), ("worker", worker), ("streams", streams), ("beat", beat)),
        mail_catcher=(*python, "bridge.embedded.mail_catcher"),
        history=(*cli, "demo", "history", "--at-start"),
    )
