from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from bridge import db
from bridge.embedded.ports import free_port
from bridge.errors import Conflict, InvalidInput, NotFound, UnsafeAddress
from bridge.models import Person
from bridge.notices import Channel, StopsOn, Template
from bridge.retries import NOTICE_ATTEMPTS_MAX, NOTICE_BACK_OFF
from bridge.roles import Actor
from bridge.services import contacts, noticing
from bridge.settings import read_settings
from tests.cast import Cast, decide, promise
from tests.mailbox import Mailbox, mailbox
from tests.telling import (
    NIGHT,
    OPEN,
    OPENING,
    actor_of,
    inbox_of,
    point_of,
    read_notice,
    read_tries,
    sweep,
    tell,
    tell_unit,
)

SLACK = "/services/T0/B0/very-secret"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as running:
        yield running


def mail_to(box: Mailbox) -> dict[str, Any]:
    return {"smtp_host": "127.0.0.1", "smtp_port": box.port}


def answers(server: HTTPServer, status: int, **headers: str) -> str:
    server.expect_request(SLACK, method="POST").respond_with_data("", status=status, headers=headers)
    return server.url_for(SLACK)


def test_a_notice_is_mailed_to_the_account_s_address_and_recorded(cast: Cast, box: Mailbox) -> None:
    made = promise(cast)
    notice_id = tell(cast, cast.sam, escalation_id=made.id, facts={"step": 1, "round": 1})

    count = sweep(**mail_to(box))

    [arrived] = box.to("sam@northlight.example")
    [attempt] = read_tries(notice_id)
    row = read_notice(notice_id)
    assert count == {"sent": 1}
    assert (row.state, row.settled_at, row.last_error) == ("sent", OPEN, "")
    assert (attempt.attempt, attempt.status_code, attempt.error) == (1, 250, "")
    assert f"Case {made.number}: store 12 Lakeside, please say OK" == arrived["Subject"]
    assert "https://bridge.example/inbox" in arrived.get_content()
    assert made.code is not None
    assert made.code not in arrived.as_string()
    assert "customer_" not in arrived.as_string()


def test_the_reader_s_language_and_page_are_theirs(cast: Cast, box: Mailbox) -> None:
    made = promise(cast)
    with db.transaction() as session:
        kim = session.get(Person, cast.kim.person.id)
        assert kim is not None
        kim.locale = "es"
    tell(cast, cast.kim, template=Template.CASE_CLIMBED, escalation_id=made.id)

    sweep(**mail_to(box))

    [arrived] = box.to("kim@northlight.example")
    assert arrived["Subject"] == f"Caso {made.number}: la tienda 12 Lakeside no ha respondido"
    assert f"https://bridge.example/escalations/{made.id}" in arrived.get_content()


def test_a_sent_notice_is_never_sent_again(cast: Cast, box: Mailbox) -> None:
    tell(cast, cast.sam)

    sweep(**mail_to(box))
    sweep(OPEN + timedelta(days=30), **mail_to(box))

    assert len(box.mails) == 1


def test_an_acknowledgement_stops_what_is_still_queued(cast: Cast, box: Mailbox) -> None:
    made = promise(cast)
    waiting = tell(cast, cast.sam, escalation_id=made.id, stops_on=StopsOn.ACKNOWLEDGE)
    still_wanted = tell(cast, cast.ana, escalation_id=made.id, stops_on=StopsOn.END)
    with db.statement() as connection:
        connection.execute(
            "UPDATE escalations SET status = 'acknowledged' WHERE id = %(id)s", {"id": made.id}
        )

    count = sweep(**mail_to(box))

    assert count == {"cancelled": 1, "sent": 1}
    assert (read_notice(waiting).state, read_notice(waiting).last_error) == ("cancelled", "acknowledged")
    assert read_notice(still_wanted).state == "sent"
    assert read_tries(waiting) == []


