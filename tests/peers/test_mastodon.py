"""Against mastodon_mock, an independent server: from a mention to the outcome, and every fault that it knows.

The customer writes with Mastodon.py, somebody else's client. Each fault ends as one post: never two,
never none.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import mastodon
import pytest
import requests
from sqlmodel import select

from bridge import db
from bridge.channels import calling
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.going_out import Purpose
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.embedded.ports import free_port
from bridge.models import ChannelAccount, ChannelMessage, MessageAttempt, SavedSearch, Thread
from bridge.services import capturing, channel_accounts, polling, reading_in, sending, telling_back
from bridge.services.capturing import Captured
from bridge.services.claims import claim
from bridge.settings import settings
from tests.cast import Cast, acting, decide, promise
from tests.channels.stage import connect, message, say, texts, threads

pytestmark = [pytest.mark.peers, pytest.mark.timeout(240)]
PAIRS = 60
PATIENCE_SECONDS, TOO_SLOW_MS = 2.5, 5_000
DOMAIN = "mock.example"
STATUSES = "/api/v1/statuses"
_pairs = count(1)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("mastodon"), free_port()
    accounts = "".join(
        f'[[seed.accounts]]\nusername = "{name}{number}"\naccess_token = "{name}-token-{number}"\n'
        for number in range(1, PAIRS + 1)
        for name in ("care", "upset")
    )
    (folder / "mock.toml").write_text(accounts, "utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mastodon_mock", "serve", "--in-memory", "--config", "mock.toml"),
                *("--host", "127.0.0.1", "--port", str(port), "--domain", DOMAIN),
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base, process, folder)
        yield base
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait(base: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        assert process.poll() is None, (folder / "log").read_text("utf-8")[-2000:]
        try:
            if requests.get(f"{base}/api/v2/instance", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@dataclass
class Stage:
    """The brand's account, connected to the bridge, and a customer with a client of their own."""

    cast: Cast
    base: str
    account: ChannelAccount
    number: int
    customer: Any
    brand: Any
    seconds: float = 0

    @property
    def handle(self) -> str:
        """The customer, as our server names those of its own."""
        return f"upset{self.number}@127.0.0.1"

    def now(self) -> datetime:
        """The stage's clock, which polls and sweeps move on."""
        return utc_now() + timedelta(seconds=self.seconds)

    def ask(self, call: Call | None = None) -> dict[str, int]:
        """One poll, and everything read."""
        self.seconds += 100
        done = dict(polling.poll_due(settings(), clock=self.now, call=call or impatient()))
        while reading_in.read_due(settings(), clock=self.now):
            pass
        return done

    def send(self, call: Call | None = None, *, after: float = 0) -> dict[str, int]:
        """One sweep of what is to be sent, that many seconds later."""
        self.seconds += after
        return dict(sending.send_due(settings(), clock=self.now, call=call or impatient()))

    def fault(self, effect: dict[str, Any], *, path: str = STATUSES, method: str = "POST") -> None:
        """Let the next request of that kind meet a fault."""
        rule = {"match": {"methods": [method], "path": path}, "effect": effect, "count": 1}
        requests.post(f"{self.base}/api/v1/_mock/faults", json=rule, timeout=5).raise_for_status()

    def said(self) -> list[Any]:
        """What the brand's account wrote, as the server has it."""
        return list(self.brand.account_statuses(self.brand.me()["id"], limit=40))

    def complain(self, words: str = "my heels snapped on day one", visibility: str = "public") -> Any:
        """The customer mentions the brand."""
        return self.customer.status_post(f"@care{self.number} {words}", visibility=visibility)

    def begin(self, visibility: str = "public") -> Thread:
        """A conversation that came in."""
        self.complain(visibility=visibility)
        self.ask()
        (thread,) = threads()
        return thread


@pytest.fixture
def stage(address: str, cast: Cast) -> Iterator[Stage]:
    number = next(_pairs)
    people = [
        mastodon.Mastodon(
            api_base_url=address, access_token=f"{name}-token-{number}", ratelimit_method="throw"
        )
        for name in ("upset", "care")
    ]
    account = connect(cast, "mastodon", base_url=address, values={"access_token": f"care-token-{number}"})
    yield Stage(cast, address, account, number, *people)
    requests.delete(f"{address}/api/v1/_mock/faults", timeout=5)


