"""Listening tools: what they post, line by line; one thread with what agents paste and networks deliver."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.test import TestResponse

from api import create_app
from bridge import db, metrics
from bridge.channels import signing
from bridge.channels.coming_in import NotReadable
from bridge.channels.listening import reading
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.mentions import KINDS, NAMES, mention_of
from bridge.models import ChannelAccount, ChannelSecret, InboundDelivery, Post, SavedSearch, Thread
from bridge.permalinks import recognise
from bridge.queries import triage as triage_queries
from bridge.services import channel_accounts, intake, triage
from bridge.settings import settings
from bridge.triage import Move, Triage
from tests.cast import Cast, acting, vault
from tests.channels import stage
from tests.channels.cases.listening import OLDER, SECRET, batch, mention, signed
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import connect_tool

URL = "/api/v1/intake/mentions"


@pytest.fixture
def account(cast: Cast) -> ChannelAccount:
    return connect_tool(cast)


@pytest.fixture
def client(cast: Cast) -> FlaskClient:
    app: Flask = create_app()
    return app.test_client()


def tell(
    client: FlaskClient,
    account: ChannelAccount,
    told: object,
    *,
    name: str = "msg_1",
    at: datetime | None = None,
    secrets: tuple[str, ...] = (SECRET,),
    **headers: str,
) -> TestResponse:
    """Post what is told as a tool does."""
    body = told if isinstance(told, bytes) else orjson.dumps(told)
    signature = signed(body, name=name, at=at or utc_now(), secrets=secrets)
    return client.post(
        f"{URL}/{account.id}",
        data=body,
        content_type="application/json",
        headers={**signature, **{key.replace("_", "-"): value for key, value in headers.items()}},
    )


def kept() -> list[InboundDelivery]:
    with db.transaction() as session:
        return list(session.exec(select(InboundDelivery).order_by(col(InboundDelivery.delivery_id))))


# One mention. Pure.


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": 7}, "text"),
        ({"posted_at": "2026-11-22T05:10:00"}, "posted_at"),
        ({"posted_at": "yesterday"}, "posted_at"),
        ({"posted_at": "0001-01-01T00:00:00+14:00"}, "posted_at"),
        ({"posted_at": None}, "posted_at"),
        ({"author": {}}, "author"),
        ({"author": "upset_shopper"}, "author"),
        ({"author": {"handle": "two words"}}, "author.handle"),
        ({"author": {"handle": "a\u202eb"}}, "author.handle"),
        ({"permalink": "http://user:pass@x.com/a/status/1"}, "permalink"),
        ({"permalink": "not an address"}, "permalink"),
        ({"permalink": ""}, "permalink"),
        ({"permalink": "", "id": "1", "network": ""}, "network"),
        ({"network": "bluesky"}, "network"),
        ({"network": "No Network"}, "network"),
        ({"kind": "shout"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"language": "far too long"}, "language"),
        ({"matched_on": "x" * 81}, "matched_on"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_what_is_wrong_with_a_mention_is_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        mention_of(mention(**changes))

    fields: Any = refused.value.details["fields"]
    assert list(fields) == [field]
    assert fields[field][0]


def test_every_wrong_field_is_named_at_once_and_none_is_repeated() -> None:
    with pytest.raises(InvalidInput) as refused:
        mention_of({"text": "", "author": 5, "kind": "private stuff", "posted_at": 5})

    fields: Any = refused.value.details["fields"]
    assert set(fields) == {"text", "author", "kind", "posted_at", "network"}
    assert "private stuff" not in str(refused.value.details)


@pytest.mark.parametrize(
    ("given", "post_id", "others"),
    [
        ({"permalink": "https://twitter.com/a/status/12?s=20"}, "12", ()),
        ({"permalink": "https://x.com/a/status/12", "id": "12"}, "12", ()),
        ({"permalink": "https://x.com/a/status/12", "id": "tool-77"}, "12", ("tool-77",)),
        ({"permalink": "", "id": "12"}, "12", ()),
        (
            {
                "network": "bluesky",
                "permalink": "https://bsky.app/profile/ana.example/post/3k",
                "id": "at://did:plc:abc/app.bsky.feed.post/3k",
            },
            "at://did:plc:abc/app.bsky.feed.post/3k",
            ("at://ana.example/app.bsky.feed.post/3k",),
        ),
        (
            {"network": "", "permalink": "https://mastodon.example/@ana/112233445566"},
            "mastodon.example/112233445566",
            (),
        ),
        ({"network": "tiktok", "permalink": "https://www.tiktok.com/@a/video/7", "id": "7"}, "7", ()),
    ],
)
def test_a_post_is_called_as_its_network_calls_it(
    given: dict[str, object], post_id: str, others: tuple[str, ...]
) -> None:
    found = mention_of(mention(**given))

    assert (found.post_id, found.also_known_as) == (post_id, others)
    if not given.get("id"):
        assert recognise(str(given["permalink"])).post_id == post_id


def test_a_bare_mention_needs_no_more_than_place_author_text_and_time() -> None:
    told = {
        "permalink": "https://x.com/a/status/12",
        "author": {"id": "77"},
        "text": "Never again",
        "posted_at": "2026-11-22T06:10:00+01:00",
        "language": None,
    }

    found = mention_of(told)

    assert (found.network, found.handle, found.kind, found.language) == ("x", "77", "untagged", "")
    assert found.posted_at == datetime(2026, 11, 22, 5, 10, tzinfo=UTC)


def test_the_words_of_the_contract_are_those_that_are_read() -> None:
    from schemas.mentions import Mention

    assert tuple(Mention().fields) == NAMES
    assert set(reading.KINDS) == set(KINDS)


@pytest.mark.parametrize("value", [[], {"mentions": []}, {"mentions": 5}, {"mentions": [{}], "more": 1}])
def test_what_is_no_mention_and_no_batch_cannot_be_read(value: object) -> None:
    with pytest.raises(NotReadable):
        reading.mentions(value)


# The door.


def test_one_mention_is_written_down_answered_and_read(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    answer = tell(client, account, mention())

    assert answer.status_code == 202
    assert answer.json == {"kept": 1, "refused": 0, "mentions": [{"index": 0, "result": "kept"}]}
    assert stage.threads() == []
    assert stage.read_all()["read"] == 1
    (thread,) = stage.threads()
    assert (thread.network, thread.external_id) == ("x", "1993000000000000001")
    assert (thread.mention_type, thread.matched_on, thread.language) == ("untagged", "Boots", "en")
    (delivery_kept,) = kept()
    assert (delivery_kept.how, delivery_kept.state, delivery_kept.kinds) == (
        "intake",
        "done",
        "public_unmentioned",
    )


def test_of_a_batch_each_is_told_and_a_bad_one_stops_no_other(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    told = batch(mention(), mention(text=""), mention(permalink="https://x.com/b/status/2"))

    answer = tell(client, account, told)

    assert answer.status_code == 202
    assert (answer.json["kept"], answer.json["refused"]) == (2, 1)
    assert [one["result"] for one in answer.json["mentions"]] == ["kept", "refused", "kept"]
    assert list(answer.json["mentions"][1]["errors"]) == ["text"]
    stage.read_all()
    assert len(stage.threads()) == 2


def test_the_same_request_answers_the_same_and_is_read_once(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    told = batch(mention(), mention(text=""), mention(permalink="https://x.com/b/status/2"))

    first = tell(client, account, told)
    again = [tell(client, account, told) for _ in range(3)]
    stage.read_all()
    after = tell(client, account, told)

    assert {one.data for one in (*again, after)} == {first.data}
    assert [one.times_seen for one in kept()] == [5, 5]
    assert stage.read_all() == {}


def test_another_mention_under_a_used_name_is_refused_and_not_lost_silently(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    tell(client, account, mention())

    other = tell(client, account, mention(text="Something else"))
    mixed = tell(client, account, batch(mention(), mention(permalink="https://x.com/b/status/2")))

    assert other.status_code == 422
    assert "webhook-id" in other.json["errors"]["json"]
    assert (mixed.json["kept"], mixed.json["refused"]) == (2, 0)


def test_while_the_secret_is_replaced_both_count_and_afterwards_the_new_one(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    now = utc_now()
    with db.transaction() as session:
        channel_accounts.replace_secret(
            session,
            acting(cast.ada),
            account.id,
            name="signing_secret",
            value=OLDER,
            overlap=timedelta(hours=1),
            config=settings(),
            now=now - timedelta(hours=2),
        )
    assert tell(client, account, mention(), secrets=(SECRET,)).status_code == 401
    with db.transaction() as session:
        channel_accounts.replace_secret(
            session,
            acting(cast.ada),
            account.id,
            name="signing_secret",
            value=SECRET,
            config=settings(),
            now=now,
        )

    statuses = [
        tell(client, account, mention(), name=f"m{number}", secrets=secrets).status_code
        for number, secrets in enumerate([(SECRET,), (OLDER,), (OLDER, SECRET)])
    ]

    assert statuses == [202, 202, 202]


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        ({"webhook_signature": "v1,AAAA"}, 401, "not_authentic"),
        ({"webhook_id": "another"}, 401, "not_authentic"),
        ({"webhook_timestamp": "1"}, 401, "not_authentic"),
        ({"webhook_signature": ""}, 401, "not_authentic"),
    ],
)
def test_what_is_not_signed_is_401_before_it_is_parsed(
    client: FlaskClient, account: ChannelAccount, spoil: dict[str, str], status: int, code: str
) -> None:
    for told in (mention(), b"{not json"):
        answer = tell(client, account, told, **spoil)
        assert (answer.status_code, answer.json["code"]) == (status, code)
    assert kept() == []


def test_an_old_or_early_request_is_401(client: FlaskClient, account: ChannelAccount) -> None:
    for minutes in (-6, 6):
        answer = tell(client, account, mention(), at=utc_now() + timedelta(minutes=minutes))
        assert answer.status_code == 401
    assert tell(client, account, mention(), at=utc_now() - timedelta(minutes=4)).status_code == 202


def test_bad_bodies_are_refused_in_words(client: FlaskClient, account: ChannelAccount) -> None:
    many = batch(*(mention() for _ in range(101)))

    assert tell(client, account, b"{not json").status_code == 400
    assert tell(client, account, b"[]").status_code == 400
    assert tell(client, account, many).status_code == 422
    assert tell(client, account, batch()).status_code == 422
    assert list(tell(client, account, mention(text="")).json["errors"]["json"]) == ["text"]
    assert tell(client, account, b'{"text": "' + b"x" * 1024 * 1024 + b'"}').status_code == 413
    assert kept() == []


def test_a_hundred_long_mentions_fit(
    client: FlaskClient, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.mentions.WAIT_SECONDS", 10)  # what fits, not how fast this machine is
    told = batch(
        *(mention(permalink=f"https://x.com/a/status/{number}", text="x" * 8000) for number in range(1, 101))
    )

    assert tell(client, account, told).json["kept"] == 100


def test_another_account_and_one_that_is_switched_off_are_not_there(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    unknown = ChannelAccount(brand_id=cast.brand.id, channel="listening", name="none", id=uuid4())
    assert tell(client, unknown, mention()).status_code == 404
    with db.transaction() as session:
        channel_accounts.switch(session, acting(cast.ada), account.id, enabled=False, now=utc_now())
    assert tell(client, account, mention()).status_code == 404


def test_nothing_that_was_said_stands_in_a_log_or_open_in_the_table(
    client: FlaskClient, account: ChannelAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(client, account, mention())
    tell(client, account, mention(), webhook_signature="v1,AAAA")
    stage.read_all()

    said = capsys.readouterr()
    for word in ("sole came off", "upset_shopper", SECRET, "1993000000000000001"):
        assert word not in said.out + said.err
    assert b"sole came off" not in bytes(kept()[0].raw_cipher or b"")


def test_a_secret_from_before_that_is_not_base64_signs_nothing(
    client: FlaskClient, account: ChannelAccount
) -> None:
    with db.transaction() as session:
        cipher = vault().seal(b"not base64!", place=channel_accounts.SECRETS_PLACE)
        session.add(ChannelSecret(account_id=account.id, name="signing_secret", cipher=cipher))

    assert tell(client, account, mention()).status_code == 202
    with pytest.raises(ValueError, match="base64"):
        signing.sign(["not base64!"], message_id="m", timestamp=1, body=b"")


# One thread, whatever door.


def test_a_mention_and_a_pasted_address_meet_in_one_thread(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    tell(client, account, mention(id="tool-77"))
    stage.read_all()
    with db.transaction() as session:
        pasted = intake.capture(
            session,
            acting(cast.ana),
            intake.Captured(
                permalink="https://mobile.twitter.com/upset_shopper/status/1993000000000000001?s=20",
                handle="upset_shopper",
                text=str(mention()["text"]),
                posted_at=utc_now(),
            ),
            utc_now(),
        )

    assert (pasted.created, pasted.post_added) == (False, False)
    assert len(stage.threads()) == 1


def test_a_heard_post_stays_free_for_the_account_that_can_answer(
    toy: None, client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    tell(client, account, mention(network="toy", permalink="", id="p1", author={"handle": "upset_shopper"}))
    stage.read_all()
    theirs = stage.connect(cast)
    stage.come_in(theirs, delivery(event()), now=datetime.fromisoformat(str(event()["at"])))
    stage.read_all()

    (thread,) = stage.threads()
    with db.transaction() as session:
        (post,) = session.exec(select(Post)).all()
    assert (post.account_id, post.reference) == (theirs.id, {"id": "p1"})
    assert stage.say(cast, thread).account_id == theirs.id


# Saved searches have the last word.


def search(cast: Cast, **changes: object) -> None:
    with db.transaction() as session:
        given: dict[str, Any] = {
            "brand_id": cast.brand.id,
            "name": "Boots",
            "any_words": ["northlight"],
            "also_words": ["sole"],
            "not_words": ["giveaway"],
            **changes,
        }
        session.add(SavedSearch(**given))


def read_in(client: FlaskClient, account: ChannelAccount, **changes: object) -> Thread:
    tell(client, account, mention(**changes))
    stage.read_all()
    return stage.threads()[-1]


def test_what_an_exclusion_leaves_out_is_set_aside_with_its_reason_and_not_lost(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    search(cast)

    thread = read_in(client, account, text="Northlight giveaway: win a sole", matched_on="")

    assert (thread.triage, thread.matched_on) == ("not_ours", "Boots")
    with db.transaction() as session:
        (told,) = triage_queries.told(session, thread.id)
        back = triage.move(session, acting(cast.ana), thread.id, Move.BACK, now=utc_now())
    assert told.action == "triage.excluded"
    assert orjson.loads(told.body)["facts"] == {"search": "Boots", "word": "giveaway"}
    assert back.triage is Triage.OPEN


@pytest.mark.parametrize(
    ("changes", "matched_on"),
    [
        ({"text": "Northlight, the sole came off", "matched_on": ""}, "Boots"),
        ({"text": "Northlight, the sole came off", "matched_on": "Their own rule"}, "Their own rule"),
        ({"text": "Something else altogether", "matched_on": ""}, ""),
        ({"text": "Something of a giveaway", "matched_on": ""}, ""),
        ({"text": "Northlight giveaway sole", "kind": "mention", "matched_on": ""}, ""),
        (
            {
                "text": "Northlight giveaway sole",
                "permalink": "",
                "network": "chat",
                "id": "1",
                "matched_on": "",
            },
            "",
        ),
    ],
)
def test_everything_else_stays_open(
    client: FlaskClient, cast: Cast, account: ChannelAccount, changes: dict[str, object], matched_on: str
) -> None:
    search(cast, network="x")
    search(cast, name="Off", enabled=False, any_words=["something"])

    thread = read_in(client, account, **changes)

    assert (thread.triage, thread.matched_on) == ("open", matched_on)


def test_a_conversation_that_agents_know_is_not_set_aside_by_a_later_mention(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    search(cast)
    tell(client, account, mention(thread_id="1"), name="first")
    tell(
        client,
        account,
        mention(thread_id="1", permalink="https://x.com/a/status/2", text="Northlight giveaway sole"),
        name="second",
    )
    stage.read_all()

    (thread,) = stage.threads()
    assert thread.triage == "open"


def test_how_late_it_was_heard_is_measured_by_channel_and_kind(
    client: FlaskClient, account: ChannelAccount
) -> None:
    before = _measured()
    said = utc_now() - timedelta(minutes=3)

    read_in(client, account, posted_at=said.isoformat())
    tell(client, account, mention(posted_at=said.isoformat()), name="again")
    stage.read_all()

    after = _measured()
    assert after["count"] - before["count"] == 1, "a repeat is not detected a second time"
    assert 180 <= after["sum"] - before["sum"] < 240


def _measured() -> dict[str, float]:
    labels = {"channel": "listening", "mention": "untagged"}
    name = "bridge_detection_lag_seconds"
    return {
        part: metrics.REGISTRY.get_sample_value(f"{name}_{part}", labels) or 0 for part in ("count", "sum")
    }


def test_how_late_it_was_heard_stands_in_a_report(
    toy: None, client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    for minutes in (1, 2, 3, 60):
        said = mention(
            permalink=f"https://x.com/a/status/{minutes}",
            posted_at=(utc_now() - timedelta(minutes=minutes)).isoformat(),
        )
        tell(client, account, said, name=f"m{minutes}")
    toy_says = utc_now() - timedelta(seconds=30)
    theirs = stage.connect(cast)
    stage.come_in(theirs, delivery(event(at=toy_says.isoformat()), at=toy_says))
    stage.read_all()

    answer = client.get("/api/v1/reports/detection", headers=cast.hana.headers)

    assert answer.status_code == 200
    heard, told = answer.json["items"]
    assert (heard["channel"], heard["network"], heard["kind"], heard["posts"]) == (
        "heard_or_pasted",
        "x",
        "untagged",
        4,
    )
    assert 150 <= heard["median_seconds"] < 180
    assert 3000 < heard["p95_seconds"] <= 3660
    assert (told["channel"], told["kind"], told["posts"]) == ("toy", "tagged", 1)
    assert 30 <= told["median_seconds"] < 60
    assert client.get("/api/v1/reports/detection", headers=cast.ana.headers).status_code == 403