def test_an_end_stops_what_waits_for_the_end_alone(cast: Cast, box: Mailbox) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code)
    ended = tell(cast, cast.ana, escalation_id=made.id, stops_on=StopsOn.END)
    told = tell(cast, cast.kim, escalation_id=made.id, stops_on=StopsOn.NOTHING)

    sweep(**mail_to(box))

    assert (read_notice(ended).state, read_notice(ended).last_error) == ("cancelled", "ended")
    assert read_notice(told).state == "sent"


def test_somebody_who_left_is_told_nothing(cast: Cast, box: Mailbox) -> None:
    with db.transaction() as session:
        lee = session.get(Person, cast.lee.person.id)
        assert lee is not None
        lee.status = "left"
    notice_id = tell(cast, cast.lee)

    sweep(**mail_to(box))

    assert (read_notice(notice_id).state, read_notice(notice_id).last_error) == ("cancelled", "person_left")
    assert box.mails == []


def test_store_staff_sleep_at_night_and_the_desk_does_not(cast: Cast, box: Mailbox) -> None:
    store = tell(cast, cast.sam, next_at=NIGHT)
    desk = tell(cast, cast.kim, next_at=NIGHT)

    at_night = sweep(NIGHT, **mail_to(box))
    before_opening = sweep(OPENING - timedelta(seconds=1), **mail_to(box))
    at_opening = sweep(OPENING, **mail_to(box))

    assert (at_night, before_opening, at_opening) == ({"postponed": 1, "sent": 1}, {}, {"sent": 1})
    assert read_notice(store).attempts == 1
    assert [attempt.started_at for attempt in read_tries(store)] == [OPENING]
    assert read_notice(desk).settled_at == NIGHT


def test_a_store_s_slack_sleeps_too_and_a_district_s_without_hours_does_not(
    cast: Cast, httpserver: HTTPServer
) -> None:
    address = answers(httpserver, 200)
    store = point_of(cast, Channel.SLACK, address, unit_id=cast.store_12.org_unit_id)
    district = point_of(cast, Channel.SLACK, address, unit_id=cast.district.id)
    asleep = tell_unit(cast, store, next_at=NIGHT)
    awake = tell_unit(cast, district, next_at=NIGHT)

    sweep(NIGHT)

    assert (read_notice(asleep).state, read_notice(asleep).next_at) == ("queued", OPENING)
    assert read_notice(awake).state == "sent"


def test_a_closed_holiday_is_quiet_as_well(cast: Cast, box: Mailbox) -> None:
    with db.statement() as connection:
        connection.execute(
            "INSERT INTO closures (id, store_id, reason, label, starts_at, ends_at, declared_at) VALUES "
            "(gen_random_uuid(), %(store)s, 'disaster', 'flood', %(from)s, %(to)s, %(from)s)",
            {"store": cast.store_12.id, "from": OPEN - timedelta(hours=1), "to": OPEN + timedelta(hours=3)},
        )
    notice_id = tell(cast, cast.sam)

    sweep(**mail_to(box))

    assert read_notice(notice_id).next_at == OPEN + timedelta(hours=3)


def test_a_customer_at_the_counter_and_a_test_wake_anybody(cast: Cast, box: Mailbox) -> None:
    live = {"question": "Q01", "is_live": True, "expires_at": NIGHT.isoformat()}
    tell(cast, cast.sam, template=Template.QUESTION_ASKED, facts=live, next_at=NIGHT)
    point = point_of(cast, Channel.EMAIL, "night@northlight.example", unit_id=cast.store_12.org_unit_id)
    with db.transaction() as session:
        contacts.send_test(session, actor_of(cast), point.id, now=NIGHT)

    count = sweep(NIGHT, **mail_to(box))

    assert count == {"sent": 2}
    assert box.to("night@northlight.example")[0]["Subject"] == "Test from the bridge"