def impatient() -> Call:
    """The bridge's own way out, with little patience."""
    limits = replace(channel_accounts.limits_of(settings()), read_seconds=PATIENCE_SECONDS)
    return lambda request: calling.call(request, limits=limits)


def settle(stage: Stage, said: ChannelMessage, call: Call | None = None) -> ChannelMessage:
    """Sweep until the message has come to an end, hours later if need be."""
    for after in (0, 10, 30, 90, 400, 2000, 8000):
        stage.send(call, after=after)
        stored = message(said.id)
        if stored.state not in {"queued", "unknown", "sending"}:
            return stored
    raise AssertionError(f"it waits: {stored.state} {stored.last_error}")


def test_from_a_mention_to_the_outcome_in_the_customer_s_thread(stage: Stage) -> None:
    cast = stage.cast
    status = stage.complain()
    assert stage.ask()["new"] == 1
    (thread,) = threads()
    assert (thread.external_id, thread.mention_type) == (f"{DOMAIN}/{status['id']}", "tagged")
    with db.transaction() as session:
        claim(session, acting(cast.ana), thread.id, utc_now())
    made = promise(cast, thread_id=thread.id)
    assert made.code is not None
    say(cast, thread, "Sorry! We have sent you a message.")
    say(cast, thread, f"Show {made.code} at our Lakeside shop.", purpose=Purpose.PRIVATE_MESSAGE)
    assert stage.send() == {"sent": 2}

    answers = stage.customer.status_context(status["id"])["descendants"]
    assert sorted(one["visibility"] for one in answers) == ["direct", "public"]
    stranger = requests.get(f"{stage.base}/api/v1/timelines/public?limit=40", timeout=5).text
    assert made.code not in stranger
    told = stage.customer.notifications(types=["mention"])
    assert sum(made.code in one["status"]["content"] for one in told) == 1

    decide(cast, cast.sam, code=made.code)
    stage.seconds += settings().undo_window_seconds + 30
    assert telling_back.tell_due(settings(), clock=stage.now) == {"written": 1}
    assert stage.send(after=1) == {"sent": 1}
    outcome = stage.customer.notifications(types=["mention"])[0]["status"]
    assert (outcome["visibility"], outcome["in_reply_to_id"]) == ("direct", status["id"])
    assert "Lakeside" in outcome["content"]
    assert telling_back.tell_due(settings(), clock=stage.now) == {"told": 1}
    before = texts(thread)
    stage.ask()
    assert texts(thread) == before, "our own posts, seen again, are not second ones"
    assert len(before) == 4


def test_a_private_answer_joins_the_conversation_that_we_began(stage: Stage) -> None:
    thread = stage.begin()
    say(stage.cast, thread, "Which size?", purpose=Purpose.PRIVATE_MESSAGE)
    assert stage.send() == {"sent": 1}
    direct = stage.customer.notifications(types=["mention"])[0]["status"]
    stage.customer.status_reply(direct, "Size 40", visibility="direct")
    stage.customer.status_post(f"@care{stage.number} something else", visibility="direct")
    stage.ask()
    first, second = threads()
    assert any(words.endswith("Size 40") for _, words in texts(first))
    assert [words for _, words in texts(second)] == [f"@care{stage.number} something else"]
    assert second.visibility == "private"


def test_a_pasted_page_of_either_kind_is_the_conversation_that_was_delivered(stage: Stage) -> None:
    thread = stage.begin()
    number = thread.external_id.partition("/")[2]
    pages = (f"https://{DOMAIN}/@upset{stage.number}/{number}", f"https://127.0.0.1/@x@{DOMAIN}/{number}")
    for page in pages:
        with db.transaction() as session:
            pasted = Captured(
                handle=stage.handle, text=texts(thread)[0][1], posted_at=utc_now(), permalink=page
            )
            found = capturing.capture(session, acting(stage.cast.ana), pasted, utc_now())
            assert (found.thread.id, found.post_added) == (thread.id, False)


def test_a_complaint_without_a_mention_is_found(stage: Stage) -> None:
    with db.transaction() as session:
        session.add(
            SavedSearch(
                brand_id=stage.cast.brand.id,
                name="Shoes",
                any_words=["Moonwalkers"],
                also_words=["snapped"],
                not_words=["giveaway"],
            )
        )
    stage.customer.status_post("Moonwalkers giveaway, mine snapped up")
    status = stage.customer.status_post("The heel of my Moonwalkers snapped")
    stage.ask()
    (thread,) = threads()
    assert (thread.external_id, thread.mention_type, thread.matched_on) == (
        f"{DOMAIN}/{status['id']}",
        "untagged",
        "Shoes",
    )


