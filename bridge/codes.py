"""The reference code that a customer carries: drawn, read, shown in part, and found in free text.

Twelve signs, eleven random and one check sign, written `XXXX-XXXX-XXXX`. Everything that
touches a code (API, pages, scanner, log filter, public texts) comes through here, so
that one reading exists. The check sign is help for typing and no security. Nothing in
here knows whether a code exists. Source: docs/decisions/0009-reference-code.md.
"""

import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bridge.banned_words import ALL_STEMS
from bridge.errors import SettingsError

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SIGNS: Final = 11
CODE_SIGNS: Final = RANDOM_SIGNS + 1
DRAWS_MAX: Final = 1000

_VALUE: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_CODE: Final = re.compile(f"[{ALPHABET}]{{{CODE_SIGNS}}}")
_READ_AS: Final = str.maketrans("OIL", "011")
_FOREIGN: Final = "\ufffd"
# Letters that an eye takes for a digit, and U, which the alphabet has not and V stands for.
_LOOKS_LIKE: Final = str.maketrans("01L23456789V", "OIIZEASGTBGU")
_INVISIBLE: Final = frozenset(
    [0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0]
    + [
        point
        for start, end in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
        for point in range(start, end + 1)
    ]
)
_NATO_WORDS: Final = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel Juliett Kilo Mike November Papa "
    "Quebec Romeo Sierra Tango Victor Whiskey X-ray Yankee Zulu"
)
_NATO: Final = {word[0]: word for word in _NATO_WORDS.split()}


class CodeKind(StrEnum):
    """What a typed or scanned text is, before anything is looked up."""

    CODE = "code"
    TYPO = "typo"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    WRONG_SIGN = "wrong_sign"
    PRODUCT_CODE = "product_code"


@dataclass(frozen=True, slots=True)
class Parsed:
    """How a text reads as a code. `signs` is the normalised text, to show what was typed.

    `code` is set only for `CodeKind.CODE`; `wrong_at` counts from 0 the signs that no code has.
    """

    kind: CodeKind
    signs: str
    code: str | None = None
    wrong_at: tuple[int, ...] = ()


def check_character(eleven: str) -> str:
    """Return the check sign of eleven signs: Horner's rule in GF(32), multiplier 2, x^5+x^2+1.

    The multiplier's order is 31, so every single substitution, every swap of two signs at
    any distance and every twin (aa for bb) is caught. Luhn and ISO 7064 miss some of these.
    """
    total = 0
    for sign in eleven:
        total ^= _VALUE[sign]
        total = (total << 1) ^ (0b100101 if total & 16 else 0)
    return ALPHABET[total]


def draw(banned: Collection[str] = ALL_STEMS, *, choose: Callable[[str], str] = secrets.choice) -> str:
    """Draw a new code; uniqueness is the database's job.

    A draw is thrown away when it reads like a banned stem, or when it is all letters or
    all digits: so a code can be told from words and from product barcodes in free text
    (0.016 bit). Raises SettingsError when the list leaves nothing to draw.
    """
    stems = _shapes(frozenset(banned))
    for _ in range(DRAWS_MAX):
        eleven = "".join(choose(ALPHABET) for _ in range(RANDOM_SIGNS))
        code = eleven + check_character(eleven)
        shape = code.translate(_LOOKS_LIKE)
        if not code.isalpha() and not code.isdecimal() and not any(stem in shape for stem in stems):
            return code
    raise SettingsError("The list of banned words refuses every code; shorten it.")


@lru_cache(maxsize=8)
def _shapes(stems: frozenset[str]) -> tuple[str, ...]:
    for stem in stems:
        if len(stem) < 3 or not (stem.isascii() and stem.isalpha()):
            raise SettingsError(
                "A banned stem needs three or more plain letters.", setting="banned_words", stem=stem
            )
    return tuple(sorted({stem.upper().translate(_LOOKS_LIKE) for stem in stems}))


def normalise(text: str) -> str:
    """Read any text as signs: NFKC, upper case, separators and invisible characters gone, O I L mapped.

    Never raises. What no keyboard for codes has comes out as U+FFFD, one for one, so the
    result is stable when read again. Use `parse` to know whether it is a code.
    """
    signs = []
    for character in unicodedata.normalize("NFKC", text).upper():
        if character.isspace() or character in "_." or _is_separator(character):
            continue
        signs.append(character if "!" <= character <= "~" else _FOREIGN)
    return "".join(signs).translate(_READ_AS)


def _is_separator(character: str) -> bool:
    # Cf holds the zero-width and bidi characters, Pd every dash that an editor may put for "-".
    return (
        unicodedata.category(character) in {"Pd", "Cf"}
        or character == "\u2212"
        or ord(character) in _INVISIBLE
    )


