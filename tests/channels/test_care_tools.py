"""Care tools: one post through two doors is one thread, a tag asks for a store, our own notes start nothing."""

import pytest
from sqlmodel import select

from bridge import db
from bridge.channels.going_out import Purpose
from bridge.clock import utc_now
from bridge.models import ChannelAccount, Thread, ThreadDoor
from bridge.services import capturing, claims, intake
from bridge.services.capturing import Captured
from tests.cast import Cast, acting
from tests.channels import stage
from tests.channels.answers import answer
from tests.channels.cases import chatwoot, zammad
from tests.channels.stage import come_in, read_all, texts, threads

TWEET = "2091000000000000010"


@pytest.fixture
def account(cast: Cast) -> ChannelAccount:
    return connect(cast)


def connect(cast: Cast, channel: str = "chatwoot", **settings: str) -> ChannelAccount:
    values = {"access_token": "tool-token", "webhook_secret": "tool-secret-of-16-signs", **settings}
    if channel == "chatwoot":
        values |= {"account_id": "1"}
    base = {"chatwoot": chatwoot, "zammad": zammad}[channel].ACCOUNT.base_url
    return stage.connect(cast, channel, name=channel, base_url=base, values=values, is_bare=True)


def told(account: ChannelAccount, **changes: object) -> None:
    """A message comes in and is read."""
    now = utc_now()
    said = chatwoot.created(**{"created_at": now.isoformat(), **changes})  # type: ignore[arg-type]
    come_in(account, chatwoot.delivery(said, at=now))
    read_all()


def changed(account: ChannelAccount, **changes: object) -> None:
    """A conversation changes and is read."""
    now = utc_now()
    come_in(
        account,
        chatwoot.delivery({"event": "conversation_updated", **chatwoot.conversation(**changes)}, at=now),  # type: ignore[arg-type]
    )
    read_all()


def doors() -> list[ThreadDoor]:
    with db.transaction() as session:
        return list(session.exec(select(ThreadDoor)))


def pasted(cast: Cast) -> Thread:
    """An agent pastes the post's address."""
    with db.transaction() as session:
        captured = Captured(
            permalink=f"https://x.com/sam/status/{TWEET}",
            handle="upset_shopper",
            text="heels from your Leeds shop snapped on day one",
            posted_at=utc_now(),
        )
        return capturing.capture(session, acting(cast.ana), captured, utc_now()).thread


def test_a_pasted_address_and_a_tool_s_delivery_meet_in_one_thread(
    cast: Cast, account: ChannelAccount
) -> None:
    known = pasted(cast)
    with db.transaction() as session:
        claims.claim(session, acting(cast.ana), known.id, utc_now())
    told(account)
    (thread,) = threads()
    assert thread.id == known.id
    with db.transaction() as session:
        claim = intake.conversation(session, acting(cast.kim), thread.id).claim
        assert claim is not None, "the claim holds, whatever the door"
    (door,) = doors()
    assert (door.thread_id, door.external_id, door.state) == (known.id, "812", "open")


def test_the_tool_first_and_the_address_later_meet_too(cast: Cast, account: ChannelAccount) -> None:
    told(account)
    known = pasted(cast)
    assert [thread.id for thread in threads()] == [known.id]
    assert (known.network, known.external_id) == ("x", TWEET)
    assert known.permalink == f"https://x.com/i/web/status/{TWEET}"


def test_what_the_customer_writes_next_in_the_conversation_joins_its_thread(account: ChannelAccount) -> None:
    told(account)
    told(account, id=9002, source_id="2091000000000000077", content="Hello?")
    told(account, id=9003, source_id=None, content="Is anybody there?")
    (thread,) = threads()
    assert [text for _who, text in texts(thread)][1:] == ["Hello?", "Is anybody there?"]


def test_two_tools_and_the_network_are_three_doors_of_one_thread(cast: Cast, account: ChannelAccount) -> None:
    told(account)
    other = connect(cast, "zammad")
    article = {**zammad.TWEET, "created_at": utc_now().isoformat()}
    come_in(other, zammad.delivery({"ticket": zammad.ticket(), "article": article}))
    read_all()
    (thread,) = threads()
    assert len(texts(thread)) == 1
    assert {door.account_id for door in doors()} == {account.id, other.id}
    assert {door.thread_id for door in doors()} == {thread.id}


def test_a_chat_is_a_thread_of_the_tool_and_the_same_number_elsewhere_is_another(
    cast: Cast, account: ChannelAccount
) -> None:
    chat = chatwoot.conversation(900, channel="Channel::WebWidget")
    told(account, conversation=chat, source_id=None)
    (thread,) = threads()
    assert (thread.network, thread.external_id) == ("chatwoot", "chat.example/1/900")
    assert thread.visibility == "private"
    other = stage.connect(
        cast,
        "chatwoot",
        name="second",
        base_url="https://other.example",
        values={"access_token": "t", "webhook_secret": "tool-secret-of-16-signs", "account_id": "1"},
        is_bare=True,
    )
    told(other, conversation=chat, source_id=None)
    assert len(threads()) == 2