def test_a_storm_becomes_one_digest(cast: Cast, box: Mailbox) -> None:
    cases = [promise(cast) for _ in range(6)]
    ids = [tell(cast, cast.sam, escalation_id=made.id, stops_on=StopsOn.ACKNOWLEDGE) for made in cases]
    few = [tell(cast, cast.lee, escalation_id=made.id) for made in cases[:5]]

    count = sweep(**mail_to(box))

    [digest] = box.to("sam@northlight.example")
    rows = [read_notice(one) for one in ids]
    assert count == {"digested": 6, "sent": 6}
    assert digest["Subject"] == "6 things wait for you"
    assert all(f"Case {made.number} at store 12 Lakeside" in digest.get_content() for made in cases)
    assert {row.state for row in rows} == {"digested"}
    [digest_id] = {row.digest_id for row in rows}
    assert read_notice(digest_id).state == "sent"
    assert len(box.to("lee@northlight.example")) == len(few) == 5


def test_a_digest_that_waits_forgets_what_was_settled_meanwhile(cast: Cast, box: Mailbox) -> None:
    cases = [promise(cast) for _ in range(6)]
    for made in cases:
        tell(cast, cast.sam, escalation_id=made.id, stops_on=StopsOn.END)
    box.answers = ["451 later", "250 taken"]
    assert sweep(**mail_to(box)) == {"digested": 6, "retry": 1}
    for made in cases[:4]:
        decide(cast, cast.sam, code=made.code)

    count = sweep(OPEN + timedelta(minutes=1), **mail_to(box))

    [digest] = box.mails
    assert count == {"sent": 1}
    assert digest["Subject"] == "2 things wait for you"


def test_a_digest_with_nothing_left_is_not_sent(cast: Cast, box: Mailbox) -> None:
    cases = [promise(cast) for _ in range(6)]
    for made in cases:
        tell(cast, cast.sam, escalation_id=made.id, stops_on=StopsOn.END)
    box.answers = ["451 later", "250 taken"]
    sweep(**mail_to(box))
    for made in cases:
        decide(cast, cast.sam, code=made.code)

    assert sweep(OPEN + timedelta(minutes=1), **mail_to(box)) == {"cancelled": 1}
    assert box.mails == []


def test_what_cannot_be_sent_at_the_first_try_is_tried_by_the_table(cast: Cast, box: Mailbox) -> None:
    box.answers = ["451 later"]
    notice_id = tell(cast, cast.kim)
    now, waits = OPEN, []

    for _ in range(NOTICE_ATTEMPTS_MAX):
        assert sweep(now - timedelta(seconds=1), **mail_to(box)) == {}
        sweep(now, **mail_to(box))
        waits.append(read_notice(notice_id).next_at - now)
        now = read_notice(notice_id).next_at

    row = read_notice(notice_id)
    assert (row.state, row.attempts, row.last_error) == ("dead", NOTICE_ATTEMPTS_MAX, "smtp_451")
    assert all(
        least <= wait <= least * 1.2 for least, wait in zip(NOTICE_BACK_OFF[1:], waits[:-1], strict=True)
    )
    assert [attempt.attempt for attempt in read_tries(notice_id)] == list(range(1, NOTICE_ATTEMPTS_MAX + 1))


def test_what_is_given_up_stands_in_the_reader_s_inbox_once(cast: Cast) -> None:
    made = promise(cast)
    tell(cast, cast.kim, escalation_id=made.id)
    tell(cast, cast.ana, Channel.INBOX, escalation_id=made.id)
    tell(cast, cast.ana, escalation_id=made.id)

    count = sweep()

    [instead] = inbox_of(cast.kim)
    assert count == {"dead": 2}
    assert (instead.template, instead.escalation_id, instead.state) == ("case_waiting", made.id, "sent")
    assert len(inbox_of(cast.ana)) == 1


