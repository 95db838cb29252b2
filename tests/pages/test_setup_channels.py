"""Connected accounts by plain forms: connect one, look after it, replace a secret, take it away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bridge import db
from bridge.channel_health import Health, Signs, health_of
from bridge.channels import signing
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelSecret, InboundDelivery
from bridge.services import channel_accounts, channel_health, polling, reading_in, receiving
from bridge.settings import settings
from tests.cast import Cast, Member, acting, vault
from tests.clockwork import rows
from tests.pages.browser import Browser, Page

As = Callable[[Member], Browser]
NOBODY = Failed("connection_refused", 0.1)
FIELDS = {
    "name": "Northlight Care",
    "identifier": "care.northlight.example",
    "app_password": "xxxx-yyyy-zzzz",
}


def connected(people: Cast, as_: As) -> tuple[Browser, ChannelAccount]:
    ada = as_(people.ada)
    shown = ada.open("/setup/channels/new/bluesky").press("Connect", **FIELDS)
    assert shown.status == 200, shown.text
    with db.transaction() as session:
        (account,) = channel_accounts.list_accounts(session, acting(people.ada))
    return ada, account


def test_an_account_is_connected_and_its_secret_never_shown_again(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    page = ada.open(f"/setup/channels/{account.id}")
    assert "Nothing has come yet" in page.text
    assert "xxxx-yyyy-zzzz" not in page.html
    (cipher,) = [row.cipher for row in rows("SELECT cipher FROM channel_secrets")]
    assert b"xxxx" not in bytes(cipher)
    assert account.settings == {"identifier": "care.northlight.example"}
    assert "Northlight Care" in ada.open("/setup/channels").text


def test_what_is_missing_or_cannot_be_called_is_said_and_nothing_is_connected(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    form = ada.open("/setup/channels/new/bluesky")
    missing = form.press("Connect", **{**FIELDS, "app_password": ""})
    assert missing.status == 422
    assert "App password: Fill this in." in missing.text
    wrong = ada.open("/setup/channels/new/bluesky").press("Connect", **FIELDS, base_url="ftp://bsky.social")
    assert wrong.status == 422
    assert "cannot be called" in wrong.text
    assert not rows("SELECT 1 FROM channel_accounts")
    assert ada.open("/setup/channels/new/nothing").status == 404


def test_an_account_s_page_shows_who_it_is_and_what_was_entered(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    fresh = ada.open(f"/setup/channels/{account.id}").text
    assert "Handle (as it was entered)care.northlight.example" in fresh
    assert "did:plc:" not in fresh
    with db.statement() as connection:
        connection.execute(
            "UPDATE channel_accounts"
            " SET token_state = 'signed_out', external_id = 'did:plc:abc', handle = 'new.example'"
        )
    page = ada.open(f"/setup/channels/{account.id}").text
    assert "Sign in again" in page
    assert "Our handlenew.example" in page
    assert "own number or id theredid:plc:abc" in page
    assert "Handle (as it was entered)care.northlight.example" in page


def test_an_account_s_page_says_since_when_its_stream_is_open(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    ada.open("/setup/channels/new/x").press("Connect", name="Northlight on X", client_id="client-1")
    (account,) = rows("SELECT id FROM channel_accounts")
    page = f"/setup/channels/{account.id}"
    assert "Stream open sincenot open" in ada.open(page).text

    for seen_ago, shows in (("10 s", False), ("61 s", True)):
        with db.statement() as connection:
            connection.execute(
                "UPDATE channel_accounts SET stream_since = now() - interval '2 h',"
                " stream_seen_at = now() - %(ago)s::interval",
                {"ago": seen_ago},
            )
        assert ("not open" in ada.open(page).text) is shows, seen_ago

    bluesky = ada.open("/setup/channels/new/bluesky").press("Connect", **FIELDS)
    assert "Stream open" not in bluesky.text


def test_a_network_that_tells_who_we_are_is_not_asked_on_paper(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    for channel, asks in (("bluesky", False), ("mastodon", False), ("x", False), ("facebook", True)):
        form = ada.open(f"/setup/channels/new/{channel}").html
        assert ('name="handle"' in form) is asks, channel
        assert ('name="external_id"' in form) is asks, channel
    ada.open("/setup/channels/new/bluesky").press(
        "Connect", **FIELDS, handle="other", external_id="did:plc:x"
    )
    ((handle, external_id),) = rows("SELECT handle, external_id FROM channel_accounts")
    assert (handle, external_id) == ("", "")


PAGE = {
    "name": "Northlight on Facebook",
    "handle": "northlight",
    "external_id": "299",
    "access_token": "token",
    "app_secret": "secret",
    "verify_token": "word",
}


def test_an_account_whose_id_is_typed_is_connected_once(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    form = ada.open("/setup/channels/new/facebook")
    assert form.press("Connect", **PAGE).status == 200
    again = ada.open("/setup/channels/new/facebook").press("Connect", **{**PAGE, "name": "Another"})
    assert again.status == 422
    assert "This account is connected already, as Northlight on Facebook." in again.text
    assert again.press("Connect", **{**PAGE, "name": "Another", "external_id": "300"}).status == 200
    (first,) = (one for one in channel_accounts_of(people) if one.external_id == "299")
    ada.open(f"/setup/channels/{first.id}").press("Disconnect").press("Disconnect")
    assert ada.open("/setup/channels/new/facebook").press("Connect", **PAGE).status == 200


def test_an_account_that_turns_out_to_be_another_one_says_so(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    again = ada.open("/setup/channels/new/bluesky").press("Connect", **{**FIELDS, "name": "Second"})
    assert again.status == 200
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET external_id = 'did:plc:abc'")
    (second,) = (one for one in channel_accounts_of(people) if one.id != account.id)
    page = ada.open(f"/setup/channels/{second.id}").text
    assert "Connected twice" in page
    assert "Northlight Care is the same account there" in page
    assert "Connected twice" not in ada.open(f"/setup/channels/{account.id}").text
    assert ada.open("/setup/channels").text.count("Connected twice") == 1
    ada.open(f"/setup/channels/{account.id}").press("Disconnect").press("Disconnect")
    assert "Connected twice" not in ada.open(f"/setup/channels/{second.id}").text


def test_a_listening_tool_has_no_server_to_be_entered(people: Cast, as_: As) -> None:
    assert 'name="base_url"' in as_(people.ada).open("/setup/channels/new/bluesky").html
    assert 'name="base_url"' not in as_(people.ada).open("/setup/channels/new/listening").html


SIGNED = {"name": "Newsroom", "signing_secret": "whsec_" + "A" * 32}
CHOSEN = {
    "name": "Desk",
    "base_url": "https://desk.example",
    "access_token": "token",
    "webhook_secret": "s" * 16,
}
SHORT = "Use at least 16 signs"
NO_KEY = "Write whsec_ and after it at least 24 random bytes in base64."


@pytest.mark.parametrize(
    ("channel", "good", "name", "bad", "said"),
    [
        ("listening", SIGNED, "signing_secret", "whsec_abcd", NO_KEY),
        ("listening", SIGNED, "signing_secret", "whsec_%%%", NO_KEY),
        ("listening", SIGNED, "signing_secret", "hello world", NO_KEY),
        ("listening", SIGNED, "signing_secret", "short", NO_KEY),
        ("freshdesk", CHOSEN, "webhook_secret", "s" * 15, SHORT),
        ("zammad", CHOSEN, "webhook_secret", "s" * 15, SHORT),
        ("django_helpdesk", CHOSEN, "webhook_secret", "s" * 15, SHORT),
    ],
)
def test_a_secret_that_is_none_is_refused_at_its_field_when_connected_and_when_replaced(
    people: Cast, as_: As, channel: str, good: dict[str, str], name: str, bad: str, said: str
) -> None:
    ada = as_(people.ada)
    form = ada.open(f"/setup/channels/new/{channel}")
    refused = form.press("Connect", **{**good, name: bad})
    assert refused.status == 422
    assert f'id="{name}-problem"' in refused.html
    assert said in refused.text
    assert not rows("SELECT 1 FROM channel_accounts")
    assert refused.press("Connect", **good).status == 200
    (account,) = rows("SELECT id FROM channel_accounts")
    form = ada.open(f"/setup/channels/{account.id}")
    for value, why in ((bad, said), ("", "Fill this in.")):
        again = replaced(form, name, value)
        assert again.status == 422
        assert f'id="secret-{name}-problem"' in again.html
        assert why in again.text
        assert bad not in again.html
    kept = len(rows("SELECT 1 FROM channel_secrets"))
    assert replaced(again, name, good[name]).status == 200
    assert len(rows("SELECT 1 FROM channel_secrets")) == kept + 1


def replaced(page: Page, name: str, value: str) -> Page:
    """Press the button of this secret's form, of which there may be several."""
    (form,) = (
        one for one in page.reader.forms if one.values.get("name") == name and "Replace" in one.buttons
    )
    return page.browser.submit(form, "Replace", value=value)


