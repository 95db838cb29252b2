"""A line is held for each account that can have one, carries what is searched for, and outlives every fault."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from bridge import db
from bridge.channels import lines as channel_lines
from bridge.channels.calling import Answered, Request
from bridge.channels.webhook import Failed
from bridge.channels.x.streaming import RuleStream
from bridge.models import ChannelAccount
from bridge.services import channel_accounts, stream_lines
from bridge.services.streaming import Lines
from bridge.settings import settings
from tests.cast import Cast
from tests.channels.answers import answer
from tests.channels.stage import replace_secret
from tests.channels.streams.stage import (
    HEELS,
    comes,
    connected,
    kept,
    look,
    open_at,
    opened,
    read,
    search_for,
    stream_of,
)
from tests.peers.servers.x import APP_TOKEN, Network
from tests.peers.servers.x_query import OTHER
from tests.peers.servers.x_stream import Line


def test_a_fault_in_the_channel_is_named_and_ends_nothing(
    account: ChannelAccount,
    network: Network,
    held: Lines,
    hasty: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = RuleStream.heard
    faults = [TypeError("a bug")]

    def faulty(self: RuleStream, *given: Any) -> Any:
        if faults:
            raise faults.pop()
        return heard(self, *given)

    monkeypatch.setattr(RuleStream, "heard", faulty)
    open_at(held, network)
    network.post("heels 1")
    comes(lambda: "channel_failed" in hasty)
    open_at(held, network)
    network.post("heels 2")
    comes(kept)
    assert read() == ["heels 2"]


def test_a_line_on_which_nothing_comes_is_taken_for_dead_and_each_time_more_patiently(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_lines, "IDLE_SECONDS", 0.3)
    monkeypatch.setattr(stream_lines, "STOOD_SECONDS", 0.2)
    tried: list[tuple[str, int]] = []

    def wait_seconds(_self: RuleStream, why: Any, tries: int) -> float:
        tried.append((why.error, tries))
        for line in network.lines:
            line.cut()  # X hears of it when it writes
        comes(lambda: not network.lines)
        return 0

    monkeypatch.setattr(RuleStream, "wait_seconds", wait_seconds)
    network.heartbeat_seconds = 600
    look(held)
    comes(lambda: len(tried) >= 3)
    assert tried[:3] == [("timeout", 1), ("timeout", 2), ("timeout", 3)]
    assert stream_of().last_error == "stream_timeout"


def tags(network: Network) -> list[str]:
    return [rule["tag"] for rule in network.rules]


def test_a_changed_search_changes_the_rules_of_the_open_line(
    cast: Cast, account: ChannelAccount, network: Network, held: Lines
) -> None:
    network.rules.append({"id": "1", "value": "cats", "tag": "somebody else's"})
    open_at(held, network)

    search_for(cast, "Shoes", "shoes")
    look(held)
    comes(lambda: "bridge: Shoes" in tags(network))
    network.post("My shoes fell apart")
    comes(kept)
    with db.statement() as connection:
        connection.execute("UPDATE saved_searches SET enabled = false WHERE name = 'Heels'")
    look(held)
    comes(lambda: tags(network) == ["somebody else's", "bridge: Shoes"])

    assert opened(network) == 1


def test_a_new_name_of_ours_changes_the_rules(account: ChannelAccount, network: Network, held: Lines) -> None:
    open_at(held, network)
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET handle = 'northlight_care'")
    look(held)
    comes(lambda: ["-from:northlight_care" in rule["value"] for rule in network.rules] == [True])
    assert opened(network) == 1


def test_a_look_waits_for_nobody_and_a_refused_change_is_tried_as_patiently_as_a_line(
    cast: Cast, account: ChannelAccount, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    call = channel_accounts.caller(settings())

    def slow(request: Request) -> Answered | Failed:
        asked.append(f"{threading.current_thread().name[:6]} {request.method}")
        return answer(429) if request.method == "POST" and len(asked) > 2 else call(request)

    held = Lines(settings(), call=slow)
    try:
        open_at(held, network)
        assert asked == ["stream GET", "stream POST"]
        search_for(cast, "Shoes", "shoes")
        look(held)
        comes(lambda: len(asked) == 4)
        for _ in range(5):
            look(held)
            time.sleep(0.2)
        assert asked[2:] == ["stream GET", "stream POST"], "a minute's patience"
        network.post(HEELS)
        comes(kept)
    finally:
        held.close()


@pytest.mark.usefixtures("hasty")
def test_a_thread_that_dies_is_replaced(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = stream_lines.HeldLine._hold
    dies = [True]

    def hold(self: stream_lines.HeldLine) -> None:
        if dies:
            dies.pop()
            return
        original(self)

    monkeypatch.setattr(stream_lines.HeldLine, "_hold", hold)
    look(held)
    open_at(held, network)


def test_no_fault_of_writing_down_why_a_line_ended_ends_the_thread(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [psycopg.errors.ReadOnlySqlTransaction("a standby")]

    def note(*_given: object, **_more: object) -> None:
        if faults:
            raise faults.pop()

    monkeypatch.setattr(stream_lines.queries, "note_trouble", note)
    monkeypatch.setattr(stream_lines, "AFTER_A_FAULT_SECONDS", 0.1)
    open_at(held, network)
    (line,) = network.lines
    line.cut()
    comes(lambda: not faults)
    comes(lambda: network.lines and network.lines != [line])


def test_a_replaced_token_opens_a_line_of_its_own_once_the_old_one_is_let_go_of(
    cast: Cast, account: ChannelAccount, network: Network, held: Lines
) -> None:
    open_at(held, network)
    (old,) = network.lines
    replace_secret(cast, account, "app_token", f"{APP_TOKEN}-2")
    network.app_tokens.add(f"{APP_TOKEN}-2")
    look(held)
    comes(lambda: old not in network.lines)
    assert opened(network) == 1
    open_at(held, network)
    assert stream_of().last_error == ""


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE channel_accounts SET enabled = false",
        "UPDATE channel_accounts SET token_state = 'signed_out'",
        "UPDATE channel_accounts SET deleted_at = now()",
        "UPDATE channel_secrets SET expires_at = now() WHERE name = 'app_token'",
        "UPDATE saved_searches SET enabled = false",
    ],
)
def test_a_line_that_nobody_wants_any_more_is_closed(
    account: ChannelAccount, network: Network, held: Lines, change: str
) -> None:
    open_at(held, network)

    with db.statement() as connection:
        connection.execute(change)  # type: ignore[arg-type]  # one of the texts above
    look(held)

    comes(lambda: not network.lines)
    assert stream_of().since is None


def test_two_accounts_of_one_app_share_one_line(
    cast: Cast, account: ChannelAccount, network: Network, address: str, held: Lines
) -> None:
    connected(cast, address, "Northlight outlet", OTHER)
    open_at(held, network)
    for _ in range(3):
        look(held)
    assert opened(network) == 1


def test_a_refused_line_is_named_and_not_tried_again_at_once(
    account: ChannelAccount, network: Network, held: Lines
) -> None:
    with holding_elsewhere(network):
        look(held)
        comes(lambda: stream_of().last_error == "stream_status_429")
        for _ in range(3):
            look(held)
    assert stream_of().since is None
    assert opened(network) == 1


@contextmanager
def holding_elsewhere(network: Network) -> Iterator[None]:
    """Another machine has the app's only line."""
    line = Line()
    network.lines.append(line)
    yield
    network.lines.remove(line)
