"""What the care tools' parts have in common: names that stay apart, words out of markup, waits."""

from datetime import UTC, datetime

import pytest

from bridge.channels import care
from bridge.channels import care_answers as answers
from bridge.channels.going_out import Purpose, Result
from bridge.channels.zammad import CHANNEL as ZAMMAD
from bridge.clock import utc_now
from bridge.names import plain_handle
from bridge.permalinks import ID_MAX_CHARACTERS
from tests.channels.answers import answer
from tests.channels.care_cases import AT, account, message


def test_the_same_number_in_two_installations_has_two_names() -> None:
    one, other = (account("zammad", f"https://{host}.example/desk") for host in ("a", "b"))
    assert care.name_of(care.place_of(one), 7) == "a.example/desk/7"
    assert care.name_of(care.place_of(one), 7) != care.name_of(care.place_of(other), 7)
    assert care.author_id(one, 7) != care.author_id(other, 7)


def test_a_long_name_is_its_hash_and_fits() -> None:
    long, longer = (care.name_of("h" * 200, number) for number in (1, 2))
    assert long.startswith("sha256-")
    assert max(len(long), len(longer)) <= ID_MAX_CHARACTERS
    assert long != longer


@pytest.mark.parametrize("shown", ["Sam Shopper", "", None, 7, "نور", "a@b.example", "x" * 500, "\u202eevil"])
def test_a_person_without_a_handle_gets_one_that_can_be_stored(shown: object) -> None:
    handle = care.handle_of(shown, 77)
    assert plain_handle(handle) == handle
    assert handle.endswith("-77")


def test_two_customers_of_one_name_stay_two() -> None:
    assert care.handle_of("Sam Shopper", 1) != care.handle_of("Sam Shopper", 2)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>one</p><p>two &amp; three</p>", "one\ntwo & three"),
        ("a<br/>b<script>alert(1)</script>", "a\nb"),
        ("1 < 2 &lt;b&gt;", "1 < 2 <b>"),
        ("<div>\xa0x\xa0 y</div>", "x y"),
        (None, ""),
    ],
)
def test_markup_is_read_as_words(html: object, words: str) -> None:
    assert care.plain(html) == words


@pytest.mark.parametrize(
    "tags", [["store_problem"], ["x", "Store-Problem"], "a store_problem b", "store_problem,x"]
)
def test_a_tag_asks_for_a_store(tags: object) -> None:
    assert care.facts_of("Open", tags) == {"state": "open", "wants": "store_problem"}


@pytest.mark.parametrize("tags", [[], ["store"], "", [7], {}])
def test_other_tags_ask_for_nothing_and_none_says_nothing(tags: object) -> None:
    assert care.facts_of("Open", tags)["wants"] == ""
    assert "wants" not in care.facts_of("Open", None)


@pytest.mark.parametrize("told", [1795324200, 1795324200.25, "2026-11-22T05:10:00Z", "2026-11-22T05:10:00"])
def test_a_moment_is_read_and_has_a_zone(told: object) -> None:
    at = care.moment_of(told)
    assert at is not None
    assert at.tzinfo is not None


@pytest.mark.parametrize("told", [None, "", "yesterday", True, [], 10**30, float("nan")])
def test_what_is_no_moment_is_none(told: object) -> None:
    assert care.moment_of(told) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"x-ratelimit-reset": "25"}, 25),
        ({"ratelimit-reset": "7"}, 7),
        ({"x-ratelimit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_each_style_of_asking_to_wait_is_understood(headers: dict[str, str], seconds: float | None) -> None:
    told = answers.judged(answer(429, {}, **headers), lambda _made: "")
    assert told.result is Result.RETRY
    assert told.retry_after_seconds == seconds


def test_a_tool_may_name_the_moment_instead_of_the_seconds() -> None:
    reset = str(int(utc_now().timestamp()) + 40)
    told = answers.judged(answer(429, {}, x_ratelimit_reset=reset), lambda _made: "")
    assert told.retry_after_seconds == pytest.approx(40, abs=2)


def test_an_older_note_with_the_same_words_is_not_ours() -> None:
    wanted = message(Purpose.NOTE, "1", text="Same words")
    old = answers.Written("1", "Same  words", is_note=True, at=datetime(2026, 11, 20, tzinfo=UTC))
    assert answers.looked_up([old], wanted, is_note=True).result is Result.NOT_THERE
    ours = answers.Written("2", "Same words", is_note=True, at=AT)
    assert answers.looked_up([old, ours], wanted, is_note=True).external_id == "2"
    assert answers.looked_up([ours], wanted, is_note=False).result is Result.NOT_THERE


def test_tags_beside_zammad_s_ticket_count() -> None:
    events = ZAMMAD.read(
        account("zammad", "https://z.example"), b'{"ticket": {"id": 81}, "tags": "store_problem"}'
    )
    assert [event.facts.get("wants") for event in events] == ["store_problem"]
