"""What many modules speak of is spelled in one of them: facets, media types, namespaces."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from service.catalogue.records import FACETS
from service.rdf import media_types, namespaces
from service.web.pages import search_page

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
    assert sorted(search_page._FACETS) == sorted(FACETS)  # the same in the order of the page


def texts(tree: ast.Module) -> Iterator[str]:
    """Yield the string constants of a module, docstrings left out."""
    prose = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def test_media_types_of_data_are_spelled_once() -> None:
    known = {value for name, value in vars(media_types).items() if name.isupper()}
    assert media_types.TURTLE in known
    spelled = {(name, text) for name, tree in modules() for text in texts(tree) if text in known}
    assert {name for name, _ in spelled} == {"rdf/media_types.py"}


def test_namespaces_are_spelled_once() -> None:
    known = tuple(value for name, value in vars(namespaces).items() if name.isupper())
    spelled = {name for name, tree in modules() for text in texts(tree) if text.startswith(known)}
    assert spelled == {"rdf/namespaces.py"}
