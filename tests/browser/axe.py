"""Accessibility by axe: WCAG 2.0 to 2.2, levels A and AA, and best practice."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_OPTIONS = {
    "runOnly": [
        "wcag2a",
        "wcag2aa",
        "wcag21a",
        "wcag21aa",
        "wcag22aa",
        "best-practice",
    ],
    # Off by default, and a part of WCAG 2.2 AA.
    "rules": {"target-size": {"enabled": True}},
}


def look(page: Page) -> dict[str, Any]:
    """axe's whole answer for the page as it stands."""
    answer: dict[str, Any] = Axe().run(page, options=_OPTIONS).response
    return answer


def violations(page: Page) -> list[str]:
    """One line for each violation: rule and the element."""
    return lines_of(look(page)["violations"])


def lines_of(found: list[dict[str, Any]]) -> list[str]:
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]}" for rule in found for node in rule["nodes"]
    ]
