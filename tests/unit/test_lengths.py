import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.lengths import COUNTERS, Length, measure, rules_for

WAVE = "\U0001f44b"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
LONG_URL = "https://example.com/" + "a" * 100
CHANNELS = ["x", "bluesky", "mastodon", "facebook", "instagram", "whatsapp", "sms", "email", "other"]

# The pages' script counts by the same table (tests/browser/test_desk.py).
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
    # X: the rule that twitter-text publishes (its conformance suite, WeightedTweetsCounterTest), in our words.
    ("x", False, "Hi http://test.co", 26),
    ("x", False, "x" * 285, 285),
    ("x", False, "https://www.twitter.com/aloha " * 10, 240),
    ("x", False, "\u6545" * 160, 320),
    ("x", False, "the" + "\u6545" * 160, 323),
    ("x", False, "\U0001f637" * 160, 320),
    ("x", False, "A\u0301B", 2),
    ("x", False, "A\ufb2c", 4),
    ("x", False, f"H\U0001f431\u263a{FAMILY}", 7),
    ("x", False, "\U0001f637\U0001f47e\U0001f621\U0001f525\U0001f4a9", 10),
    ("x", False, "\U0001f64b\U0001f3fd\U0001f468\u200d\U0001f3a4", 4),
    ("x", False, "\u2000\u2001\u200a\u200b\u200c\u200d", 6),
    ("x", False, "\u2010\u2011\u2012\u2013\u2014\u2015\u2018\u2019\u201c\u201d", 10),
    ("x", False, "\u2032\u2033\u2034", 3),
    ("x", False, "\u2026\u20ac", 4),
    ("x", False, "\u26a1\ufe0f\u2764\ufe0f\u200d\U0001f525", 4),
    ("x", False, "1\ufe0f\u20e3#\ufe0f\u20e3", 4),
    ("x", False, "foo.co.jp", 23),
    ("x", False, "user@example.com", 16),
    ("x", False, "(http://example.com/a_(b))", 25),
    ("x", False, "http://example.com/path?x=1&y=2.", 24),
    ("x", False, "https://example.com/\u65e5\u672c", 27),
    ("x", False, "https://example.com/\u0420\u0443\u0441", 23),
    ("x", False, "HTTPS://www.ExaMPLE.COM/index.html", 23),
    ("x", False, "http://192.168.0.1/index.html", 29),
    ("x", False, "http://localhost", 16),
    ("x", False, "http://\u2603.net/", 23),
    ("x", False, "Store 12 opens at 9.30 a.m., e.g. today", 39),
    ("x", False, "see northlight.care, please", 35),
    ("x", False, "\u3042http://t.co\u3042", 27),
    # Bluesky: graphemes and bytes, as its lexicon says (app.bsky.feed.post: 300 graphemes, 3,000 bytes).
    ("bluesky", False, FAMILY, 25),
    ("bluesky", False, "e\u0301", 1),
    ("bluesky", False, "\u1100\u1161\u11a8", 1),
    ("bluesky", False, "\u0e01\u0e33", 1),
    ("bluesky", False, "https://example.com/a", 21),
    ("bluesky", False, FAMILY * 150, 3_750),
    # Mastodon: every address 23, of a handle on another server only the name.
    ("mastodon", False, "https://a.example/b?c=d and https://a.example", 51),
    ("mastodon", False, "@a_b@s.example, @c@d.example", 8),
    ("mastodon", False, "see example.com", 15),
    ("mastodon", False, "@ana hello", 10),
    # Meta: characters of a comment, bytes of an Instagram message.
    ("facebook", False, FAMILY, 11),
    ("facebook", True, "caf\u00e9", 4),
    ("instagram", True, FAMILY, 25),
    ("whatsapp", False, "e\u0301", 1),
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
