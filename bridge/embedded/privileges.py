"""PostgreSQL refuses to run as root and as a user without a name; this makes it start anyway.

A normal user needs nothing. Root starts it inside a user namespace: the server sees itself
as `nobody`, its files stay root's, folders that only root may enter stay closed, and no
system user is added. Where namespaces are refused (Docker's default), root starts it as
the real `nobody` and gives that user the data folder. When the data folder or the program
is below a folder that only root may enter, the server also keeps the one capability that
passes it (CAP_DAC_OVERRIDE, which Docker's default grants). No folder is ever opened up.
"""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bridge.errors import StartupError

PROBE_SECONDS = 5


@dataclass(frozen=True)
class Disguise:
    """What to put before the server's command, and the user its files must belong to."""

    prefix: tuple[str, ...]
    owner_uid: int
    owner_gid: int


def disguise_for(*paths: Path) -> Disguise:
    """Choose how PostgreSQL starts when it must reach `paths`, a program and folders that exist.

    Raises StartupError when it cannot.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0 and _has_name(uid):
        return Disguise((), uid, gid)
    nobody = _nobody()
    if namespaces_work():
        return Disguise(_namespace_prefix(nobody), uid, gid)
    if uid != 0:
        raise StartupError(
            f"PostgreSQL does not start for user {uid}, who has no name on this machine: "
            "add the user, or set DATABASE_URL to a server that runs."
        )
    prefix = _nobody_prefix(nobody, pass_closed_folders=not all(map(others_can_reach, paths)))
    if not all(_probe(prefix, "test", "-x", str(path)) for path in paths):
        raise StartupError(
            "PostgreSQL does not start as root, and this machine lets root start it neither in a user "
            "namespace nor as nobody: run as a normal user, or set DATABASE_URL to a server that runs."
        )
    return Disguise(prefix, nobody.pw_uid, nobody.pw_gid)


@lru_cache(maxsize=1)
def namespaces_work() -> bool:
    """True when we may make a user namespace."""
    return _probe(_namespace_prefix(_nobody()), "true")


def is_root() -> bool:
    """True when PostgreSQL would refuse to start as we are."""
    return os.geteuid() == 0


def others_can_reach(path: Path) -> bool:
    """True when `path` and every folder above it lets everybody through."""
    path = path.resolve()
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))


def give_to(folder: Path, disguise: Disguise) -> None:
    """Make `folder` and all in it belong to the disguise's user, if it does not yet.

    Needed when the same data is started as root, then as nobody, or the other way round.
    Raises StartupError when it belongs to somebody else and we are not root.
    """
    if folder.stat().st_uid == disguise.owner_uid:
        return
    if not is_root():
        raise StartupError(f"{folder} belongs to another user; start as that user or use another folder.")
    for parent, _, files in os.walk(folder):
        os.chown(parent, disguise.owner_uid, disguise.owner_gid)
        for name in files:
            os.chown(Path(parent, name), disguise.owner_uid, disguise.owner_gid, follow_symlinks=False)


def _namespace_prefix(nobody: pwd.struct_passwd) -> tuple[str, ...]:
    # initdb looks its user up by number, so the number inside must be one that has a name everywhere.
    return ("unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}", "--")


def _nobody_prefix(nobody: pwd.struct_passwd, *, pass_closed_folders: bool) -> tuple[str, ...]:
    # Without the secure bit, access(2) ignores the capability, and initdb does not find `postgres`.
    capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
    return (
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        *(capability if pass_closed_folders else ()),
        # Changing the user makes the kernel forget the signal that `processes` asked for.
        "--pdeathsig=INT",
        "--",
    )


def _probe(prefix: tuple[str, ...], *command: str) -> bool:
    try:
        done = subprocess.run(
            [*prefix, *command], cwd="/", capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise StartupError(
            "PostgreSQL cannot start as root here, as there is no user called nobody: "
            "run as a normal user, or set DATABASE_URL to a server that runs."
        ) from error
