"""The real django-helpdesk: a ticket comes in by its own webhook, what is owed goes back as one note.

With its mail server down it answers 500 after it saved: the ticket is found by asking, the note by looking.
"""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from api import create_app
from bridge import db
from bridge.channels.calling import Answered, Request, call
from bridge.channels.going_out import Purpose
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.embedded.ports import free_port
from bridge.models import ChannelAccount, InboundDelivery, MessageAttempt
from bridge.services import care_tools, claims, polling
from bridge.settings import settings
from tests.browser.site import Site, serving
from tests.cast import Cast, acting, promise
from tests.channels import stage
from tests.channels.stage import read_all, texts, threads
from tests.clockwork import sweep
from tests.conftest import Servers
from tests.mailbox import Mailbox, mailbox
from tests.peers.servers.helpdesk import Desk, running

pytestmark = pytest.mark.peers
LIMITS = Limits(allow_private=True, connect_seconds=2, read_seconds=20, response_max_bytes=4 * 1024 * 1024)
SECRET = "a secret with a : and an @ in it"


def out(request: Request) -> Answered | Failed:
    """The real way out."""
    return call(request, limits=LIMITS)


@pytest.fixture(scope="module")
def post() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, post: Mailbox) -> Iterator[Desk]:
    with running(tmp_path_factory.mktemp("desk"), post.port) as program:
        yield program


@pytest.fixture(autouse=True)
def mails_go(desk: Desk, post: Mailbox) -> None:
    desk.mail_by(post.port)


@pytest.fixture(scope="module")
def site(environment: Servers) -> Iterator[Site]:
    with serving(create_app()) as served:
        yield served


@pytest.fixture
def account(cast: Cast, desk: Desk, site: Site) -> ChannelAccount:
    """Connected, with the secret in the address of the webhook, as its settings allow."""
    user, token = desk.users["bridge"]
    made = stage.connect(
        cast,
        "django_helpdesk",
        name="Desk",
        base_url=desk.url,
        values={"access_token": token, "user_id": user, "webhook_secret": SECRET},
        is_bare=True,
    )
    secret = SECRET.replace("@", "%40").replace(" ", "%20").replace(":", "%3A")
    desk.tell(f"http://bridge:{secret}@{site.host}/hooks/django_helpdesk/{made.id}")
    for ticket in desk.tickets():
        desk.ask("DELETE", f"tickets/{ticket['id']}/")
    return made


def notes_in(desk: Desk, ticket: object) -> list[str]:
    """The follow-ups that colleagues alone see."""
    found = desk.ask("GET", f"tickets/{ticket}/").json()["followup_set"]
    return [one["comment"] for one in found if not one["public"]]


def test_a_ticket_comes_in_and_the_note_goes_back(cast: Cast, account: ChannelAccount, desk: Desk) -> None:
    opened = desk.open()
    assert opened.status_code == 201, opened.text
    ticket = opened.json()["id"]
    assert read_all()["read"] >= 1, "its own webhook brought it, with the secret as a header"
    (thread,) = threads()
    assert (thread.network, thread.visibility) == ("django_helpdesk", "private")
    assert texts(thread) == [("customer", "Snapped heels\n\nThey broke on day one.")]
    with db.transaction() as session:
        claims.claim(session, acting(cast.ana), thread.id, utc_now())
    made = promise(cast, thread_id=thread.id)
    assert sweep(utc_now())["status_notes"] == 1
    assert stage.send(out) == {"sent": 1}
    (note,) = notes_in(desk, ticket)
    assert note.startswith(f"Promise no. {made.number} stands.")
    told = desk.ask("GET", f"tickets/{ticket}/").json()
    assert told["title"] == "Snapped heels", "a follow-up with a title would have renamed the ticket"
    read_all()
    assert len(texts(thread)) == 1, "our own note comes back by the webhook and starts nothing"


