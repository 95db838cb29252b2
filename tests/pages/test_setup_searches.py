"""Saved searches by plain forms: add, change, switch off, and try with a pasted text."""

from collections.abc import Callable

from tests.cast import Cast, Member
from tests.clockwork import rows
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
BOOTS = {
    "name": "Boots",
    "network": "x",
    "language": "en",
    "any_words": "northlight\r\nnorth light\r\nNorthlight\r\n",
    "also_words": "sole",
    "not_words": "giveaway",
}


def kept() -> list[tuple[object, ...]]:
    sql = """
        SELECT name, network, language, any_words, also_words, not_words, enabled
        FROM saved_searches ORDER BY name
    """
    return [tuple(row) for row in rows(sql)]


def test_a_search_is_added_changed_and_switched_off(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    added = ada.open("/setup/searches").press("Add", **BOOTS)
    assert added.status == 200
    assert kept() == [("Boots", "x", "en", ["northlight", "north light"], ["sole"], ["giveaway"], True)]

    page = ada.open(f"/setup/searches/{rows('SELECT id FROM saved_searches')[0].id}")
    assert "(northlight OR &#34;north light&#34;) sole -giveaway -is:retweet lang:en" in page.html
    changed = page.press("Save", network="", not_words="")
    assert "Bluesky" in changed.text
    assert kept()[0][1:2] + kept()[0][5:6] == ("", [])

    off = ada.open("/setup/searches").press("Switch off Boots")
    assert "Off" in off.text
    assert kept()[0][6] is False
    ada.open("/setup/searches").press("Switch on Boots")
    assert kept()[0][6] is True


def test_a_pasted_text_is_found_left_out_or_neither(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    ada.open("/setup/searches").press("Add", **BOOTS)

    found = ada.open("/setup/searches").press("Try it", text="NORTHLIGHT: the sôle came off")
    left_out = ada.open("/setup/searches").press("Try it", text="Northlight giveaway: win a sole")
    neither = ada.open("/setup/searches").press("Try it", text="Northlight is nice")
    elsewhere = ada.open("/setup/searches").press(
        "Try it", text="Northlight: the sole came off", in_network="bluesky"
    )

    assert "Found by Boots" in found.text
    assert "Left out by Boots: giveaway" in left_out.text
    assert "No search that is on means it" in neither.text
    assert "No search that is on means it" in elsewhere.text
    assert ada.open("/setup/searches").press("Try it", text="").status == 422


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    page = ada.open("/setup/searches")
    for changes, words in (
        ({"name": ""}, "Fill this in"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"any_words": ""}, "Fill this in"),
        ({"any_words": "!!!"}, "with a letter or a digit"),
        ({"not_words": "\n".join(f"word{number}" for number in range(51))}, "At most 50 lines"),
        ({"language": "English"}, "A short word like en"),
    ):
        refused = page.press("Add", **{**BOOTS, **changes})
        assert refused.status == 422, changes
        assert words in refused.text
    assert kept() == []

    page.press("Add", **BOOTS)
    again = ada.open("/setup/searches").press("Add", **{**BOOTS, "name": "BOOTS"})
    assert again.status == 422
    assert "of this name already" in again.text
    assert len(kept()) == 1


def test_others_do_not_come_here(people: Cast, as_: As) -> None:
    for member in (people.ana, people.sam, people.hana):
        assert as_(member).open("/setup/searches").status == 403
