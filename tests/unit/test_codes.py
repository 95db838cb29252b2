import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import codes
from bridge.banned_words import STEMS
from bridge.codes import ALPHABET, CodeKind, parse
from bridge.errors import SettingsError

PEPPER = b"p" * 32
elevens = st.text(ALPHABET, min_size=11, max_size=11)
any_codes = elevens.map(lambda eleven: eleven + codes.check_character(eleven))
drawn_codes = any_codes.filter(lambda code: not code.isalpha() and not code.isdecimal())


class Script:
    """A fake random source: plays the given signs, then falls back to a seeded generator."""

    def __init__(self, *elevens: str) -> None:
        self._signs = iter("".join(elevens))

    def __call__(self, alphabet: str) -> str:
        return next(self._signs)


@pytest.mark.parametrize(
    ("eleven", "check"),
    [
        ("00000000000", "0"),
        ("00000000001", "2"),
        ("ZZZZZZZZZZZ", "K"),
        ("K7QF3M9T2XH", "2"),
        ("ABCDEFGHJKM", "C"),
        ("7XW4N2QK9RT", "Q"),
    ],
)
def test_check_sign_follows_the_published_vectors(eleven: str, check: str) -> None:
    assert codes.check_character(eleven) == check
    assert parse(eleven + check) == codes.Parsed(CodeKind.CODE, eleven + check, code=eleven + check)


@given(any_codes)
def test_every_single_substitution_is_a_typo(code: str) -> None:
    for at, sign in itertools.product(range(12), ALPHABET):
        if sign != code[at]:
            assert not codes.is_code(code[:at] + sign + code[at + 1 :])


@given(any_codes)
def test_every_swap_of_two_signs_is_a_typo(code: str) -> None:
    for one, other in itertools.combinations(range(12), 2):
        if code[one] != code[other]:
            signs = list(code)
            signs[one], signs[other] = signs[other], signs[one]
            assert not codes.is_code("".join(signs))


@given(any_codes, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_every_twin_is_a_typo(code: str, at: int, sign: str) -> None:
    twin = code[:at] + sign * 2 + code[at + 2 :]
    for other in ALPHABET:
        mistaken = code[:at] + other * 2 + code[at + 2 :]
        assert other == sign or not (codes.is_code(twin) and codes.is_code(mistaken))


@given(st.text(st.characters(exclude_categories=())))
def test_normalising_twice_changes_nothing_and_never_raises(text: str) -> None:
    once = codes.normalise(text)

    assert codes.normalise(once) == once
    parse(text)


@pytest.mark.parametrize("character", [chr(point) for point in (0xDF, 0xFB01, 0x17F, 0x131, 0x345, 0xD800)])
def test_characters_that_upper_case_changes_are_stable(character: str) -> None:
    for text in (character, character * 12, "K7QF" + character):
        assert codes.normalise(codes.normalise(text)) == codes.normalise(text)


@pytest.mark.parametrize(
    "typed",
    [
        "k7qf-3m9t-2xh2",
        " K7QF 3M9T 2XH2\r\n",
        "K7QF\u20133M9T\u20142XH2",
        "K7QF\u200b3M9T\ufeff2XH2",
        "k7qf_3m9t.2xh2",
        "\uff2b\uff17\uff31\uff26\uff13\uff2d\uff19\uff34\uff12\uff38\uff28\uff12",
        "\u2066K7QF-3M9T-2XH2\u2069",
    ],
)
def test_what_people_and_phones_add_to_a_code_is_ignored(typed: str) -> None:
    assert parse(typed).code == "K7QF3M9T2XH2"


def test_o_i_and_l_are_read_as_digits_and_u_is_refused() -> None:
    assert codes.normalise("oOiIlL") == "001111"
    assert parse("K7QF3M9T2XHU") == codes.Parsed(CodeKind.WRONG_SIGN, "K7QF3M9T2XHU", wrong_at=(11,))
    assert parse("U" + "K7QF3M9T2XH2"[1:]).kind is CodeKind.WRONG_SIGN


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", CodeKind.TOO_SHORT),
        ("K7QF-3M9", CodeKind.TOO_SHORT),
        ("K7QF-3M9T-2XH3", CodeKind.TYPO),
        ("K7QF-3M9T-2XH2-2", CodeKind.TOO_LONG),
        ("SSB1:" + "A" * 200, CodeKind.TOO_LONG),
        ("K7QF-3M9T-2X\u041d2", CodeKind.WRONG_SIGN),
        ("036000291452", CodeKind.PRODUCT_CODE),
        ("4006381333931", CodeKind.PRODUCT_CODE),
        ("000000000000", CodeKind.CODE),
    ],
)
def test_a_text_is_told_apart_exactly(text: str, kind: CodeKind) -> None:
    assert parse(text).kind is kind