def test_a_deleted_post_is_blanked_and_an_edited_one_says_what_it_says_now(stage: Stage) -> None:
    first = stage.complain()
    second = stage.complain("and the sole")
    stage.ask()
    stage.customer.status_update(second["id"], f"@care{stage.number} and the lace")
    stage.customer.status_delete(first["id"])
    stage.ask()
    stage.ask()
    assert sorted(text for thread in threads() for _, text in texts(thread)) == [
        "",
        f"@care{stage.number} and the lace",
    ]


def test_a_revoked_token_stops_the_account(stage: Stage) -> None:
    thread = stage.begin()
    said = say(stage.cast, thread)
    stage.fault({"type": "status", "status": 401})
    stage.fault({"type": "status", "status": 401}, path="/api/v1/accounts/verify_credentials", method="GET")
    assert stage.send() == {"queued": 1}
    with db.transaction() as session:
        assert session.get_one(ChannelAccount, stage.account.id).token_state == "signed_out"
        session.get_one(ChannelAccount, stage.account.id).token_state = "ok"
    assert settle(stage, said).state == "sent"
    assert len(stage.said()) == 1


FAULTS: dict[str, dict[str, Any]] = {
    "401": {"type": "status", "status": 401},
    "500": {"type": "status", "status": 500},
    "502": {"type": "status", "status": 502, "body": "<html>Bad gateway</html>"},
    "503": {"type": "status", "status": 503, "headers": {"Retry-After": "7"}},
    "504": {"type": "status", "status": 504},
    "429": {"type": "ratelimit"},
    "429 with a moment": {
        "type": "ratelimit",
        "headers": {"X-RateLimit-Reset": "2020-01-01T00:00:00.000Z", "Retry-After": ""},
    },
    "slow": {"type": "latency", "delay_ms": 200},
    "slower than our patience": {"type": "latency", "delay_ms": TOO_SLOW_MS},
    "cut off": {"type": "malformed"},
    "not json": {"type": "malformed", "truncate": False},
    "an odd 200": {"type": "status", "status": 200, "body": []},
}


@pytest.mark.parametrize("purpose", [Purpose.PUBLIC_REPLY, Purpose.PRIVATE_MESSAGE])
@pytest.mark.parametrize("fault", list(FAULTS))
def test_every_fault_ends_as_one_post(stage: Stage, fault: str, purpose: Purpose) -> None:
    thread = stage.begin()
    said = say(stage.cast, thread, f"Sorry about that: {fault}", purpose=purpose)
    stage.fault(FAULTS[fault])
    stored = settle(stage, said)
    assert stored.state == "sent"
    if FAULTS[fault].get("delay_ms", 0) == TOO_SLOW_MS:
        time.sleep(TOO_SLOW_MS / 1_000 - PATIENCE_SECONDS + 1)  # it lands after ours was sent again
    (post,) = stage.said()
    assert stored.external_id == f"{DOMAIN}/{post['id']}"
    assert post["visibility"] == ("direct" if purpose is Purpose.PRIVATE_MESSAGE else "public")
    stage.ask()
    assert [words for kind, words in texts(thread) if kind == "brand"] == [f"Sorry about that: {fault}"]


def test_what_hangs_until_nobody_listens_any_more_ends_as_one_post(stage: Stage) -> None:
    thread = stage.begin()
    said = [
        say(stage.cast, thread, f"Sorry: {purpose}", purpose=purpose)
        for purpose in (Purpose.PUBLIC_REPLY, Purpose.PRIVATE_MESSAGE)
    ]
    began = time.monotonic()
    for _ in said:
        stage.fault({"type": "timeout"})
    assert stage.send() == {"unknown": 2}
    assert {settle(stage, one).state for one in said} == {"sent"}
    assert len(stage.said()) == 2
    # The server lets go after thirty seconds and then does what it was asked.
    time.sleep(max(0.0, 33 - (time.monotonic() - began)))
    assert len(stage.said()) == 2


