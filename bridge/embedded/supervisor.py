"""What `bridge up` does: start everything in order, watch it, stop it in reverse.

1. Take the data folder and see that the port is free. 2. PostgreSQL, unless DATABASE_URL
says where one is. 3. Valkey, unless REDIS_URL does. 4. Migrations. 5. Demo data, when the
database is empty, and a mail catcher. 6. Web server, worker, streams, beat. 7. Wait until the pages
answer, then print the address and the sign-ins. In the demo the clock (beat) comes last, a few seconds
later: when the made-up past has begun to be written, beside which it then runs. If one process ends by
itself, everything is stopped: what restarts things in production is the container engine, and half a
system helps nobody.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import psycopg
from psycopg import sql

from bridge.embedded import answers, processes
from bridge.embedded.commands import Commands, bridge_commands
from bridge.embedded.data_folder import DataFolder
from bridge.embedded.journal import Journal
from bridge.embedded.orphans import Keeper
from bridge.embedded.ports import LOOPBACK, free_port, require_free
from bridge.embedded.postgres import PostgresServer
from bridge.embedded.processes import Announce, Child
from bridge.embedded.valkey import ValkeyServer
from bridge.errors import BridgeError, StartupError
from bridge.settings import read_settings

MIGRATE_SECONDS = 180.0
SEED_SECONDS = 300.0
SIGN_INS_SECONDS = 30.0
READY_SECONDS = 90.0
HISTORY_BEGINS_SECONDS = 60.0
STOP_SECONDS = 10.0
WATCH_SECONDS = 0.2
READY_PAGES = ("/healthz", "/readyz")
WEB_ROLE = "bridge_web"
# Only migrations and the demo data act as the owner of the tables.
OWNER_VARIABLES = ("OWNER_DATABASE_URL", "OWNER_DATABASE_URL_FILE")


def up(
    *, port: int, data_dir: Path, demo: bool, history: bool = True, commands: Commands | None = None
) -> int:
    """Run the whole service until it is stopped. Returns the exit code; prints why when it is not 0.

    `history` is whether the demo gets a made-up past, which takes a core for two to four minutes.
    """
    folder = DataFolder(data_dir)
    journal: Journal | None = None
    try:
        lock_fd = folder.open()
        journal = Journal(folder.path / "bridge.log")
        chosen = commands or bridge_commands(port=port, data_dir=folder.path)
        if not history:
            chosen = replace(chosen, history=())
        return Supervisor(folder, journal, port=port, demo=demo, commands=chosen).run(lock_fd)
    except (BridgeError, OSError) as error:
        sentence = error.message if isinstance(error, BridgeError) else f"Cannot go on: {error}."
        if journal is None:
            sys.stderr.write(f"bridge: {sentence}\n")
        else:
            journal.complain(sentence)
        return 1
    finally:
        if journal is not None:
            journal.close()
        folder.close()
        _forget_closed_terminal()


def _forget_closed_terminal() -> None:
    """Let Python end well when the terminal is gone: it flushes once more, and a failure is exit code 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Supervisor:
    """One run of the service in a data folder that is locked for us. Use it in the main thread."""

    def __init__(
        self, folder: DataFolder, journal: Journal, *, port: int, demo: bool, commands: Commands
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._port = port
        self._demo = demo
        self._commands = commands
        self._announce: Announce = processes.no_announcement
        self._environment: dict[str, str] = {}
        self._postgres: PostgresServer | None = None
        self._valkey: ValkeyServer | None = None
        self._children: list[Child] = []
        self._history: Child | None = None
        self._clock_waits_until = 0.0
        self._clock_waits = False
        # Counted by the signal handler, which may do nothing else: it can interrupt any line.
        self._stop_requests = 0

    def run(self, lock_fd: int) -> int:
        """Start, watch, stop. Returns 0 when somebody asked for the stop, 130 when they asked twice.

        Raises StartupError when something does not start or ends by itself; by then all is stopped.
        """
        with self._counting_stop_requests():
            require_free(self._port, change_with=f"try another, as in `make up PORT={self._port + 1}`")
            keeper = Keeper(lock_fd)
            self._announce = keeper.announce
            try:
                if self._start():
                    self._watch()
            finally:
                self._stop()
                keeper.close()
        return 0 if self._stop_requests < 2 else 130

    def _start(self) -> bool:
        """Start everything in order. False when somebody asks for the stop meanwhile."""
        environment = self._base_environment()
        owner = self._start_servers(environment)
        self._run_step("migrate", self._commands.migrate, owner, limit_seconds=MIGRATE_SECONDS)
        self._give_web_password(owner)
        if self._demo:
            self._run_step("seed", self._commands.seed, owner, limit_seconds=SEED_SECONDS)
            self._start_mail_catcher(environment)
        self._environment = environment
        waits = self._commands.clock if self._demo and self._commands.history else ""
        if not self._start_children(lambda name: name != waits):
            return False
        if not (self._wait_until_ready() and self._greet(environment)):
            return False
        if waits:
            self._history = self._child("history", self._commands.history, environment)
            self._clock_waits_until = time.monotonic() + HISTORY_BEGINS_SECONDS
            self._clock_waits = True
        return True

    def _start_children(self, wanted: Callable[[str], bool]) -> bool:
        """Start those of the children. False when somebody asks for the stop meanwhile."""
        for name, argv in self._commands.children:
            if self._stop_wanted():
                return False
            if wanted(name):
                self._children.append(self._child(name, argv, self._environment))
        return True

    def _start_clock_beside_history(self) -> None:
        """Start the clock once the history says that it began, for then it keeps the sealer away.

        Or when it ended, or never said anything; whatever it does, the demo goes on.
        """
        if not self._clock_waits or self._history is None:
            return
        if self._history.exit_code() is None and not self._history.tail:
            if time.monotonic() < self._clock_waits_until:
                return
            self._journal.write("bridge", "the demo's history does not begin; the next start tries again")
            self._history.stop(grace_seconds=STOP_SECONDS, impatient=self._stop_forced)
        self._clock_waits = False
        self._start_children(lambda name: name == self._commands.clock)

    def _base_environment(self) -> dict[str, str]:
        """What every process of ours gets; values of the operator's environment win."""
        ours = {
            "BRIDGE_BASE_URL": f"http://{LOOPBACK}:{self._port}",
            "BRIDGE_ANCHOR_FILE": str(self._folder.path / "anchor.log"),
            "PYTHONUNBUFFERED": "1",
        }
        if self._demo:
            # The tour's webhook receiver is on this machine; production refuses the setting.
            ours["BRIDGE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES"] = "true"
        inherited = {name: value for name, value in os.environ.items() if name not in OWNER_VARIABLES}
        return {
            **ours,
            **inherited,
            **self._folder.secrets(os.environ),
            "PROMETHEUS_MULTIPROC_DIR": str(self._folder.empty_metrics()),
        }

    def _start_servers(self, environment: dict[str, str]) -> dict[str, str]:
        """Start or find the two servers and complete `environment`. Returns that of the tables' owner."""
        chosen = read_settings()
        passwords = self._folder.passwords()
        owner_url = chosen.owner_database_url or chosen.database_url
        if chosen.database_url:
            variable = "OWNER_DATABASE_URL" if chosen.owner_database_url else "DATABASE_URL"
            answers.require_database(owner_url, name=variable)
            environment["DATABASE_URL"] = chosen.database_url
        else:
            self._postgres = PostgresServer(
                self._folder.path / "postgres",
                password=passwords["OWNER"],
                log=self._journal.write,
                announce=self._announce,
            )
            self._postgres.start()
            owner_url = self._postgres.url
            environment["DATABASE_URL"] = self._postgres.url_for(WEB_ROLE, passwords["WEB"])
        if chosen.redis_url:
            answers.require_broker(chosen.redis_url, name="REDIS_URL")
            environment["REDIS_URL"] = chosen.redis_url
        else:
            self._valkey = ValkeyServer(
                self._folder.path / "valkey",
                password=passwords["VALKEY"],
                log=self._journal.write,
                announce=self._announce,
            )
            self._valkey.start()
            environment["REDIS_URL"] = self._valkey.url
        owner = {**environment, "OWNER_DATABASE_URL": owner_url}
        ours = ["DATABASE_URL", "OWNER_DATABASE_URL"] if self._postgres else []
        ours += ["REDIS_URL"] if self._valkey else []
        self._folder.write_connection({name: owner[name] for name in ours})
        return owner

    def _start_mail_catcher(self, environment: dict[str, str]) -> None:
        """Let the demo's mails end in the data folder, unless the operator named a mail server."""
        if not self._commands.mail_catcher or read_settings().smtp_host or self._stop_wanted():
            return
        port, folder = str(free_port()), str(self._folder.path / "mail")
        argv = (*self._commands.mail_catcher, port, folder)
        self._children.append(self._child("mail", argv, environment))
        environment |= {
            "BRIDGE_SMTP_HOST": LOOPBACK,
            "BRIDGE_SMTP_PORT": port,
            "BRIDGE_SMTP_STARTTLS": "false",
            "BRIDGE_DEMO_MAIL_FOLDER": folder,
        }

    def _run_step(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str], *, limit_seconds: float
    ) -> None:
        """Run a command that must end well. Does nothing when a stop is wanted."""
        if self._stop_wanted():
            return
        child = self._child(name, argv, environment)
        code = child.wait(timeout_seconds=limit_seconds, impatient=self._stop_wanted)
        if code is None:
            child.stop(grace_seconds=STOP_SECONDS, impatient=self._stop_forced)
            if not self._stop_wanted():
                raise StartupError(f"{name} was not done after {limit_seconds:.0f} seconds.")
        elif code != 0:
            why = f": {child.tail[-1].strip().rstrip('.')}" if child.tail else ""
            raise StartupError(f"{name} {processes.describe_exit(code)}{why}.")

    def _give_web_password(self, owner: Mapping[str, str]) -> None:
        """Give the login that the migration made a password, so that only we can use it."""
        if self._postgres is None or self._stop_wanted():
            return
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(WEB_ROLE), sql.Literal(self._folder.passwords()["WEB"])
        )
        try:
            with psycopg.connect(owner["OWNER_DATABASE_URL"], connect_timeout=5) as connection:
                connection.execute(statement)
        except psycopg.Error as error:
            # The driver's message could repeat the statement.
            reason = f"the database refused ({error.sqlstate or 'no answer'})"
            raise StartupError(f"The login {WEB_ROLE} did not get its password: {reason}.") from None

    def _wait_until_ready(self) -> bool:
        """Wait for the pages. False when a stop is wanted meanwhile; StartupError after the limit."""
        deadline = time.monotonic() + READY_SECONDS
        pending = list(READY_PAGES)
        while not self._stop_wanted():
            self._require_all_running()
            status = answers.page_status(self._port, pending[0])
            if status == 200:
                pending.pop(0)
            if not pending:
                return True
            if time.monotonic() > deadline:
                said = f"answers {status}" if status else "does not answer"
                raise StartupError(f"Not ready after {READY_SECONDS:.0f} seconds: {pending[0]} {said}.")
            time.sleep(WATCH_SECONDS)
        return False

    def _greet(self, environment: Mapping[str, str]) -> bool:
        address = f"http://{LOOPBACK}:{self._port}"
        lines = ["", f"The bridge is ready: {address}", ""]
        if self._demo:
            lines += [self._sign_ins(environment), ""]
        # From here on the log goes to its file alone: in seconds it would push the sign-ins out of sight.
        self._journal.hush()
        self._journal.show("\n".join([*lines, f"Stop with Ctrl-C. Log: {self._journal.path}", ""]))
        return True

    def _sign_ins(self, environment: Mapping[str, str]) -> str:
        asked = ("--with-history",) if self._commands.history else ()
        try:
            done = subprocess.run(
                [*self._commands.sign_ins, *asked],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SIGN_INS_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return "(The sign-ins could not be read; try `bridge demo sign-ins`.)"
        return done.stdout.rstrip()

    def _watch(self) -> None:
        """Return when a stop is wanted. Raises StartupError when a process ends by itself."""
        while not self._stop_wanted():
            self._require_all_running()
            self._start_clock_beside_history()
            time.sleep(WATCH_SECONDS)

    def _require_all_running(self) -> None:
        servers = [server.child for server in (self._postgres, self._valkey) if server and server.child]
        for child in (*servers, *self._children):
            code = child.exit_code()
            if code is not None and not self._stop_wanted():
                raise StartupError(
                    f"{child.name} {processes.describe_exit(code)}, so everything was stopped; "
                    f"its last lines are in {self._journal.path}."
                )

    def _stop(self) -> None:
        """Stop what runs, last started first. Always ends."""
        self._folder.forget_connection()
        for child in reversed([*self._children, *([self._history] if self._history else [])]):
            if child.exit_code() is not None:
                continue
            self._journal.write("bridge", f"stopping {child.name}")
            child.stop(grace_seconds=STOP_SECONDS, impatient=self._stop_forced)
        for name, server in (("valkey", self._valkey), ("postgres", self._postgres)):
            if server is not None and server.child is not None and server.child.exit_code() is None:
                self._journal.write("bridge", f"stopping {name}")
                server.stop(impatient=self._stop_forced)
        self._journal.write("bridge", "everything is stopped")

    def _child(self, name: str, argv: Sequence[str], environment: Mapping[str, str]) -> Child:
        return Child(name, argv, env=environment, log=self._journal.write, announce=self._announce)

    def _stop_wanted(self) -> bool:
        return self._stop_requests > 0

    def _stop_forced(self) -> bool:
        return self._stop_requests > 1

    @contextmanager
    def _counting_stop_requests(self) -> Iterator[None]:
        def count(_number: int, _frame: FrameType | None) -> None:
            self._stop_requests += 1

        before: dict[signal.Signals, object] = {}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Whoever started us with nohup wants us to survive the terminal.
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            before[number] = signal.signal(number, count)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)  # type: ignore[arg-type]  # what getsignal returned
