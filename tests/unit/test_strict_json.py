"""The strict reader: what a lenient parser lets through is refused, and what it takes is what was sent."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import strict_json
from bridge.errors import MalformedRequest

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(-(10**28), 10**28) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=12,
)


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(VALUES, st.booleans())
def test_plain_json_is_read_as_it_was_written(value: Any, in_ascii: bool) -> None:
    raw = json.dumps(value, ensure_ascii=in_ascii).encode()

    if depth_of(value) <= strict_json.DEEPEST:
        assert strict_json.loads(raw) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        value = strict_json.loads(raw)
    except MalformedRequest:
        return
    assert value == json.loads(raw)


@given(st.text(alphabet='{}[]":,\\0123eE.-+ntfau"', max_size=60))
def test_what_looks_like_json_is_read_as_python_reads_it_or_refused(text: str) -> None:
    try:
        value = strict_json.loads(text.encode())
    except MalformedRequest:
        return
    assert value == json.loads(text)


@given(VALUES)
def test_what_is_taken_holds_no_nul_no_half_pair_no_infinity(value: Any) -> None:
    raw = json.dumps({"a": value, "b": "x"}).encode()

    try:
        found = strict_json.loads(raw)
    except MalformedRequest:
        return

    for leaf in leaves(found):
        assert not (isinstance(leaf, float) and not math.isfinite(leaf))
        assert not (isinstance(leaf, str) and ("\0" in leaf or half_pair(leaf)))


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in (*value, *value.values()) for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def half_pair(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


@pytest.mark.parametrize("levels", [1, strict_json.DEEPEST])
def test_twenty_levels_are_read(levels: int) -> None:
    assert strict_json.loads(b"[" * levels + b"]" * levels) is not None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[" * 21 + b"]" * 21,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "\\u0062": 2}}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e400",
        b"-1e400",
        b"9" * 31,
        b"1." + b"0" * 40,
        b'"\\u0000"',
        b'{"\\u0000": 1}',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
        b"{} {}",
        b"{}//",
        b"{'a': 1}",
        b"[1,]",
        b"0x10",
        b"01",
        b"+1",
        b"1_000",
    ],
)
def test_refused(raw: bytes) -> None:
    with pytest.raises(MalformedRequest) as refused:
        strict_json.loads(raw)

    assert refused.value.message


def test_the_reason_never_repeats_what_was_sent() -> None:
    """It goes back to the caller and may be logged."""
    with pytest.raises(MalformedRequest) as refused:
        strict_json.loads(b'{"code": "K7QF-3M9T-2XH2", "code": 1}')

    assert "K7QF" not in refused.value.message


def test_brackets_and_quotes_inside_texts_do_not_count() -> None:
    text = '[{"\\' * 30

    assert strict_json.loads(json.dumps({text: text}).encode()) == {text: text}


def test_a_whole_pair_is_a_sign() -> None:
    assert strict_json.loads(b'"\\ud83d\\ude00"') == "\U0001f600"
