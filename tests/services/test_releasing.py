"""What a person does with a message that waits: each once, by name, and never the same post for two."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bridge import db
from bridge.clock import utc_now
from bridge.codes import check_character
from bridge.errors import ClaimTaken, Conflict, InvalidInput, NotFound, NotPermitted
from bridge.models import ChannelMessage, Post, Thread, TimelineEntry
from bridge.queries import releasing as queries
from bridge.roles import Actor
from bridge.services import releasing
from tests.cast import Cast, Member, acting, claimed_thread, vault
from tests.messages import TEXT, account_of, stored, waiting_message

ADDRESS = "https://x.com/northlight/status/1851"


def act(name: str, by: Member | Actor, message: ChannelMessage, **asked: Any) -> ChannelMessage:
    actor = by if isinstance(by, Actor) else acting(by)
    asked = {"now": utc_now(), **asked}
    with db.transaction() as session:
        return getattr(releasing, name)(session, actor, message.id, **asked)


def sent(by: Member, message: ChannelMessage, permalink: str = ADDRESS) -> ChannelMessage:
    return act("mark_sent", by, message, permalink=permalink, vault=vault())


def audited() -> list[str]:
    with db.transaction() as session:
        return [
            one.action
            for one in session.exec(select(TimelineEntry).where(TimelineEntry.stream == "messages"))
        ]


def posts_of(thread_id: object) -> list[tuple[str, str, str]]:
    with db.transaction() as session:
        found = session.exec(select(Post).where(Post.thread_id == thread_id))
        return [(post.author_kind, post.external_id, post.text) for post in found]


def put_post(thread: Thread, external_id: str, *, author_kind: str = "customer") -> None:
    with db.transaction() as session:
        session.add(
            Post(
                thread_id=thread.id,
                network="x",
                external_id=external_id,
                author_kind=author_kind,
                author_handle="someone",
                posted_at=utc_now(),
                text="My heels broke.",
                text_sha256=b"x" * 32,
            )
        )


def test_a_named_person_lets_a_message_go(cast: Cast) -> None:
    message = waiting_message(cast, "waiting", last_error="human_window")
    act("release", cast.ana, message)
    now = stored(message)
    assert (now.state, now.last_error, now.released_by) == ("queued", "", cast.ana.person.id)
    assert now.next_at is not None
    assert audited() == ["message.release"]
    act("release", cast.ana, message)
    assert audited() == ["message.release"], "pressed twice is once"
    with pytest.raises(Conflict):
        act("release", cast.kim, message)
    machine = Actor(kind="integration", id=None, name="key", brand_id=cast.brand.id)
    for nobody in (
        machine,
        replace(acting(cast.ana), scopes=frozenset({"messages.write"})),
        acting(cast.sam),
    ):
        with pytest.raises(NotPermitted):
            act("release", nobody, waiting_message(cast, "waiting"))


def test_after_its_time_nothing_is_let_go(cast: Cast) -> None:
    message = waiting_message(cast, "waiting", release_until=utc_now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="time"):
        act("release", cast.ana, message)
    assert stored(message).state == "waiting"
    act("give_up", cast.ana, message, reason="Too late.")
    assert stored(message).state == "cancelled"


def test_who_is_not_on_the_conversation_lets_nothing_go_but_a_lead_may(cast: Cast) -> None:
    message = waiting_message(cast, "waiting")
    with pytest.raises(ClaimTaken) as refused:
        act("release", cast.ivy, message)
    assert refused.value.details["holder"] == "Ana"
    act("release", cast.kim, message)
    assert stored(message).released_by == cast.kim.person.id


def test_a_hand_off_ends_as_the_post_that_somebody_made(cast: Cast) -> None:
    message = waiting_message(cast)
    sent(cast.ana, message, "https://twitter.com/northlight/status/1851?s=20")
    now = stored(message)
    assert (now.state, now.external_id, now.permalink) == ("sent", "1851", "https://x.com/i/web/status/1851")
    assert (now.visibility, now.released_by) == ("public", cast.ana.person.id)
    assert posts_of(message.thread_id) == [("brand", "1851", TEXT)]
    sent(cast.kim, message, "https://mobile.x.com/i/status/1851/photo/1")
    assert audited() == ["message.mark_sent"], "the same address again changes nothing"
    with pytest.raises(Conflict):
        sent(cast.ana, message, "https://x.com/northlight/status/1852")
    assert stored(message).external_id == "1851"


@pytest.mark.parametrize(
    "address",
    ["", "https://bsky.app/profile/a.example/post/3k", "https://x.com/northlight", "not an address"],
)
def test_an_address_of_another_network_or_of_no_post_is_refused(cast: Cast, address: str) -> None:
    message = waiting_message(cast)
    with pytest.raises(InvalidInput) as refused:
        sent(cast.ana, message, address)
    assert "permalink" in refused.value.details["fields"]  # type: ignore[operator]
    assert stored(message).state == "handed_off"


def test_a_post_is_of_one_message_and_never_the_customer_s(cast: Cast) -> None:
    first = waiting_message(cast)
    thread = claimed_thread(cast)
    second = waiting_message(cast, thread=thread)
    sent(cast.ana, first)
    with pytest.raises(Conflict, match="another message"):
        sent(cast.ana, second)
    put_post(thread, "77")
    with pytest.raises(InvalidInput, match="does not fit"):
        sent(cast.ana, second, "https://x.com/someone/status/77")
    put_post(claimed_thread(cast), "78", author_kind="brand")
    with pytest.raises(InvalidInput, match="does not fit"):
        sent(cast.ana, second, "https://x.com/northlight/status/78")
    put_post(thread, "79", author_kind="brand")
    sent(cast.ana, second, "https://x.com/northlight/status/79")
    assert len(posts_of(thread.id)) == 2, "its echo stood there already"


def test_of_two_who_paste_the_same_address_for_two_messages_one_wins(cast: Cast) -> None:
    account = account_of(cast)
    messages = [waiting_message(cast, account=account) for _ in range(2)]

    def paste(message: ChannelMessage) -> bool:
        try:
            sent(cast.ana, message)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(paste, messages)) == [False, True]


def test_a_private_message_may_have_no_address(cast: Cast) -> None:
    message = waiting_message(cast, purpose="private_message")
    sent(cast.ana, message, "")
    now = stored(message)
    assert (now.state, now.external_id, now.visibility) == ("sent", None, "private")
    assert posts_of(message.thread_id) == [("brand", f"message-{message.id}", TEXT)]


def test_a_bluesky_address_by_our_handle_is_the_post_by_our_did(cast: Cast) -> None:
    thread = claimed_thread(cast)
    account = account_of(cast, "bluesky")
    with db.transaction() as session:
        session.get_one(Thread, thread.id).network = "bluesky"
        account.external_id, account.handle = "did:plc:abc", "care.example"
        session.add(account)
    message = waiting_message(cast, thread=thread, account=account)
    sent(cast.ana, message, "https://bsky.app/profile/Care.example/post/3kabc")
    assert stored(message).external_id == "at://did:plc:abc/app.bsky.feed.post/3kabc"


def test_what_may_have_been_sent_is_sent_again_only_after_a_look(cast: Cast) -> None:
    message = waiting_message(cast, "unknown", attempts=1, looks=6)
    with pytest.raises(InvalidInput, match="may have been sent"):
        act("send_again", cast.ana, message)
    act("send_again", cast.ana, message, looked=True)
    assert stored(message).state == "queued"
    searched = waiting_message(cast, "unknown", next_at=utc_now() + timedelta(minutes=5))
    with pytest.raises(Conflict) as refused:
        act("send_again", cast.ana, searched, looked=True)
    assert refused.value.details["allowed"] == ["mark_sent", "give_up"]
    refused_once = waiting_message(cast, "failed_final", settled_at=utc_now())
    act("send_again", cast.ana, refused_once)
    assert stored(refused_once).settled_at is None


def test_giving_up_needs_a_reason_and_is_for_good(cast: Cast) -> None:
    message = waiting_message(cast, "failed_final")
    with pytest.raises(InvalidInput):
        act("give_up", cast.ana, message, reason=" ")
    act("give_up", cast.ana, message, reason="The customer phoned.")
    assert (stored(message).state, stored(message).last_error) == ("cancelled", "given_up")
    for name, asked in (("send_again", {}), ("give_up", {"reason": "again"})):
        with pytest.raises(Conflict):
            act(name, cast.ana, message, **asked)


def test_nobody_of_another_brand_finds_it(cast: Cast) -> None:
    message = waiting_message(cast)
    actor = acting(cast.ana)
    stranger = replace(actor, brand_id=message.id)
    for name, asked in (
        ("release", {}),
        ("send_again", {}),
        ("give_up", {"reason": "x"}),
        ("mark_sent", {"permalink": ADDRESS, "vault": vault()}),
    ):
        with pytest.raises(NotFound):
            act(name, stranger, message, **asked)


def test_the_list_has_the_nearest_deadline_first_and_what_is_done_not_at_all(cast: Cast) -> None:
    now = utc_now()
    late = waiting_message(cast, "waiting", release_until=now + timedelta(hours=9))
    soon = waiting_message(cast, "waiting", release_until=now + timedelta(hours=1))
    old = waiting_message(cast, "handed_off", created_at=now - timedelta(days=1))
    new = waiting_message(cast, "failed_final")
    waiting_message(cast, "sent")
    waiting_message(cast, "queued")
    states = ("waiting", "handed_off", "unknown", "failed_final")
    with db.statement() as connection:
        rows = queries.listed(connection, cast.brand.id, states=states, limit=10)
        assert [row.id for row in rows] == [soon.id, late.id, old.id, new.id]
        for index, row in enumerate(rows):
            at, made, one_id = queries.place(row)
            place = (at.isoformat(), made.isoformat(), str(one_id))
            rest = queries.listed(connection, cast.brand.id, states=states, limit=10, after=place)
            assert [one.id for one in rest] == [one.id for one in rows[index + 1 :]]
        assert queries.count(connection, cast.brand.id) == 4


def test_a_code_is_masked_for_who_has_no_right_to_codes(cast: Cast) -> None:
    code = f"K7QF-3MXW-9R4{check_character('K7QF3MXW9R4')}"
    assert releasing.shown_text(acting(cast.ana), f"Show {code}.") == f"Show {code}."
    assert code not in releasing.shown_text(acting(cast.sam), f"Show {code}.")
