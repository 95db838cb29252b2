"""One person on two networks, by evidence alone; and two people who had one handle, never."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotFound, NotPermitted
from bridge.models import ChannelAccount, IdentityLink, SocialIdentity, Thread, TimelineEntry
from bridge.services import capturing, intake, same_person
from tests.cast import Cast, Member, acting, claimed_thread, promise
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, read_all, texts, threads

pytestmark = pytest.mark.usefixtures("toy")
BECAUSE = "Gave the same order number in both"


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


def post(account: ChannelAccount, post_id: str, author: tuple[str, str], **more: object) -> None:
    told = event(id=post_id, at=utc_now().isoformat(), author={"id": author[0], "name": author[1]}, **more)
    come_in(account, delivery(told, at=utc_now()))


def identity(network: str, handle: str, *, external_id: str | None = None) -> SocialIdentity:
    with db.transaction() as session:
        query = select(SocialIdentity).where(
            SocialIdentity.network == network, SocialIdentity.handle == handle
        )
        if external_id is not None:
            query = query.where(SocialIdentity.external_id == external_id)
        return session.exec(query).one()


def link(by: Member, one: SocialIdentity, network: str, handle: str, reason: str = BECAUSE) -> IdentityLink:
    with db.transaction() as session:
        return same_person.link(
            session, acting(by), one.id, network=network, handle=handle, reason=reason, now=utc_now()
        )


def cut(by: Member, one: IdentityLink) -> IdentityLink:
    with db.transaction() as session:
        return same_person.cut(session, acting(by), one.id, reason="Another order number", now=utc_now())


def duplicates(cast: Cast, thread: Thread, item: str = "") -> list[int]:
    with db.transaction() as session:
        found = intake.duplicates(
            session,
            acting(cast.ana),
            now=utc_now(),
            store_id=cast.store_12.id,
            identity_id=thread.identity_id,
            item=item,
        )
    return [one.number for one in found]


def test_linked_handles_are_one_customer_and_lose_nothing(cast: Cast, account: ChannelAccount) -> None:
    mine = claimed_thread(cast, handle="dora_finch")
    post(account, "t1", ("u1", "dora"))
    read_all()
    (toy,) = [thread for thread in threads() if thread.network == "toy"]
    before = {one.id: one.customer_id for one in (identity("x", "dora_finch"), identity("toy", "dora"))}
    made = link(cast.ana, identity("toy", "dora"), "x", "dora_finch")
    assert link(cast.kim, identity("x", "dora_finch"), "toy", "dora").id == made.id, "twice is once"
    assert identity("toy", "dora").customer_id == identity("x", "dora_finch").customer_id
    assert [thread.identity_id for thread in threads() if thread.id in {mine.id, toy.id}] == [
        mine.identity_id,
        toy.identity_id,
    ], "each thread stays its own handle's"
    assert texts(toy)[0][0] == "customer"
    cut(cast.kim, made)
    assert {
        one.id: one.customer_id for one in (identity("x", "dora_finch"), identity("toy", "dora"))
    } == before
    with db.transaction() as session:
        entries = session.exec(
            select(TimelineEntry.action)
            .where(TimelineEntry.stream == same_person.AUDIT_STREAM)
            .order_by(col(TimelineEntry.seq))
        ).all()
        stored = session.get_one(IdentityLink, made.id)
    assert list(entries) == ["identity.linked", "identity.link_cut"]
    assert (stored.linked_by, stored.cut_by) == (cast.ana.person.id, cast.kim.person.id)
    assert (stored.reason, stored.cut_reason) == (BECAUSE, "Another order number")


def test_a_chain_of_links_is_one_person_and_parts_where_it_is_cut(cast: Cast) -> None:
    for handle in ("one", "two", "three"):
        claimed_thread(cast, handle=handle)
    first = link(cast.ana, identity("x", "one"), "x", "two")
    link(cast.ana, identity("x", "two"), "x", "three")
    assert len({identity("x", handle).customer_id for handle in ("one", "two", "three")}) == 1
    cut(cast.ana, first)
    assert identity("x", "two").customer_id == identity("x", "three").customer_id
    assert identity("x", "one").customer_id != identity("x", "two").customer_id


@pytest.mark.parametrize(
    ("handle", "reason", "field"),
    [("nobody_known", BECAUSE, "handle"), ("one", BECAUSE, "handle"), ("two", " ok ", "reason")],
)
def test_without_evidence_or_a_known_handle_nothing_is_linked(
    cast: Cast, handle: str, reason: str, field: str
) -> None:
    for known in ("one", "two"):
        claimed_thread(cast, handle=known)
    with pytest.raises(InvalidInput) as refused:
        link(cast.ana, identity("x", "one"), "x", handle, reason)
    assert set(refused.value.details["fields"]) == {field}
    assert identity("x", "one").customer_id != identity("x", "two").customer_id


def test_who_serves_at_a_counter_links_nobody(cast: Cast) -> None:
    claimed_thread(cast, handle="one")
    claimed_thread(cast, handle="two")
    with pytest.raises((NotPermitted, NotFound)):
        link(cast.sam, identity("x", "one"), "x", "two")


def test_the_warning_of_a_second_promise_looks_at_the_whole_person(
    cast: Cast, account: ChannelAccount
) -> None:
    x = claimed_thread(cast, handle="dora_finch")
    made = promise(cast, thread_id=x.id)
    post(account, "t1", ("u1", "dora"))
    read_all()
    (toy,) = [thread for thread in threads() if thread.network == "toy"]
    assert duplicates(cast, toy) == [], "another handle alone is nobody we know"
    made_link = link(cast.ana, identity("toy", "dora"), "x", "dora_finch")
    assert duplicates(cast, toy) == [made.number]
    assert duplicates(cast, toy, "cd box set") == [made.number]
    assert duplicates(cast, toy, "Red heels") == []
    cut(cast.ana, made_link)
    assert duplicates(cast, toy) == []


def test_a_handle_that_changed_its_owner_merges_nobody(cast: Cast, account: ChannelAccount) -> None:
    post(account, "p1", ("u7", "upset_shopper"))
    read_all()
    post(account, "p2", ("u9", "upset_shopper"))
    read_all()
    first, second = threads()
    assert first.identity_id != second.identity_id
    older, newer = (identity("toy", "upset_shopper", external_id=one) for one in ("u7", "u9"))
    assert older.customer_id != newer.customer_id
    assert (older.retired_at is None, newer.retired_at is None) == (False, True)
    post(account, "p3", ("u7", "calm_shopper"))
    read_all()
    assert identity("toy", "calm_shopper").id == older.id, (
        "the older one keeps its history and has a new handle"
    )
    assert identity("toy", "calm_shopper").retired_at is None


def test_a_handle_that_we_knew_without_an_id_takes_the_first_one(cast: Cast, account: ChannelAccount) -> None:
    with db.transaction() as session:
        captured = capturing.Captured(
            network="toy", external_id="pasted", handle="Upset_Shopper", text="Hello?", posted_at=utc_now()
        )
        pasted = capturing.capture(session, acting(cast.ana), captured, utc_now()).thread
    post(account, "p1", ("u7", "upset_shopper"))
    read_all()
    assert {thread.identity_id for thread in threads()} == {pasted.identity_id}


def test_two_workers_and_a_handle_that_changes_hands(cast: Cast, account: ChannelAccount) -> None:
    for number in range(12):
        post(account, f"q{number}", (f"u{number % 2}", "one_handle"))
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _turn: read_all(), range(4)))
    while read_all():
        pass
    by_owner = {
        thread.external_id: thread.identity_id for thread in threads() if thread.external_id.startswith("q")
    }
    assert len(by_owner) == 12
    assert len(set(by_owner.values())) == 2
    for number in range(2, 12):
        assert by_owner[f"q{number}"] == by_owner[f"q{number % 2}"]
