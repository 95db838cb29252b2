"""One mention as a listening tool tells it: what is wrong with it, and what its post is called. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.channels.coming_in import NotReadable
from bridge.channels.listening import reading
from bridge.errors import InvalidInput
from bridge.mentions import KINDS, NAMES, mention_of
from bridge.permalinks import recognise
from tests.channels.cases.listening import mention


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


def test_a_post_from_the_future_is_refused_where_it_is_taken_in() -> None:
    now = datetime(2026, 11, 22, 5, 10, tzinfo=UTC)
    early, soon = now + timedelta(minutes=5, seconds=1), now + timedelta(minutes=5)

    with pytest.raises(InvalidInput) as refused:
        mention_of(mention(posted_at=early.isoformat()), now=now)

    assert refused.value.details["fields"] == {"posted_at": ["This lies in the future."]}
    assert mention_of(mention(posted_at=soon.isoformat()), now=now).posted_at == soon
    assert mention_of(mention(posted_at=early.isoformat())).posted_at == early


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