def test_twenty_thousand_draws_hold_no_duplicate_and_every_sign_is_equally_likely() -> None:
    # Seeded so that the test cannot fail by luck; 61.1 is chi-square's 99.9 % point at 31 degrees.
    source = random.Random(20260607)
    drawn = [codes.draw((), choose=source.choice) for _ in range(20_000)]

    assert len(set(drawn)) == len(drawn)
    for at in range(12):
        counts = Counter(code[at] for code in drawn)
        expected = len(drawn) / 32
        assert sum((counts[sign] - expected) ** 2 / expected for sign in ALPHABET) < 61.1


def test_the_real_source_draws_valid_codes_that_never_repeat() -> None:
    drawn = {codes.draw() for _ in range(2_000)}

    assert len(drawn) == 2_000
    assert all(parse(code).code == code for code in drawn)


@pytest.mark.parametrize("rude", ["SH1TB22222Z", "5H17B22222Z", "22TW4T2222Z", "222228ASTAR"])
def test_a_code_that_reads_like_a_banned_word_is_drawn_again(rude: str) -> None:
    code = codes.draw(STEMS["en"] + ("bastar",), choose=Script(rude, "K7QF3M9T2XH"))

    assert code == "K7QF3M9T2XH2"


def test_a_code_of_letters_or_digits_only_is_drawn_again() -> None:
    code = codes.draw((), choose=Script("ABCDEFGHJKM", "00000000000", "K7QF3M9T2XH"))

    assert code == "K7QF3M9T2XH2"


def test_a_brand_may_bring_its_own_list() -> None:
    assert codes.draw(["kqf"], choose=Script("22KQF222222", "K7QF3M9T2XH")) == "K7QF3M9T2XH2"


def test_a_list_that_bans_everything_or_holds_a_tiny_stem_is_a_settings_error() -> None:
    with pytest.raises(SettingsError):
        codes.draw(["aaa"], choose=lambda alphabet: "A")
    with pytest.raises(SettingsError):
        codes.draw(["ab"])


def test_the_banned_list_costs_few_draws() -> None:
    source, draws = random.Random(1), itertools.count()

    def choose(alphabet: str) -> str:
        next(draws)
        return source.choice(alphabet)

    for _ in range(2_000):
        codes.draw(choose=choose)

    assert next(draws) / 11 / 2_000 < 1.08


def test_a_code_is_shown_grouped_hinted_masked_and_spoken() -> None:
    assert codes.grouped("K7QF3M9T2XH2") == "K7QF-3M9T-2XH2"
    assert codes.hint("K7QF3M9T2XH2") == "H2"
    assert codes.masked("K7QF3M9T2XH2") == "****-****-H2"
    assert codes.spoken("K7QF3M9T2XH2") == (
        "K-Kilo 7 Q-Quebec F-Foxtrot, 3 M-Mike 9 T-Tango, 2 X-X-ray H-Hotel 2"
    )


