"""Every setting, typed, read once at start and handed on; nothing else reads the environment.

Names in the environment are those of `.env.example`, which a test compares with
this file. A secret may also be given as a file: `BRIDGE_SECRET_KEY_FILE=/run/secrets/key`.
Outside the demo a missing, short or default secret refuses to start.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bridge.errors import SettingsError

SHORTEST_SECRET_CHARACTERS = 32
SMTP_OVER_TLS_PORT = 465
DEMO_SECRET = "demo-only-secret-never-use-in-production"  # noqa: S105 - refused outside the demo


class Settings(BaseSettings):
    """What an operator may choose. Durations are seconds, sizes are bytes, money is minor units."""

    model_config = SettingsConfigDict(env_prefix="BRIDGE_", extra="ignore", frozen=True)

    environment: Literal["demo", "production"] = "demo"
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    owner_database_url: str = Field(default="", validation_alias="OWNER_DATABASE_URL")
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    base_url: str = "http://127.0.0.1:8080"

    secret_key: str = DEMO_SECRET
    code_pepper: str = DEMO_SECRET
    encryption_keys: Annotated[list[str], NoDecode] = [DEMO_SECRET]

    db_pool_size: int = Field(default=4, ge=1, le=64)
    db_statement_timeout_seconds: float = 10
    db_lock_timeout_seconds: float = 4
    db_connect_timeout_seconds: int = Field(default=3, ge=2)

    session_idle_seconds: int = 15 * 60
    session_absolute_seconds: int = 12 * 3600
    proxy_hops: int = Field(default=0, ge=0, le=5)
    request_body_max_bytes: int = 64 * 1024
    stores_import_max_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    photo_max_bytes: int = Field(default=6 * 1024 * 1024, ge=64 * 1024)

    claim_lease_seconds: int = 15 * 60
    soft_claim_seconds: int = Field(default=2 * 60, ge=10)
    promise_validity_days: int = Field(default=7, ge=1, le=365)
    code_redisplay: bool = True
    undo_window_seconds: int = 60
    expiry_grace_seconds: int = Field(default=15 * 60, ge=0)
    annul_window_seconds: int = Field(default=24 * 3600, ge=60)
    questions_per_case: int = Field(default=3, ge=0, le=20)
    hotline_seconds: int = Field(default=600, ge=60)
    extension_max_days: int = Field(default=30, ge=1, le=365)
    reopen_window_days: int = Field(default=30, ge=0, le=365)
    appeal_link_days: int = Field(default=14, ge=1, le=90)
    appeal_tries_per_minute: int = Field(default=10, ge=1)
    duplicate_window_days: int = 14
    remind_every_seconds: int = Field(default=3600, ge=60)
    status_link_days: int = Field(default=30, ge=1, le=365)
    status_tries_per_minute: int = Field(default=60, ge=1)
    official_asks_per_minute: int = Field(default=30, ge=1)

    misses_per_device_10_minutes: int = 10
    misses_per_device_day: int = 30
    misses_per_person_day: int = 20
    misses_per_store_day: int = 100
    misses_per_brand_day: int = 10_000

    argon2_time_cost: int = Field(default=3, ge=1)
    argon2_memory_kib: int = Field(default=65_536, ge=8)
    sign_in_tries_per_15_minutes: int = 10
    rate_limit_per_minute: int = Field(default=0, ge=0)

    webhook_allow_private_addresses: bool = False
    webhook_connect_timeout_seconds: float = 3
    webhook_read_timeout_seconds: float = 10
    webhook_response_max_bytes: int = 64 * 1024
    raw_retention_days: int = Field(default=14, ge=1, le=365)
    channel_sweep_seconds: float = 5
    outcome_sweep_seconds: float = 5
    attend_sweep_seconds: float = 5
    outcome_lease_seconds: int = Field(default=8, ge=2)

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    smtp_starttls: bool = True
    smtp_from: str = ""
    twilio_sid: str = ""
    twilio_token: str = Field(default="", repr=False)
    twilio_from: str = ""
    twilio_base_url: str = "https://api.twilio.com"
    notice_sweep_seconds: float = 5
    notice_lease_seconds: int = Field(default=20, ge=2)
    notice_digest_over: int = Field(default=5, ge=1)
    demo_mail_folder: str = ""

    support_contact: str = ""
    security_contact: str = ""

    anchor_file: str = ""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    crash_hooks: bool = False

    @model_validator(mode="before")
    @classmethod
    def _split_encryption_keys(cls, values: dict[str, object]) -> dict[str, object]:
        """Read comma-separated keys, newest first, so that old ciphertexts stay readable."""
        keys = values.get("encryption_keys")
        if isinstance(keys, str):
            values["encryption_keys"] = [key.strip() for key in keys.split(",") if key.strip()]
        return values

    @model_validator(mode="after")
    def _refuse_weak_production(self) -> Self:
        if self.environment != "production":
            return self
        for name in ("secret_key", "code_pepper"):
            _refuse_weak_secret(name, getattr(self, name))
        for key in self.encryption_keys:
            _refuse_weak_secret("encryption_keys", key)
        if not self.database_url or not self.redis_url:
            raise ValueError("production needs DATABASE_URL and REDIS_URL")
        if not self.base_url.startswith("https://"):
            raise ValueError("production needs an https BRIDGE_BASE_URL")
        if self.crash_hooks or self.webhook_allow_private_addresses:
            raise ValueError("BRIDGE_CRASH_HOOKS and BRIDGE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES are for tests")
        if self.smtp_user and not (self.smtp_starttls or self.smtp_port == SMTP_OVER_TLS_PORT):
            raise ValueError(
                "production sends BRIDGE_SMTP_PASSWORD only with BRIDGE_SMTP_STARTTLS or to port 465"
            )
        if not self.twilio_base_url.startswith("https://"):
            raise ValueError("production needs an https BRIDGE_TWILIO_BASE_URL")
        return self

    @property
    def is_demo(self) -> bool:
        """True while the data is made up: shows sign-ins, allows http and weak secrets."""
        return self.environment == "demo"


def _refuse_weak_secret(name: str, value: str) -> None:
    if value == DEMO_SECRET or len(value) < SHORTEST_SECRET_CHARACTERS:
        raise ValueError(
            f"BRIDGE_{name.upper()} must be a secret of {SHORTEST_SECRET_CHARACTERS} characters or more"
        )


def _read_secret_files() -> dict[str, str]:
    """Find `NAME_FILE` variables and return the files' contents under the field's name."""
    found = {}
    for name, path in os.environ.items():
        if name.endswith("_FILE") and name.removesuffix("_FILE") in _names_in_environment():
            try:
                found[name.removesuffix("_FILE")] = Path(path).read_text("utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{name} cannot be read: {error.strerror}") from error
    return found


def _names_in_environment() -> dict[str, str]:
    """Map each environment name to its field."""
    return {
        str(field.validation_alias or f"BRIDGE_{name.upper()}"): name
        for name, field in Settings.model_fields.items()
    }


def read_settings(**overrides: object) -> Settings:
    """Read the environment, then `overrides` by field name. Raises SettingsError in one sentence."""
    names = _names_in_environment()
    from_files = {names[name]: value for name, value in _read_secret_files().items()}
    by_field: dict[str, object] = {**from_files, **overrides}
    by_alias = {str(Settings.model_fields[name].validation_alias or name): v for name, v in by_field.items()}
    try:
        return Settings(**by_alias)  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"setting {where}: {first['msg']}" if where else str(first["msg"])) from error


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read once. Tests call `settings.cache_clear()`."""
    return read_settings()