def parse(text: str) -> Parsed:
    """Tell what a text is. U is a wrong sign and never read as V; the caller counts no guess here."""
    signs = normalise(text)
    valid = is_code(signs)
    if not valid and re.fullmatch(r"[0-9]{12,13}", signs):
        return Parsed(CodeKind.PRODUCT_CODE, signs)
    if len(signs) > CODE_SIGNS:
        return Parsed(CodeKind.TOO_LONG, signs)
    wrong_at = tuple(at for at, sign in enumerate(signs) if sign not in _VALUE)
    if wrong_at:
        return Parsed(CodeKind.WRONG_SIGN, signs, wrong_at=wrong_at)
    if len(signs) < CODE_SIGNS:
        return Parsed(CodeKind.TOO_SHORT, signs)
    return Parsed(CodeKind.CODE, signs, code=signs) if valid else Parsed(CodeKind.TYPO, signs)


def is_code(signs: str) -> bool:
    """Tell whether normalised signs are a code: twelve of the alphabet and the check fits."""
    return _CODE.fullmatch(signs) is not None and check_character(signs[:RANDOM_SIGNS]) == signs[-1]


def _require_code(code: str) -> str:
    if not is_code(code):
        raise ValueError("not a normalised reference code")  # The text itself stays out of the message.
    return code


def grouped(code: str) -> str:
    """Write a code for eyes: XXXX-XXXX-XXXX."""
    _require_code(code)
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def hint(code: str) -> str:
    """Return the last two signs, all that a store role or a log ever sees of a live code."""
    return _require_code(code)[-2:]


def masked(code: str) -> str:
    """Write a code so that it can be recognised but not used: ****-****-XX."""
    return f"****-****-{hint(code)}"


def hmac_of(code: str, pepper: bytes) -> bytes:
    """Return the look-up key of a code, HMAC-SHA256. Raises ValueError unless `code` is normalised."""
    return hmac.digest(pepper, _require_code(code).encode("ascii"), "sha256")


def spoken(code: str) -> str:
    """Write a code to be read out over the phone: "K-Kilo 7 Q-Quebec F-Foxtrot, 3 ..."."""
    words = [f"{sign}-{_NATO[sign]}" if sign in _NATO else sign for sign in _require_code(code)]
    return ", ".join(" ".join(words[at : at + 4]) for at in range(0, CODE_SIGNS, 4))


def contains_code(text: str) -> bool:
    """Tell whether a text for the public holds a code, however it is grouped or disguised.

    Spaces, dashes, punctuation, line breaks, invisible characters, underlining, case and
    width do not hide one. About one text in a hundred with figures in it is accused
    wrongly (a run of words that happens to fit the check): show `found` to the writer.
    """
    return any(True for _ in found(text))


def mask(text: str) -> str:
    """Replace every code in a text by ****-****-XX; log lines go through here."""
    parts, done = [], 0
    for start, end, code in found(text):
        if start >= done:
            parts += [text[done:start], masked(code)]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def found(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, code) for every code in a text, left to right; two may overlap.

    Looks at runs of whole words that add up to twelve signs and fit the check. Prose does so
    too, once in 32, so what no drawn code has needs the form that codes are written in:
    figures only or letters only need ours, and O, I or L for digits needs equal groups.
    """
    words = list(_words(text))
    for first in range(len(words)):
        length, last = 0, first
        while last < len(words) and words[last].readable and length < CODE_SIGNS:
            length += len(words[last].signs)
            last += 1
        signs = "".join(word.signs for word in words[first:last]).translate(_READ_AS)
        if length == CODE_SIGNS and is_code(signs):
            start, end = words[first].start, words[last - 1].end
            if _is_plausible([word.signs for word in words[first:last]], text[start:end]):
                yield start, end, signs


_AS_WE_WRITE: Final = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9A-Z]{12}")
# UUIDs and timestamps stand in every log line, and one UUID in eleven would pass for a code.
_KNOWN_SHAPES: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r")(?![0-9A-Za-z])",
    re.ASCII,
)


def _is_plausible(groups: list[str], original: str) -> bool:
    signs = "".join(groups)
    if signs.isalpha() or signs.isdecimal():
        return _AS_WE_WRITE.fullmatch(original) is not None
    return len({len(group) for group in groups}) == 1 or signs == signs.translate(_READ_AS)


@dataclass(slots=True)
class _Word:
    start: int
    end: int
    signs: str = ""
    readable: bool = True


def _words(text: str) -> Iterator[_Word]:
    """Split a text into runs of letters and figures, with their places in the original."""
    known = bytearray(len(text))
    for shape in _KNOWN_SHAPES.finditer(text):
        known[shape.start() : shape.end()] = b"\x01" * (shape.end() - shape.start())
    word: _Word | None = None
    for at, original in enumerate(text):
        for sign in _as_signs(original):
            belongs = sign.isascii() and sign.isalnum() and not known[at]
            if word is not None and not belongs:
                yield word
                word = None
            if belongs:
                word = word or _Word(at, at)
                word.signs += sign
                word.end = at + 1
                word.readable &= sign != "U"
            elif sign.isalnum():
                yield _Word(at, at + 1, readable=False)
    if word is not None:
        yield word


def _as_signs(character: str) -> str:
    """Fold one character as `normalise` does; marks and invisible ones vanish, joining what they part."""
    if character.isascii():
        return character.upper()
    folded = unicodedata.normalize("NFKC", character).upper()
    return "".join(
        sign
        for sign in folded
        if ord(sign) not in _INVISIBLE and unicodedata.category(sign) not in {"Cf", "Mn", "Me"}
    )
