"""`.env.example` tells every setting with its default, and nothing that is not read."""

import re
from pathlib import Path

from bridge.settings import Settings

ROOT = Path(__file__).parents[2]
SECRETS = {"BRIDGE_SECRET_KEY", "BRIDGE_CODE_PEPPER", "BRIDGE_ENCRYPTION_KEYS"}
NOT_SETTINGS = {"BRIDGE_PG_BIN", "BRIDGE_REDIS_BIN", "PROMETHEUS_MULTIPROC_DIR"}
COMPOSE_FILES = ["docker-compose.yml", "deploy/compose.tls.yml", "deploy/entrypoint.sh"]


def told() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text("utf-8")
    pairs = re.findall(r"^#([A-Z0-9_]+)=(.*)$", text, re.MULTILINE)
    assert len(pairs) == len(dict(pairs)), "a name stands there twice"
    return dict(pairs)


def settings_defaults() -> dict[str, str]:
    found = {}
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"BRIDGE_{name.upper()}")
        default = field.default
        found[variable] = str(default).lower() if isinstance(default, bool) else str(default)
    return found | dict.fromkeys(SECRETS, "")


def compose_defaults() -> dict[str, str]:
    text = "".join((ROOT / file).read_text("utf-8") for file in COMPOSE_FILES)
    return dict(re.findall(r"(?<!\$)\$\{([A-Z_]+):-([^}]*)\}", text))


def test_every_setting_is_told_with_its_default() -> None:
    expected = settings_defaults()

    assert {name: told().get(name) for name in expected} == expected


def test_every_choice_of_the_compose_files_is_told_with_its_default() -> None:
    expected = {name: value for name, value in compose_defaults().items() if name not in settings_defaults()}

    assert {name: told().get(name) for name in expected} == expected


def test_nothing_is_told_that_nobody_reads() -> None:
    assert set(told()) == set(settings_defaults()) | NOT_SETTINGS | set(compose_defaults())


def test_nothing_is_set_by_copying_the_file() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


def test_each_setting_has_words_before_it() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    alone = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if re.match(r"#[A-Z0-9_]+=", line) and not before.startswith("#")
    ]

    assert alone == []
