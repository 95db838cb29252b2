"""The streams are held: what a search looks for is here as it is said, by one process, and no post is lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bridge import db
from bridge.channels import lines as channel_lines
from bridge.channels.calling import Answered, Request
from bridge.channels.webhook import Failed
from bridge.channels.x import searching
from bridge.channels.x.streaming import RuleStream
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable
from bridge.models import ChannelAccount, SavedSearch
from bridge.services import channel_accounts, polling, reading_in, receiving, stream_lines, streaming
from bridge.services.streaming import Lines
from bridge.settings import settings
from tests.cast import Cast, acting
from tests.channels.answers import answer
from tests.channels.stage import connect, texts, threads
from tests.peers.servers.x import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, OTHER, US, Line, Network, serving

HEELS = "My heels are broken"
PATIENCE_SECONDS = 20


@pytest.fixture
def network() -> Network:
    return Network(heartbeat_seconds=0.1)


@pytest.fixture
def address(network: Network) -> Iterator[str]:
    with serving(network) as url:
        yield url


def connected(cast: Cast, address: str, name: str = "Northlight", own_id: str = US) -> ChannelAccount:
    values = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "access_token": "local-access-token",
        "app_token": APP_TOKEN,
    }
    return connect(cast, "x", name=name, values=values, is_bare=True, external_id=own_id, base_url=address)


def search_for(cast: Cast, name: str = "Heels", *words: str) -> None:
    with db.transaction() as session:
        session.add(
            SavedSearch(
                brand_id=cast.brand.id,
                name=name,
                any_words=list(words or ("heels",)),
                also_words=[],
                not_words=["giveaway"],
            )
        )


@pytest.fixture
def account(cast: Cast, address: str) -> ChannelAccount:
    search_for(cast)
    return connected(cast, address)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lines are opened again at once; why they ended.

    X would ask for a minute's patience while it has not noticed that the other line is gone.
    """
    ended: list[str] = []

    def wait_seconds(_self: RuleStream, why: Any, _tries: int) -> float:
        ended.append(why.error if hasattr(why, "error") else f"status_{why.status_code}")
        return 0.1

    monkeypatch.setattr(RuleStream, "wait_seconds", wait_seconds)
    return ended


@pytest.fixture
def held() -> Iterator[Lines]:
    """The lines of this process, looked at when a test says so."""
    lines = Lines(settings())
    yield lines
    lines.close()


def look(held: Lines) -> None:
    with db.statement() as connection:
        held.look(connection)


