"""Accessibility by axe: WCAG 2.0 to 2.2, levels A and AA, and best practice."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
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
    "resultTypes": ["violations", "incomplete"],
}


_COLOURS = {
    "runOnly": ["color-contrast", "link-in-text-block"],
    "resultTypes": ["violations", "incomplete"],
}
"""The rules that ask for colours, of which the others know nothing."""


def look(page: Page, *, only_colours: bool = False) -> dict[str, Any]:
    """axe's answer for the page as it stands: its violations, and what it could not decide."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    answer: dict[str, Any] = page.evaluate(
        "async (options) => { const { violations, incomplete } = await axe.run(options);"
        " return { violations, incomplete }; }",
        _COLOURS if only_colours else _OPTIONS,
    )
    return answer


def violations(page: Page) -> list[str]:
    """One line for each violation: rule and the element."""
    return lines_of(look(page)["violations"])


def lines_of(found: list[dict[str, Any]]) -> list[str]:
    """Rule, what axe says it depends on, where, and the element, of each finding."""
    return [
        f"{rule['id']} {reason_of(node)}: {node['target']} {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def reason_of(node: dict[str, Any]) -> str:
    """Why axe says so, as its own key where there is one."""
    for check in (*node["any"], *node["all"], *node["none"]):
        data = check.get("data")
        if isinstance(data, dict) and data.get("messageKey"):
            return str(data["messageKey"])
    return ""