def test_a_look_that_fails_allows_no_second_post(stage: Stage) -> None:
    thread = stage.begin()
    said = say(stage.cast, thread)
    me = stage.brand.me()["id"]
    stage.send(losing_answers(), after=0)
    assert len(stage.said()) == 1
    stage.fault({"type": "status", "status": 503}, path=f"/api/v1/accounts/{me}/statuses", method="GET")
    assert stage.send(after=10) == {"unknown": 1}
    post = stage.said()[0]["id"]
    stage.fault({"type": "malformed"}, path=f"{STATUSES}/{post}/source", method="GET")
    assert stage.send(after=60) == {"unknown": 1}
    assert settle(stage, said).state == "sent"
    assert len(stage.said()) == 1
    with db.transaction() as session:
        tries = session.exec(select(MessageAttempt).where(MessageAttempt.message_id == said.id)).all()
        assert sorted(one.is_look for one in tries) == [False, True, True, True]


def test_a_server_that_ignores_keys_gets_one_post_all_the_same(stage: Stage) -> None:
    thread = stage.begin()
    said = say(stage.cast, thread)
    keyless = without_key(impatient())
    stage.send(losing_answers(keyless))
    assert settle(stage, said, keyless).state == "sent"
    assert len(stage.said()) == 1


def without_key(call: Call) -> Call:
    """As a server does that knows no Idempotency-Key."""

    def ask(request: Request) -> Answered | Failed:
        headers = {name: value for name, value in request.headers.items() if name != "Idempotency-Key"}
        return call(replace(request, headers=headers))

    return ask


def losing_answers(call: Call | None = None) -> Call:
    """What is posted is done, and we never hear of it."""

    def ask(request: Request) -> Answered | Failed:
        told = (call or impatient())(request)
        return Failed("timeout", 1.0) if request.method == "POST" else told

    return ask


@pytest.mark.parametrize("final", [403, 404, 422])
def test_a_refusal_is_final_and_a_person_sees_it(stage: Stage, final: int) -> None:
    thread = stage.begin()
    said = say(stage.cast, thread)
    stage.fault({"type": "status", "status": final, "body": {"error": "Validation failed"}})
    stored = settle(stage, said)
    assert (stored.state, stage.said()) == ("failed_final", [])


@pytest.mark.parametrize(
    "effect",
    [
        {"type": "status", "status": 500},
        {"type": "status", "status": 200, "body": {}},
        {"type": "ratelimit"},
        {"type": "malformed"},
        {"type": "latency", "delay_ms": TOO_SLOW_MS},
    ],
    ids=lambda effect: f"{effect['type']} {effect.get('status', '')}".strip(),
)
def test_a_mention_is_taken_in_once_whatever_happens_to_the_question(
    stage: Stage, effect: dict[str, Any]
) -> None:
    stage.ask()
    stage.complain()
    stage.fault(effect, path="/api/v1/notifications", method="GET")
    assert stage.ask() == {"failed": 1}
    assert not threads()
    stage.seconds += 400  # as long as the server asks to wait
    stage.ask()
    stage.ask()
    (thread,) = threads()
    assert len(texts(thread)) == 1


@pytest.mark.parametrize("became", ["public", "private", "unlisted"])
def test_a_private_message_that_became_public_is_taken_back_from_the_server(
    stage: Stage, became: str
) -> None:
    thread = stage.begin()
    said = say(stage.cast, thread, "Your code", purpose=Purpose.PRIVATE_MESSAGE)

    def as_it_likes(request: Request) -> Answered | Failed:
        if request.method == "POST":
            assert isinstance(request.json, dict)
            request = replace(request, json=request.json | {"visibility": became})
        return impatient()(request)

    stage.send(as_it_likes)
    stored = message(said.id)
    assert (stored.state, stored.last_error) == ("failed_final", "wrong_visibility_taken_back")
    assert stage.said() == []


def test_a_private_message_to_nobody_is_taken_back_from_the_server(stage: Stage) -> None:
    thread = stage.begin()
    said = say(stage.cast, thread, "Your code", purpose=Purpose.PRIVATE_MESSAGE)

    def nameless(request: Request) -> Answered | Failed:
        if request.method == "POST":
            assert isinstance(request.json, dict)
            request = replace(request, json=request.json | {"status": "Your code"})
        return impatient()(request)

    stage.send(nameless)
    assert message(said.id).last_error == "names_nobody_taken_back"
    assert stage.said() == []
