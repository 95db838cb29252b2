"""Writing to customers by plain forms, and the conversation's other notices: a public code, one person twice."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from bridge import codes, db
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelMessage, SocialIdentity, Thread
from bridge.services import capturing, claims, writing
from bridge.services.promises import Made
from tests.cast import Cast, Member, acting, claimed_thread, promise, vault
from tests.messages import account_of, with_door
from tests.pages.browser import Browser

As = Callable[[Member], Browser]


@pytest.fixture
def thread(people: Cast) -> Thread:
    """Ana's conversation, which a care tool's account can answer in public, in private, and by a note."""
    found = claimed_thread(people, handle="dora_finch")
    with_door(people, found, "zendesk")
    return found


@pytest.fixture
def made(people: Cast, thread: Thread) -> Made:
    return promise(people, thread_id=thread.id)


def messages() -> list[tuple[str, str, str]]:
    with db.transaction() as session:
        found = session.exec(select(ChannelMessage).order_by(ChannelMessage.created_at)).all()  # type: ignore[arg-type]
        return [(one.purpose, one.state, writing.text_of(one, vault())) for one in found]


def test_an_agent_answers_from_the_conversation(people: Cast, as_: As, thread: Thread) -> None:
    ana = as_(people.ana)
    page = ana.open(f"/threads/{thread.id}")
    assert "Anybody may read it." in page.text
    assert "Only the customer reads it." in page.text
    done = page.press("Send it now", reply_text="We are on it.", reply_how="public_reply")
    assert "It goes out now." in done.text
    assert "Written through the bridge" in done.text
    assert messages() == [("public_reply", "queued", "We are on it.")]


def test_what_cannot_be_sent_is_said_and_the_words_stay(
    people: Cast, as_: As, thread: Thread, made: Made
) -> None:
    assert made.code is not None
    ana = as_(people.ana)
    empty = ana.open(f"/threads/{thread.id}").press("Send it now", reply_text=" ", reply_how="public_reply")
    assert empty.status == 422
    leak = ana.open(f"/threads/{thread.id}").press(
        "Send it now", reply_text=f"Use {made.code}", reply_how="public_reply"
    )
    assert leak.status == 422
    assert "This text holds the code." in leak.text
    assert f"Use {made.code}" in leak.html
    with db.transaction() as session:
        claims.take_over(session, acting(people.kim), thread.id, "She is off today", utc_now())
    assert "Answer the customer" not in ana.open(f"/threads/{thread.id}").text
    late = leak.press("Send it now", reply_text="We are on it.", reply_how="public_reply")
    assert late.status == 409
    assert "Kim is on it." in late.text
    assert not messages()


def test_a_conversation_without_an_account_says_so(people: Cast, as_: As) -> None:
    ana, thread = as_(people.ana), claimed_thread(people)
    recognised = "Answer it on the network; what you write there is recognised."
    alone = ana.open(f"/threads/{thread.id}").text
    assert "No connected account carries an answer to this conversation. Answer it on the network." in alone
    account_of(people, "bluesky")
    assert recognised not in ana.open(f"/threads/{thread.id}").text, "that is another network"
    ours = account_of(people, "x", name="Ours")
    assert recognised in ana.open(f"/threads/{thread.id}").text
    with db.transaction() as session:
        session.get_one(ChannelAccount, ours.id).enabled = False
    assert recognised not in ana.open(f"/threads/{thread.id}").text


def test_a_promise_s_two_texts_are_sent_from_its_page(
    people: Cast, as_: As, thread: Thread, made: Made
) -> None:
    assert made.code is not None
    ana = as_(people.ana)
    page = ana.open(f"/escalations/{made.id}/made")
    sent = page.press("Send it now: Private message, with the code")
    assert "It goes out now." in sent.text
    again = page.press("Send it now: Private message, with the code")
    assert "It goes out now." in again.text, "the same form again is answered as the first time"
    afresh = sent.press("Send it now: Private message, with the code")
    assert "It is not sent twice." in afresh.text
    leak = sent.press("Send it now: Public reply, without the code", text=f"Your code: {made.code}")
    assert "This text holds the code." in leak.text
    public = sent.press("Send it now: Public reply, without the code", text="We wrote to you.")
    assert "It goes out now." in public.text
    (private, state, text), open_one = messages()
    assert (private, state) == ("private_message", "queued")
    assert codes.grouped(made.code) in text
    assert open_one == ("public_reply", "queued", "We wrote to you.")
    assert "Written through the bridge" in ana.open(f"/escalations/{made.id}").text


def test_a_public_code_is_shown_and_replaced_by_one_press(
    people: Cast, as_: As, thread: Thread, made: Made
) -> None:
    captured = capturing.Captured(
        network="x",
        external_id=thread.external_id,
        handle="dora_finch",
        text=f"They sent me {made.code}!",
        posted_at=utc_now(),
    )
    with db.transaction() as session:
        capturing.capture(session, acting(people.ana), captured, utc_now())
    ana = as_(people.ana)
    for path in (f"/threads/{thread.id}", f"/escalations/{made.id}"):
        assert f"The code of no. {made.number} is public." in ana.open(path).text
    assert made.code is not None
    assert made.code not in ana.open(f"/threads/{thread.id}").html
    assert "The code is public" in ana.open("/board").text
    replaced = ana.open(f"/threads/{thread.id}").press("Your code is public. Replace it")
    assert "A new code was made." in replaced.text
    assert "is public." not in ana.open(f"/threads/{thread.id}").text


def test_two_handles_are_linked_with_a_reason_and_cut_again(people: Cast, as_: As, thread: Thread) -> None:
    other = claimed_thread(people, handle="dora_elsewhere")
    ana = as_(people.ana)
    page = ana.open(f"/threads/{thread.id}")
    wrong = page.press(
        "It is the same person", other_network="x", other_handle="nobody", same_because="Same order"
    )
    assert wrong.status == 422
    assert "Nobody else wrote to us under this handle" in wrong.text
    linked = wrong.press(
        "It is the same person",
        other_network="x",
        other_handle="@dora_elsewhere",
        same_because="The same order number in both",
    )
    assert "Linked." in linked.text
    assert "The same order number in both" in linked.text
    assert customers(thread, other) == 1
    unsaid = linked.press("Cut it", cut_because="")
    assert unsaid.status == 422
    cut = ana.open(f"/threads/{other.id}").press("Cut it", cut_because="Another order after all")
    assert "Link cut." in cut.text
    assert "Another order after all" in cut.text
    assert customers(thread, other) == 2


def customers(*threads: Thread) -> int:
    with db.transaction() as session:
        found = [session.get_one(SocialIdentity, thread.identity_id).customer_id for thread in threads]
    return len(set(found))


def test_an_administrator_says_what_goes_back_by_itself(people: Cast, as_: As, thread: Thread) -> None:
    with db.transaction() as session:
        account = session.exec(select(ChannelAccount)).one()
    ada = as_(people.ada)
    page = ada.open(f"/setup/channels/{account.id}")
    done = page.press("Save", sends_outcomes="none")
    assert "It counts for what ends from now on." in done.text
    with db.transaction() as session:
        assert session.get_one(ChannelAccount, account.id).sends_outcomes == "none"
