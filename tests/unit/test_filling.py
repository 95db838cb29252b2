"""Variables in templates: filled where something is known, named where nothing is."""

from bridge.filling import filled, unfilled


def test_what_is_known_is_filled_in_and_the_rest_stays() -> None:
    text = filled("{item} for {customer}, order {order}", {"customer": "wanda", "order": ""})

    assert text == "{item} for wanda, order {order}"
    assert unfilled(text, "{order} again, and {shelf}") == ("item", "order", "shelf")


def test_braces_that_are_no_variable_are_left_alone() -> None:
    text = "a { b } {Item} {1x} {} {{item}}"

    assert unfilled(text) == ("item",)
    assert filled(text, {"item": "{order}"}) == "a { b } {Item} {1x} {} {{order}}"


def test_a_value_is_never_read_as_a_template() -> None:
    assert filled("{customer}", {"customer": "{agent}", "agent": "Ana"}) == "{agent}"
