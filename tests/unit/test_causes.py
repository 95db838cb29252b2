"""The causes as data: what version 1 holds, and what a version of one's own may hold."""

from copy import deepcopy
from typing import Any

import pytest

from bridge.causes import LANGUAGES, parse, starting
from bridge.errors import InvalidInput

SMALL: dict[str, Any] = {
    "causes": [
        {
            "code": "STORE",
            "label": {"en": "Store", "fr": "Magasin"},
            "children": [
                {
                    "code": "phone",
                    "label": {"en": "Phone"},
                    "children": [{"code": "no_answer", "label": {"en": "No answer"}}],
                }
            ],
        }
    ],
    "bridge": [{"code": "B1", "label": {"en": "Not informed"}}],
}


def test_version_one_has_three_levels_and_every_label_in_three_languages() -> None:
    causes = starting()

    assert (
        causes.require("STORE_SERVICE.reachability.phone_not_answered").label("fr")
        == "Téléphone sans réponse"
    )
    assert len([cause for cause in causes.all.values() if cause.level == 1]) == 13
    assert len(causes.leaves()) == 90
    assert list(causes.bridge) == [f"B{number}" for number in range(1, 9)]
    every = [*causes.all.values(), *causes.bridge.values()]
    assert all(set(cause.labels) == set(LANGUAGES) for cause in every)


def test_a_version_of_ones_own_is_read_and_falls_back_to_english() -> None:
    causes = parse(SMALL, version=2)

    assert causes.path("STORE.phone.no_answer", "fr") == "Magasin > Phone > No answer"
    assert causes.path("STORE.gone.away", "en") == "STORE.gone.away"
    assert causes.require_bridge("B1").label("es") == "Not informed"


@pytest.mark.parametrize("code", ["STORE", "STORE.phone", "STORE.phone.other", "", "store.phone.no_answer"])
def test_a_case_is_coded_with_the_third_level_alone(code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(SMALL, version=2).require(code)

    assert "cause_code" in refused.value.details["fields"]  # type: ignore[operator]  # it is a mapping


def _second_level(definition: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definition["causes"][0]["children"][0]
    return found


@pytest.mark.parametrize(
    "spoil",
    [
        lambda it: it.update(causes=[]),
        lambda it: it.update(more=1),
        lambda it: it.update(causes={}),
        lambda it: it["causes"].append(deepcopy(it["causes"][0])),
        lambda it: it["bridge"].append(deepcopy(it["bridge"][0])),
        lambda it: it["bridge"][0].update(code="X1"),
        lambda it: it["causes"][0].update(code="store"),
        lambda it: it["causes"][0].update(label={"fr": "Magasin"}),
        lambda it: it["causes"][0].update(label="Store"),
        lambda it: _second_level(it).update(children=[]),
        lambda it: _second_level(it).pop("children"),
        lambda it: _second_level(it).update(code="pho.ne"),
        lambda it: _second_level(it).update(label={"en": "x" * 81}),
        lambda it: _second_level(it).update(label={"en": "a\x00b"}),
        lambda it: _second_level(it)["children"][0].update(children=[]),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(spoil: Any) -> None:
    definition = deepcopy(SMALL)
    spoil(definition)

    with pytest.raises(InvalidInput):
        parse(definition, version=2)
