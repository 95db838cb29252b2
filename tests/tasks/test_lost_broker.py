"""What was taken and not acknowledged, when its connection ends: given back while it lives, let go when it is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from kombu import Connection, Consumer, Message, Producer, Queue
from kombu.transport import redis as redis_transport

from bridge import celery_app
from bridge.embedded.ports import free_port
from bridge.embedded.valkey import ValkeyServer

LOST = {"closed": None, "forgotten": SimpleNamespace(client=None)}
LIVING = SimpleNamespace(client=object())


class Broker:
    """A client that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pipeline(self) -> "Broker":
        return self

    def zrem(self, *_key_and_tag: str) -> "Broker":
        return self

    def hdel(self, _key: str, tag: str) -> "Broker":
        self.told.append(f"forget {tag}")
        return self

    def execute(self) -> None:
        """Everything is written down already."""

    def transaction(self, _restore: Callable[[Any], None], *_keys: str) -> None:
        self.told.append("take it back")


def taken(transport: SimpleNamespace | None) -> tuple[Any, Broker]:
    """The application's own keeper of deliveries, with one that was taken over `transport`."""
    broker = Broker()

    @contextmanager
    def conn_or_acquire(_client: object = None) -> Iterator[Broker]:
        assert transport is not None
        assert transport.client is not None
        yield broker

    keys = {"unacked_key": "unacked", "unacked_index_key": "unacked_index"}
    channel = SimpleNamespace(connection=transport, do_restore=True, conn_or_acquire=conn_or_acquire, **keys)
    keeper = redis_transport.Channel.QoS(channel)
    keeper._delivered["1"] = object()
    return keeper, broker


ENDINGS: dict[str, tuple[Callable[[Any], None], str]] = {
    "acknowledged": (lambda keeper: keeper.ack("1"), "forget 1"),
    "rejected": (lambda keeper: keeper.reject("1"), "forget 1"),
    "rejected for another": (lambda keeper: keeper.reject("1", requeue=True), "take it back"),
    "closed": (lambda keeper: keeper.restore_unacked_once(), "take it back"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_living_broker_is_told_how_it_ended(ending: str) -> None:
    act, said = ENDINGS[ending]
    keeper, broker = taken(LIVING)

    act(keeper)

    assert broker.told == [said]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("transport", LOST)
def test_nobody_is_told_over_a_connection_that_was_lost(transport: str, ending: str) -> None:
    keeper, broker = taken(LOST[transport])

    ENDINGS[ending][0](keeper)

    assert broker.told == []


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    with ValkeyServer(tmp_path / "valkey", port=free_port(), persistent=False) as running:
        yield running


def take_one(url: str) -> tuple[Connection, Message]:
    """Take the one message of a queue and ask for the next, as a worker does."""
    connection = celery_app.app.connection_for_read(url)
    queue = Queue("bell", channel=connection.default_channel)
    queue.declare()
    Producer(connection.default_channel).publish({}, routing_key="bell")
    got: list[Message] = []
    Consumer(
        connection.default_channel, [queue], callbacks=[lambda _body, message: got.append(message)]
    ).consume()
    connection.drain_events(timeout=5)
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.1)
    return connection, got[0]


@pytest.mark.servers
def test_an_ordinary_shutdown_gives_back_what_was_taken(valkey: ValkeyServer) -> None:
    connection, _ = take_one(valkey.url)

    connection.close()

    with redis.Redis.from_url(valkey.url) as broker:
        assert (broker.llen("bell"), broker.hlen("unacked"), broker.zcard("unacked_index")) == (1, 0, 0)


@pytest.mark.servers
def test_a_connection_that_was_lost_is_closed_as_a_worker_does_it(valkey: ValkeyServer) -> None:
    connection, message = take_one(valkey.url)
    valkey.stop()

    connection.collect()
    connection.close()
    message.ack()
    message.channel.close()