def test_a_digest_that_is_given_up_leaves_every_item_in_the_inbox(cast: Cast) -> None:
    cases = [promise(cast) for _ in range(6)]
    for made in cases:
        tell(cast, cast.sam, escalation_id=made.id)

    sweep()

    assert {row.escalation_id for row in inbox_of(cast.sam)} == {made.id for made in cases}


def faults(cast: Cast) -> list[tuple[str, str, str, str, int]]:
    with db.transaction() as session:
        found = contacts.faults(session, actor_of(cast), now=OPEN + timedelta(minutes=1))
    return sorted((one.kind, one.channel, one.owner, one.reason, one.times) for one in found)


def test_a_dead_mail_server_a_gone_slack_and_a_busy_slack_leave_nobody_untold(
    cast: Cast, httpserver: HTTPServer
) -> None:
    # The ladder tells Sam, then Kim, then the district, each by two ways of their own.
    made = promise(cast)
    gone, busy = "/services/gone", "/services/busy"
    httpserver.expect_request(gone).respond_with_data("channel_is_archived", status=410)
    httpserver.expect_request(busy).respond_with_data("", status=429, headers={"Retry-After": "120"})
    archived = point_of(cast, Channel.SLACK, httpserver.url_for(gone), unit_id=cast.store_12.org_unit_id)
    limited = point_of(cast, Channel.SLACK, httpserver.url_for(busy), unit_id=cast.district.id)
    wanted = {"escalation_id": made.id, "stops_on": StopsOn.ACKNOWLEDGE}
    inbox = tell(cast, cast.sam, Channel.INBOX, **wanted)
    mail = tell(cast, cast.sam, **wanted)
    to_archived = [tell_unit(cast, archived, **wanted) for _ in range(2)]
    to_limited = [tell_unit(cast, limited, **wanted) for _ in range(2)]
    dead_server = {"smtp_host": "127.0.0.1", "smtp_port": free_port()}

    first = sweep(**dead_server)
    second = sweep(OPEN + timedelta(seconds=15), **dead_server)

    assert first == {"retry": 2, "disabled": 1, "dead": 1, "put_back": 2}
    assert second == {"dead": 1, "retry": 1}
    # Told by the other channel; the rest waits and is not lost.
    assert read_notice(inbox).state == "sent"
    assert (read_notice(mail).state, read_notice(mail).last_error) == ("queued", "connection_refused")
    assert {read_notice(one).state for one in to_archived} == {"dead"}
    assert {read_notice(one).state for one in to_limited} == {"queued"}
    assert max(read_notice(one).next_at for one in to_limited) == OPEN + timedelta(seconds=135)
    # The administrator sees why each way is silent.
    assert faults(cast) == [
        ("disabled", "slack", "12 Lakeside", "status_410", 1),
        ("given_up", "slack", "12 Lakeside", "address_disabled", 1),
        ("given_up", "slack", "12 Lakeside", "status_410", 1),
        ("trying_again", "email", "Sam", "connection_refused", 1),
        ("trying_again", "slack", "Lakes", "status_429", 2),
    ]
    # Everything that waits arrives once the servers are back.
    httpserver.clear()
    httpserver.expect_request(busy).respond_with_data("ok")
    with mailbox() as box:
        third = sweep(OPEN + timedelta(minutes=10), **mail_to(box))
    assert third == {"sent": 3}
    assert len(box.to("sam@northlight.example")) == 1


def test_a_long_queue_for_a_dead_mail_server_does_not_hold_up_slack(
    cast: Cast, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "BATCH_MAX", 4)
    mails = [tell(cast, cast.kim, next_at=OPEN - timedelta(minutes=1)) for _ in range(40)]
    slack = tell_unit(cast, point_of(cast, Channel.SLACK, answers(httpserver, 200), unit_id=cast.district.id))

    count = sweep(smtp_host="127.0.0.1", smtp_port=free_port())

    assert read_notice(slack).state == "sent"
    assert count["sent"] == 1
    assert count["retry"] + count.get("put_back", 0) == 4
    assert {read_notice(one).state for one in mails} == {"queued"}


