"""`bridge up` as a whole: real PostgreSQL and Valkey, stand-ins for the rest."""

import os
import re
import signal
import smtplib
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from bridge.embedded.commands import bridge_commands
from bridge.embedded.ports import free_port
from bridge.embedded.supervisor import up
from tests.embedded.conftest import Service, is_running, wait_until

pytestmark = pytest.mark.servers

AllGone = Callable[[dict[str, int]], bool]


def test_sigterm_stops_everything_in_reverse_order_and_exits_0(service: Service, all_gone: AllGone) -> None:
    service.start()
    service.wait_until_ready()
    pids = service.pids()

    code, output, errors = service.end(signal.SIGTERM)

    assert (code, errors) == (0, "")
    assert f"http://127.0.0.1:{service.port}" in output
    assert "ana / a demo password" in output
    assert "stopping web" not in output  # the log would bury the sign-ins
    stopped = [line.split("stopping ")[1] for line in service.log().splitlines() if "stopping" in line]
    assert not (service.data_dir / "connection.env").exists()
    assert stopped == ["beat", "worker", "web", "valkey", "postgres"]
    assert len(pids) == 8
    assert all_gone(pids)


def test_a_restart_keeps_the_data_and_the_secrets(service: Service) -> None:
    service.start()
    service.wait_until_ready()
    service.end(signal.SIGINT)
    secrets = (service.data_dir / "secrets.env").read_text()

    service.start()
    service.wait_until_ready()
    code, output, _ = service.end(signal.SIGINT)

    assert code == 0
    assert "2 visits" in output
    assert (service.data_dir / "secrets.env").read_text() == secrets


