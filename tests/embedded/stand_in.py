"""What the supervisor's tests run in place of the real commands: `stand_in.py ACT DATA PORT`.

`MISBEHAVE` names one act that does something wrong. Imports stand in the acts that need
them, so that the many small processes start quickly.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path


def note_pid(name: str, pid: int) -> None:
    folder = DATA / "pids"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(str(pid))


def start_stubborn_child(name: str) -> None:
    """A child's child that does not listen to SIGTERM and knows nothing of its parent's death."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(300)
        os._exit(0)
    note_pid(name, pid)


def run_web() -> None:
    start_stubborn_child("web's child")
    with socket.create_server(("127.0.0.1", PORT)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                asked = connection.recv(4096).split()[1]
                status = "200 OK" if asked in (b"/healthz", b"/readyz") else "404 Not Found"
                connection.sendall(f"HTTP/1.0 {status}\r\n\r\n".encode())


def run_background(name: str) -> None:
    start_stubborn_child(f"{name}'s child")
    print("owner" if "OWNER_DATABASE_URL" in os.environ else os.environ["DATABASE_URL"][:23], flush=True)
    print(f"mail to {os.environ.get('BRIDGE_SMTP_HOST')}:{os.environ.get('BRIDGE_SMTP_PORT')}.", flush=True)
    while not (os.environ["MISBEHAVE"] == name and (DATA / "greeted").exists()):
        time.sleep(0.1)
    sys.exit(3)


def migrate() -> None:
    import psycopg

    if os.environ["MISBEHAVE"] == "migrate":
        sys.exit("Error: the migration went wrong")
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"]) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'bridge_web'").fetchone() is None:
            connection.execute("CREATE ROLE bridge_web LOGIN")
            connection.execute("CREATE TABLE visits (at timestamptz)")


def seed() -> None:
    import psycopg

    with psycopg.connect(os.environ["OWNER_DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO visits VALUES (now())")
        found = connection.execute("SELECT count(*) FROM visits").fetchone()
    assert found is not None
    print(f"{found[0]} visits", flush=True)


def show_sign_ins() -> None:
    (DATA / "greeted").touch()
    print("ana / a demo password")
    if "--with-history" in sys.argv and os.environ["HISTORY"] == "never":
        print("a history is to come")


def write_history() -> None:
    print("writing", flush=True)
    if os.environ["HISTORY"] == "never":
        time.sleep(300)
    sys.exit(int(os.environ["HISTORY"]))


def command(act: str) -> tuple[str, ...]:
    return (sys.executable, __file__, act, str(DATA), str(PORT))


def supervise() -> int:
    from bridge.embedded.commands import Commands
    from bridge.embedded.supervisor import up

    return up(
        port=PORT,
        data_dir=DATA,
        demo=True,
        commands=Commands(
            migrate=command("migrate"),
            seed=command("seed"),
            sign_ins=command("sign-ins"),
            children=[(act, command(act)) for act in ("web", "worker", "beat")],
            mail_catcher=(sys.executable, "-m", "bridge.embedded.mail_catcher")
            if "MAIL" in os.environ
            else (),
            history=command("history") if "HISTORY" in os.environ else (),
        ),
    )


ACT, DATA, PORT = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])

if __name__ == "__main__":
    if ACT in ("web", "worker", "beat"):
        note_pid(ACT, os.getpid())
    if ACT == "up":
        sys.exit(supervise())
    elif ACT == "migrate":
        migrate()
    elif ACT == "seed":
        seed()
    elif ACT == "history":
        write_history()
    elif ACT == "sign-ins":
        show_sign_ins()
    elif ACT == "web":
        run_web()
    else:
        run_background(ACT)
