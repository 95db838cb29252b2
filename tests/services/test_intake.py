"""Capturing posts without any network's API, claims on threads, and the agent's queue."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from sqlmodel import func, select

from bridge import db
from bridge.cli.intake import intake_group
from bridge.cli.stores import OPERATOR
from bridge.clock import utc_now
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotFound, NotPermitted
from bridge.models import (
    Customer,
    EscalationRow,
    Outcome,
    Person,
    Post,
    SocialIdentity,
    Thread,
    ThreadClaim,
    TimelineEntry,
)
from bridge.queries.queue import QueueItem
from bridge.roles import Actor, Assignment, Role
from bridge.services import capturing, claims, directory, intake
from bridge.services import replay as replaying
from bridge.services.capturing import Captured, CaptureResult
from bridge.services.intake import Conversation
from bridge.services.replay import Replay
from bridge.settings import settings
from bridge.threads import QueueFilter
from tests.cast import Cast, Member, claimed_thread, promise

POSTED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=900)
PERMALINK = "https://x.com/wanda/status/1245403438755852288"
COMPLAINT = "@NorthlightCare they refused my exchange.\n\nNever again!\nThird time this year."


def actor_of(cast: Cast, member: Member, role: Role = Role.AGENT) -> Actor:
    return Actor(
        kind="person",
        id=member.person.id,
        name=member.person.display_name,
        brand_id=cast.brand.id,
        assignments=(Assignment(role, cast.care.id, "care_team"),),
    )


def ana(cast: Cast) -> Actor:
    return actor_of(cast, cast.ana)


def kim(cast: Cast) -> Actor:
    return actor_of(cast, cast.kim, Role.LEAD)


def captured(**changes: Any) -> Captured:
    values: dict[str, Any] = {
        "permalink": PERMALINK,
        "handle": "@Wanda",
        "text": COMPLAINT,
        "posted_at": POSTED_AT,
    }
    return Captured(**(values | changes))


def capture(cast: Cast, *, now: datetime | None = None, **changes: Any) -> CaptureResult:
    with db.transaction() as session:
        return capturing.capture(session, ana(cast), captured(**changes), now or utc_now())


def count(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.exec(select(func.count()).select_from(model)).one()


# A post comes in.


def test_an_address_a_handle_and_a_text_make_a_thread(cast: Cast) -> None:
    result = capture(cast, addressed_to="@NorthlightCare")

    assert (result.created, result.post_added) == (True, True)
    assert (result.thread.network, result.thread.external_id) == ("x", "1245403438755852288")
    assert result.thread.official_handle_id == cast.handle.id
    assert (result.post.author_handle, result.post.text) == ("Wanda", COMPLAINT)


def test_the_second_capture_finds_the_first_whatever_the_address_wears(cast: Cast) -> None:
    first = capture(cast)

    second = capture(cast, permalink="http://mobile.twitter.com/wanda/status/1245403438755852288?s=20")

    assert (second.created, second.post_added) == (False, False)
    assert (second.thread.id, second.post.id) == (first.thread.id, first.post.id)
    assert [count(model) for model in (Thread, Post, SocialIdentity, Customer)] == [1, 1, 1, 1]


def test_another_text_under_the_same_address_is_kept_as_evidence(cast: Cast) -> None:
    first = capture(cast)

    edited = capture(cast, text="They did it, all is well.", posted_at=POSTED_AT + timedelta(hours=1))
    again = capture(cast, text="They did it, all is well.", posted_at=POSTED_AT + timedelta(hours=1))

    assert (edited.created, edited.post_added, again.post_added) == (False, True, False)
    assert (edited.thread.id, again.post.id) == (first.thread.id, edited.post.id)
    assert edited.thread.last_post_at == POSTED_AT + timedelta(hours=1)


def test_a_later_post_of_a_known_conversation_joins_it(cast: Cast) -> None:
    first = capture(cast, external_id="conversation-1", network="x")
    later = capture(
        cast,
        external_id="conversation-1",
        permalink="https://x.com/NorthlightCare/status/1245403438755859999",
        handle="NorthlightCare",
        text="So sorry, Wanda.",
        author_kind="brand",
        posted_at=POSTED_AT - timedelta(minutes=1),
    )
    found_by_its_middle = capture(
        cast,
        permalink="https://x.com/i/web/status/1245403438755859999",
        handle="NorthlightCare",
        text="So sorry, Wanda.",
        author_kind="brand",
    )

    assert later.thread.id == first.thread.id == found_by_its_middle.thread.id
    assert later.thread.first_post_at == POSTED_AT - timedelta(minutes=1)
    assert found_by_its_middle.post.id == later.post.id


def test_a_handle_is_one_customer_whatever_its_capitals(cast: Cast) -> None:
    capture(cast, handle="@Wanda")
    capture(cast, handle="wANDA", permalink="https://x.com/wanda/status/1245403438755850000")

    assert (count(Thread), count(SocialIdentity), count(Customer)) == (2, 1, 1)


def test_a_page_of_no_known_network_is_enough(cast: Cast) -> None:
    result = capture(
        cast, permalink="https://blog.example.org/never-again", handle="Wanda's blog".replace(" ", "-")
    )

    assert result.thread.network == "other"
    assert result.thread.external_id.startswith("url-")


def test_a_connector_names_network_and_ids_without_an_address(cast: Cast) -> None:
    result = capture(
        cast,
        permalink=None,
        network="whatsapp",
        external_id="wamid-1",
        post_external_id="m-1",
        visibility="private",
        mention_type="dm",
    )
    edited = capture(
        cast,
        permalink=None,
        network="whatsapp",
        external_id="wamid-1",
        post_external_id="m-1",
        text="Changed",
    )

    assert (result.thread.visibility, result.thread.permalink) == ("private", None)
    assert (edited.post.id, edited.post.text) == (result.post.id, COMPLAINT)


@pytest.mark.parametrize(
    "changes",
    [
        {"permalink": None},
        {"permalink": None, "external_id": "t-1"},
        {"permalink": None, "network": "x"},
        {"permalink": "never again"},
        {"network": "facebook"},
        {"network": "X Corp"},
        {"handle": ""},
        {"handle": "wan\u202eda"},
        {"handle": "wanda\x00"},
        {"handle": "x" * 81},
        {"addressed_to": "North\u2066light"},
        {"language": "a very long one"},
        {"visibility": "secret"},
        {"mention_type": "shout"},
        {"author_kind": "robot"},
        {"author_kind": "brand"},
        {"posted_at": datetime(2026, 3, 1, 12)},  # noqa: DTZ001 - the missing zone is the test
        {"posted_at": datetime(2999, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_cannot_be_placed_is_refused_and_leaves_nothing(cast: Cast, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        capture(cast, **changes)

    assert (count(Thread), count(Customer)) == (0, 0)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Zoe\u0308", "Zo\u00eb"),
        ("\U0001f469\u200d\U0001f469\u200d\U0001f466", "\U0001f469\u200d\U0001f469\u200d\U0001f466"),
        ("a\u202eb", "a\u202eb"),
        ("a\0b\ud800c", "a\ufffdb\ufffdc"),
        ("\uffff", "\uffff"),
        ("", ""),
        ("x" * 10_001, "x" * 9_999 + "…"),
    ],
)  # fmt: skip
def test_any_text_is_stored_as_far_as_it_can_be(cast: Cast, text: str, stored: str) -> None:
    assert capture(cast, text=text).post.text == stored


def test_a_conversation_of_another_brand_is_not_joined(cast: Cast) -> None:
    capture(cast)
    with db.transaction() as session:
        other = directory.get_or_create_brand(session, "Southlight", actor=OPERATOR, now=utc_now())
    stranger = replace(ana(cast), brand_id=other.id)

    with db.transaction() as session, pytest.raises(Conflict):
        capturing.capture(session, stranger, captured(), utc_now())


# Stored conversations.


def stored(number: int, *messages: tuple[str, str, str]) -> dict[str, Any]:
    posts = [
        {
            kind: author,
            "datetime": f"2020-04-01T17:3{at}:32.000Z",
            "message": text,
            "tweet_ID": f"{number}{at}",
        }
        for at, (kind, author, text) in enumerate(messages)
    ]
    return {"dialogHeader": {"company": "NorthlightCare"}, "dialogContent": posts}


CONVERSATIONS = [
    stored(
        100,
        ("client", "wanda", "@NorthlightCare help &amp; advice?"),
        ("agent", "NorthlightCare", "@wanda Which store?"),
        ("client1", "bystander", "Same here"),
        ("client", "wanda", "Lakeside"),
    ),
    stored(200, ("client", "xavier", "Never again at that shop")),
]


def replay(cast: Cast, conversations: list[Any]) -> Replay:
    with db.transaction() as session:
        return replaying.replay(session, cast.brand, conversations, actor=ana(cast), now=utc_now())


def test_a_stored_conversation_becomes_a_thread_with_its_authors(cast: Cast) -> None:
    replay(cast, CONVERSATIONS)

    with db.transaction() as session:
        thread = session.exec(select(Thread).where(Thread.external_id == "1000")).one()
        whole = intake.conversation(session, ana(cast), thread.id)
    assert [(post.author_kind, post.author_handle) for post in whole.posts] == [
        ("customer", "wanda"),
        ("brand", "NorthlightCare"),
        ("other", "bystander"),
        ("customer", "wanda"),
    ]
    assert whole.posts[0].text == "@NorthlightCare help & advice?"
    assert (whole.identity.handle, thread.mention_type) == ("wanda", "tagged")


def test_replaying_twice_gives_no_double(cast: Cast) -> None:
    first = replay(cast, CONVERSATIONS)
    second = replay(cast, CONVERSATIONS)

    assert (first.threads_created, first.posts_added, first.posts_known) == (2, 5, 0)
    assert (second.threads_created, second.posts_added, second.posts_known) == (0, 0, 5)
    assert (count(Thread), count(Post)) == (2, 5)


@pytest.mark.parametrize(
    "odd",
    [
        "text",
        None,
        {},
        {"dialogHeader": {"company": "c"}, "dialogContent": []},
        {"dialogHeader": {"company": "c"}, "dialogContent": [{"message": "no author", "tweet_ID": "1"}]},
        stored(300, ("agent", "NorthlightCare", "Anybody there?")),
        stored(400, ("client", "wan\u202eda", "Hello")),
        {"dialogHeader": {"company": "c"}, "dialogContent": [{"client": "w", "datetime": "today"}]},
    ],
)
def test_a_bad_conversation_is_a_line_and_stops_nothing(cast: Cast, odd: Any) -> None:
    done = replay(cast, [odd, *CONVERSATIONS])

    assert (len(done.refused), done.threads_created) == (1, 2)
    assert done.refused[0].startswith("1: ")


def test_the_command_replays_a_file(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([*CONVERSATIONS, {}]), "utf-8")

    result = CliRunner().invoke(intake_group, ["replay", str(file), "--brand", "Northlight"])

    assert result.exit_code == 0
    assert result.stdout == "3 conversations: 2 new threads, 5 new posts, 0 posts known before, 1 refused.\n"
    assert "conversation 3: The conversation cannot be read." in result.stderr


def test_the_real_conversations_are_taken_whole(cast: Cast, shared_data: Path) -> None:
    conversations = json.loads((shared_data / "care-conversations" / "dev.json").read_text("utf-8"))

    first = replay(cast, conversations)
    second = replay(cast, conversations)

    # Two pairs of records begin with the same post: they are one conversation each.
    assert (first.conversations, first.threads_created, first.posts_added) == (525, 523, 681)
    assert (first.refused, second.threads_created, second.posts_added) == ([], 0, 0)


# Claims.


@pytest.fixture
def thread(cast: Cast) -> Thread:
    return capture(cast).thread


def act(what: Any, *arguments: Any) -> Any:
    with db.transaction() as session:
        return what(session, *arguments)


def thread_actions(thread: Thread) -> list[str]:
    with db.transaction() as session:
        entries = session.exec(select(TimelineEntry).where(TimelineEntry.stream == f"thread:{thread.id}"))
        return [entry.action for entry in sorted(entries, key=lambda entry: entry.seq)]


def test_the_first_claim_wins_and_the_second_learns_who_holds_it(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    won = act(claims.claim, ana(cast), thread.id, now)

    with pytest.raises(ClaimTaken) as refused:
        act(claims.claim, kim(cast), thread.id, now)

    assert won.lease_until - now == timedelta(seconds=settings().claim_lease_seconds)
    assert refused.value.details == {
        "holder": "Ana",
        "since": now.isoformat(),
        "until": won.lease_until.isoformat(),
    }


def test_claiming_again_lengthens_the_own_lease(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    first = act(claims.claim, ana(cast), thread.id, now)

    second = act(claims.claim, ana(cast), thread.id, now + timedelta(minutes=5))

    assert (second.id, second.lease_until) == (first.id, first.lease_until + timedelta(minutes=5))
    assert thread_actions(thread) == ["claim.taken"]


def test_a_renewed_lease_holds_and_one_that_ran_out_does_not(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    act(claims.claim, ana(cast), thread.id, now)
    act(claims.renew, ana(cast), thread.id, now + LEASE / 2)

    with pytest.raises(ClaimTaken):
        act(claims.claim, kim(cast), thread.id, now + LEASE)
    won = act(claims.claim, kim(cast), thread.id, now + LEASE * 1.5)

    assert won.person_id == cast.kim.person.id
    with db.transaction() as session:
        old = session.exec(select(ThreadClaim).where(ThreadClaim.person_id == cast.ana.person.id)).one()
    assert old.release_reason == "lease_expired"
    assert thread_actions(thread) == ["claim.taken", "claim.lapsed", "claim.taken"]
    with pytest.raises(ClaimTaken):
        act(claims.renew, ana(cast), thread.id, now + LEASE * 1.5)


def test_a_released_thread_is_free_for_the_next(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    act(claims.claim, ana(cast), thread.id, now)

    act(claims.release, ana(cast), thread.id, "not ours", now)

    assert act(claims.claim, kim(cast), thread.id, now).person_id == cast.kim.person.id
    assert thread_actions(thread) == ["claim.taken", "claim.released", "claim.taken"]


def test_nobody_releases_what_another_holds(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    with pytest.raises(Conflict):
        act(claims.release, ana(cast), thread.id, "", now)
    act(claims.claim, ana(cast), thread.id, now)

    with pytest.raises(ClaimTaken):
        act(claims.release, kim(cast), thread.id, "", now)


def test_a_lead_takes_over_with_a_reason_and_the_holder_is_told(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    act(claims.claim, ana(cast), thread.id, now)

    taken = act(claims.take_over, kim(cast), thread.id, "Ana is at lunch", now)

    with db.transaction() as session:
        told = session.exec(select(Outcome).where(Outcome.person_id == cast.ana.person.id)).one()
        old = session.exec(select(ThreadClaim).where(ThreadClaim.person_id == cast.ana.person.id)).one()
    assert taken.person_id == cast.kim.person.id
    assert (told.channel, told.topic, told.state) == ("board", "thread.taken_over", "sent")
    assert told.payload == {"thread_id": str(thread.id), "by": "Kim", "reason": "Ana is at lunch"}
    assert old.release_reason == "taken_over: Ana is at lunch"
    assert thread_actions(thread) == ["claim.taken", "claim.taken_over"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 181, "a\x00b"])
def test_taking_over_needs_a_reason(cast: Cast, thread: Thread, reason: str) -> None:
    act(claims.claim, ana(cast), thread.id, utc_now())

    with pytest.raises(InvalidInput):
        act(claims.take_over, kim(cast), thread.id, reason, utc_now())


def test_an_agent_takes_over_only_when_the_lease_ran_out(cast: Cast, thread: Thread) -> None:
    now = utc_now()
    ivy = actor_of(cast, cast.ivy)
    act(claims.claim, ana(cast), thread.id, now)

    with pytest.raises(NotPermitted):
        act(claims.take_over, ivy, thread.id, "I am free", now)
    taken = act(claims.take_over, ivy, thread.id, "Ana went home", now + LEASE)

    assert taken.person_id == cast.ivy.person.id


def test_taking_over_a_free_thread_is_claiming_it(cast: Cast, thread: Thread) -> None:
    assert act(claims.take_over, ana(cast), thread.id, "free", utc_now()).person_id == cast.ana.person.id
    assert count(Outcome) == 0


def test_a_thread_of_another_brand_does_not_exist(cast: Cast, thread: Thread) -> None:
    stranger = replace(kim(cast), brand_id=cast.hq.id)

    for what in (claims.claim, claims.renew):
        with pytest.raises(NotFound):
            act(what, stranger, thread.id, utc_now())
    with pytest.raises(NotFound):
        act(claims.take_over, stranger, thread.id, "mine", utc_now())
    with pytest.raises(NotFound):
        act(intake.conversation, stranger, thread.id)


@pytest.mark.parametrize("kind", ["suspended", "integration"])
def test_only_active_staff_can_hold_a_thread(cast: Cast, thread: Thread, kind: str) -> None:
    actor = ana(cast)
    if kind == "suspended":
        with db.transaction() as session:
            session.get_one(Person, cast.ana.person.id).status = "suspended"
    else:
        actor = replace(actor, kind="integration", id=cast.ana.credential_id)

    with pytest.raises(NotPermitted):
        act(claims.claim, actor, thread.id, utc_now())


# The agent's page.


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


# Duplicates.


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


def test_a_claim_and_a_take_over_are_owed_to_receivers_that_subscribed(
    cast: Cast, thread: Thread, owner: psycopg.Connection[Any]
) -> None:
    owner.execute(
        "INSERT INTO webhook_endpoints (id, brand_id, url, description, topics, enabled, disabled_reason, created_at) "
        "VALUES (gen_random_uuid(), %s, 'https://example.com', '', '{thread.claimed,thread.taken_over}', true, '', now())",
        [cast.brand.id],
    )
    act(claims.claim, ana(cast), thread.id, utc_now())
    act(claims.take_over, kim(cast), thread.id, "Ana is at lunch", utc_now())

    rows = owner.execute(
        "SELECT topic FROM outcomes WHERE channel = 'webhook' ORDER BY created_at"
    ).fetchall()

    assert rows == [("thread.claimed",), ("thread.taken_over",)]
