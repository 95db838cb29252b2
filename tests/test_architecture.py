"""House rules that a linter cannot know, checked on the source itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from api import create_app
from api.errors import STATUS
from bridge import errors, lifecycle
from tests.conftest import Servers

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bridge", "api", "schemas", "web")


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def assigned_attributes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            for part in ast.walk(target) if target is not None else ():
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                    yield part.attr, ast.unparse(part.value)


def called_methods(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_an_escalation_s_status_is_set_in_one_place() -> None:
    setters = [
        name
        for name, tree in sources()
        for attribute, owner in assigned_attributes(tree)
        if attribute in {"status", "status_before"} and owner in {"self", "escalation", "row", "found"}
    ]

    assert set(setters) == {"bridge/escalation.py"}


def test_sql_sets_a_status_only_when_it_saves_an_escalation() -> None:
    writers = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if re.search(r"UPDATE escalations[^;]*\bstatus\s*=", path.read_text("utf-8"))
    ]

    # Both write what `Escalation.apply` set: one case of an act, or a batch of the clock's.
    assert writers == ["bridge/queries/attended.py", "bridge/queries/escalations.py"]


def test_transactions_end_only_in_the_database_module() -> None:
    allowed = {"bridge/db.py"}
    enders = {
        name
        for name, tree in sources()
        if {"commit", "rollback"} & set(called_methods(tree)) and name not in allowed
    }

    # An act is rolled back by the service that has to ask again; the methods themselves are db.Act's.
    assert enders <= {
        "bridge/services/attending.py",
        "bridge/services/decisions.py",
        "bridge/services/promises.py",
    }


def test_only_the_clock_asks_for_the_time() -> None:
    askers = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"datetime.now", "datetime.utcnow", "date.today"}
    }

    assert askers == {"bridge/clock.py"}


def test_every_error_has_a_status_and_a_code_of_its_own() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.BridgeError)]

    assert set(classes) == set(STATUS)
    assert len({c.code for c in classes}) == len(classes)


@pytest.fixture
def app(environment: Servers) -> Flask:
    return create_app()


def test_every_route_declares_a_permission(app: Flask) -> None:
    undeclared = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "bridge_permission", None) is None
    ]

    assert undeclared == []


def test_the_picture_of_the_life_is_drawn_from_the_table() -> None:
    drawn = (ROOT / "docs" / "life-of-an-escalation.md").read_text("utf-8")

    assert life_table() in drawn


def life_table() -> str:
    """The transition table as it stands in the document."""
    rows = ["| from | action | to |", "|---|---|---|"]
    for (source, action), to in lifecycle.TRANSITIONS.items():
        words = {lifecycle.Back.BEFORE: "(the status before)", lifecycle.Back.SAME: "(stays)"}
        target = words[to] if isinstance(to, lifecycle.Back) else to.value
        rows.append(f"| {source.value} | {action.value} | {target} |")
    return "\n".join(rows) + "\n"
