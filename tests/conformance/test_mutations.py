"""Taking away any constraint of a country's rules changes what some example of the manifest is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import SH, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from service.validation.profiles import MCS
from tests.conformance.manifest import CASES, DEFAULT_DAY, Case, included, profile, statements

shacl_engine = pytest.importorskip("service.validation.engines.fast", reason="needs the fast extra")

CONSTRAINTS = (
    SH["class"], SH.datatype, SH.nodeKind, SH.minCount, SH.maxCount, SH.minInclusive, SH.pattern, SH.uniqueLang,
    SH.languageIn, SH.lessThan, SH.lessThanOrEquals, SH.disjoint, SH["not"], SH.hasValue, SH["in"], SH.node,
    SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.sparql, MCS.least, MCS.most, MCS.fewerThan, MCS.leastHours,
    MCS.avoid,
)  # fmt: skip
# Not yet those of the European, Finnish and advisory profiles, nor of requirement trees.
PROFILES = ("he", "nl", "ee", "es", "ie", "hr", "at", "si", "au", "nz", "my", "hk", "gb", "ca-bc")

Mutation = tuple[Node, Node, Node]


def mutations(name: str) -> Iterator[Mutation]:
    """Yield the constraints of the profile's own checks, but for parts that the European definition has too."""
    loaded, europe = profile(name, DEFAULT_DAY), profile("eu", DEFAULT_DAY)
    others = {shape for check in europe.checks for shape in closure(europe.graph, URIRef(check))}
    for check in loaded.checks:
        if check in included(name):
            continue
        for shape in sorted(closure(loaded.graph, URIRef(check)) - others):
            for constraint in CONSTRAINTS:
                for value in loaded.graph.objects(shape, constraint):
                    yield shape, constraint, value


def closure(graph: Graph, shape: Node) -> set[Node]:
    """Return a shape and the named shapes that it refers to."""
    found = {shape}
    waiting = [shape]
    while waiting:
        node = waiting.pop()
        referred = [*graph.objects(node, SH.node), *graph.objects(node, SH["not"]), *graph.objects(node, SH.property)]
        referred += graph.objects(node, SH.qualifiedValueShape)
        for head in graph.objects(node, SH["or"]):
            referred += list(Collection(graph, head))
        new = [each for each in referred if each not in found]
        found.update(new)
        waiting += new
    return found


def told(graph: Graph, examples: list[Case]) -> Iterator[frozenset[tuple[str, str]]]:
    engine = shacl_engine.FastEngine(graph)
    for example in examples:
        results = engine.run_text(statements(example.data, example.change))
        yield frozenset((result.shape, result.severity) for result in results)


def is_missed(shape: Node, mutation: Mutation, name: str) -> bool:
    """Tell whether some example is told something else without the constraint; the likeliest examples come first."""
    graph = Graph()
    for triple in profile(name, DEFAULT_DAY).graph:
        if triple != mutation:
            graph.add(triple)
    examples = [example for example in CASES if example.profile == name and example.day == DEFAULT_DAY]
    key = str(shape)
    examples.sort(key=lambda example: key not in {failed for failed, _ in example.expected})
    return any(found != example.expected for found, example in zip(told(graph, examples), examples, strict=False))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROFILES)
def test_every_constraint_is_missed_when_it_is_taken_away(name: str) -> None:
    kept = set()
    for mutation in dict.fromkeys(mutations(name)):
        shape, constraint, _ = mutation
        label = str(shape).rpartition("#")[2], str(constraint).rpartition("#")[2]
        if not is_missed(shape, mutation, name):
            kept.add(label)
    assert kept == set()
