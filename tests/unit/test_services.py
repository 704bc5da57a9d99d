"""What the web side shares is read in one module, typed; everything else asks that module (docs/architecture.md)."""

from __future__ import annotations

import ast
import typing
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from service.web.edge import services

ROOT = Path(__file__).parent.parent.parent
HOME = "service.web.edge.services"


def app_states(source: str) -> Iterator[int]:
    """Give the lines that reach for the state of an application, by whatever way they came to it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "state" and _is_app(node.value):
            yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            state = node.args[1]
            if _is_app(node.args[0]) and isinstance(state, ast.Constant) and state.value == "state":
                yield node.lineno


def _is_app(node: ast.expr) -> bool:
    return (
        (isinstance(node, ast.Attribute) and node.attr in ("app", "_app"))
        or (isinstance(node, ast.Name) and node.id in ("app", "application"))
        or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "app")
    )


def test_one_module_knows_where_an_application_keeps_what_it_shares() -> None:
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "service").rglob("*.py")
        if any(app_states(path.read_text("utf-8")))
    }
    assert found == {HOME}


@pytest.mark.parametrize(
    "line",
    [
        "settings = request.app.state.settings",
        "state = call.request.app.state",
        'page = getattr(scope["app"].state, "error_page", None)',
        'state = getattr(request.app, "state")',
        "app.state.settings = settings",
        "def later():\n    return self._app.state.draining",
    ],
)
def test_every_way_to_the_state_of_an_application_is_caught(line: str) -> None:
    assert list(app_states(line))


def test_the_state_of_a_request_or_a_job_is_another_one() -> None:
    assert not list(app_states("request.state.release = job.state"))


@pytest.mark.parametrize("kind", [services.Basics, services.Services])
def test_everything_shared_has_a_type_of_its_own(kind: type) -> None:
    hints = typing.get_type_hints(kind)
    assert {field.name for field in fields(kind)} == set(hints)
    assert not {name for name, hint in hints.items() if hint in (typing.Any, object)}