def comes(what: Callable[[], object]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def open_at(held: Lines, network: Network) -> None:
    """Look until the line is open, and said to be."""
    comes(lambda: (look(held), network.lines)[1])
    comes(lambda: (look(held), stream_of().since)[1])


def stream_of() -> Any:
    """What is written down of the stream."""
    sql = "SELECT stream_since AS since, stream_seen_at AS seen_at, last_error FROM channel_accounts ORDER BY created_at"
    with db.statement() as connection:
        return connection.execute(sql).fetchall()[0]


def kept() -> int:
    with db.statement() as connection:
        return int(connection.execute("SELECT count(*) FROM inbound_deliveries").fetchone()[0])  # type: ignore[index]


def read() -> list[str]:
    """Read what came; the customers' words, in the order in which they said them."""
    reading_in.read_due(settings(), clock=lambda: utc_now() + timedelta(seconds=1))
    return [text for thread in threads() for _, text in texts(thread)]


def poll() -> None:
    """Ask the network now, whether or not it is its turn."""
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET poll_at = now() - interval '1 s'")
    assert not polling.poll_due(settings())["failed"]


def opened(network: Network) -> int:
    """How often somebody asked for the line."""
    return [path for _, path in network.asked].count("tweets/search/stream")


def searches_asked(network: Network) -> int:
    return [path for _, path in network.asked].count("tweets/search/recent")


def test_a_complaint_is_here_as_it_is_said_though_nobody_asks(
    account: ChannelAccount, network: Network, held: Lines
) -> None:
    open_at(held, network)

    network.post(HEELS)
    comes(kept)

    assert read() == [HEELS]
    (thread,) = threads()
    assert (thread.mention_type, thread.matched_on) == ("untagged", "Heels")
    assert searches_asked(network) == 0


def test_our_own_words_mentions_and_what_is_excluded_are_not_kept(
    account: ChannelAccount, network: Network, held: Lines
) -> None:
    open_at(held, network)
    (line,) = network.lines

    network.post("Our heels are never broken", US)
    network.post(f"@northlight {HEELS}")
    network.post("Win heels in our giveaway")
    line.tell(b"{no json")
    network.post(HEELS, OTHER)
    comes(kept)

    assert (kept(), read()) == (1, [HEELS])


@pytest.mark.parametrize("end", ["cut", "disconnect"])
@pytest.mark.usefixtures("hasty")
def test_a_line_that_ends_is_opened_again_and_the_next_poll_brings_what_was_said_meanwhile(
    account: ChannelAccount, network: Network, held: Lines, end: str
) -> None:
    open_at(held, network)
    poll()
    first = stream_of().since

    network.post("heels 1")
    comes(lambda: kept() == 1)
    (line,) = network.lines
    getattr(line, end)()
    comes(lambda: line not in network.lines)
    network.post("heels 2")
    comes(lambda: (look(held), stream_of().since not in {None, first})[1])
    network.post("heels 3")
    comes(lambda: kept() == 2)

    poll()
    assert read() == ["heels 1", "heels 2", "heels 3"]
    assert kept() == 3, "what came by both is one delivery"


@pytest.mark.usefixtures("hasty")
def test_without_that_search_what_was_said_meanwhile_would_be_lost(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    open_at(held, network)
    poll()
    (line,) = network.lines
    line.cut()
    comes(lambda: line not in network.lines)
    network.post(HEELS)
    open_at(held, network)

    monkeypatch.setattr(searching, "searched", lambda *_given: [])
    monkeypatch.setattr("bridge.channels.x.asking.searched", lambda *_given: [])
    poll()
    assert read() == []


def test_while_a_line_is_open_searches_rest_and_when_nobody_holds_it_they_are_asked_at_each_poll(
    account: ChannelAccount, network: Network, held: Lines
) -> None:
    open_at(held, network)
    for _ in range(4):
        poll()
    assert searches_asked(network) == 2, "for what was said before, and once more"

    held.close()  # as when it dies: nobody says that no line is open
    assert stream_of().since is not None
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET stream_seen_at = now() - interval '61 s'")
    for _ in range(3):
        poll()
    assert searches_asked(network) == 5


@pytest.mark.usefixtures("hasty")
def test_the_database_away_while_somebody_complains_costs_no_complaint(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = receiving.keep
    fails = [DatabaseUnavailable("away")]

    def sometimes(*given: Any, **more: Any) -> Any:
        if fails:
            raise fails.pop()
        return keep(*given, **more)

    open_at(held, network)
    poll()
    first = stream_of().since
    monkeypatch.setattr(receiving, "keep", sometimes)
    network.post(HEELS)
    comes(lambda: (look(held), stream_of().since not in {None, first})[1])
    assert kept() == 0

    poll()
    assert read() == [HEELS]


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


def test_a_new_search_is_asked_too_for_what_was_said_before(
    cast: Cast, account: ChannelAccount, network: Network, held: Lines
) -> None:
    network.post("My shoes fell apart")
    open_at(held, network)
    poll()
    poll()
    search_for(cast, "Shoes", "shoes")
    poll()
    assert read() == ["My shoes fell apart"]


def test_a_search_that_fails_after_the_line_was_opened_is_asked_again(
    account: ChannelAccount, network: Network, held: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.post(HEELS)
    open_at(held, network)
    search = searching.search
    with monkeypatch.context() as patch:
        patch.setattr(searching, "search", lambda *_given: Failed("timeout", 1))
        for _ in range(3):
            poll()
    assert searching.search is search
    poll()
    assert read() == [HEELS]


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
    with db.transaction() as session:
        channel_accounts.replace_secret(
            session,
            acting(cast.ada),
            account.id,
            name="app_token",
            value=f"{APP_TOKEN}-2",
            config=settings(),
            now=utc_now(),
        )
    network.app_tokens.add(f"{APP_TOKEN}-2")
    look(held)
    comes(lambda: old not in network.lines)
    assert opened(network) == 1
    open_at(held, network)
    assert stream_of().last_error == ""


def test_lines_that_wait_for_an_answer_do_not_hold_up_a_stop(
    cast: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them together are waited for no longer than one is."""
    search_for(cast)
    for number in range(3):
        made = connected(cast, address, f"Northlight {number}", str(number + 1))
        with db.statement() as connection:
            connection.execute(
                "UPDATE channel_accounts SET base_url = %(url)s WHERE id = %(id)s",
                {"url": f"{address}/{number}", "id": made.id},
            )
    monkeypatch.setattr(streaming, "CLOSED_SECONDS", 0.3)
    answers = threading.Semaphore(0)
    waiting: list[Request] = []

    def never(request: Request) -> Failed:
        waiting.append(request)
        answers.acquire(timeout=PATIENCE_SECONDS)
        return Failed("timeout", 1)

    held = Lines(settings(), call=never)
    look(held)
    comes(lambda: len(waiting) == 3)
    joined: list[float] = []
    join = threading.Thread.join
    monkeypatch.setattr(
        threading.Thread,
        "join",
        lambda self, timeout=None: (joined.append(timeout), join(self, timeout))[1],
    )
    held.close()
    assert len(joined) == 3
    assert sum(joined) <= 0.3 + 0.1
    answers.release(3)


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


@contextmanager
def holding() -> Iterator[threading.Event]:
    """Another process, as a thread: holds the streams until the event is set."""
    stopping = threading.Event()
    thread = threading.Thread(
        target=streaming.hold, args=(settings(), stopping), kwargs={"look_seconds": 0.1}, daemon=True
    )
    thread.start()
    try:
        yield stopping
    finally:
        stopping.set()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


@pytest.mark.usefixtures("hasty")
def test_one_process_holds_the_streams_and_another_takes_over(
    account: ChannelAccount, network: Network
) -> None:
    with holding() as first:
        comes(lambda: network.lines and stream_of().since)
        with holding():
            time.sleep(0.5)
            assert opened(network) == 1
            first.set()
            comes(lambda: opened(network) > 1)
            comes(lambda: network.lines and stream_of().since)
            network.post(HEELS)
            comes(kept)
    assert stream_of().since is None, "said by the one that stopped"


def test_without_the_lock_two_would_open_a_line_each(
    account: ChannelAccount, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: X refuses the second one, and each may change the other's rules."""
    monkeypatch.setattr(streaming.queries, "lead", lambda _connection: True)
    monkeypatch.setattr(streaming.queries, "resign", lambda _connection: None)
    with holding():
        comes(lambda: network.lines)
        with holding():
            comes(lambda: opened(network) == 2)


@pytest.mark.usefixtures("hasty")
def test_a_lost_connection_to_the_database_closes_every_line_and_it_begins_anew(
    account: ChannelAccount, network: Network, owner: psycopg.Connection[Any]
) -> None:
    """With the connection the lock is lost: somebody else may hold the streams by now."""
    with holding():
        comes(lambda: network.lines and stream_of().since)
        (line,) = network.lines
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
            [streaming.queries.STREAMS_LOCK & 0xFFFF_FFFF],
        )
        comes(lambda: network.lines and network.lines != [line])
        network.post(HEELS)
        comes(kept)


def started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bridge.cli", "streams"],
        env={**os.environ, "BRIDGE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true"},
        stdin=subprocess.DEVNULL,
    )


def test_the_command_holds_them_until_it_is_asked_to_stop_and_a_killed_one_is_replaced(
    account: ChannelAccount, network: Network
) -> None:
    killed = started()
    comes(lambda: network.lines and stream_of().since)
    (line,) = network.lines
    killed.send_signal(signal.SIGKILL)
    killed.wait(PATIENCE_SECONDS)
    comes(lambda: line not in network.lines)

    stopped = started()
    comes(lambda: network.lines)
    network.post(HEELS)
    comes(kept)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(PATIENCE_SECONDS) == 0
    assert stream_of().since is None


def test_an_account_without_the_app_s_token_is_only_asked(
    cast: Cast, address: str, network: Network, held: Lines
) -> None:
    search_for(cast)
    made = connected(cast, address)
    with db.transaction() as session:
        channel_accounts.disconnect(session, acting(cast.ada), made.id, now=utc_now())
    connect(
        cast,
        "x",
        values={"client_id": CLIENT_ID, "access_token": "local-access-token"},
        is_bare=True,
        external_id=US,
        base_url=address,
    )
    look(held)
    network.post(HEELS)
    poll()
    assert read() == [HEELS]
    assert not network.lines