def test_without_a_mail_server_the_page_says_so(cast: Cast) -> None:
    tell(cast, cast.sam)
    tell(cast, cast.lee, Channel.SMS)

    sweep()

    assert faults(cast) == [
        ("given_up", "email", "Sam", "smtp_not_configured", 1),
        ("given_up", "sms", "Lee", "no_address", 1),
    ]


def test_addresses_are_sealed_and_only_hinted_at(cast: Cast) -> None:
    points = [
        point_of(
            cast, Channel.SLACK, "https://hooks.slack.com/services/T0/B0/s3cret-end", unit_id=cast.hq.id
        ),
        point_of(cast, Channel.SMS, "+1 (555) 010-0123", person=cast.sam),
        point_of(cast, Channel.EMAIL, "sam.smith@northlight.example", person=cast.sam),
    ]

    assert [point.address_hint for point in points] == [
        "hooks.slack.com…-end",
        "…0123",
        "s…@northlight.example",
    ]
    with db.statement() as connection:
        stored = connection.execute("SELECT contact_points::text AS whole FROM contact_points", {}).fetchall()
        audited = connection.execute("SELECT body::text AS whole FROM timeline", {}).fetchall()
    for row in (*stored, *audited):
        assert "s3cret" not in row.whole
        assert "5550100123" not in row.whole
        assert "sam.smith" not in row.whole


def test_a_point_of_one_s_own_wins_over_the_account_s_address(cast: Cast, box: Mailbox) -> None:
    point = point_of(cast, Channel.EMAIL, "sam.smith@northlight.example", person=cast.sam)
    tell(cast, cast.sam)
    sweep(**mail_to(box))
    with db.transaction() as session:
        contacts.disable(session, actor_of(cast), point.id, now=OPEN)
    off = tell(cast, cast.sam)
    sweep(**mail_to(box))
    with db.transaction() as session:
        contacts.enable(session, actor_of(cast), point.id, now=OPEN)
    tell(cast, cast.sam)
    sweep(**mail_to(box))

    assert len(box.to("sam.smith@northlight.example")) == 2
    assert box.to("sam@northlight.example") == []
    assert read_notice(off).last_error == "address_disabled"


@pytest.mark.parametrize(
    ("channel", "address", "error"),
    [
        (Channel.EMAIL, "sam at northlight", InvalidInput),
        (Channel.EMAIL, "sam@x.example\nBcc: y@z.example", InvalidInput),
        (Channel.SMS, "555-0100", InvalidInput),
        (Channel.SLACK, "ftp://hooks.slack.com/x", UnsafeAddress),
        (Channel.TEAMS, "https://user:pw@logic.azure.com/x", UnsafeAddress),
        (Channel.INBOX, "sam", InvalidInput),
    ],
)
def test_what_is_no_address_is_refused(
    cast: Cast, channel: Channel, address: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        point_of(cast, channel, address, person=cast.sam)


def test_the_same_address_twice_and_another_brand_s_people_are_refused(cast: Cast) -> None:
    point = point_of(cast, Channel.SMS, "+15550100123", person=cast.sam)
    stranger = Actor(kind="person", id=cast.ada.person.id, name="Ada", brand_id=cast.hq.id)

    with pytest.raises(Conflict):
        point_of(cast, Channel.SMS, "+1 555 0100123", person=cast.sam)
    with pytest.raises(NotFound), db.transaction() as session:
        contacts.disable(session, stranger, point.id, now=OPEN)
    with pytest.raises(NotFound), db.transaction() as session:
        contacts.add(
            session,
            stranger,
            channel=Channel.EMAIL,
            address="a@b.example",
            person_id=cast.sam.person.id,
            config=read_settings(),
            now=OPEN,
        )
