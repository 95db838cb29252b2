"""Which digits may be a PIN, how long wrong ones pause, what is read as a one-time token, when a page locks."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge import locking, pairing, pins


@pytest.mark.parametrize(
    "pin",
    ["123456", "654321", "890123", "098765", "111111", "121212", "123123", "112233", "1357913579", "147258"],
)
def test_what_is_guessed_first_is_no_pin(pin: str) -> None:
    assert pins.is_pin(pin)
    assert pins.is_trivial(pin)


@pytest.mark.parametrize("pin", ["417293", "528164", "639471", "740582", "1934058271", "100394"])
def test_others_are(pin: str) -> None:
    assert pins.is_pin(pin)
    assert not pins.is_trivial(pin)


@pytest.mark.parametrize(
    "text", ["", "12345", "12345678901", "41729a", "\u0664\u0661\u0667\u0662\u0669\u0663", "417 293"]
)
def test_a_pin_is_six_to_ten_plain_digits(text: str) -> None:
    assert not pins.is_pin(text)
    assert pins.is_pin(pins.plain_pin("417 293"))


def test_pauses_grow_and_end() -> None:
    lengths = [pins.pause_after(times) for times in range(12)]

    assert lengths[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
    assert lengths[-1] == pins.LONGEST_PAUSE
    assert lengths == sorted(lengths)


def test_a_token_is_read_as_people_write_it() -> None:
    token = pairing.new_token()

    assert pairing.plain_token(f" {pairing.grouped(token).lower()} ") == token
    assert pairing.plain_token("OIL0-0000-0000-0000") == "0110000000000000"
    assert pairing.plain_token(token[:-1]) is None
    assert pairing.plain_token("U" * 16) is None
    assert pairing.hash_of_token(token) != pairing.hash_of_token(pairing.new_token())


@pytest.mark.parametrize(
    ("kind", "paired", "revoked", "state"),
    [
        ("counter", None, None, "pending"),
        ("counter", datetime(2026, 1, 1, tzinfo=UTC), None, "active"),
        ("browser", None, None, "active"),
        ("browser", None, datetime(2026, 1, 1, tzinfo=UTC), "revoked"),
        ("counter", None, datetime(2026, 1, 1, tzinfo=UTC), "revoked"),
    ],
)
def test_the_state_of_a_device(
    kind: str, paired: datetime | None, revoked: datetime | None, state: str
) -> None:
    assert pairing.state_of(kind, paired, revoked) == state


def test_the_server_locks_after_the_page_has_warned() -> None:
    seen = datetime(2026, 1, 1, 12, tzinfo=UTC)

    assert locking.locks_at(seen, 5) - seen > timedelta(minutes=5, seconds=locking.WARNING_SECONDS)