def test_a_fresh_account_says_from_the_first_failure_on_that_asking_failed(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    now = utc_now()
    for times, said in ((1, "Asking has failed 1 time so far."), (2, "Asking has failed 2 times so far.")):
        polling.poll_due(
            settings(), clock=lambda at=now + timedelta(hours=times): at, call=lambda _request: NOBODY
        )
        page = ada.open(f"/setup/channels/{account.id}").text
        assert "Asking has failed so far" in ada.open("/setup/channels").text
        assert said in page
        assert "refresh_connection_refused" in page
        assert "Nothing has come yet" not in page
    polling.poll_due(settings(), clock=lambda: now + timedelta(hours=9), call=lambda _request: NOBODY)
    assert "Asking fails" in ada.open("/setup/channels").text


def test_two_accounts_of_a_channel_have_different_names(people: Cast, as_: As) -> None:
    ada, _account = connected(people, as_)
    again = ada.open("/setup/channels/new/bluesky").press("Connect", **{**FIELDS, "name": "northlight care"})
    assert again.status == 422
    assert "of this name already" in again.text


def test_a_new_secret_counts_beside_the_old_one_for_a_day(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    done = ada.open(f"/setup/channels/{account.id}").press("Replace", value="new-password")
    assert "one more day" in done.text
    now = utc_now()
    with db.statement() as connection:
        soon = channel_accounts.opened(connection, [account.id], vault=vault(), now=now)[account.id]
        later = channel_accounts.opened(connection, [account.id], vault=vault(), now=now + timedelta(days=2))
    assert soon.account.secrets["app_password"] == ("new-password", "xxxx-yyyy-zzzz")
    assert later[account.id].account.secrets["app_password"] == ("new-password",)


def test_an_account_is_switched_off_and_on_after_it_was_shown(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    asked = ada.open(f"/setup/channels/{account.id}").press("Switch off")
    assert "stays and waits" in asked.text
    assert "Switched off" in asked.press("Switch off").text
    assert rows("SELECT enabled FROM channel_accounts")[0].enabled is False
    ada.open(f"/setup/channels/{account.id}").press("Switch on").press("Switch on")
    assert rows("SELECT enabled FROM channel_accounts")[0].enabled is True


def test_a_disconnected_account_leaves_no_secret_and_frees_its_name(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    ada.open(f"/setup/channels/{account.id}").press("Disconnect").press("Disconnect")
    with db.transaction() as session:
        assert all(not one.cipher for one in session.exec(select(ChannelSecret)))
    assert ada.open(f"/setup/channels/{account.id}").status == 404
    assert ada.open("/setup/channels/new/bluesky").press("Connect", **FIELDS).status == 200


def test_an_account_whose_channel_was_taken_away_can_still_be_disconnected(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    something_comes_in(account)
    reading_in.read_due(settings())
    early = ada.open(f"/setup/channels/{account.id}")
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET channel = 'gone'")
    assert "nothing to be done any more" in early.press("Read them again").text
    assert f"/setup/channels/{account.id}" in ada.open("/setup/channels").html
    page = ada.open(f"/setup/channels/{account.id}")
    assert page.status == 200
    assert "does not know this channel any more" in page.text
    for shown in (page, ada.open("/setup/channels")):
        assert "Channel taken away" in shown.text
        assert "Switched off" not in shown.text
    for button in ("Switch off", "Switch on", "Replace", "Read them again"):
        assert not [form for form in page.reader.forms if button in form.buttons], button
    asked = page.press("Disconnect")
    assert "its secrets are destroyed" in asked.text
    assert asked.press("Disconnect").status == 200
    assert all(not bytes(row.cipher) for row in rows("SELECT cipher FROM channel_secrets"))
    assert not channel_accounts_of(people)


def channel_accounts_of(people: Cast) -> list[ChannelAccount]:
    with db.transaction() as session:
        return channel_accounts.list_accounts(session, acting(people.ada))


def something_comes_in(account: ChannelAccount) -> None:
    with db.statement() as connection:
        receiving.keep(
            connection, account.id, delivery_id="1", body=b"{", how="poll", config=settings(), now=utc_now()
        )


def test_what_could_not_be_read_is_read_again_by_a_press(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    something_comes_in(account)
    reading_in.read_due(settings())
    page = ada.open(f"/setup/channels/{account.id}")
    assert "could not be read" in page.text
    page.press("Read them again")
    with db.transaction() as session:
        assert session.exec(select(InboundDelivery)).one().state == "queued"


def test_what_came_in_is_told_in_words(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    something_comes_in(account)
    with db.statement() as connection:
        connection.execute(
            "UPDATE inbound_deliveries SET state = 'done', done_at = now(), kinds = 'deleted public_mention'"
        )

    page = ada.open(f"/setup/channels/{account.id}")

    assert "deleted post, mention" in page.text
    assert "public_mention" not in page.html


def test_what_came_in_is_called_as_its_sender_calls_it(people: Cast, as_: As) -> None:
    ada, account = connected(people, as_)
    name = "msg_2<b>" + "9" * 190
    with db.statement() as connection:
        receiving.keep(
            connection, account.id, delivery_id=name, body=b"{", how="poll", config=settings(), now=utc_now()
        )

    page = ada.open(f"/setup/channels/{account.id}")

    assert name in page.text
    assert "The sender's name for it" in page.text


def test_an_account_s_page_says_what_was_refused_last_and_why(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    assert ada.open("/setup/channels/new/listening").press("Connect", **SIGNED).status == 200
    ((account,),) = rows("SELECT id FROM channel_accounts")
    path = f"/setup/channels/{account}"
    assert "Refused last" not in ada.open(path).text
    assert "refused" not in ada.open("/setup/channels").text
    now = utc_now()
    body, old = b"{}", int((now - timedelta(minutes=6)).timestamp())
    for secret, at, said in (
        ("whsec_" + "B" * 32, int(now.timestamp()), "another secret"),
        (SIGNED["signing_secret"], old, "more than five minutes"),
    ):
        headers = signing.sign([secret], message_id="m", timestamp=at, body=body)
        answer = ada.client.post(
            f"/api/v1/intake/mentions/{account}", data=body, content_type="application/json", headers=headers
        )
        assert answer.status_code == 401
        page = ada.open(path)
        listed = ada.open("/setup/channels").text
        assert "Deliveries are refused" in page.text
        assert "Deliveries are refused" in listed
        assert "nothing has come in; the last delivery was refused" in listed
        assert "Refused last" in page.text
        assert said in page.text
        assert "The last delivery was refused." in page.text
        assert ("Whoever knows the address" in page.text) is (said == "another secret"), (
            "a clock needs the secret"
        )
        with db.statement() as connection:
            connection.execute("UPDATE channel_accounts SET refused_at = refused_at - interval '1 minute'")
    with db.statement() as connection:
        receiving.keep(
            connection, account, delivery_id="1", body=body, how="intake", config=settings(), now=utc_now()
        )
    well = ada.open(path)
    assert "The last delivery was refused." not in well.text, "something good came since"
    assert "more than five minutes" in well.text
    assert "refused" not in ada.open("/setup/channels").text


def test_only_an_administrator_comes_here(people: Cast, as_: As) -> None:
    _ada, account = connected(people, as_)
    for who in (people.ana, people.sam, people.hana):
        assert as_(who).open("/setup/channels").status == 403
        assert as_(who).open(f"/setup/channels/{account.id}").status == 403


def test_an_account_that_fell_silent_is_told_once_until_it_was_well_again(people: Cast, as_: As) -> None:
    _ada, account = connected(people, as_)
    later = utc_now() + timedelta(hours=25)
    assert channel_health.check(utc_now()) == 0
    assert channel_health.check(later) == 1
    assert channel_health.check(later + timedelta(minutes=1)) == 1
    told = rows("SELECT channel, facts FROM notices WHERE template = 'channel_trouble' ORDER BY channel")
    assert [one.channel for one in told] == ["email", "inbox"]
    assert told[0].facts == {
        "account": "Bluesky (Northlight Care)",
        "trouble": "quiet",
        "account_id": str(account.id),
    }
    with db.statement() as connection:
        connection.execute("UPDATE channel_accounts SET polled_at = %(at)s", {"at": later})
    assert channel_health.check(later + timedelta(minutes=2)) == 0
    assert channel_health.check(later + timedelta(hours=26)) == 1
    assert len(rows("SELECT 1 FROM notices WHERE template = 'channel_trouble'")) == 4


NOW = utc_now()
WELL = Signs(
    is_on=True,
    is_signed_out=False,
    created_at=NOW - timedelta(days=9),
    last_event_at=NOW - timedelta(hours=1),
    polled_at=None,
    poll_failures=0,
    paused_until=None,
    quiet_after_seconds=24 * 3600,
    unread=0,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Health.WELL),
        ({"is_gone": True, "is_on": False}, Health.GONE),
        ({"is_on": False, "is_signed_out": True}, Health.OFF),
        ({"is_signed_out": True, "poll_failures": 9}, Health.SIGNED_OUT),
        ({"poll_failures": 3}, Health.FAILING),
        ({"poll_failures": 2}, Health.WELL),
        ({"unread": 1}, Health.UNREAD),
        ({"last_event_at": NOW - timedelta(hours=25)}, Health.QUIET),
        ({"last_event_at": NOW - timedelta(hours=25), "quiet_after_seconds": 0}, Health.WELL),
        ({"last_event_at": NOW - timedelta(hours=25), "polled_at": NOW}, Health.WELL),
        ({"paused_until": NOW + timedelta(minutes=1)}, Health.PAUSED),
        ({"last_event_at": None, "is_twin": True}, Health.TWICE),
        ({"last_event_at": None, "created_at": NOW}, Health.NEW),
        ({"last_event_at": None, "created_at": NOW, "poll_failures": 1}, Health.FAILED),
        ({"last_event_at": None, "created_at": NOW, "refused_at": NOW}, Health.REFUSED),
        ({"refused_at": NOW}, Health.WELL),
        ({"last_event_at": None}, Health.QUIET),
    ],
)
def test_the_worst_sign_decides(changes: dict[str, object], expected: Health) -> None:
    assert health_of(replace(WELL, **changes), NOW) is expected  # type: ignore[arg-type]
