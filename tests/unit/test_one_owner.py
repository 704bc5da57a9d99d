"""What many modules speak of is spelled in one of them: facets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from service.catalogue.records import FACETS

SERVICE = Path(__file__).parent.parent.parent / "service"


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module below `service/` with its path there."""
    for path in sorted(SERVICE.rglob("*.py")):
        yield str(path.relative_to(SERVICE)), ast.parse(path.read_text("utf-8"))


def test_facets_are_listed_once() -> None:
    lists = [
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple) and [getattr(each, "value", None) for each in node.elts] == list(FACETS)
    ]
    assert lists == ["catalogue/records.py"]
