"""Many receivers and several sweeps at once: none waits for another, and nothing goes out twice."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest

from bridge.channels import webhook
from bridge.channels.webhook import Sent
from bridge.clock import utc_now
from bridge.queries import outcomes as queries
from bridge.retries import ATTEMPTS_MAX
from bridge.services.delivery import deliver_due
from tests import outbox
from tests.outbox import (
    Office,
    Receiver,
    deliver_at,
    delivery_settings,
    impatient,
    owe,
    read_attempts,
    read_outcome,
)


def test_a_dead_receiver_costs_three_attempts_a_sweep_and_the_rest_goes_back(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register("http://127.0.0.1:9/", delivery_settings(), now)
    ids = owe(hook.endpoint.id, now, count=50)

    count = deliver_at(now)

    assert count == {"retry": 3, "put_back": 47}
    assert sum(read_outcome(one).attempts for one in ids) == 3
    assert sum(len(read_attempts(one)) for one in ids) == 3


def test_a_hanging_receiver_does_not_hold_up_the_others(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    for path in ("/hang/1", "/hang/2", "/drip/3"):
        owe(office.register(receiver.url(path), delivery_settings(), now).endpoint.id, now, count=20)
    owe(office.register(receiver.url("/ok"), delivery_settings(), now).endpoint.id, now, count=200)
    good, is_done = receiver.url("/ok"), Event()
    ended: list[str] = []

    def post(url: str, *args: Any, **options: Any) -> Any:
        try:
            return webhook.post(url, *args, **options)
        finally:
            if url != good:
                is_done.wait(20)  # however slow the machine is, a bad one takes longer
            ended.append(url)
            if ended.count(good) == 200:
                is_done.set()

    deliver_at(now, config=impatient(), post=post)

    assert len(receiver.at("/ok")) == 200
    # The good one, which is asked last, is done before any bad one is.
    last_of = {url: place for place, url in enumerate(ended)}
    last_good = last_of.pop(good)
    assert len(last_of) == 3
    assert last_good < min(last_of.values())


def test_two_sweeps_at_once_send_nothing_twice(office: Office, receiver: Receiver) -> None:
    now = utc_now()
    for path in ("/ok/1", "/ok/2", "/ok/3"):
        owe(office.register(receiver.url(path), delivery_settings(), now).endpoint.id, now, count=150)

    with ThreadPoolExecutor(3) as threads:
        counts = list(threads.map(lambda _: deliver_due(delivery_settings()), range(3)))

    assert sum(one["delivered"] for one in counts) == 450
    assert len(receiver.messages) == len({one.id for one in receiver.messages}) == 450


def test_without_the_state_in_the_claim_two_sweeps_do_send_twice(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above: without the lease, the rows go out twice."""
    now = utc_now()
    owe(office.register(receiver.url("/ok"), delivery_settings(), now).endpoint.id, now, count=20)
    unleased = queries._CLAIM.replace("SET state = 'sending', ", "SET ").replace(
        "next_at = %(lease_until)s", "next_at = %(now)s + (%(lease_until)s - %(lease_until)s)"
    )
    leased = queries._CLAIM
    monkeypatch.setattr(queries, "_CLAIM", unleased)

    def post(*args: Any, **options: Any) -> Any:
        if len(receiver.messages) > 20:
            monkeypatch.setattr(
                queries, "_CLAIM", leased
            )  # it is seen, and would go on until the sweeps' end
        return webhook.post(*args, **options)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: deliver_due(delivery_settings(), post=post), range(2)))

    assert len(receiver.messages) > 20


def test_a_slow_sweep_keeps_its_lease(office: Office, receiver: Receiver) -> None:
    now, config = utc_now(), delivery_settings(outcome_lease_seconds=2)
    hook = office.register(receiver.url("/ok"), config, now)
    [outcome_id] = owe(hook.endpoint.id, now)

    def slow(*args: Any, **options: Any) -> Any:
        time.sleep(3.5)
        return webhook.post(*args, **options)

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(deliver_due, config, post=slow)
        assert outbox.wait_until(lambda: read_outcome(outcome_id).state == "sending", seconds=20)
        time.sleep(2.5)
        second = +deliver_due(config)
        first = +running.result()

    assert (first, second) == ({"delivered": 1}, {})
    assert len(receiver.messages) == 1


def test_a_late_result_does_not_overwrite_the_successor_s(
    office: Office, receiver: Receiver, now: datetime
) -> None:
    hook = office.register(receiver.url("/ok"), delivery_settings(), now)
    [outcome_id] = owe(hook.endpoint.id, now)

    def overtaken(*_args: Any, **_options: Any) -> Sent:
        deliver_due(delivery_settings(), clock=lambda: now + timedelta(minutes=1))
        return Sent(500, "", 0.1)

    count = deliver_at(now, post=overtaken)

    assert count == {}
    assert read_outcome(outcome_id).state == "sent"
    assert [one.error for one in read_attempts(outcome_id)] == ["interrupted", ""]


POISONED = """
import os, sys
from bridge import db
from bridge.channels import webhook
from bridge.services import delivery
from tests.outbox import delivery_settings

def post(url, body, headers, **options):
    if b'"poison":true' in body:
        os.abort()
    return webhook.post(url, body, headers, **options)

def end_leases():
    with db.statement() as connection:
        connection.execute("UPDATE outcomes SET next_at = now() - interval '1s' WHERE state = 'sending'", {})

# Each child is a worker; forking spares the imports. A crash is followed by the end of its lease.
for _ in range(20):
    child = os.fork()
    if not child:
        end_leases()
        delivery.deliver_due(delivery_settings(), post=post)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_a_message_that_kills_its_worker_dies_alone_after_ten_attempts(
    office: Office, receiver: Receiver, database: Any
) -> None:
    now = utc_now()
    hook, other = (office.register(receiver.url(path), delivery_settings(), now) for path in ("/a", "/b"))
    innocent = owe(hook.endpoint.id, now, count=30)
    [poison] = owe(hook.endpoint.id, now, poison=True)
    innocent += owe(hook.endpoint.id, now, count=30) + owe(other.endpoint.id, now, count=30)

    workers = subprocess.run(
        [sys.executable, "-c", POISONED],
        env=outbox.environment(DATABASE_URL=database.database_url),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert workers.stdout.split().count("-6") == ATTEMPTS_MAX
    assert read_outcome(poison).state == "dead"
    assert [one.error for one in read_attempts(poison)] == ["interrupted"] * ATTEMPTS_MAX
    assert {read_outcome(one).state for one in innocent} == {"sent"}
    assert max(read_outcome(one).attempts for one in innocent) <= 2
    assert {one.id for one in receiver.messages} == {str(one) for one in innocent}