def test_the_secret_comes_as_a_header_and_is_in_no_log(
    account: ChannelAccount, desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.open()
    with db.transaction() as session:
        kept = session.exec(select(InboundDelivery)).one()
        assert kept.how == "webhook"
    assert "secret" not in "".join(capfd.readouterr())


def test_another_secret_brings_nothing_in(account: ChannelAccount, desk: Desk, site: Site) -> None:
    desk.tell(f"http://bridge:another@{site.host}/hooks/django_helpdesk/{account.id}")
    assert desk.open().status_code == 201
    with db.transaction() as session:
        assert not session.exec(select(InboundDelivery)).all()


def test_what_an_agent_answers_there_counts_and_the_customer_s_next_words_join(
    account: ChannelAccount, desk: Desk
) -> None:
    ticket = desk.open().json()["id"]
    answered = desk.ask(
        "POST", "followups/", {"ticket": ticket, "comment": "We look into it.", "public": True}
    )
    assert answered.status_code == 201, answered.text
    desk.ask("POST", "followups/", {"ticket": ticket, "comment": "Only for us.", "public": False})
    read_all()
    (thread,) = threads()
    assert texts(thread)[1:] == [("brand", "We look into it.")]
    assert threads()[0].triage.value == "replied"


def test_a_note_that_was_saved_before_the_500_ends_as_one(
    cast: Cast, account: ChannelAccount, desk: Desk, post: Mailbox
) -> None:
    ticket = desk.open().json()["id"]
    read_all()
    (thread,) = threads()
    note = stage.say(cast, thread, "Honoured at store 12.", purpose=Purpose.NOTE)
    desk.mail_by(free_port())
    assert stage.send(out) == {"unknown": 1}
    with db.transaction() as session:
        (tried,) = session.exec(select(MessageAttempt)).all()
        assert tried.status_code == 500
    assert notes_in(desk, ticket) == ["Honoured at store 12."], "it answered 500 and kept the note"
    desk.mail_by(post.port)
    again = stage.message(note.id).next_at
    assert again is not None
    assert stage.send(out, at=again) == {"sent": 1}
    assert notes_in(desk, ticket) == ["Honoured at store 12."]
    assert stage.message(note.id).external_id


def test_a_ticket_whose_mail_could_not_be_sent_is_found_by_asking(
    account: ChannelAccount, desk: Desk
) -> None:
    desk.mail_by(free_port())
    opened = desk.open("No mail, no webhook")
    assert opened.status_code == 500
    assert [ticket["title"] for ticket in desk.tickets()] == ["No mail, no webhook"]
    with db.transaction() as session:
        assert not session.exec(select(InboundDelivery)).all(), "nobody told us"
    assert polling.poll_due(settings(), call=out)["new"] == 1
    read_all()
    (thread,) = threads()
    assert texts(thread)[0][1].startswith("No mail, no webhook")
    later = utc_now().replace(year=utc_now().year + 1)
    assert polling.poll_due(settings(), clock=lambda: later, call=out)["repeat"] == 1


def test_an_agent_opens_a_ticket_that_nobody_told_us_of(
    cast: Cast, account: ChannelAccount, desk: Desk
) -> None:
    desk.tell()
    ticket = str(desk.open().json()["id"])
    opening = care_tools.open_conversation(
        settings(), acting(cast.ana), account.id, ticket, call=out, now=utc_now()
    )
    assert [thread.id for thread in threads()] == [opening.thread_id]
    gone = care_tools.open_conversation(
        settings(), acting(cast.ana), account.id, "99999", call=out, now=utc_now()
    )
    assert (gone.thread_id, gone.problem) == (None, "not_there")


def test_a_reply_to_the_customer_is_mailed_by_the_desk(
    cast: Cast, account: ChannelAccount, desk: Desk, post: Mailbox
) -> None:
    desk.open()
    read_all()
    (thread,) = threads()
    post.mails.clear()
    stage.say(cast, thread, "Come to store 12.", purpose=Purpose.PRIVATE_MESSAGE)
    assert stage.send(out) == {"sent": 1}
    (mail,) = post.to("sam@shopper.example")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Come to store 12." in body.get_content()


def test_a_dead_token_stops_the_account(cast: Cast, account: ChannelAccount, desk: Desk) -> None:
    desk.open()
    read_all()
    (thread,) = threads()
    stage.say(cast, thread, "Honoured.", purpose=Purpose.NOTE)
    real = desk.users["bridge"][1]

    def out_with_another_token(request: Request) -> Answered | Failed:
        headers = {
            name: value.replace(real, "no such token") for name, value in dict(request.headers).items()
        }
        return out(Request(request.method, request.url, headers, json=request.json))

    stage.send(out_with_another_token)
    with db.transaction() as session:
        assert session.get_one(ChannelAccount, account.id).token_state == "signed_out"
