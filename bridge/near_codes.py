"""Which codes are one slip of the finger away from what was typed. Pure.

The check sign catches every wrong sign and every swap, so a text with such a slip never reads as a
code, and no code is one slip away from another of its length. What is one slip away from a text
that is no code: about a dozen codes, because for each place at most one sign makes the check fit.
They are looked for only among the promises that the typist's own store expects, see
docs/decisions/0017-did-you-mean.md.
"""

from collections.abc import Iterator

from bridge.codes import ALPHABET, CODE_SIGNS, is_code


def one_slip_away(signs: str) -> frozenset[str]:
    """Codes from which `signs` (normalised) comes by one wrong, swapped, missing or extra sign.

    Empty for a code, and for what is too short or too long to be one slip away from any.
    """
    if abs(len(signs) - CODE_SIGNS) > 1 or is_code(signs):
        return frozenset()
    return frozenset(text for text in _slips(signs) if is_code(text))


def _slips(signs: str) -> Iterator[str]:
    if len(signs) == CODE_SIGNS:
        yield from _wrong(signs)
        for at in range(CODE_SIGNS - 1):
            yield signs[:at] + signs[at + 1] + signs[at] + signs[at + 2 :]
    elif len(signs) > CODE_SIGNS:
        for at in range(len(signs)):
            yield signs[:at] + signs[at + 1 :]
    else:
        for at in range(CODE_SIGNS):
            yield from (signs[:at] + sign + signs[at:] for sign in ALPHABET)


def _wrong(signs: str) -> Iterator[str]:
    # A sign that no code has must be the wrong one; two of them are more than one slip.
    foreign = [at for at, sign in enumerate(signs) if sign not in ALPHABET]
    for at in foreign if foreign else range(CODE_SIGNS):
        yield from (signs[:at] + sign + signs[at + 1 :] for sign in ALPHABET)
