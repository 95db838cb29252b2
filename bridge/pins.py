"""Which digits may be a PIN, and how long wrong ones pause. Pure.

A PIN is read over shoulders and guessed by hand, so those that everybody guesses first are
refused; it counts only together with a paired device, where five wrong ones pause the person.
Source: docs/devices.md.
"""

import itertools
import re
from datetime import timedelta
from typing import Final

SHORTEST_PIN: Final = 6
LONGEST_PIN: Final = 10
START_CODE_DIGITS: Final = 8
START_CODE_LIFE: Final = timedelta(days=2)
WRONG_UNTIL_PAUSED: Final = 5
FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(hours=12)
_FEWEST_DIFFERENT: Final = 3
_DRAWN_ON_THE_PAD: Final = frozenset({"147258", "258369", "159357", "159753", "357159", "147369", "741852"})


def plain_pin(typed: str) -> str:
    """What was typed without spaces and dashes, which some people write."""
    return re.sub(r"[\s-]", "", typed)


def is_pin(text: str) -> bool:
    """Whether the text has the form of a PIN or of a start code."""
    return re.fullmatch(rf"[0-9]{{{SHORTEST_PIN},{LONGEST_PIN}}}", text, re.ASCII) is not None


def is_trivial(pin: str) -> bool:
    """Whether it is one of those that are guessed first: a row, a repeat, a line on the pad."""
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in itertools.pairwise(digits)}
    if len(steps) == 1 or len(set(pin)) < _FEWEST_DIFFERENT or pin in _DRAWN_ON_THE_PAD:
        return True
    if pin in (pin + pin)[1:-1]:
        return True  # it is a shorter piece written again and again: 123123
    pairs = [pin[at : at + 2] for at in range(0, len(pin) - 1, 2)]
    return all(pair[0] == pair[-1] for pair in pairs)  # 112233


def pause_after(times: int) -> timedelta:
    """How long the next pause is, when there were `times` before it since the last right PIN."""
    grown: timedelta = FIRST_PAUSE * 2 ** min(times, 10)
    return min(grown, LONGEST_PAUSE)