def test_a_label_asks_for_a_store_and_never_guesses_which(account: ChannelAccount) -> None:
    told(account)
    with db.transaction() as session:
        session.get_one(Thread, threads()[0].id).triage = "replied"  # type: ignore[assignment]
    changed(account, labels=["store-problem"])
    (thread,) = threads()
    assert (thread.asked_for, thread.triage) == ("store_problem", "open"), "it stands in the queue again"
    with db.transaction() as session:
        session.get_one(Thread, thread.id).triage = "replied"  # type: ignore[assignment]
    changed(account, labels=["store-problem", "shoes"])
    assert threads()[0].triage == "replied", "asking once is once"
    changed(account, labels=[], status="resolved")
    assert threads()[0].asked_for == ""
    assert doors()[0].state == "resolved"


def test_a_changed_conversation_brings_a_message_from_before_we_were_connected(
    account: ChannelAccount,
) -> None:
    message = {
        "id": 8000,
        "content": "heels snapped",
        "message_type": 0,
        "created_at": int(utc_now().timestamp()),
        "private": False,
        "source_id": TWEET,
        "sender": {"id": 77, "name": "Sam Shopper"},
    }
    changed(account, labels=["store_problem"], messages=[message])
    (thread,) = threads()
    assert (thread.external_id, thread.asked_for) == (TWEET, "store_problem")


def test_our_own_note_and_colleagues_notes_start_nothing(account: ChannelAccount) -> None:
    told(account, message_type="outgoing", private=True, source_id=None, content="Outcome of case 12")
    told(account, id=9005, message_type="template", source_id=None)
    assert not threads()


def test_an_answer_given_in_the_tool_counts_and_ours_is_not_told_twice(
    cast: Cast, account: ChannelAccount
) -> None:
    told(account)
    (thread,) = threads()
    sent = stage.say(cast, thread, "We have sent you a message.")
    stage.send(chatwoot.side)
    assert stage.message(sent.id).state == "sent"
    told(
        account,
        id=9100,
        message_type="outgoing",
        source_id=None,
        content="We have sent you a message.",
        sender={"id": 5, "type": "user"},
    )
    assert texts(thread)[1:] == [("brand", "We have sent you a message.")], "the echo finds it"
    told(account, id=9101, message_type="outgoing", source_id=None, content="And from me, Ava.")
    assert texts(thread)[2:] == [("brand", "And from me, Ava.")]
    assert threads()[0].triage == "replied"


def test_a_private_text_never_goes_where_everybody_reads_it(cast: Cast, account: ChannelAccount) -> None:
    told(account)
    (thread,) = threads()
    sent = stage.say(cast, thread, "Your code is waiting.", purpose=Purpose.PRIVATE_MESSAGE)
    writes: list[object] = []

    def side(request):  # type: ignore[no-untyped-def]
        if request.method == "POST":
            writes.append(request)
        return chatwoot.side(request)

    stage.send(side)
    settled = stage.message(sent.id)
    assert (settled.state, settled.last_error) == ("handed_off", "conversation_is_public")
    assert settled.hand_off_url == "https://chat.example/app/accounts/1/conversations/812"
    assert not writes


def test_a_note_that_was_saved_before_the_server_failed_is_one_note(
    cast: Cast, account: ChannelAccount
) -> None:
    told(account)
    (thread,) = threads()
    note = stage.say(cast, thread, "Honoured at store 12.", purpose=Purpose.NOTE)
    kept: list[dict[str, object]] = []

    def side(request):  # type: ignore[no-untyped-def]
        if request.method == "POST":
            kept.append({"id": 9200, "content": request.json["content"], "private": True, "message_type": 1})
            return answer(500)
        return answer(200, {"payload": [{**one, "created_at": utc_now().timestamp()} for one in kept]})

    stage.send(side)
    assert stage.message(note.id).state == "unknown"
    again = stage.message(note.id).next_at
    assert again is not None
    stage.send(side, at=again)
    assert (stage.message(note.id).state, len(kept)) == ("sent", 1)
    assert len(texts(thread)) == 1, "a note is no post"


def test_two_conversations_of_one_tool_in_one_thread_send_a_message_once(
    cast: Cast, account: ChannelAccount
) -> None:
    told(account)
    told(account, conversation=chatwoot.conversation(813), content="heels again")
    (thread,) = threads()
    assert len(doors()) == 2
    stage.say(cast, thread, "Seen.", purpose=Purpose.NOTE)
    writes: list[str] = []

    def side(request):  # type: ignore[no-untyped-def]
        writes.append(request.url)
        return chatwoot.side(request)

    assert stage.send(side) == {"sent": 1}
    assert len(writes) == 1


def test_a_conversation_without_a_number_waits_for_a_person(account: ChannelAccount) -> None:
    come_in(account, chatwoot.delivery({"event": "conversation_updated"}, at=utc_now()))
    assert read_all()["failed"] == 1
