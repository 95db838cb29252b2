"""The page of what waits for a person: everything needed to act, in place, and each act once."""

from collections.abc import Callable
from datetime import timedelta

from bridge import db
from bridge.clock import utc_now
from bridge.codes import check_character
from bridge.models import Post, ThreadDoor
from tests.cast import Cast, Member, claimed_thread
from tests.messages import TEXT, account_of, stored, waiting_message
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
INTENT = "https://x.com/intent/tweet?in_reply_to=77&text=Thank%20you"


def test_an_agent_sends_it_by_hand_and_says_where_it_stands(people: Cast, as_: As) -> None:
    message = waiting_message(people, last_error="not_summoned", hand_off_url=INTENT)
    ana = as_(people.ana)

    page = ana.open("/messages")
    for told in (
        "1 message waits",
        "Send it by hand",
        TEXT,
        "The customer did not mention our account",
        "Open the network with this text",
    ):
        assert told in page.text, told
    assert 'href="https://x.com/intent/tweet?in_reply_to=77&amp;text=Thank%20you"' in page.html
    assert "Messages (1)" in ana.open("/queue").text

    wrong = _press(page, "I sent it", permalink="https://bsky.app/profile/a.example/post/3k")
    assert wrong.status == 422
    assert "another network" in wrong.text
    assert f'id="permalink-{message.id}-problem"' in wrong.html
    assert 'value="https://bsky.app/profile/a.example/post/3k"' in wrong.html

    done = _press(wrong, "I sent it", permalink="https://x.com/northlight/status/1851")
    assert (done.path, stored(message).state) == ("/messages", "sent")
    assert "Nothing waits." in done.text
    assert "Messages (" not in ana.open("/queue").text, "an empty list takes no room in the menu"


def test_a_message_is_let_go_by_whoever_is_on_the_conversation(people: Cast, as_: As) -> None:
    message = waiting_message(
        people, "waiting", last_error="late", release_until=utc_now() + timedelta(hours=5)
    )
    refused = _press(as_(people.ivy).open("/messages"), "Let it go")
    assert refused.status == 409
    assert "Ana is on this conversation." in refused.text
    page = as_(people.ana).open("/messages")
    assert "only a person may let one go" in page.text
    assert "It goes out in your name." in _press(page, "Let it go").text
    assert stored(message).released_by == people.ana.person.id


def test_one_whose_time_is_over_offers_no_letting_go(people: Cast, as_: As) -> None:
    waiting_message(people, "waiting", release_until=utc_now() - timedelta(hours=1))
    page = as_(people.ana).open("/messages")
    assert "Too late" in page.text
    assert "Let it go" not in page.text


def test_an_unclear_one_is_sent_again_after_a_look_alone(people: Cast, as_: As) -> None:
    message = waiting_message(people, "unknown", last_error="timeout")
    page = as_(people.ana).open("/messages")
    asked = _press(page, "Send it again")
    assert asked.status == 422
    assert "Look in the conversation first" in asked.text
    assert stored(message).state == "unknown"
    assert "sent again in a moment" in _press(asked, "Send it again", looked="yes").text


def test_giving_up_asks_why(people: Cast, as_: As) -> None:
    message = waiting_message(people, "failed_final", last_error="status_418")
    page = as_(people.ana).open("/messages")
    assert "The network refused it (status_418)." in page.text
    asked = _press(page, "Give it up")
    assert (asked.status, stored(message).state) == (422, "failed_final")
    assert "Say why" in asked.text
    assert _press(asked, "Give it up", reason="She phoned.").path == "/messages"
    assert stored(message).state == "cancelled"


def test_who_comes_second_hears_it(people: Cast, as_: As) -> None:
    waiting_message(people)
    first, second = as_(people.ana).open("/messages"), as_(people.ana).open("/messages")
    _press(first, "Give it up", reason="Done.")
    late = _press(second, "Give it up", reason="Done too.")
    assert late.status == 409
    assert "Somebody else acted first." in late.text


def test_a_code_stands_there_for_whoever_sends_it_and_for_nobody_else(people: Cast, as_: As) -> None:
    code = f"K7QF-3MXW-9R4{check_character('K7QF3MXW9R4')}"
    waiting_message(people, purpose="private_message", text=f"Show {code} at store 12.")
    assert code in as_(people.ana).open("/messages").text
    for stranger in (people.sam, people.ada):
        assert as_(stranger).open("/messages").status == 403


def test_an_encrypted_message_says_that_only_the_network_shows_it(people: Cast, as_: As) -> None:
    thread, account = claimed_thread(people), account_of(people)
    with db.transaction() as session:
        session.add(
            Post(
                thread_id=thread.id,
                network="x",
                external_id="chat-1",
                author_kind="customer",
                author_handle="someone",
                posted_at=utc_now(),
                text="",
                text_sha256=b"x" * 32,
                reference={"closed": True},
            )
        )
        session.add(
            ThreadDoor(
                thread_id=thread.id,
                account_id=account.id,
                external_id="dm-1-2",
                url="https://x.com/messages",
            )
        )
    page = as_(people.ana).open(f"/threads/{thread.id}")
    assert "An encrypted message. Only X itself can show it" in page.text
    assert 'href="https://x.com/messages"' in page.html
    assert "No text is stored." not in page.text


def _press(page, button: str, **values: str):  # type: ignore[no-untyped-def]
    (name,) = [text for form in page.reader.forms for text in form.buttons if text.startswith(button)]
    return page.press(name, **values)
