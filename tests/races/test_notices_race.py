"""Two sweeps on the same due notices, a worker that is killed while it sends, and a lease that ran out."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bridge import db
from bridge.channels.answer import Answer, Result
from bridge.notices import Channel
from bridge.queries import notice_queue
from bridge.services.notice_sending import Prepared, Sender
from tests.cast import Cast
from tests.mailbox import Mailbox, mailbox
from tests.telling import OPEN, read_notice, read_tries, sweep, tell

NOTICES = 60


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as running:
        yield running


def message_ids(box: Mailbox) -> Counter[str]:
    return Counter(str(mail["Message-ID"]) for mail in box.mails)


def test_two_sweeps_on_the_same_due_notices_tell_each_once(cast: Cast, box: Mailbox) -> None:
    ids = [tell(cast, who) for who in (cast.ana, cast.kim, cast.hana) for _ in range(NOTICES // 3)]
    gate = threading.Barrier(4)
    known = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "notice_digest_over": NOTICES}

    def run(_number: int) -> dict[str, int]:
        gate.wait(5)
        return sweep(**known)

    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(run, range(4)))

    assert sum(count.get("sent", 0) for count in counts) == NOTICES
    assert set(message_ids(box).values()) == {1}
    assert len(box.mails) == NOTICES
    assert all([attempt.attempt for attempt in read_tries(one)] == [1] for one in ids)


def claimed_by_two(now: Any = OPEN) -> list[list[UUID]]:
    """A second sweep claims while the first one's claim is not committed yet."""

    def claim_second() -> list[UUID]:
        with db.act() as second:
            found, _ = notice_queue.claim_due(second, now, limit=100, lease_seconds=20)
            notice_queue.cases_and_commit(second, [])
        return [one.id for one in found]

    with db.act() as first, ThreadPoolExecutor(1) as thread:
        found, _ = notice_queue.claim_due(first, now, limit=100, lease_seconds=20)
        waiting = thread.submit(claim_second)
        # With the lock the second returns at once and empty; without it, it waits for the first.
        with contextlib.suppress(TimeoutError):
            waiting.result(timeout=1)
        notice_queue.cases_and_commit(first, [])
        return [[one.id for one in found], waiting.result(timeout=60)]


def test_a_claim_passes_over_what_another_sweep_holds(cast: Cast) -> None:
    ids = [tell(cast, cast.kim) for _ in range(3)]

    first, second = claimed_by_two()

    assert (sorted(first), second) == (sorted(ids), [])


def test_without_the_lock_both_would_claim_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [tell(cast, cast.kim) for _ in range(3)]
    unlocked = notice_queue.CLAIM_DUE.replace("FOR UPDATE SKIP LOCKED", "")
    assert unlocked != notice_queue.CLAIM_DUE
    monkeypatch.setattr(notice_queue, "CLAIM_DUE", unlocked)

    first, second = claimed_by_two()

    assert sorted(first) == sorted(second) == sorted(ids)


class _Slow(Sender):
    """Its lease runs out while it sends: another sweep sends meanwhile."""

    def send(self, one: Prepared) -> Answer:
        assert sweep(OPEN + timedelta(minutes=1), sender=_Kind) == {"sent": 1}
        return Answer(Result.RETRY, "timeout")


class _Kind(Sender):
    def send(self, one: Prepared) -> Answer:
        return Answer(Result.SENT)


def test_a_sweep_whose_lease_ran_out_does_not_overwrite_its_successor(cast: Cast) -> None:
    notice_id = tell(cast, cast.kim)

    count = sweep(sender=_Slow)

    row = read_notice(notice_id)
    assert count == {}
    assert (row.state, row.attempts, row.last_error) == ("sent", 2, "")
    assert [attempt.error for attempt in read_tries(notice_id)] == ["interrupted", ""]


_DIES = """
import os, signal
from datetime import datetime
from bridge.services import noticing
from bridge.services.notice_sending import Sender
from bridge.settings import settings

class Dies(Sender):
    def send(self, one):
        os.kill(os.getpid(), signal.SIGKILL)

noticing.notify_due(settings(), clock=lambda: datetime.fromisoformat("{moment}"), sender=Dies)
"""


def test_a_worker_killed_while_it_sends_costs_an_attempt_and_no_notice(cast: Cast, box: Mailbox) -> None:
    ids = [tell(cast, who, channel) for who in (cast.ana, cast.kim) for channel in (Channel.EMAIL,) * 2]

    killed = subprocess.run(
        [sys.executable, "-c", _DIES.format(moment=OPEN.isoformat())], env=dict(os.environ), check=False
    )
    at_once = sweep(smtp_host="127.0.0.1", smtp_port=box.port)
    after_the_lease = sweep(OPEN + timedelta(seconds=21), smtp_host="127.0.0.1", smtp_port=box.port)

    assert killed.returncode == -signal.SIGKILL
    assert (at_once, after_the_lease) == ({}, {"sent": 4})
    assert set(message_ids(box).values()) == {1}
    assert len(box.mails) == 4
    assert all([one.error for one in read_tries(notice_id)] == ["interrupted", ""] for notice_id in ids)


def test_a_notice_that_kills_every_worker_dies_alone_and_stands_in_the_inbox(cast: Cast) -> None:
    notice_id = tell(cast, cast.kim)
    with db.statement() as connection:
        connection.execute(
            "UPDATE notices SET state = 'sending', attempts = 8, next_at = %(at)s WHERE id = %(id)s",
            {"id": notice_id, "at": OPEN},
        )

    count = sweep(OPEN + timedelta(minutes=1))

    assert count == {"dead": 1}
    assert read_notice(notice_id).last_error == "interrupted"
    with db.statement() as connection:
        row = connection.execute(
            "SELECT count(*) AS told FROM notices WHERE channel = 'inbox' AND person_id = %(id)s",
            {"id": cast.kim.person.id},
        ).fetchone()
    assert row is not None
    assert row.told == 1
