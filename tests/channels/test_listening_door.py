"""The door for mentions: signed, answered line by line, written down once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from api import create_app
from bridge import db
from bridge.channels import signing
from bridge.clock import utc_now
from bridge.models import ChannelAccount, ChannelSecret, InboundDelivery
from bridge.services import channel_accounts
from bridge.settings import settings
from tests.cast import Cast, acting, vault
from tests.channels import stage
from tests.channels.cases.listening import OLDER, SECRET, batch, mention
from tests.channels.listening_tool import tell
from tests.channels.stage import connect_tool


@pytest.fixture
def account(cast: Cast) -> ChannelAccount:
    return connect_tool(cast)


@pytest.fixture
def client(cast: Cast) -> FlaskClient:
    app: Flask = create_app()
    return app.test_client()


def kept() -> list[InboundDelivery]:
    with db.transaction() as session:
        return list(session.exec(select(InboundDelivery).order_by(col(InboundDelivery.delivery_id))))


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
    assert [(one.delivery_id, one.times_seen) for one in kept()] == [("msg_1#0", 2), ("msg_1#1", 1)]


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
    assert tell(client, account, batch()).json["errors"]["json"] == {"mentions": ["At least one mention."]}
    alone = {"mentions": ["mentions is a list, and stands alone."]}
    assert tell(client, account, {"mentions": 5}).json["errors"]["json"] == alone
    assert list(tell(client, account, mention(text="")).json["errors"]["json"]) == ["text"]
    assert tell(client, account, b'{"text": "' + b"x" * 1024 * 1024 + b'"}').status_code == 413
    assert kept() == []


def test_a_mention_from_the_future_is_refused_and_a_clock_a_little_ahead_stands_above_no_other(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    early = tell(client, account, mention(posted_at="2099-06-01T00:00:00Z"))
    soon = (utc_now() + timedelta(minutes=4)).isoformat()
    kept_all_the_same = tell(client, account, mention(posted_at=soon), name="msg_2")
    stage.read_all()

    assert (early.status_code, early.json["errors"]["json"]) == (
        422,
        {"posted_at": ["This lies in the future."]},
    )
    assert kept_all_the_same.status_code == 202
    (thread,) = stage.threads()
    assert thread.first_post_at <= kept()[0].received_at


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