def test_children_sign_in_with_a_password_and_never_as_the_owner(running_service: Service) -> None:
    lines = (running_service.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()

    for role in ("bridge", "bridge_web"):
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(f"postgresql://{role}@127.0.0.1:{lines[3]}/bridge")

    assert "worker   | postgresql://bridge_web" in running_service.log()
    assert "| owner" not in running_service.log()


def test_the_addresses_are_there_for_another_terminal(running_service: Service) -> None:
    file = running_service.data_dir / "connection.env"
    addresses = dict(line.split("=", 1) for line in file.read_text().splitlines())

    with psycopg.connect(addresses["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("bridge_web",)
    assert set(addresses) == {"DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL"}


def test_everything_in_the_data_folder_is_closed_to_others(running_service: Service) -> None:
    folder = running_service.data_dir

    for name in ("secrets.env", "passwords.env", "connection.env", "bridge.log", "bridge.lock"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_service_on_the_same_folder_is_refused(running_service: Service) -> None:
    assert running_service.process is not None
    second = Service(running_service.data_dir)

    second.start()
    code, _, errors = second.end()

    assert code == 1
    assert errors == (
        f"bridge: The bridge is already running on {second.data_dir} "
        f"(process {running_service.process.pid}).\n"
    )


def test_a_killed_supervisor_leaves_nothing_and_a_new_start_waits_for_that(service: Service) -> None:
    service.start()
    service.wait_until_ready()
    pids = service.pids()
    assert all(map(is_running, pids.values()))
    service.end(signal.SIGKILL)

    service.start()
    service.wait_until_ready()

    assert {name for name, pid in pids.items() if is_running(pid)} == set()
    code, output, _ = service.end(signal.SIGTERM)
    assert code == 0
    assert "2 visits" in output


def test_one_process_that_ends_stops_all_and_is_named(service: Service, all_gone: AllGone) -> None:
    service.start(misbehave="worker")
    service.wait_until_ready()
    pids = service.pids()

    code, _, errors = service.end()

    assert code == 1
    assert errors.startswith("bridge: worker exited with code 3, so everything was stopped")
    assert errors.count("\n") == 1
    assert all_gone(pids)


def test_a_killed_web_server_takes_its_children_along(service: Service, all_gone: AllGone) -> None:
    service.start()
    service.wait_until_ready()
    pids = service.pids()

    os.kill(pids["web"], signal.SIGKILL)
    code, _, errors = service.end()

    assert code == 1
    assert "web was ended by SIGKILL" in errors
    assert all_gone(pids)


def test_a_killed_database_stops_all(service: Service, all_gone: AllGone) -> None:
    service.start()
    service.wait_until_ready()
    pids = service.pids()

    os.kill(pids["postgres"], signal.SIGKILL)
    code, _, errors = service.end()

    assert code == 1
    assert "postgres was ended by SIGKILL" in errors or "exited with code" in errors
    assert all_gone(pids)


def test_a_failed_migration_says_why_and_leaves_nothing(service: Service, all_gone: AllGone) -> None:
    service.start(misbehave="migrate")

    code, _, errors = service.end()

    assert code == 1
    assert errors == "bridge: migrate exited with code 1: Error: the migration went wrong.\n"
    assert all_gone(service.pids())


def test_a_second_ctrl_c_kills_what_does_not_want_to_end(service: Service, all_gone: AllGone) -> None:
    service.start()
    service.wait_until_ready()
    pids = service.pids()
    assert service.process is not None
    os.kill(pids["beat"], signal.SIGSTOP)

    service.process.send_signal(signal.SIGINT)
    assert wait_until(lambda: "stopping beat" in service.log(), limit_seconds=5)
    code, _, _ = service.end(signal.SIGINT, limit_seconds=8)

    assert code == 130
    assert all_gone(pids)


def test_a_stop_in_the_middle_of_the_start_is_obeyed(service: Service, all_gone: AllGone) -> None:
    service.start()
    assert wait_until(lambda: "migrate" in service.log() or "LOG:" in service.log(), limit_seconds=20)

    code, _, errors = service.end(signal.SIGTERM)

    assert (code, errors) == (0, "")
    assert all_gone(service.pids())


def test_a_taken_port_is_one_sentence(service: Service) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", service.port))
        other.listen()
        service.start()
        code, output, errors = service.end()

    assert (code, output) == (1, "")
    assert errors == (
        f"bridge: Port {service.port} is taken by another program; "
        f"try another, as in `make up PORT={service.port + 1}`.\n"
    )


def test_a_broker_that_does_not_answer_is_one_sentence_and_the_database_is_stopped(
    service: Service, all_gone: AllGone
) -> None:
    service.start(REDIS_URL=f"redis://:hush@127.0.0.1:{free_port()}/0")

    code, _, errors = service.end()

    assert code == 1
    assert errors.startswith("bridge: REDIS_URL is set, and that server does not answer")
    assert errors.count("\n") == 1
    assert "ready to accept connections" in service.log()
    assert all_gone(service.pids())


def test_a_missing_binary_is_one_sentence(service: Service, tmp_path: Path) -> None:
    service.start(BRIDGE_PG_BIN=str(tmp_path / "nowhere"))

    code, _, errors = service.end()

    assert code == 1
    assert errors.startswith("bridge: BRIDGE_PG_BIN is")
    assert errors.count("\n") == 1


def test_a_closed_terminal_does_not_stop_the_service(service: Service) -> None:
    service.start()
    assert service.process is not None
    assert service.process.stdout is not None
    service.process.stdout.close()

    service.wait_until_ready()
    service.process.stdout = None

    assert service.end(signal.SIGTERM)[0] == 0


def test_a_data_folder_that_is_a_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").touch()

    code = up(port=free_port(), data_dir=tmp_path / "data", demo=False)

    assert code == 1
    assert "cannot be used" in capsys.readouterr().err


def test_the_real_commands_name_the_port_and_the_data_folder(tmp_path: Path) -> None:
    commands = bridge_commands(port=8123, data_dir=tmp_path)

    assert [name for name, _ in commands.children] == ["web", "worker", "streams", "beat"]
    web, _, _, beat = (argv for _, argv in commands.children)
    assert "8123" in web
    assert "--respawn-failed-workers" in web
    assert str(tmp_path / "beat-schedule") in beat
    assert commands.migrate[1:] == ("-m", "bridge.cli", "db", "upgrade")


def mail_server_of(service: Service) -> tuple[str, str]:
    found = re.search(r"worker   \| mail to (.*):(.*)\.", service.log())
    assert found is not None
    return found[1], found[2]


def test_the_demo_s_mails_end_in_the_data_folder(service: Service) -> None:
    service.start(MAIL="1")
    service.wait_until_ready()
    host, port = mail_server_of(service)

    with smtplib.SMTP(host, int(port), timeout=5) as server:
        server.sendmail("bridge@127.0.0.1", ["sam@demo.example"], "Subject: Hello\r\n\r\nHello\r\n")
    service.end(signal.SIGTERM)

    [kept] = (service.data_dir / "mail").glob("*.eml")
    assert kept.read_bytes().startswith(b"Subject: Hello")
    assert "stopping mail" in service.log()


def test_an_operator_s_mail_server_is_used_and_none_is_caught(service: Service) -> None:
    service.start(MAIL="1", BRIDGE_SMTP_HOST="mail.example", BRIDGE_SMTP_PORT="587")
    service.wait_until_ready()
    service.end(signal.SIGTERM)

    assert mail_server_of(service) == ("mail.example", "587")
    assert not (service.data_dir / "mail").exists()


def has_pid(service: Service, name: str) -> bool:
    return (service.data_dir / "pids" / name).exists()


@pytest.mark.parametrize("code", ["0", "1", "never"])
def test_the_clock_starts_when_the_demo_s_history_has_begun_or_failed(service: Service, code: str) -> None:
    service.start(HISTORY=code)
    service.wait_until_ready()

    assert wait_until(lambda: has_pid(service, "beat"), limit_seconds=20)
    _, output, _ = service.end(signal.SIGTERM)
    log = service.log()
    assert log.index("history  | writing") < log.index("beat     | ")
    assert "Twelve weeks" not in output, "what is to come is said by the sign-ins, who know"
    assert ("a history is to come" in output) is (code == "never")


def test_a_history_that_is_being_written_is_stopped_with_everything_else(
    service: Service, all_gone: AllGone
) -> None:
    service.start(HISTORY="never")
    service.wait_until_ready()
    assert wait_until(lambda: "history  | writing" in service.log(), limit_seconds=20)

    pids = service.pids()
    code, _, errors = service.end(signal.SIGTERM)

    assert (code, errors) == (0, "")
    stopped = [line.split("stopping ")[1] for line in service.log().splitlines() if "stopping" in line]
    assert stopped[0] == "history"
    assert all_gone(pids)
