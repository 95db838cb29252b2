"""What comes in is checked, written down once, answered, and read once, whatever the order."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from api import create_app
from bridge import db
from bridge.channels.coming_in import NotAuthentic
from bridge.clock import utc_now
from bridge.models import ChannelAccount, InboundDelivery, SocialIdentity
from bridge.services import reading_in
from tests.cast import Cast
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, posts, read_all, texts, threads

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


def now_event(kind: str = "mention", **changes: object) -> dict[str, object]:
    return event(kind, at=utc_now().isoformat(), **changes)


def post_it(client: FlaskClient, account: ChannelAccount, told: dict[str, object], **how: object):  # type: ignore[no-untyped-def]
    incoming = delivery(told, at=utc_now(), **how)  # type: ignore[arg-type]
    return client.post(f"/hooks/toy/{account.id}", data=incoming.body, headers=dict(incoming.headers))


@pytest.fixture
def client(environment: object) -> FlaskClient:
    return create_app().test_client()


def test_a_mention_becomes_a_thread_that_says_how_it_came(
    client: FlaskClient, account: ChannelAccount
) -> None:
    answered = post_it(client, account, now_event())
    assert (answered.status_code, answered.json) == (200, {"received": True})
    assert not threads(), "nothing is read while the sender waits"
    assert read_all()["read"] == 1
    (thread,) = threads()
    assert (thread.network, thread.mention_type, thread.visibility) == ("toy", "tagged", "public")
    assert texts(thread) == [("customer", "@northlight my heels broke on day one")]
    with db.transaction() as session:
        (post,) = posts(session, thread)
        assert (post.account_id, post.reference) == (account.id, {"id": "p1"})
        assert session.get_one(SocialIdentity, thread.identity_id).external_id == "u7"


def test_five_times_in_any_order_is_applied_once(client: FlaskClient, account: ChannelAccount) -> None:
    told = [
        now_event(),
        now_event("edited", text="Sole broke, not the heel"),
        now_event(id="p9", thread="p1", text="Hello?"),
    ]
    every = told * 5
    random.Random(7).shuffle(every)
    for one in every:
        assert post_it(client, account, one).status_code == 200
    read_all()
    (thread,) = threads()
    assert [text for _, text in texts(thread)] == ["Sole broke, not the heel", "Hello?"]
    with db.transaction() as session:
        rows = session.exec(select(InboundDelivery)).all()
        assert sorted(row.times_seen for row in rows) == [5, 5, 5]
        assert {row.state for row in rows} == {"done"}


def test_a_post_of_a_clock_that_runs_ahead_counts_from_when_it_came_in(
    client: FlaskClient, account: ChannelAccount
) -> None:
    for number, ahead in enumerate((timedelta(minutes=20), timedelta(days=200))):
        at = (utc_now() + ahead).isoformat()
        assert post_it(client, account, event(at=at, id=f"p{number}")).status_code == 200
    read_all()
    with db.transaction() as session:
        deliveries = session.exec(select(InboundDelivery)).all()
        came_in_last = max(one.received_at for one in deliveries)
        assert [thread.first_post_at <= came_in_last for thread in threads()] == [True, True]


def test_of_two_edits_of_a_clock_that_runs_ahead_the_later_one_counts(
    client: FlaskClient, account: ChannelAccount
) -> None:
    post_it(client, account, now_event())
    for minutes, text in ((20, "The sole broke"), (21, "Both soles broke"), (19, "A sole")):
        at = (utc_now() + timedelta(minutes=minutes)).isoformat()
        post_it(client, account, event("edited", at=at, text=text))
    read_all()
    (thread,) = threads()
    assert [text for _, text in texts(thread)] == ["Both soles broke"]


def test_a_bad_signature_is_401_and_changes_nothing(client: FlaskClient, account: ChannelAccount) -> None:
    assert post_it(client, account, now_event(), secret="another").status_code == 401
    assert client.post(f"/hooks/toy/{account.id}", data=b"{}").status_code == 401
    assert client.post(f"/hooks/bluesky/{account.id}", data=b"{}").status_code == 404
    assert client.post("/hooks/toy/00000000-0000-7000-8000-000000000000", data=b"{}").status_code == 404
    with db.transaction() as session:
        assert not session.exec(select(InboundDelivery)).all()


def test_an_unknown_kind_is_kept_and_answered_like_the_rest(
    client: FlaskClient, account: ChannelAccount
) -> None:
    assert post_it(client, account, now_event("something_new")).status_code == 200
    assert read_all() == {"read": 1, "other": 1}
    assert not threads()


def test_what_cannot_be_read_waits_for_a_person_and_stops_nothing(account: ChannelAccount) -> None:
    come_in(account, delivery({"kind": "mention"}, at=utc_now()))
    come_in(account, delivery(now_event(), at=utc_now()))
    assert {key: count for key, count in read_all().items() if key in {"read", "failed"}} == {
        "read": 1,
        "failed": 1,
    }
    with db.transaction() as session:
        failed = session.exec(select(InboundDelivery).where(InboundDelivery.state == "failed")).one()
        assert failed.error == "unreadable"


def test_more_than_a_mebibyte_is_refused(client: FlaskClient, account: ChannelAccount) -> None:
    answered = client.post(f"/hooks/toy/{account.id}", data=b"x" * (1024 * 1024 + 1))
    assert answered.status_code == 413
    fits = now_event(text="x" * 100_000)
    assert post_it(client, account, fits).status_code == 200, (
        "and what is smaller is not held to the API's own limit"
    )


def test_a_deletion_blanks_the_text_and_keeps_the_record(account: ChannelAccount) -> None:
    come_in(account, delivery(now_event(), at=utc_now()))
    read_all()
    come_in(account, delivery(now_event("deleted"), at=utc_now()))
    read_all()
    (thread,) = threads()
    assert texts(thread) == [("customer", "")]
    with db.transaction() as session:
        (post,) = posts(session, thread)
        assert post.erased_at is not None
        assert post.text_sha256
    come_in(account, delivery(now_event("edited", text="again"), at=utc_now()))
    read_all()
    assert texts(thread) == [("customer", "")], "a late edit brings nothing back"


def test_a_deletion_that_overtakes_its_post_still_counts(account: ChannelAccount) -> None:
    come_in(account, delivery(now_event("deleted"), at=utc_now()))
    read_all()
    come_in(account, delivery(now_event(), at=utc_now()))
    read_all()
    (thread,) = threads()
    assert texts(thread) == [("customer", "")]


def test_a_handle_that_changed_is_the_same_customer(account: ChannelAccount) -> None:
    come_in(account, delivery(now_event(), at=utc_now()))
    renamed = now_event(id="p2", thread="p2", author={"id": "u7", "name": "calm_shopper"})
    come_in(account, delivery(renamed, at=utc_now()))
    read_all()
    first, second = threads()
    assert first.identity_id == second.identity_id


def test_an_answer_given_outside_the_bridge_counts_as_one(account: ChannelAccount) -> None:
    come_in(account, delivery(now_event(), at=utc_now()))
    read_all()
    ours = now_event(
        "ours", id="b1", thread="p1", parent="p1", author={"id": "toy-1", "name": "northlight"}, text="On it!"
    )
    come_in(account, delivery(ours, at=utc_now()))
    read_all()
    (thread,) = threads()
    assert texts(thread)[-1] == ("brand", "On it!")
    assert thread.triage.value == "replied"


def test_raw_bytes_are_sealed_and_thrown_away_in_time(
    account: ChannelAccount, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    come_in(account, delivery(now_event(), at=utc_now()))
    (raw,) = owner.execute("SELECT raw_cipher FROM inbound_deliveries").fetchone() or (None,)
    assert isinstance(raw, bytes)
    assert b"heels" not in raw
    read_all()
    assert reading_in.forget_raw(utc_now() + timedelta(days=13)) == 0
    assert reading_in.forget_raw(utc_now() + timedelta(days=15)) == 1


def test_four_workers_and_shuffled_repeats_make_no_second_thread(account: ChannelAccount) -> None:
    told = [
        now_event(
            id=f"p{number}",
            thread=f"p{number // 2}",
            author={"id": f"u{number // 4}", "name": f"shopper{number // 4}"},
        )
        for number in range(60)
    ]
    every = told + told[::3]
    random.Random(11).shuffle(every)
    assert sum(come_in(account, delivery(one, at=utc_now())) for one in every) == 60
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _turn: read_all(), range(4)))
    while read_all():
        pass
    assert len(threads()) == 30
    with db.transaction() as session:
        assert len(session.exec(select(SocialIdentity)).all()) == 15
        assert {row.state for row in session.exec(select(InboundDelivery)).all()} == {"done"}


def test_a_switched_off_account_takes_nothing_in(cast: Cast, account: ChannelAccount) -> None:
    with db.transaction() as session:
        session.get_one(ChannelAccount, account.id).enabled = False
    with pytest.raises(Exception, match="no such account"):
        come_in(account, delivery(now_event(), at=utc_now()))
    with pytest.raises(NotAuthentic):
        come_in(connect(cast, name="Second"), delivery(now_event(), secret="another", at=utc_now()))
