"""What the operator reads when a server of theirs does not answer."""

import pytest

from bridge.embedded import answers
from bridge.embedded.ports import free_port
from bridge.errors import StartupError


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://u:hush@127.0.0.1:{port}/x", "that PostgreSQL does not answer: connection failed"),
        ("postgresql+psycopg://u:hush@127.0.0.1:{port}/x", "that PostgreSQL does not answer"),
        ("mysql://u:hush@127.0.0.1/x", "it is no address of a PostgreSQL server"),
        ("hush", "it is no address of a PostgreSQL server"),
    ],
)
def test_a_database_that_does_not_answer_is_named_without_its_password(address: str, sentence: str) -> None:
    with pytest.raises(StartupError, match=sentence) as raised:
        answers.require_database(address.format(port=free_port()), name="DATABASE_URL")

    assert raised.value.message.startswith("DATABASE_URL is set")
    assert "hush" not in raised.value.message


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("redis://:hush@127.0.0.1:{port}/0", "that server does not answer"),
        ("amqp://u:hush@127.0.0.1", "it is no address of a Valkey or Redis server"),
    ],
)
def test_a_broker_that_does_not_answer_is_named_without_its_password(address: str, sentence: str) -> None:
    with pytest.raises(StartupError, match=sentence) as raised:
        answers.require_broker(address.format(port=free_port()), name="REDIS_URL")

    assert "hush" not in raised.value.message


def test_a_page_that_nobody_serves_has_no_status() -> None:
    assert answers.page_status(free_port(), "/healthz") is None
