"""Accounts that could be taken for ours: every trick found, and no customer called a cheat."""

from uuid import uuid4

import pytest

from bridge.look_alikes import Ours, Why, alike, skeletons

CARE = Ours(uuid4(), "x", "NorthlightCare", "111")
MASTODON = Ours(uuid4(), "mastodon", "northlight@social.example")
BLUESKY = Ours(uuid4(), "bluesky", "care.northlight.example", "did:plc:ours")
GONE = Ours(uuid4(), "x", "NorthlightDeals", is_active=False)
ALL = [CARE, MASTODON, BLUESKY, GONE]


@pytest.mark.parametrize(
    ("handle", "why"),
    [
        ("NorthIightCare", Why.LOOKS_THE_SAME),  # a capital I
        ("Northl1ghtcare", Why.ONE_LETTER_OFF),
        ("N\u043erthlightCare", Why.LOOKS_THE_SAME),  # Cyrillic o
        ("\u039dorthlightCare", Why.LOOKS_THE_SAME),  # Greek Nu
        ("NorthlightCar\u0435", Why.LOOKS_THE_SAME),  # Cyrillic ie
        ("N0rthlightCare", Why.LOOKS_THE_SAME),
        ("\U0001d40d\U0001d428rthlightCare", Why.LOOKS_THE_SAME),  # mathematical bold
        ("North\u200blightCare", Why.LOOKS_THE_SAME),
        ("northlight_care", Why.SIGNS_ADDED),
        ("north.light.care", Why.SIGNS_ADDED),
        ("NorthlightCare1", Why.SIGNS_ADDED),
        ("_northlightcare_24", Why.SIGNS_ADDED),
        ("NORTHLIGHTCARE_", Why.SIGNS_ADDED),
        ("northlight_heIp", Why.WORD_ADDED),
        ("NorthlightSupport", Why.WORD_ADDED),
        ("the_real_northlight", Why.WORD_ADDED),
        ("official.northlight.team", Why.WORD_ADDED),
        ("NothlightCare", Why.ONE_LETTER_OFF),
        ("NorthlightCares", Why.WORD_ADDED),
        ("NorthlihgtCare", Why.ONE_LETTER_OFF),
        ("northlight", Why.OTHER_NETWORK),
        ("NorthlightDeals", Why.GIVEN_UP),
    ],
)
def test_a_trick_is_seen(handle: str, why: Why) -> None:
    found = alike(handle, ALL, network="x")

    assert found is not None
    assert found.why is why


STRANGERS = """
maya.reyes MayaInLeeds northern lighthouse_care care help support northlight.fan nightlight the us x
северное_сияние 1042 _ north light
"""


@pytest.mark.parametrize("handle", STRANGERS.split())
def test_a_customer_is_not_called_a_cheat(handle: str) -> None:
    assert alike(handle, ALL, network="x") is None


def test_our_own_accounts_are_ours_whatever_the_capitals() -> None:
    assert alike("northlightCARE", ALL, network="x") is None
    assert alike("Northlight@social.example", ALL, network="mastodon") is None


def test_the_network_s_id_decides_over_the_handle() -> None:
    stolen = alike("NorthlightCare", ALL, network="x", external_id="222")

    assert stolen is not None
    assert stolen.why is Why.OTHER_ID
    assert alike("NorthlightRenamed", ALL, network="x", external_id="111") is None
    assert alike("NorthlightCare", ALL, network="x", external_id="111") is None


def test_a_handle_that_the_check_found_to_be_another_s_is_flagged_without_an_id() -> None:
    taken = Ours(CARE.id, "x", "NorthlightCare", "111", is_taken=True)

    found = alike("NorthlightCare", [taken], network="x")

    assert found is not None
    assert found.why is Why.OTHER_ID


def test_the_same_user_name_on_another_mastodon_server_is_not_ours() -> None:
    found = alike("northlight@evil.example", ALL, network="mastodon")

    assert found is not None
    assert found.why is Why.LOOKS_THE_SAME


def test_a_short_name_of_ours_flags_nobody_by_its_words() -> None:
    """An account called `HelpTeam` has nothing of its own left when the words are taken away."""
    ours = [Ours(uuid4(), "x", "HelpTeam")]

    assert alike("support_desk", ours, network="x") is None
    assert alike("help_team", ours, network="x") is not None


def test_unicode_s_own_examples_look_the_same() -> None:
    """Source: Unicode Technical Standard 39, section 4."""
    assert skeletons("paypal") & skeletons("p\u0430yp\u0430l")
    assert skeletons("scope") & skeletons("\u0455\u0441\u043e\u0440\u0435")
    assert skeletons("modern") & skeletons("rnodern")
    assert not skeletons("scope") & skeletons("scoop")
