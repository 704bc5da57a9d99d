"""What publishing derives is found wherever the definition lets it stand: shapes and queries read one list of paths."""

from __future__ import annotations

from itertools import pairwise

import pytest

from service.rdf.terms import RDF_TYPE
from service.resources import SHAPES
from service.store.oxigraph import OxigraphStore
from service.validation.named_paths import named_paths
from service.validation.paths import Path
from tests.support.small_catalogue import PREFIXES, derived_triples

MC = PREFIXES["mc"]
MCS = "https://w3id.org/pinoamo/shapes#"
ECTS = "http://data.europa.eu/snb/education-credit/6fcec5c5af"
START, END = "urn:x:credential", "urn:x:value"


def alternatives(name: str) -> list[tuple[Path, ...]]:
    """Return the ways of a path, each as its steps."""
    path = named_paths(SHAPES)[MCS + name]
    ways = path.parts if path.operator == "alternative" else (path,)
    return [way.parts if way.operator == "sequence" else (way,) for way in ways]


def written(steps: tuple[Path, ...]) -> str:
    """Return statements that lead from the start to the end by these steps."""
    nodes = [START, *(f"urn:x:{number}" for number in range(1, len(steps))), END]
    lines = [f"<{START}> <{RDF_TYPE}> <{MC}MicroCredential> <urn:g> ."]
    for step, (near, far) in zip(steps, pairwise(nodes), strict=True):
        inverse = step.operator == "inverse"
        predicate = step.parts[0].predicate if inverse else step.predicate
        subject, value = (far, near) if inverse else (near, far)
        lines.append(f"<{subject}> <{predicate}> <{value}> <urn:g> .")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("name", "derived", "steps"),
    [
        (name, derived, steps)
        for name, derived in (("path-mode", "mode"), ("path-body", "provider"))
        for steps in alternatives(name)
    ],
)
def test_what_stands_anywhere_on_the_path_is_derived(name: str, derived: str, steps: tuple[Path, ...]) -> None:
    store = OxigraphStore.in_memory(written(steps).encode())
    found = {(t.subject.value, t.predicate, t.object.value) for t in derived_triples(store)}
    assert (START, MC + derived, END) in found


@pytest.mark.parametrize(
    ("points", "expected"), [(("5",), {"5"}), (("5", "25"), set()), (("5", "5"), {"5"}), (("5", "5.0"), {"5"})]
)
def test_two_numbers_of_credits_that_contradict_each_other_are_none(
    points: tuple[str, ...], expected: set[str]
) -> None:
    lines = [f"<{START}> <{RDF_TYPE}> <{MC}MicroCredential> <urn:g> ."]
    for number, point in enumerate(points):
        lines += [
            f"<{START}> <{PREFIXES['elm']}creditPoint> <urn:c:{number}> <urn:g> .",
            f"<urn:c:{number}> <{PREFIXES['elm']}framework> <{ECTS}> <urn:g> .",
            f'<urn:c:{number}> <{PREFIXES["elm"]}point> "{point}" <urn:g> .',
        ]
    store = OxigraphStore.in_memory("\n".join(lines).encode())
    assert {t.object.value for t in derived_triples(store) if t.predicate == MC + "ects"} == expected
