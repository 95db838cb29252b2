"""The gallery of parts in a browser: both themes without a barrier, on a telephone and on a desk."""

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import See


@pytest.mark.parametrize("width", [320, 1280])
def test_both_themes_have_no_barrier(see: See, width: int) -> None:
    page = see(None, "/ui", width=width)

    assert page.locator(".gallery").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_answer_has_no_barrier(see: See, theme: str) -> None:
    page = see(None, f"/ui/answers/{theme}", width=320)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []


def test_the_dark_half_is_dark(see: See) -> None:
    page = see(None, "/ui")

    light, dark = (
        page.locator(f".gallery[data-theme={theme}]").evaluate(
            "(part) => getComputedStyle(part).backgroundColor"
        )
        for theme in ("light", "dark")
    )
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(16, 20, 24)")
