"""What holds for every page and every verdict, looked for in one opened window.

Each function returns lines, one for each fault; none means that all is well. The page is looked at
in light and dark and at several widths by changing the open window, which is faster than opening it anew.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.axe import lines_of, look, reason_of

WIDTHS = (320, 390, 768, 1280)
HEIGHT = 800
SMALLEST_TARGET = 44
COUNTER_TARGET = 56
REVIEWED = Path(__file__).with_name("reviewed_incomplete.json")

_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolls = (element) => {
    for (let up = element.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return true;
    return false;
  };
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > room + 1 && !scrolls(e))
    .slice(0, 5)
    .map((e) => `${e.tagName.toLowerCase()}.${e.className?.baseVal ?? e.className} ${e.textContent.trim().slice(0, 40)}`);
}"""

# A link inside a sentence is exempt (WCAG 2.5.8, inline), and so is what cannot be seen.
_SMALL = """([frame, inside]) => {
  const inSentence = (e) => {
    if (e.tagName !== "A" || getComputedStyle(e).display !== "inline") return false;
    const block = e.closest("p, li, td, th, dd, dt, caption, label, figcaption, legend, div");
    return block && block.textContent.trim().length > e.textContent.trim().length;
  };
  const whole = (e) => {
    const label = e.matches("input[type=radio], input[type=checkbox]") ? e.closest("label") : null;
    return (label ?? e).getBoundingClientRect();
  };
  return [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")]
    .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.closest(".skip"))
    .filter((e) => !inSentence(e))
    .map((e) => [e, whole(e), e.closest("main") ? inside : frame])
    .filter(([e, box, least]) => box.width > 0 && (box.height < least - 0.5 || box.width < (e.tagName === "A" ? 24 : frame) - 0.5))
    .map(([e, box]) => `${e.outerHTML.slice(0, 90)} is ${Math.round(box.width)}x${Math.round(box.height)}`);
}"""


def reviewed() -> dict[str, list[dict[str, str]]]:
    """What axe cannot decide and a person has looked at: rule -> patterns with the reason."""
    known: dict[str, list[dict[str, str]]] = json.loads(REVIEWED.read_text("utf-8"))
    return known


def axe_faults(page: Page) -> list[str]:
    """axe in light and dark, narrow and wide.

    The scheme changes colours and nothing else (`tests/unit/test_contrast.py`), so that in the dark only the
    rules about colours can answer anything new.
    """
    found: list[str] = []
    for scheme, width in _looks(page):
        answer = look(page, only_colours=scheme == "dark")
        where = f"[{scheme} {width}]"
        found += [f"{where} {line}" for line in lines_of(answer["violations"])]
        found += [f"{where} not reviewed: {line}" for line in _unreviewed(answer["incomplete"])]
    return list(dict.fromkeys(found))


def _looks(page: Page) -> Iterator[tuple[str, int]]:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            yield scheme, width
    page.emulate_media(color_scheme="light")


def _unreviewed(incomplete: Sequence[dict[str, Any]]) -> list[str]:
    known, found = reviewed(), []
    for rule in incomplete:
        for node in rule["nodes"]:
            for entry in known.get(rule["id"], ()):
                if entry["because"] == reason_of(node) and re.search(entry["pattern"], node["html"]):
                    break
            else:
                found += lines_of([{**rule, "nodes": [node]}])
    return found


def width_faults(page: Page, widths: Sequence[int] = WIDTHS) -> list[str]:
    """What sticks out, so that the page scrolls sideways."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if wide := page.evaluate(_TOO_WIDE):
            found.append(f"wider than {width}: {wide}")
    return found


def target_faults(page: Page, widths: Sequence[int] = (390, 1280)) -> list[str]:
    """Buttons, fields and links that are too small for a finger. At the counter, what is worked with is larger."""
    at_counter = page.locator("body.counter").count() > 0
    smallest = [SMALLEST_TARGET, COUNTER_TARGET if at_counter else SMALLEST_TARGET]
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"at {width}: {line}" for line in page.evaluate(_SMALL, smallest)]
    return found
