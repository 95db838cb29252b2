"""docker-compose.yml says what the schema, the operator's page and caution ask of it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "docker-compose.yml"
TLS = ROOT / "deploy" / "compose.tls.yml"
# Why a service may have no health check of its own.
WITHOUT_HEALTH_CHECK = {"migrate": "it runs once, and the others wait for its exit code"}
OURS = {"migrate", "web", "worker", "streams", "beat"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return YAML(typ="safe").load(MAIN.read_text("utf-8"))


def table_of_operations(heading: str) -> set[str]:
    """The names in the first column of the table under a heading of the operator's page."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    _, found, section = text.partition(f"## {heading}\n")
    assert found, heading
    return set(re.findall(r"^\| `([^`]+)` \|", section.split("\n## ")[0], re.MULTILINE))


@pytest.mark.parametrize("file", [MAIN, TLS], ids=lambda file: file.name)
def test_the_compose_schema_accepts_it(file: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_service_has_a_health_check_or_a_reason(compose: dict[str, Any]) -> None:
    without = {
        name
        for name, service in compose["services"].items()
        if not service.get("healthcheck") or service["healthcheck"].get("disable")
    }

    assert without == set(WITHOUT_HEALTH_CHECK)


def test_every_service_but_the_one_that_ends_starts_again(compose: dict[str, Any]) -> None:
    policies = {name: service["restart"] for name, service in compose["services"].items()}

    assert policies.pop("migrate") == "no"
    assert set(policies.values()) == {"unless-stopped"}


def test_only_nginx_publishes_a_port(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if service.get("ports")] == ["nginx"]


def test_only_the_migration_is_given_the_owner(compose: dict[str, Any]) -> None:
    given = {
        name
        for name, service in compose["services"].items()
        if "owner_database_url" in service.get("secrets", [])
    }

    assert given == {"migrate"}


def test_no_secret_has_a_value_or_a_default(compose: dict[str, Any]) -> None:
    for name, secret in compose["secrets"].items():
        assert list(secret) == ["file"], name
        assert re.fullmatch(r"\$\{BRIDGE_SECRETS_DIR:-\./deploy/secrets\}/[a-z_.]+", secret["file"]), name
    for service in compose["services"].values():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"KEY|PEPPER|PASSWORD|_URL|TOKEN|SECRET", variable):
                assert value.startswith(("/run/secrets/", "${BRIDGE_BASE_URL:?")), variable


def test_every_secret_file_is_one_that_the_script_makes(compose: dict[str, Any], tmp_path: Path) -> None:
    made = run_make_secrets(tmp_path / "secrets")

    assert {Path(secret["file"]).name for secret in compose["secrets"].values()} == set(made)


def test_secrets_are_long_closed_to_others_and_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    first = run_make_secrets(folder)
    second = run_make_secrets(folder)

    assert first == second
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(set(first.values())) == len(first)
    for name in ("secret_key", "code_pepper", "encryption_keys", "owner_password", "web_password"):
        assert re.fullmatch(r"[0-9a-f]{64}\n", first[name])
    assert f":{first['web_password'].strip()}@postgres:5432/bridge" in first["database_url"]


def run_make_secrets(folder: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "BRIDGE_SECRETS_DIR"}
    subprocess.run(
        ["sh", str(ROOT / "deploy" / "make-secrets.sh"), str(folder)],
        check=True,
        capture_output=True,
        env=environment,
    )
    return {file.name: file.read_text("ascii") for file in folder.iterdir()}


def test_every_image_can_be_replaced_and_none_is_the_newest_of_the_day(compose: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in compose["services"].items()}

    assert {name for name, image in images.items() if image == "${BRIDGE_IMAGE:-bridge:latest}"} == OURS
    for name in images.keys() - OURS:
        assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[a-z/]+:[0-9.]+\}", images[name]), name


def test_our_services_cannot_write_their_image_nor_gain_rights(compose: dict[str, Any]) -> None:
    for name in OURS | {"nginx"}:
        service = compose["services"][name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_volume_is_used_and_every_used_volume_is_declared(compose: dict[str, Any]) -> None:
    mounted = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }

    assert mounted == set(compose["volumes"])


def test_the_operators_page_lists_these_services_and_volumes(compose: dict[str, Any]) -> None:
    assert table_of_operations("Services") == set(compose["services"])
    assert table_of_operations("Volumes") == set(compose["volumes"])


def test_every_file_of_ours_that_is_mounted_or_copied_exists(compose: dict[str, Any]) -> None:
    mounted = [
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith(".")
    ]
    copied = re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)

    assert mounted
    assert copied
    assert [path for path in (*mounted, *copied) if not (ROOT / path).exists()] == []


BROWSERS_KEEP_SECONDS = 300


def test_what_the_image_needs_is_let_through_to_the_engine() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    let_through = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)

    assert set(copied) == set(let_through)


def test_the_metrics_stay_inside_and_large_bodies_outside() -> None:
    nginx = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")

    assert re.search(r"location = /metrics \{\s+return 403;", nginx)
    assert "client_max_body_size 1m;" in nginx
    assert "proxy_request_buffering on;" in nginx


def test_a_counter_keeps_its_connection_between_two_customers() -> None:
    """A verdict on a slow line has time for one trip, and a new connection takes two or three."""
    nginx = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    kept = re.findall(r"^\s*keepalive_timeout (\d+)s;", nginx, re.MULTILINE)

    assert [int(seconds) for seconds in kept] == [BROWSERS_KEEP_SECONDS]
