"""What listening tools heard, in the queue: one thread whatever the door, searches, and how late it was."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from api import create_app
from bridge import db, metrics
from bridge.clock import utc_now
from bridge.models import ChannelAccount, Post, SavedSearch, Thread
from bridge.queries import triage as triage_queries
from bridge.services import capturing, triage
from bridge.triage import Move, Triage
from tests.cast import Cast, acting
from tests.channels import stage
from tests.channels.cases.listening import mention
from tests.channels.cases.toy import delivery, event
from tests.channels.listening_tool import tell
from tests.channels.stage import connect_tool


@pytest.fixture
def account(cast: Cast) -> ChannelAccount:
    return connect_tool(cast)


@pytest.fixture
def client(cast: Cast) -> FlaskClient:
    app: Flask = create_app()
    return app.test_client()


# One thread, whatever door.


def test_a_mention_and_a_pasted_address_meet_in_one_thread(
    client: FlaskClient, cast: Cast, account: ChannelAccount
) -> None:
    tell(client, account, mention(id="tool-77"))
    stage.read_all()
    with db.transaction() as session:
        pasted = capturing.capture(
            session,
            acting(cast.ana),
            capturing.Captured(
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
