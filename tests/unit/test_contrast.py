"""The colours of `tokens.css` keep their contrast, in light and in dark, wherever they meet.

Computed from the file itself: WCAG's relative luminance. Words need 4.5:1, strong surfaces of the
counter keep what was measured for them, edges of fields and lines of charts 3:1.
"""

import re
from pathlib import Path

import pytest

from web.static_files import FOLDER

TOKENS = Path(FOLDER, "css", "tokens.css").read_text("utf-8")
_PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
_ONE = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")
TEXT, EDGE = 4.5, 3.0

# What stands on what, and the least in light and in dark.
TOGETHER: list[tuple[str, str, float, float]] = [
    ("text", "bg", 17.7, 16.9),
    ("text", "surface", 16.4, 14.9),
    ("muted", "bg", 7.5, 9.7),
    ("muted", "surface", 6.9, 8.6),
    ("link", "bg", 6.9, 10.2),
    ("link", "surface", 6.4, 9.0),
    ("main-text", "main-bg", 8.7, 10.2),
    ("on-strong", "go", 7.7, 5.3),
    ("care-text", "care", 11.1, 11.1),
    ("on-strong", "stop", 7.8, 5.8),
    ("on-strong", "wait", 10.3, 7.4),
    ("on-strong", "lock", 10.9, 7.1),
    ("tag-go", "tag-go-bg", 9.0, 9.3),
    ("tag-care", "tag-care-bg", 8.5, 10.0),
    ("tag-stop", "tag-stop-bg", 8.4, 8.8),
    ("tag-wait", "tag-wait-bg", 9.8, 9.2),
    ("tag-lock", "tag-lock-bg", 10.2, 9.4),
    ("tag-info", "tag-info-bg", 9.1, 8.9),
    ("stop", "bg", TEXT, EDGE),  # the word of a problem, and its edge
    ("field-line", "bg", EDGE, EDGE),
    ("field-line", "surface", EDGE, EDGE),
    ("fix-line", "bg", EDGE, EDGE),
    *((f"chart-{number}", "bg", TEXT, 8.9) for number in range(1, 7)),
]
STRONG = ("go", "care", "stop", "wait", "lock")


def colours(*, dark: bool) -> dict[str, str]:
    """Name -> colour as a browser with light-dark() has it."""
    pairs = {name: (light, night) for name, light, night in _PAIR.findall(TOKENS)}
    return {**dict(_ONE.findall(TOKENS)), **{name: both[dark] for name, both in pairs.items()}}


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    linear = []
    for start in (1, 3, 5):
        part = int(colour[start : start + 2], 16) / 255
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_measure_is_the_known_one() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("upon", "ground", "light", "night"), TOGETHER)
def test_what_stands_on_what_can_be_read(
    upon: str, ground: str, light: float, night: float, dark: bool
) -> None:
    known = colours(dark=dark)

    assert contrast(known[upon], known[ground]) >= (night if dark else light)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "surface", *STRONG])
def test_one_of_the_two_rings_of_the_focus_is_seen_everywhere(ground: str, dark: bool) -> None:
    known = colours(dark=dark)

    rings = [contrast(known[ring], known[ground]) for ring in ("focus-inner", "focus-outer")]

    assert max(rings) >= EDGE


def test_a_browser_without_light_dark_has_the_light_colours() -> None:
    plain, modern = dict(_ONE.findall(TOKENS)), {name: light for name, light, _ in _PAIR.findall(TOKENS)}

    assert modern.items() <= plain.items()


def test_no_token_of_a_surface_is_left_out() -> None:
    """A colour that is added has to say what it stands on."""
    named = {name for pair in TOGETHER for name in pair[:2]} | {"focus-inner", "focus-outer"}
    separators = {"line"}  # carry no meaning alone

    assert set(colours(dark=False)) - named - separators == set()


def test_the_scheme_changes_colours_and_nothing_else() -> None:
    """`light-dark()` takes colours only; a query or a selector for the scheme could change anything."""
    sheets = {path.name: path.read_text("utf-8") for path in Path(FOLDER, "css").rglob("*.css")}
    asks = re.compile(r"prefers-color-scheme|\[data-theme[^{]*\{([^}]*)\}")

    rules = [found for text in sheets.values() for found in asks.finditer(text)]

    assert rules
    assert {re.sub(r"\s", "", found[1] or found[0]) for found in rules} == {
        "color-scheme:light;",
        "color-scheme:dark;",
    }
