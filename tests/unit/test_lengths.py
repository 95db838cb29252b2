import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.lengths import COUNTERS, Length, measure, rules_for

WAVE = "\U0001f44b"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
LONG_URL = "https://example.com/" + "a" * 100
CHANNELS = ["x", "bluesky", "mastodon", "facebook", "instagram", "whatsapp", "sms", "email", "other"]

# The pages' script counts by the same table.
EXAMPLES = [
    ("x", False, f"Hello, world! {WAVE}", 16),
    ("x", False, FAMILY, 2),
    ("x", False, LONG_URL, 23),
    ("x", False, f"See {LONG_URL} now", 31),
    ("x", False, "e\u0301", 1),
    ("x", False, "\u65e5\u672c", 4),
    ("x", False, "\u202f", 2),
    ("x", False, "", 0),
    ("x", True, LONG_URL, 120),
    ("bluesky", False, f"Hello, world! {WAVE}", 15),
    ("bluesky", False, "\U0001f1e8\U0001f1e6", 1),
    ("mastodon", False, LONG_URL, 23),
    ("mastodon", False, f"@ana@social.example see {LONG_URL}", 32),
    ("mastodon", False, "ana@example.com", 15),
    ("mastodon", False, FAMILY, 1),
    ("facebook", False, WAVE, 2),
    ("instagram", True, "caf\u00e9", 5),
    ("instagram", False, "caf\u00e9", 4),
    ("sms", True, "caf\u00e9", 4),
]


@pytest.mark.parametrize(("channel", "private", "text", "count"), EXAMPLES)
def test_a_text_is_counted_as_the_network_counts_it(
    channel: str, private: bool, text: str, count: int
) -> None:
    assert measure(text, channel, private).count == count


@pytest.mark.parametrize(
    ("channel", "public", "private"),
    [
        ("x", 280, 10_000),
        ("bluesky", 300, 300),
        ("mastodon", 500, 500),
        ("facebook", 1_000, 1_000),
        ("instagram", 2_200, 1_000),
        ("whatsapp", 1_600, 1_600),
        ("sms", 320, 320),
        ("email", 25_000, 25_000),
        ("other", 10_000, 10_000),
        ("fax", 10_000, 10_000),
    ],
)
def test_the_limit_is_the_channels_own(channel: str, public: int, private: int) -> None:
    assert measure("a", channel, False).limit == public
    assert measure("a", channel, True).limit == private


def test_over_says_by_how_much() -> None:
    assert measure("a" * 292, "x", False) == Length(292, 280, 12, "characters")
    assert measure("a" * 280, "x", False).over == 0


def test_bluesky_tells_the_rule_that_is_nearest_to_breaking() -> None:
    assert measure("a" * 299, "bluesky", False).unit == "characters"
    assert measure(FAMILY * 150, "bluesky", False) == Length(3_750, 3_000, 750, "bytes")


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_rule_names_a_counter_that_exists(channel: str) -> None:
    rules = rules_for(channel, private=True) + rules_for(channel, private=False)

    assert all(rule.counter in COUNTERS and rule.channel == channel for rule in rules)


@given(st.text(st.characters(exclude_categories=())), st.sampled_from(CHANNELS), st.booleans())
def test_any_text_can_be_measured(text: str, channel: str, private: bool) -> None:
    length = measure(text, channel, private)

    assert length.over == max(0, length.count - length.limit)
