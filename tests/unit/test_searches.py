"""What a saved search finds and what it leaves out."""

import pytest

from bridge.searches import Search, held, judge

BOOTS = Search("Boots", "en", ("northlight", "north light"), ("sole", "boots"), ("giveaway", "job offer"))
SHOES = Search("Zapatos", "es", ("northlight",), (), ("sorteo",))


@pytest.mark.parametrize(
    ("text", "word", "is_there"),
    [
        ("El CAFÉ estaba frío", "cafe", True),
        ("El cafe estaba frio", "FRÍO", True),
        ("cafeteria", "café", False),
        ("I don\u2019t like it", "don't", True),
        ("refund!", "refund", True),
        ("refunds", "refund", False),
        ("never   again", "never again", True),
        ("a #fail today", "#fail", True),
        ("\uff2e\uff4frthlight", "northlight", True),
        ("靴を返金してください", "返金", True),
        ("がんばる", "か", False),
        ("한국어 환불 요청", "환불", True),
        ("c++ shoes (c++)", "c++", True),
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
    ],
)
def test_words_are_whole_and_capitals_and_accents_do_not_count(text: str, word: str, is_there: bool) -> None:
    assert (held(text, [word]) == word) is is_there


@pytest.mark.parametrize(
    ("text", "language", "found", "left_out", "word"),
    [
        ("Northlight: the sole came off", "en", "Boots", None, ""),
        ("Northlight: the sole came off", "en-GB", "Boots", None, ""),
        ("Northlight: the sole came off", "", "Boots", None, ""),
        ("Northlight: the sole came off", "fr", None, None, ""),
        ("Northlight is nice", "en", None, None, ""),
        ("The sole came off", "en", None, None, ""),
        ("Northlight boots giveaway", "en", None, "Boots", "giveaway"),
        ("Northlight boots, a Job Offer", "en", None, "Boots", "job offer"),
        ("Northlight, giveaway", "en", None, None, ""),
        ("northlight sorteo", "es", None, "Zapatos", "sorteo"),
        ("northlight boots giveaway", "", "Zapatos", None, ""),
    ],
)
def test_a_text_is_found_or_left_out(
    text: str, language: str, found: str | None, left_out: str | None, word: str
) -> None:
    judged = judge(text, [BOOTS, SHOES], language=language)

    assert (judged.found.name if judged.found else None) == found
    assert (judged.excluded_by.name if judged.excluded_by else None) == left_out
    assert judged.word == word


def test_who_was_found_by_a_search_s_name_is_held_against_its_exclusions_alone() -> None:
    assert judge("a giveaway, yes", [BOOTS], found_by="boots").excluded_by == BOOTS
    assert judge("came off at once", [BOOTS], found_by="boots").found == BOOTS
    assert judge("a giveaway, yes", [BOOTS], found_by="something else").excluded_by is None