def test_the_lookup_key_depends_on_code_and_pepper() -> None:
    key = codes.hmac_of("K7QF3M9T2XH2", PEPPER)

    assert len(key) == 32
    assert key != codes.hmac_of("7XW4N2QK9RTQ", PEPPER)
    assert key != codes.hmac_of("K7QF3M9T2XH2", b"q" * 32)


@pytest.mark.parametrize("wrong", ["K7QF-3M9T-2XH2", "k7qf3m9t2xh2", "K7QF3M9T2XH3", ""])
def test_a_code_that_was_not_normalised_is_refused_without_being_repeated(wrong: str) -> None:
    for use in (codes.grouped, codes.hint, codes.spoken, lambda code: codes.hmac_of(code, PEPPER)):
        with pytest.raises(ValueError, match="not a normalised reference code"):
            use(wrong)


SEPARATORS = [
    "",
    " ",
    "-",
    ".",
    "_",
    "/",
    ", ",
    "\n",
    "\u2013",
    "\u00a0",
    "\u200b",
    "\u2060",
    " - ",
    "\U0001f600",
]


@given(
    drawn_codes,
    st.lists(st.sampled_from(SEPARATORS), min_size=12, max_size=12),
    st.lists(st.sampled_from([str.upper, str.lower, "wide"]), min_size=12, max_size=12),
    st.sampled_from(["", "Hola: ", "\u4ee3\u7801", "Your code is: ", "Use ", "#", "(", "https://b.example/"]),
    st.sampled_from(["", ".", "!", ")", " \u2013 thanks", "\n"]),
)
def test_a_code_is_found_in_any_grouping_case_and_width(
    code: str, gaps: list[str], cases: list[object], before: str, after: str
) -> None:
    written = "".join(
        (chr(ord(sign) + 0xFEE0) if case == "wide" else case(sign)) + gap  # type: ignore[operator]
        for sign, case, gap in zip(code, cases, gaps, strict=True)
    )
    text = before + written + after

    assert codes.contains_code(text)
    assert not codes.contains_code(codes.mask(text))


@given(any_codes, st.sampled_from(["{}", "Use {} today", "<{}>"]))
def test_a_code_written_as_we_write_it_is_found_whatever_its_signs(code: str, frame: str) -> None:
    assert codes.contains_code(frame.format(codes.grouped(code)))
    assert codes.mask(frame.format(code)) == frame.format(codes.masked(code))


def test_a_code_written_with_o_and_i_or_underlined_is_found() -> None:
    code = "01QF3M9T2XH" + codes.check_character("01QF3M9T2XH")

    assert codes.contains_code("oiqf 3m9t 2xh" + code[-1])
    assert codes.contains_code("".join(sign + "\u0332" for sign in code))


@pytest.mark.parametrize(
    "harmless",
    [
        "Hi @sam_k, thanks for telling us. We have sent you a private message.",
        "Store 1000 is open until 9:30 pm on Sat, Jun 7. Call 952-555-0100.",
        "https://x.com/i/web/status/1930000000000000001",
        "Nous sommes ouverts de 10 h \u00e0 21 h 30, au 340 W Market, Bloomington, MN 55425.",
        "",
    ],
)
def test_plain_public_texts_are_not_accused(harmless: str) -> None:
    assert not codes.contains_code(harmless)
    assert codes.mask(harmless) == harmless


def test_uuids_and_timestamps_in_logs_are_left_alone() -> None:
    source = random.Random(5)
    for _ in range(3_000):
        digits = "".join(source.choice("0123456789abcdef") for _ in range(32))
        uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        line = f"{uuid} 2026-06-07T21:{source.randrange(10, 60)}:00.{source.randrange(10**5, 10**6)}+00:00"
        assert codes.mask(line) == line


def test_mask_keeps_the_rest_of_the_line() -> None:
    line = "sent k7qf 3m9t 2xh2, then 7XW4N2QK9RTQ; done"

    assert codes.mask(line) == "sent ****-****-H2, then ****-****-TQ; done"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_searched(text: str) -> None:
    assert codes.contains_code(text) == (codes.mask(text) != text)
