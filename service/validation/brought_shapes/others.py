"""Documents held against shapes of others: the document as it is, each result a finding, nothing looked up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from ...catalogue.records import Labels
from ...rdf.namespaces import SHACL
from ...rdf.statements import Triple
from ...rdf.terms import local_name
from ..engines.engine import EngineName, validate
from ..findings import Finding, Verdict, kinds_in, shortened
from ..paths import Graph, path_from_shapes
from ..places import place_of, text_of
from ..profiles import Profile
from ..results import Result
from ..words.messages import messages_of
from ..words.sentences import path_text, sentences
from .shape_nodes import Targets, targets_of


def results_of_others(triples: Iterable[Triple], profile: Profile, engine: EngineName | None) -> tuple[Result, ...]:
    """Return what shapes of others find wrong with the statements of a document and their background."""
    return validate([*dict.fromkeys((*triples, *profile.background))], profile, engine)


def judge_by_others(profile: Profile, triples: Sequence[Triple], results: Iterable[Result]) -> Verdict:
    """Return one finding for each result; nothing was checked exactly when the shapes are about nothing there."""
    graph = Graph((*triples, *profile.background))
    focus_nodes = len(_targets(profile.graph).focus_nodes(graph))
    findings = tuple(_finding(profile.graph, result, graph) for result in results)
    if not focus_nodes and not findings:
        return Verdict(profile.id, "nothing-checked", 0, (), kinds_in(Graph(triples)))
    fails = any(finding.severity == "violation" for finding in findings)
    return Verdict(profile.id, "fails" if fails else "conforms", focus_nodes, findings)


# Keyed by the graph object: rdflib compares graphs by identifier, which is new for every graph that is read.
@lru_cache(maxsize=64)
def _targets(shapes: rdflib.Graph) -> Targets:
    return targets_of(shapes)


def source_of(result: Result) -> Node | None:
    """Return the shape that raised a result, as the shapes graph has it."""
    if result.source:
        return rdflib.BNode(result.source)
    return rdflib.URIRef(result.shape) if result.shape else None


def _finding(shapes: rdflib.Graph, result: Result, graph: Graph) -> Finding:
    source = source_of(result)
    path = shapes.value(source, SH.path) if source is not None else None
    value = None if result.value in (None, result.focus) else shortened(text_of(result.value, graph))
    return Finding(
        local_name(result.path or result.shape) or result.component,
        place_of(result.focus, graph),
        "violated",
        result.severity,
        value,
        _words(shapes, source, result, graph),
        result.shape,
        {},
        result.shape,
        result.path or ("" if path is None else path_text(shapes, path)),
        result.component if ":" in result.component else SHACL + result.component,
        result.severity_iri,
    )


def _words(shapes: rdflib.Graph, source: Node | None, result: Result, graph: Graph) -> Labels:
    found: dict[str, list[str]] = {}
    for message in messages_of(shapes, source, result):
        found.setdefault(message.language or "en", []).append(message.value)
    if found or source is None:
        return {language: " ".join(sorted(texts)) for language, texts in found.items()}
    path = shapes.value(source, SH.path)
    values = [] if path is None else graph.values(result.focus, path_from_shapes(shapes, path))
    return sentences(shapes, source, result.component, result.path, len(values))
