"""Paths of shapes in another form that reaches the same: alternatives that begin alike share their beginning."""

from __future__ import annotations

from collections.abc import Iterable

import rdflib
from rdflib.namespace import SH

from ..named_paths import forget, write_path
from ..paths import Path, path_from_shapes

Steps = tuple[Path, ...]


def share_steps(shapes: rdflib.Graph) -> None:
    """Write the paths of shapes so that no step of one is taken twice from one node.

    Profiles here have alternatives of whole sequences, since pySHACL follows a path to ten steps of nesting only. An
    engine without that limit takes each shared step once.
    """
    for shape, node in list(shapes.subject_objects(SH.path)):
        if (node, SH.alternativePath, None) not in shapes:
            continue
        path = path_from_shapes(shapes, node)
        shorter = _alternatives(_sequences(path))
        # What a result says of its path is whether it is a single property: that must not change.
        if shorter != path and shorter.operator != "predicate":
            shapes.remove((shape, SH.path, node))
            forget(node, shapes)
            shapes.add((shape, SH.path, write_path(shorter, shapes, f"{shape}\nshared steps")))


def _sequences(path: Path) -> Iterable[Steps]:
    if path.operator == "alternative":
        return [steps for part in path.parts for steps in _sequences(part)]
    return [path.parts if path.operator == "sequence" else (path,)]


def _alternatives(sequences: Iterable[Steps]) -> Path:
    after: dict[Path, dict[Steps, None]] = {}
    for steps in sequences:
        after.setdefault(steps[0], {})[steps[1:]] = None
    parts = []
    for first, rests in after.items():
        if () in rests:
            parts.append(first)
        if longer := [steps for steps in rests if steps]:
            rest = _alternatives(longer)
            parts.append(Path("sequence", "", (first, *(rest.parts if rest.operator == "sequence" else (rest,)))))
    return parts[0] if len(parts) == 1 else Path("alternative", "", tuple(parts))
