"""What shapes without a name are called in results: by label, and by the nearest shape around that has a name."""

from __future__ import annotations

from typing import NamedTuple

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node


class ShapeName(NamedTuple):
    """The IRI of a shape or of the nearest one around it that has one, and its own label when it has none."""

    shape: str
    source: str


class ShapeNames:
    """The names of the shapes of one graph."""

    def __init__(self, shapes: rdflib.Graph) -> None:
        self._shapes = shapes
        self._found: dict[Node, ShapeName] = {}

    def of(self, shape: Node) -> ShapeName:
        """Return the name of a shape."""
        found = self._found.get(shape)
        if found is None:
            found = self._found[shape] = ShapeName(
                self._around(shape), str(shape) if isinstance(shape, rdflib.BNode) else ""
            )
        return found

    def _around(self, shape: Node) -> str:
        seen: set[Node] = set()
        here: Node | None = shape
        while isinstance(here, rdflib.BNode):
            seen.add(here)
            owners = [each for each in self._shapes.subjects(SH.property, here) if each not in seen]
            here = min(owners, key=str, default=None)
        return "" if here is None else str(here)
