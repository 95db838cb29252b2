"""What Mastodon's statuses say: names, threads, who may see them, and words out of HTML. Pure."""

import orjson
import pytest

from bridge.channels.coming_in import Event, EventKind
from bridge.channels.mastodon import CHANNEL
from bridge.channels.mastodon.html_text import words_of
from bridge.channels.mastodon.reading import item
from bridge.permalinks import recognise
from tests.channels.cases.mastodon import ACCOUNT, CUSTOMER, NAME, ours, status


def read(kind: str = "mention", *, above: object = (), **changes: object) -> Event:
    (event,) = CHANNEL.read(ACCOUNT, item(kind, status=status(**changes), above=list(above)))  # type: ignore[arg-type, call-overload]
    return event


def test_a_mention_from_another_server_is_known_by_both_of_its_addresses() -> None:
    event = read()
    assert (event.kind, event.external_id, event.thread_id) == (EventKind.PUBLIC_MENTION, NAME, NAME)
    assert event.text == "@care heels snapped on day one"
    assert event.author is not None
    assert (event.author.handle, event.author.external_id) == ("upset@social.example", "upset@social.example")
    there = recognise("https://social.example/@upset/115000000000000001?s=1")
    here = recognise("https://brand.example/@upset@social.example/115000000000000009")
    assert there.post_id == event.external_id
    assert event.also_known_as == (here.post_id,)
    assert event.reference == {
        "id": "115000000000000009",
        "visibility": "public",
        "acct": "upset@social.example",
    }


def test_a_status_of_our_own_server_has_one_name() -> None:
    event = read(url="https://brand.example/@sam/115000000000000009", account=CUSTOMER | {"acct": "sam"})
    assert (event.external_id, event.also_known_as) == ("brand.example/115000000000000009", ())
    assert event.author is not None
    assert event.author.handle == "sam@brand.example"


def test_a_server_whose_addresses_say_nothing_leaves_our_server_s_name() -> None:
    for address in ("https://other.example/notice/AbCdEf", "no address", None, "https://localhost/1"):
        event = read(number="9f3a", url=address, uri=address)
        assert (event.external_id, event.permalink) == ("brand.example/9f3a", "")


@pytest.mark.parametrize("visibility", ["direct", "private"])
def test_what_not_everybody_may_see_is_private(visibility: str) -> None:
    event = read(visibility=visibility)
    assert (event.kind, event.is_private) == (EventKind.PRIVATE_MESSAGE, True)


def test_a_reply_belongs_to_the_first_status_and_a_private_one_to_its_own_exchange() -> None:
    root = status("1", url="https://social.example/@upset/11111", uri="")
    reply = ours({"in_reply_to_id": "1", "visibility": "public", "status": "Hello"}, "22222")
    event = read(above=[root, reply], in_reply_to_account_id="1", in_reply_to_id="22222")
    assert (event.kind, event.thread_id, event.parent_id) == (
        EventKind.PUBLIC_REPLY,
        "social.example/11111",
        "brand.example/22222",
    )
    alone = read(above=[root, reply], visibility="direct", in_reply_to_id="22222")
    assert (alone.thread_id, alone.parent_id) == (NAME, "brand.example/22222")
    private = reply | {"visibility": "direct"}
    assert read(above=[root, private], visibility="direct").thread_id == "brand.example/22222"


def test_a_warning_stands_before_the_text_and_a_proven_page_beside_the_name() -> None:
    fields = [
        {"name": "x", "value": "no"},
        {"name": "y", "value": "<a>sam.example</a>", "verified_at": "2024"},
    ]
    event = read(spoiler_text="Shoes", content="<p>Broken</p>", account=CUSTOMER | {"fields": fields})
    assert event.text == "Shoes\n\nBroken"
    assert event.author is not None
    assert event.author.verified == "sam.example"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One<br>two</p><p>Three</p>", "One\ntwo\n\nThree"),
        ("<p>A &amp; B &lt;3</p>", "A & B <3"),
        (
            '<p><a href="https://shop.example/very/long?a=1&amp;b=2"><span class="invisible">https://</span></a>!</p>',
            "https://shop.example/very/long?a=1&b=2!",
        ),
        ('<a href="https://a.example/tags/x" class="mention hashtag">#<span>x</span></a>', "#x"),
        ("<script>alert(1)</script><style>p{}</style>ok<img src=x onerror=alert(1)>", "ok"),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt>alert(1)ipt>"),
        ('<a href="javascript:alert(1)">words</a>', "words"),
        ("<p>" * 5_000 + "deep", "deep"),
        ("plain", "plain"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_that_a_reader_sees(html: str, words: str) -> None:
    assert words_of(html) == words


def test_the_items_are_json_that_a_person_could_read() -> None:
    assert orjson.loads(item("gone", name="x")) == {"kind": "gone", "name": "x"}
