"""What an agent sees of what came in: the queue, a conversation, what it may repeat."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bridge import db
from bridge.clock import utc_now
from bridge.models import EscalationRow, Thread
from bridge.queries.queue import QueueItem
from bridge.services import claims, intake
from bridge.services.intake import Conversation
from bridge.settings import settings
from bridge.threads import QueueFilter
from tests.cast import Cast, claimed_thread, promise
from tests.services.captured_posts import COMPLAINT, LEASE, POSTED_AT, act, ana, capture, count, kim


def queue(cast: Cast, show: QueueFilter, **wanted: Any) -> list[QueueItem]:
    with db.transaction() as session:
        return intake.queue(session, ana(cast), filter=show, **{"now": utc_now(), **wanted})


def test_the_queue_shows_who_what_where_and_how_old(cast: Cast, thread: Thread) -> None:
    item = queue(cast, QueueFilter.NEW, now=POSTED_AT + timedelta(hours=2))[0]

    assert (item.handle, item.network, item.mention_type) == ("Wanda", "x", "tagged")
    assert item.excerpt == "@NorthlightCare they refused my exchange.\nNever again!"
    assert item.age == timedelta(hours=2)
    assert (item.holder_name, item.escalation_number) == (None, None)


def test_a_claimed_thread_is_mine_and_no_longer_new(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    act(claims.claim, ana(cast), thread.id, now)

    assert queue(cast, QueueFilter.NEW, now=now) == []
    assert [item.holder_name for item in queue(cast, QueueFilter.MINE, now=now)] == ["Ana"]
    assert [item.holder_name for item in queue(cast, QueueFilter.ALL, now=now)] == ["Ana"]
    assert queue(cast, QueueFilter.MINE, now=now + LEASE) == []
    assert [item.holder_name for item in queue(cast, QueueFilter.NEW, now=now + LEASE)] == [None]


def test_a_promised_thread_shows_its_escalation_until_the_customer_writes_again(cast: Cast) -> None:
    thread = claimed_thread(cast)
    made = promise(cast, thread_id=thread.id)
    later = utc_now() + timedelta(days=1)

    assert queue(cast, QueueFilter.NEW, now=later) == []
    item = queue(cast, QueueFilter.ALL, now=later)[0]
    assert item.escalation_number is not None
    assert item.escalation_status == "issued"
    assert made.code is not None


def test_pages_follow_each_other_newest_first(cast: Cast) -> None:
    for number in range(7):
        capture(
            cast,
            permalink=f"https://x.com/i/web/status/12454034387558500{number:02}",
            handle=f"wanda{number}",
            posted_at=POSTED_AT + timedelta(minutes=number // 2),
        )
    paged: list[QueueItem] = []
    before = None
    while page := queue(cast, QueueFilter.ALL, limit=2, before=before):
        paged += page
        before = page[-1].cursor

    assert len({item.thread_id for item in paged}) == len(paged) == 7
    assert [item.cursor for item in paged] == sorted((item.cursor for item in paged), reverse=True)


def test_the_queue_of_another_brand_is_empty(cast: Cast, thread: Thread) -> None:
    stranger = replace(ana(cast), brand_id=cast.hq.id)

    with db.transaction() as session:
        assert intake.queue(session, stranger, filter=QueueFilter.ALL, now=utc_now()) == []


def test_a_conversation_shows_its_posts_and_who_is_on_it(cast: Cast, thread: Thread) -> None:
    act(claims.claim, ana(cast), thread.id, utc_now())

    whole: Conversation = act(intake.conversation, kim(cast), thread.id)

    assert [post.text for post in whole.posts] == [COMPLAINT]
    assert whole.claim is not None
    assert whole.claim.holder_name == "Ana"


def find_duplicates(cast: Cast, **wanted: Any) -> list[tuple[str, bool]]:
    with db.transaction() as session:
        found = intake.duplicates(session, ana(cast), **{"now": utc_now(), **wanted})
    return [(duplicate.agent_name, duplicate.is_open) for duplicate in found]


def test_an_open_escalation_of_the_same_handle_at_the_same_store_is_shown(cast: Cast) -> None:
    promise(cast, thread_id=claimed_thread(cast, handle="wanda").id)

    same = {"network": "x", "handle": "@WANDA"}
    assert find_duplicates(cast, store_id=cast.store_12.id, **same) == [("Ana", True)]
    assert find_duplicates(cast, store_id=None, **same) == [("Ana", True)]
    assert find_duplicates(cast, store_id=cast.store_40.id, **same) == []
    assert find_duplicates(cast, store_id=cast.store_12.id, network="x", handle="nobody") == []


def test_a_closed_escalation_is_shown_for_the_duplicate_window_only(cast: Cast, owner: Any) -> None:
    promise(cast, thread_id=claimed_thread(cast, handle="wanda").id)
    owner.execute("UPDATE escalations SET status = 'closed'")
    window = timedelta(days=settings().duplicate_window_days)

    wanted = {"store_id": cast.store_12.id, "network": "x", "handle": "wanda"}
    assert find_duplicates(cast, **wanted) == [("Ana", False)]
    assert find_duplicates(cast, **wanted, now=utc_now() + window + timedelta(minutes=1)) == []
    assert count(EscalationRow) == 1
