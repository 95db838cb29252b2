"""Webhooks by plain forms: a receiver, its secrets, its log, and what was given up."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.models import DeliveryAttempt, Outcome, WebhookEndpoint
from bridge.settings import settings
from tests.cast import Cast, Member
from tests.clockwork import rows
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
URL = "https://hooks.example.com/bridge"


def receiver(people: Cast, **values: object) -> WebhookEndpoint:
    with db.transaction() as session:
        one = WebhookEndpoint(brand_id=people.brand.id, url=URL, topics=["*"], **values)  # type: ignore[arg-type]  # a test names real fields
        session.add(one)
    return one


def owed(one: WebhookEndpoint, state: str = "dead", *, says: str = "", **values: object) -> Outcome:
    now = utc_now()
    fields = {"attempts": 1, "next_at": now + timedelta(minutes=5), "last_error": "status_500", **values}
    with db.transaction() as session:
        outcome = Outcome(
            channel="webhook",
            topic="escalation.honoured",
            endpoint_id=one.id,
            payload={"number": 7},
            state=state,
            **fields,  # type: ignore[arg-type]  # a test names real fields
        )
        session.add(outcome)
        session.flush()
        session.add(
            DeliveryAttempt(
                outcome_id=outcome.id,
                attempt=1,
                started_at=now,
                duration_seconds=0.123,
                status_code=500,
                error="status_500",
                response_excerpt=says,
            )
        )
    return outcome


def test_the_shape_of_the_events_is_chosen_shown_and_changed(people: Cast, as_: As) -> None:
    one = receiver(people)
    page = as_(people.ada).open(f"/setup/webhooks/{one.id}/edit")

    looked = page.press("Save with preview", format="cloudevents")
    assert "Standard Webhooks: type, timestamp and data CloudEvents 1.0, structured" in looked.text
    done = looked.press("Save")

    assert "CloudEvents 1.0, structured" in done.text
    assert [row.format for row in rows("SELECT format FROM webhook_endpoints")] == ["cloudevents"]


def test_a_receiver_is_shown_added_and_its_secret_seen_once(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    looked = ada.open("/setup/webhooks/new").press("Save with preview", url=URL, description="Help desk")
    assert "everything, also what comes later" in looked.text

    form = looked.form("Add this receiver")
    made, again = ada.submit(form, "Add this receiver"), ada.submit(form, "Add this receiver")

    secret = re.search(r'value="(whsec_[^"]+)"', made.html)
    assert secret is not None
    assert secret[1] in again.html
    page = ada.open("/setup/webhooks")
    assert page.text.count(URL) == 1
    assert secret[1] not in page.html


@pytest.mark.parametrize("url", ["https://a@b.example/", "ftp://x.example", "x", ""])
def test_an_address_that_we_would_not_call_is_refused(people: Cast, as_: As, url: str) -> None:
    page = as_(people.ada).open("/setup/webhooks/new").press("Save with preview", url=url, topics=[])

    assert page.status == 422
    assert '<a href="#url">' in page.html
    assert '<a href="#topics">' in page.html
    assert rows("SELECT id FROM webhook_endpoints") == []


@pytest.mark.parametrize("takes_inside", [True, False])
def test_the_form_says_which_addresses_are_taken_here(
    people: Cast, as_: As, takes_inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = as_(people.ada)
    here = settings().model_copy(update={"webhook_allow_private_addresses": takes_inside})
    for page in ("setup_receivers", "setup_webhooks", "channel_form"):
        monkeypatch.setattr(f"web.{page}.settings", lambda: here)
    form = ada.open("/setup/webhooks/new")
    assert ("In this demo it may begin with http://" in form.text) is takes_inside
    listed = as_(people.ada).open("/setup/webhooks").text
    assert ("Add the https address of a system" in listed) is not takes_inside
    server = as_(people.ada).open("/setup/channels/new/mastodon").text
    assert ("In this demo it may begin with http://" in server) is takes_inside
    assert ("Addresses inside private networks are refused." in form.text) is not takes_inside
    looked = form.press("Save with preview", url="http://127.0.0.1:9/in", topics="*")
    assert (looked.status == 200) is takes_inside, "and that is what happens"
    odd = form.press("Save with preview", url="ftp://127.0.0.1:9/in", topics="*")
    assert ("must begin with http:// or https://" in odd.text) is takes_inside


def test_what_it_is_told_is_changed_after_a_look(people: Cast, as_: As) -> None:
    one = receiver(people)
    page = as_(people.ada).open(f"/setup/webhooks/{one.id}/edit")

    looked = page.press("Save with preview", topics=["escalation.honoured", "escalation.declined"])

    assert "everything, also what comes later escalation.honoured, escalation.declined" in looked.text
    done = looked.press("Save")
    assert "escalation.honoured escalation.declined" in done.text
    assert rows("SELECT topics FROM webhook_endpoints")[0].topics == [
        "escalation.honoured",
        "escalation.declined",
    ]


def test_two_secrets_sign_while_one_is_replaced_and_a_leaked_one_stops_at_once(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    ada.open("/setup/webhooks/new").press("Save with preview", url=URL).press("Add this receiver")
    address = f"/setup/webhooks/{rows('SELECT id FROM webhook_endpoints')[0].id}"

    asked = ada.open(address).press("New secret", overlap_hours="24")
    assert "The present secret signs beside it for 24 more hours" in asked.text
    assert "whsec_" in asked.press("New secret").html
    live = "SELECT id FROM webhook_secrets WHERE expires_at IS NULL OR expires_at > now()"
    assert len(rows(live)) == 2
    leaked = ada.open(address).press("New secret", overlap_hours="0")
    assert "The present secret stops at once" in leaked.text
    leaked.press("New secret")

    assert len(rows(live)) == 1


def test_the_log_tells_every_try_and_what_the_receiver_said_is_only_text(people: Cast, as_: As) -> None:
    one = receiver(people)
    outcome = owed(one, says="<script>alert(1)</script>\u202eoops")
    ada = as_(people.ada)

    page = ada.open(f"/setup/webhooks/{one.id}")
    assert "escalation.honoured" in page.text
    assert "500 status_500" in page.text
    assert "123 ms" in page.text
    assert "escalation.honoured" not in ada.open(f"/setup/webhooks/{one.id}?state=sent").text
    event = ada.open(f"/setup/webhooks/{one.id}/events/{outcome.id}")

    assert "&lt;script&gt;" in event.html
    assert "<script>alert" not in event.html
    assert "<bdi>&lt;script" in event.html
    assert "&#34;number&#34;: 7" in event.html
    assert 'Its data { "number": 7 }' in event.text


def test_when_an_event_happened_and_when_it_was_tried_are_told_apart(people: Cast, as_: As) -> None:
    one = receiver(people)
    old = utc_now() - timedelta(days=3)
    owed(one, "sent", created_at=old, settled_at=utc_now(), last_error="")
    owed(one, "queued", created_at=old - timedelta(days=4), attempts=0, next_at=utc_now())

    page = as_(people.ada).open(f"/setup/webhooks/{one.id}")

    newest = page.text.partition("Newest event")[2].partition(" Added")[0]
    assert re.fullmatch(r"Delivered just now, .+; happened: 3 days ago, .+", newest), newest
    log = page.text.partition(" Tries ")[2]
    assert log.startswith("Last tried Happened "), log
    assert re.search(r"Delivered .+? ms 1 just now, .+? 3 days ago, .+ 1 just now, .+? 1 week ago, ", log), (
        log
    )
    row = as_(people.ada).open("/setup/webhooks").text
    assert "newest event: Delivered just now" in row


def test_what_was_never_tried_says_so_in_the_log(people: Cast, as_: As) -> None:
    one = receiver(people)
    with db.transaction() as session:
        session.add(Outcome(channel="webhook", topic="webhook.test", endpoint_id=one.id, payload={}))

    log = as_(people.ada).open(f"/setup/webhooks/{one.id}").text.partition(" Tries ")[2]

    assert re.search(r"webhook.test Waiting \u2013 \u2013 0 \u2013 just now, ", log), log


@pytest.mark.parametrize(
    ("away", "says"),
    [
        (timedelta(seconds=20), "next try: in a few seconds, "),
        (timedelta(minutes=5), "next try: in 5 minutes, "),
        (timedelta(seconds=-1), "was due: just now, "),
        (timedelta(hours=-2), "was due: 2 hours ago, "),
    ],
)
def test_a_try_that_is_to_come_and_one_that_is_late_are_told_apart(
    people: Cast, as_: As, away: timedelta, says: str
) -> None:
    one = receiver(people)
    owed(one, "queued", next_at=utc_now() + away)

    page = as_(people.ada).open(f"/setup/webhooks/{one.id}")

    assert f"Waiting1; {says}" in page.text
    assert page.text.count(says) == 2, "for the receiver, and in its log"


def test_one_dead_letter_and_then_all_are_tried_again(people: Cast, as_: As) -> None:
    one = receiver(people)
    first, _second, _third = owed(one), owed(one), owed(one)
    ada = as_(people.ada)
    assert "1 receiver, 1 with dead letters" in ada.open("/setup").text

    form = ada.open(f"/setup/webhooks/{one.id}/events/{first.id}").form("Send it again")
    ada.submit(form, "Send it again")
    ada.submit(form, "Send it again")
    assert [row.state for row in rows("SELECT state FROM outcomes ORDER BY state")] == [
        "dead",
        "dead",
        "queued",
    ]
    asked = ada.open(f"/setup/webhooks/{one.id}").press("Try them all again")
    assert "2 events that were given up are tried again" in asked.text
    asked.press("Try again")

    assert {row.state for row in rows("SELECT state FROM outcomes")} == {"queued"}
    told = rows("SELECT action FROM timeline WHERE stream = 'configuration' ORDER BY seq")
    assert [row.action for row in told] == ["outcome_replayed", "outcomes_replayed"]


def test_switched_off_it_is_owed_nothing_and_deleted_it_is_gone(people: Cast, as_: As) -> None:
    one = receiver(people)
    owed(one, "queued")
    ada = as_(people.ada)
    address = f"/setup/webhooks/{one.id}"

    off = ada.open(address).press("Switch off").press("Switch off")
    assert "Switched off." in off.text
    assert rows("SELECT state FROM outcomes")[0].state == "cancelled"
    assert "Send a test" not in off.text
    on = off.press("Switch on").press("Switch on")
    tested = on.press("Send a test")
    assert "The test goes out within seconds." in tested.text
    assert "webhook.test" in tested.text
    gone = tested.press("Delete").press("Delete")

    assert "No receiver yet." in gone.text
    assert ada.open(address).status == 404


def test_an_event_is_shown_and_sent_again_under_its_own_receiver_only(people: Cast, as_: As) -> None:
    one, other = receiver(people), receiver(people)
    outcome = owed(other)
    ada = as_(people.ada)
    form = ada.open(f"/setup/webhooks/{other.id}/events/{outcome.id}").form("Send it again")

    wrong = ada.submit(
        type(form)(form.action.replace(str(other.id), str(one.id)), "post", form.values, form.buttons),
        "Send it again",
    )

    assert wrong.status == 404
    assert ada.open(f"/setup/webhooks/{one.id}/events/{outcome.id}").status == 404
    assert [row.state for row in rows("SELECT state FROM outcomes")] == ["dead"]


def test_another_brands_receiver_is_not_there(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        other = type(people.brand)(name="Other", currency="USD")
        session.add(other)
        session.flush()
        one = WebhookEndpoint(brand_id=other.id, url=URL, topics=["*"])
        session.add(one)
    outcome = owed(one)
    ada = as_(people.ada)

    for path in ("", "/edit", f"/events/{outcome.id}"):
        assert ada.open(f"/setup/webhooks/{one.id}{path}").status == 404


def test_a_waiting_event_is_tried_now_by_one_press(people: Cast, as_: As) -> None:
    one = receiver(people)
    waiting = owed(one, "queued")
    ada = as_(people.ada)
    address = f"/setup/webhooks/{one.id}/events/{waiting.id}"

    form = ada.open(address).form("Try now")
    said = ada.submit(form, "Try now")
    ada.submit(form, "Try now")

    assert "It is tried again within seconds." in said.text
    [row] = rows("SELECT state, attempts, next_at <= now() AS is_due FROM outcomes")
    assert (row.state, row.attempts, row.is_due) == ("queued", 0, True)
    assert len(rows("SELECT 1 FROM timeline WHERE action = 'outcome_replayed'")) == 1
    assert "Try now" not in ada.open(address).text


def test_an_event_that_went_out_meanwhile_is_left_to_its_try(people: Cast, as_: As) -> None:
    one = receiver(people)
    waiting = owed(one, "queued")
    ada = as_(people.ada)
    form = ada.open(f"/setup/webhooks/{one.id}/events/{waiting.id}").form("Try now")
    with db.transaction() as session:
        session.get_one(Outcome, waiting.id).state = "sending"

    said = ada.submit(form, "Try now")

    assert "It is on its way just now." in said.text
    assert [row.attempts for row in rows("SELECT attempts FROM outcomes WHERE state = 'sending'")] == [1]
    assert "Try now" not in said.text


def test_what_a_410_cancelled_is_counted_and_sent_again_once_the_receiver_is_on(
    people: Cast, as_: As
) -> None:
    one = receiver(people, enabled=False, disabled_reason="gone")
    for state in ("cancelled", "cancelled", "dead", "sent"):
        owed(one, state)
    ada = as_(people.ada)
    address = f"/setup/webhooks/{one.id}"
    assert "2 were cancelled" in ada.open("/setup/webhooks").text

    off = ada.open(address)
    assert "2 events were cancelled because the receiver was switched off." in off.text
    assert "Once it is switched on, one press sends everything again." in off.text
    assert "Try them all again" not in off.text
    event = rows("SELECT id FROM outcomes WHERE state = 'cancelled'")[0].id
    assert "The receiver is switched off. Switch it on first." in ada.open(f"{address}/events/{event}").text
    asked = off.press("Switch on").press("Switch on").press("Try them all again")
    assert "2 events that were cancelled are sent, each with its own id." in asked.text
    assert "1 event that was given up is tried again, with its own id." in asked.text
    done = asked.press("Try again")

    assert "Try them all again" not in done.text
    states = [row.state for row in rows("SELECT state FROM outcomes ORDER BY state")]
    assert states == ["queued", "queued", "queued", "sent"]


def test_all_that_waits_for_a_later_try_is_tried_now(people: Cast, as_: As) -> None:
    one = receiver(people)
    owed(one, "queued")

    page = as_(people.ada).open(f"/setup/webhooks/{one.id}")
    assert "1 event waits for its next try." in page.text
    asked = page.press("Try them all again")
    assert "1 event that waits for its next try is tried now." in asked.text
    asked.press("Try again")

    assert [row.is_due for row in rows("SELECT next_at <= now() AS is_due FROM outcomes")] == [True]


def test_a_receiver_that_is_gone_wants_somebody_to_look(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    card = '<strong>Webhooks</strong> <span class="setup-care">'
    one = receiver(people, enabled=False, disabled_reason="switched_off")
    assert card not in ada.open("/setup").html
    with db.transaction() as session:
        session.get_one(WebhookEndpoint, one.id).disabled_reason = "gone"

    assert card in ada.open("/setup").html


def test_one_that_was_cancelled_before_any_try_does_not_say_that_it_goes_out(people: Cast, as_: As) -> None:
    one = receiver(people)
    address = f"/setup/webhooks/{one.id}"
    ada = as_(people.ada)
    ada.open(address).press("Send a test")
    ada.open(address).press("Switch off").press("Switch off")
    event = rows("SELECT id FROM outcomes WHERE state = 'cancelled'")[0].id

    page = ada.open(f"{address}/events/{event}")

    assert "Not tried." in page.text
    assert "It goes out within seconds" not in page.text
