"""Write `shapes/examples.ttl` from the conformance manifest: for each check, the change that makes it fail.

    python -m tests.conformance.write_examples

Of the manifest's examples for a check the one with the fewest other findings is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rdflib import RDF, BNode, Graph, URIRef
from rdflib.namespace import NamespaceManager
from rdflib.term import Node

from service.rdf.syntax import triples_from_text
from service.validation.context import ListedConcepts, surroundings
from service.validation.profiles import MCS, profile_names
from tests.conformance.manifest import CASES, DEFAULT_DAY, HERE, PREFIXES, SHAPES, Case, included, profile

TARGET = SHAPES / "examples.ttl"
HEAD = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix mcs: <https://w3id.org/pinoamo/shapes#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix vann: <http://purl.org/vocab/vann/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<https://w3id.org/pinoamo/shapes/examples> a owl:Ontology ;
    dcterms:title "Examples of what fails a check"@en ,
        "Esimerkkejä tarkistusten virheistä"@fi ,
        "Exempel på vad som underkänns"@sv ;
    dcterms:description "For each check a change to a complete example that makes it fail: - taken away, + added."@en ,
        "Kullekin tarkistukselle muutos täydelliseen esimerkkiin: - poistetaan, + lisätään."@fi ,
        "För varje kontroll en ändring av ett fullständigt exempel: - tas bort, + läggs till."@sv ;
    skos:scopeNote "Written from the conformance manifest. Not checked: anything; these are texts for readers."@en ;
    dcterms:creator "The Pinoamo contributors" ;
    dcterms:created "2026-11-25"^^xsd:date ;
    dcterms:modified "2026-11-25"^^xsd:date ;
    dcterms:license <https://www.apache.org/licenses/LICENSE-2.0> ;
    owl:versionIRI <https://w3id.org/pinoamo/shapes/examples/0.1.0> ;
    owl:versionInfo "0.1.0" ;
    vann:preferredNamespacePrefix "mcs" ;
    vann:preferredNamespaceUri "https://w3id.org/pinoamo/shapes#" .
"""


def text() -> str:
    """Return the file."""
    parts = [HEAD]
    for kind in ("specification", "credential"):
        whole = (HERE / "data" / f"{kind}.ttl").read_text(encoding="utf-8")
        parts.append(f"mcs:example-{kind} rdf:value {_quoted(_alone(whole))} .\n")
    changes = {shape: change for name in profile_names(SHAPES) for shape, change in _changes(name)}
    for shape in sorted(changes):
        parts.append(f"mcs:{shape.removeprefix(str(MCS))} skos:example {_quoted(changes[shape])} .\n")
    return "\n".join(parts)


def _alone(example: str) -> str:
    """Return an example with what the code lists say of its concepts: shapes by themselves know no code list."""
    lists = ListedConcepts(SHAPES.parent / "ontology" / "concepts")
    added, _, _ = surroundings(triples_from_text(example.encode(), "text/turtle"), lists)
    lines = sorted(f"<{s.value}> <{p}> <{o.value}> ." for s, p, o in added)
    body = "\n".join(line for line in example.splitlines() if not line.startswith("#"))
    return "\n".join([body.strip(), "", "# What the code lists say of the concepts above.", *lines, ""])


def _changes(name: str) -> Iterator[tuple[str, str]]:
    cases = [case for case in CASES if case.profile == name]
    for shape in set(profile(name, DEFAULT_DAY).checks) - included(name):
        failing = [case for case in cases if shape in {failed for failed, _ in case.expected}]
        yield shape, _difference(min(failing, key=lambda case: (len(case.expected), case.name)))


def _difference(case: Case) -> str:
    whole, changed = _graph(case.data, ""), _graph(case.data, case.change)
    blank = sorted(_blank_nodes(changed), key=lambda node: sorted(changed.predicate_objects(node)))
    names = {node: BNode(f"b{number}") for number, node in enumerate(blank)}
    renamed = {tuple(names.get(term, term) for term in triple) for triple in changed}
    removed = sorted(_line(triple, whole) for triple in set(whole) - renamed)
    added = sorted(_line(triple, whole) for triple in renamed - set(whole))
    return "\n".join([*(f"- {line}" for line in removed), *(f"+ {line}" for line in added)])


def _blank_nodes(graph: Graph) -> set[BNode]:
    return {node for node in graph.all_nodes() if isinstance(node, BNode)}


@cache
def _graph(path: Path, change: str) -> Graph:
    graph = Graph(bind_namespaces="none").parse(path)
    if change:
        graph.update(change, initNs=PREFIXES)
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, replace=True)
    return graph


def _line(triple: tuple[Node, ...], graph: Graph) -> str:
    return " ".join("a" if term == RDF.type else _name(term, graph.namespace_manager) for term in triple) + " ."


def _name(term: Node, names: NamespaceManager) -> str:
    return term.n3(names) if not isinstance(term, URIRef) else names.normalizeUri(term)


def _quoted(words: str) -> str:
    return '"""' + words.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').rstrip("\n") + '"""'


def main() -> None:
    """Write the file."""
    TARGET.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
