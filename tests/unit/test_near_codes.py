"""Which codes are one slip away."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.codes import ALPHABET, CODE_SIGNS, draw, is_code
from bridge.near_codes import one_slip_away

CODES = st.builds(draw)
PLACES = st.integers(0, CODE_SIGNS - 1)
SIGNS = st.sampled_from(ALPHABET + "U")


@given(code=CODES, at=PLACES, sign=SIGNS)
def test_a_wrong_sign(code: str, at: int, sign: str) -> None:
    typed = code[:at] + sign + code[at + 1 :]

    assert typed == code or code in one_slip_away(typed)


@given(code=CODES, at=st.integers(0, CODE_SIGNS - 2))
def test_two_signs_swapped(code: str, at: int) -> None:
    typed = code[:at] + code[at + 1] + code[at] + code[at + 2 :]

    assert typed == code or code in one_slip_away(typed)


@given(code=CODES, at=PLACES)
def test_a_sign_left_out(code: str, at: int) -> None:
    assert code in one_slip_away(code[:at] + code[at + 1 :])


@given(code=CODES, at=st.integers(0, CODE_SIGNS), sign=SIGNS)
def test_a_sign_too_many(code: str, at: int, sign: str) -> None:
    assert code in one_slip_away(code[:at] + sign + code[at:])


@given(code=CODES, first=PLACES, second=PLACES)
def test_two_slips_are_not_one(code: str, first: int, second: int) -> None:
    typed = list(code)
    for at in {first, second}:
        typed[at] = "U"

    assert (code in one_slip_away("".join(typed))) is (first == second)


@given(CODES)
def test_a_code_is_near_to_none_and_candidates_are_few(code: str) -> None:
    assert one_slip_away(code) == frozenset()
    found = one_slip_away(code[:-1] + "U")
    assert all(is_code(one) for one in found)
    assert len(found) <= CODE_SIGNS + 1


def test_far_too_long_and_far_too_short_are_near_to_none() -> None:
    assert one_slip_away("") == one_slip_away("K7QF3M9T2X") == one_slip_away("K" * 200) == frozenset()
