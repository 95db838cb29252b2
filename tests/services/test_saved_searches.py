"""Saved searches: rights to a name, words kept once, one brand's own, what is asked of each network."""

from datetime import timedelta
from typing import Any

import pytest

from bridge import db
from bridge.channels.registry import networks
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.models import Brand, SavedSearch
from bridge.queries import searches as queries
from bridge.roles import Actor
from bridge.services import saved_searches
from tests.cast import Cast, acting
from tests.clockwork import rows

GIVEN: dict[str, Any] = {"name": "Boots", "any_words": ["northlight"], "not_words": ["giveaway"]}


def add(cast: Cast, **changes: object) -> SavedSearch:
    with db.transaction() as session:
        return saved_searches.add(session, acting(cast.ada), {**GIVEN, **changes}, now=utc_now())


def in_force(cast: Cast) -> dict[str, list[str]]:
    with db.statement() as connection:
        found = queries.in_force(connection, [cast.brand.id], networks=networks())
    return {network: [one.name for one in searches] for (_, network), searches in found.items()}


def test_a_search_without_a_network_counts_for_all_and_one_that_is_off_for_none(cast: Cast) -> None:
    add(cast)
    off = add(cast, name="Soles", network="x")
    assert in_force(cast)["x"] == ["Boots", "Soles"]
    with db.transaction() as session:
        saved_searches.change(session, acting(cast.ada), off.id, {"enabled": False}, now=utc_now())

    assert in_force(cast) == {
        network: ["Boots"] for network in ("x", "bluesky", "mastodon", "facebook", "instagram")
    }


def test_words_are_kept_once_whatever_their_capitals_and_accents(cast: Cast) -> None:
    kept = add(cast, any_words=["Café", "cafe", " north   light ", "NORTH LIGHT"])

    assert kept.any_words == ["Café", "north light"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"any_words": []}, "any_words"),
        ({"any_words": ["x" * 81]}, "any_words"),
        ({"any_words": ["\u200b"]}, "any_words"),
        ({"not_words": ["--"]}, "not_words"),
        ({"also_words": [str(number) for number in range(51)]}, "also_words"),
        ({"network": "myspace"}, "network"),
        ({"language": "english please"}, "language"),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(cast, **changes)

    fields: Any = refused.value.details["fields"]
    assert list(fields) == [field]


def test_a_name_stands_once_whatever_its_capitals(cast: Cast) -> None:
    add(cast)
    other = add(cast, name="Soles")

    with pytest.raises(Conflict):
        add(cast, name="BOOTS")
    with pytest.raises(Conflict), db.transaction() as session:
        saved_searches.change(session, acting(cast.ada), other.id, {"name": "boots"}, now=utc_now())
    with db.transaction() as session:
        changed = saved_searches.change(session, acting(cast.ada), other.id, {"name": "SOLES"}, now=utc_now())
    assert changed.name == "SOLES"


def test_a_change_keeps_what_it_does_not_name_and_is_on_record(cast: Cast) -> None:
    kept = add(cast, language="en")
    with db.transaction() as session:
        changed = saved_searches.change(
            session, acting(cast.ada), kept.id, {"not_words": []}, now=utc_now() + timedelta(minutes=1)
        )

    assert (changed.language, changed.any_words, changed.not_words) == ("en", ["northlight"], [])
    assert changed.updated_at > kept.updated_at
    told = rows(
        "SELECT action FROM timeline WHERE stream = 'configuration' AND action LIKE 'search_%%' ORDER BY seq"
    )
    assert [row.action for row in told] == ["search_added", "search_changed"]


def test_another_brand_finds_none_of_ours(cast: Cast) -> None:
    kept = add(cast)
    with db.transaction() as session:
        rival = Brand(name="Rival")
        session.add(rival)
        session.flush()
        theirs = Actor(kind="system", id=None, name="Rival", brand_id=rival.id)
        assert saved_searches.listed(session, theirs) == []
        assert saved_searches.try_text(session, theirs, "Northlight").found is None
        with pytest.raises(NotFound):
            saved_searches.find(session, theirs, kept.id)


def test_what_is_asked_is_told_in_each_network_s_own_words(cast: Cast) -> None:
    kept = add(cast, any_words=["northlight", "north light"], also_words=["sole"], language="en")
    many = add(cast, name="Many", network="x", any_words=[f"a long phrase number {n}" for n in range(40)])

    asked = saved_searches.asked(kept)

    assert asked["x"] == ['(northlight OR "north light") sole -giveaway -is:retweet lang:en']
    assert asked["bluesky"] == asked["mastodon"] == ["northlight", '"north light"']
    assert "facebook" not in asked
    queries_of_x = saved_searches.asked(many)["x"]
    assert len(queries_of_x) > 1
    assert max(map(len, queries_of_x)) <= 512
