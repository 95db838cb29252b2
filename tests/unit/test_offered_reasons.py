"""The reasons that a brand offers: on, off, in its order, with its own sentences."""

import pytest

from bridge import offered_reasons
from bridge.errors import InvalidInput
from bridge.offered_reasons import CODES, merged, parse, starting


def test_every_brand_starts_with_every_code_and_the_declines_that_stores_use() -> None:
    first = starting()

    assert {name: {one.code for one in lists} for name, lists in first.items()} == {
        name: {code.value for code in codes} for name, codes in CODES.items()
    }
    on = [one.code for one in first["decline"] if one.is_on]
    assert on == ["D06", "D05", "D07", "D15", "D10", "D12", "D99"]
    assert all(set(one.said) == set(offered_reasons.LANGUAGES) for one in first["decline"][:6])
    assert all(one.is_on for name in CODES if name != "decline" for one in first[name])


def test_a_brand_moves_switches_and_says_it_its_own_way() -> None:
    own = parse(
        {
            "decline": [
                {"code": "D10", "on": True, "say": {"en": " Too much for us. "}},
                {"code": "D06", "on": False},
            ]
        }
    )

    lists = merged(own)

    assert [one.code for one in lists["decline"]][:3] == ["D10", "D06", "D05"]
    assert [one.code for one in lists["decline"] if one.is_on][:2] == ["D10", "D05"]
    assert lists["decline"][0].say("en") == "Too much for us."
    assert lists["decline"][0].say("fr") == "Too much for us."
    assert lists["ask"] == starting()["ask"]


def test_what_is_as_at_the_start_is_no_change() -> None:
    whole = {
        name: [{"code": one.code, "on": one.is_on, "say": dict(one.said)} for one in lists]
        for name, lists in starting().items()
    }

    assert parse(whole) == {}


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ([], ""),
        ({"close": []}, "close"),
        ({"ask": "Q01"}, "ask"),
        ({"ask": [{"code": "Q01", "on": False}]}, "ask"),
        ({"ask": [{"code": "Q77", "on": True}]}, "ask"),
        ({"ask": [{"code": "Q01", "on": True}, {"code": "Q01", "on": True}]}, "ask"),
        ({"ask": [{"code": "Q01", "on": "yes"}]}, "ask.Q01"),
        ({"ask": [{"code": "Q01", "on": True, "say": {"en": "No."}}]}, "ask.Q01"),
        ({"decline": [{"code": "D06", "on": True, "say": {"es": "No."}}]}, "decline.D06.en"),
        ({"decline": [{"code": "D06", "on": True, "say": {"de": "Nein."}}]}, "decline.D06.de"),
        ({"decline": [{"code": "D06", "on": True, "say": {"en": "x" * 161}}]}, "decline.D06.en"),
        ({"decline": [{"code": "D06", "on": True, "say": {"en": "No\u202e"}}]}, "decline.D06.en"),
        ({"decline": [{"code": "D06", "on": True, "say": {"en": "K7QF-3M9T-2XH2"}}]}, "decline.D06.en"),
    ],
)
def test_what_is_wrong_is_named(definition: object, place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(definition)

    assert place in refused.value.details["fields"]
