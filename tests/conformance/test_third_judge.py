"""A third judge: plain `pyshacl.validate` on the statements that were read, so that our engines cannot err together.

Public profiles and their example data are held to each other, every pair; and forty pairs of our own in their manner,
made from a seed, with every kind of target. Where pySHACL is known to err against the text of SHACL, the pairs keep
clear of it: tests/conformance/test_components.py has these.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyshacl
import pyshacl.shape
import pytest
import rdflib
from rdflib import RDF, SH, XSD
from rdflib.term import Node

from service.rdf.statements import Triple
from service.rdf.syntax import triples_from_text
from service.rdf.terms import Term
from service.settings import Settings
from service.validation.brought_shapes.official import load_shapes
from service.validation.brought_shapes.others import results_of_others
from service.validation.documents import Document, read_documents
from service.validation.engines.engine import EngineName
from service.validation.results import Result
from tests.conftest import SHARED

pytestmark = pytest.mark.system

PROFILES = SHARED / "profiles"
ENGINES: tuple[EngineName, ...] = ("fast", "reference")
Found = Counter[tuple[str | None, ...]]

EX = "http://example.org/"
PREFIXES = f"""@prefix ex: <{EX}> . @prefix sh: <{SH}> . @prefix xsd: <{XSD}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
TARGETS = (
    "sh:targetClass ex:Course", "sh:targetNode ex:c0 , ex:absent", "sh:targetSubjectsOf ex:part",
    "sh:targetObjectsOf ex:part", "a rdfs:Class", "sh:targetClass ex:Thing ; sh:targetObjectsOf ex:part",
)  # fmt: skip
PATHS = (
    "ex:title", "ex:part", "ex:hours", "ex:start", "[ sh:inversePath ex:part ]", "( ex:part ex:title )",
    "[ sh:alternativePath ( ex:title ex:name ) ]", "[ sh:zeroOrMorePath ex:part ]", "[ sh:oneOrMorePath ex:part ]",
    "[ sh:zeroOrOnePath ex:part ]",
)  # fmt: skip
CONSTRAINTS = (
    "sh:minCount 1", "sh:maxCount 1", "sh:minCount 2 ; sh:severity sh:Warning", "sh:class ex:Course",
    "sh:datatype xsd:string", "sh:datatype xsd:integer", "sh:nodeKind sh:IRI", "sh:nodeKind sh:BlankNodeOrIRI",
    "sh:minLength 5", "sh:maxLength 12", 'sh:pattern "^[A-Z]"', 'sh:pattern "^a" ; sh:flags "i"',
    'sh:languageIn ( "en" "fi" )', "sh:uniqueLang true", "sh:minInclusive 5", "sh:maxExclusive 20", "sh:equals ex:name",
    "sh:disjoint ex:name", "sh:hasValue ex:c1", 'sh:in ( "Art" ex:c0 ex:c1 7 )', "sh:node ex:Titled",
    "sh:not ex:Titled", "sh:or ( ex:Titled [ sh:nodeKind sh:Literal ] )",
    "sh:xone ( ex:Titled [ sh:nodeKind sh:IRI ] )", "sh:and ( ex:Titled [ sh:nodeKind sh:IRI ] )",
    "sh:qualifiedValueShape ex:Titled ; sh:qualifiedMinCount 2",
    "sh:qualifiedValueShape ex:Titled ; sh:qualifiedMaxCount 1", "sh:property [ sh:path ex:title ; sh:minCount 1 ]",
    "sh:minCount 1 ; sh:deactivated true", "sh:minCount 1 ; sh:severity ex:Grave",
)  # fmt: skip
VALUES = (
    '"Art"', '"art history"', '"Konst"@sv', '"Art"@en', '"Taide"@fi', '"Arts"@en', "7", "25", '"x"^^xsd:integer',
    '"2026-01-01T00:00:00Z"^^xsd:dateTime', '"4.5"^^xsd:decimal', "ex:c0", "ex:c1", "ex:c2", "_:b1",
)  # fmt: skip
QUERY = """ sh:sparql [ sh:message "{?value} is a draft"@en ;
  sh:select "SELECT $this ?value WHERE { $this <http://example.org/name> ?value . FILTER (?value = \\"Art\\") }" ] ;"""


def own_shapes(chance: random.Random) -> str:
    """Return a graph of shapes: two with targets, and one that others refer to."""
    shapes = ["ex:Titled a sh:NodeShape ; sh:property [ sh:path ex:title ; sh:minCount 1 ] ."]
    for number in range(2):
        properties = (
            f"sh:property [ sh:path {chance.choice(PATHS)} ; {chance.choice(CONSTRAINTS)} ]" for _ in range(4)
        )
        closed = " sh:closed true ; sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;"
        more = chance.choice(("", "", closed, QUERY))
        name = "Course" if (target := chance.choice(TARGETS)) == "a rdfs:Class" else f"S{number}"
        shapes.append(f"ex:{name} a sh:NodeShape ; {target} ;{more} {' ; '.join(properties)} .")
    return PREFIXES + "\n".join(shapes)


def own_data(chance: random.Random) -> str:
    """Return a graph of courses, their parts, and a blank node among them."""
    lines = ["ex:Course rdfs:subClassOf ex:Thing ."]
    for subject in ("ex:c0", "ex:c1", "ex:c2", "_:b1"):
        if chance.random() < 0.7:
            lines.append(f"{subject} a {chance.choice(('ex:Course', 'ex:Thing'))} .")
        for _ in range(chance.randint(1, 6)):
            predicate = chance.choice(("ex:title", "ex:name", "ex:part", "ex:hours", "ex:start"))
            lines.append(f"{subject} {predicate} {chance.choice(VALUES)} .")
    return PREFIXES + "\n".join(lines)


def rdflib_graph(triples: tuple[Triple, ...]) -> rdflib.Graph:
    """Return statements as rdflib reads them itself, not as our engine does."""

    def node(term: Term) -> Node:
        if term.kind == "literal":
            return rdflib.Literal(term.value, term.language, term.datatype and rdflib.URIRef(term.datatype), False)
        return rdflib.BNode(term.value) if term.kind == "bnode" else rdflib.URIRef(term.value)

    graph = rdflib.Graph()
    for subject, predicate, value in triples:
        graph.add((node(subject), rdflib.URIRef(predicate), node(value)))
    return graph


def third_judge(triples: tuple[Triple, ...], shapes: rdflib.Graph, monkeypatch: pytest.MonkeyPatch) -> Found:
    """Return what pySHACL finds with components of its own."""
    monkeypatch.delattr(pyshacl.shape, "CONSTRAINT_PARAMS", raising=False)
    _, report, _ = pyshacl.validate(rdflib_graph(triples), shacl_graph=shapes)
    assert isinstance(report, rdflib.Graph)
    node = report.value(None, RDF.type, SH.ValidationReport)
    parts = (SH.focusNode, SH.sourceConstraintComponent, SH.value, SH.resultSeverity)
    found = Counter(
        (*(word(report.value(result, part)) for part in parts), path_of(report, result))
        for result in report.objects(node, SH.result)
    )
    monkeypatch.undo()
    return found


def word(node: Node | None) -> str | None:
    return None if node is None else "a blank node" if isinstance(node, rdflib.BNode) else node.n3()


def path_of(report: rdflib.Graph, result: Node) -> str | None:
    path = report.value(result, SH.resultPath)
    return path.n3() if isinstance(path, rdflib.URIRef) else None


def told(results: tuple[Result, ...]) -> Found:
    def of(term: Term | None) -> str | None:
        if term is None or term.kind == "bnode":
            return term and "a blank node"
        if term.kind == "iri":
            return f"<{term.value}>"
        return rdflib.Literal(term.value, term.language, term.datatype and rdflib.URIRef(term.datatype), False).n3()

    severities = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
    return Counter(
        (
            of(result.focus),
            f"<{result.component if ':' in result.component else SH + result.component}>",
            of(result.value),
            f"<{result.severity_iri or severities[result.severity]}>",
            f"<{result.path}>" if result.path else None,
        )
        for result in results
    )


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Document]:
    paths = sorted((PROFILES / "examples").glob("*.ttl"))
    settings = Settings(data=tmp_path_factory.mktemp("profiles") / "var")
    return {path.name: document for path, document in zip(paths, read_documents(paths, settings), strict=True)}


def pairs() -> Iterator[tuple[str, str]]:
    for shapes in sorted((PROFILES / "shapes").glob("*.ttl")):
        for data in sorted((PROFILES / "examples").glob("*.ttl")):
            yield shapes.name, data.name


@pytest.mark.parametrize(("shapes", "data"), list(pairs()))
def test_public_profiles_find_what_plain_pyshacl_finds(
    shapes: str, data: str, examples: Mapping[str, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, triples = PROFILES / "shapes" / shapes, examples[data].as_it_is
    right = third_judge(triples, rdflib.Graph().parse(path), monkeypatch)
    profile = load_shapes([path]).profile
    for engine in ENGINES:
        assert told(results_of_others(triples, profile, engine)) == right, engine


@pytest.mark.parametrize("seed", range(40))
def test_pairs_of_our_own_find_what_plain_pyshacl_finds(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    path = tmp_path / "shapes.ttl"
    path.write_text(own_shapes(chance), "utf-8")
    triples = tuple(dict.fromkeys(triples_from_text(own_data(chance).encode(), "text/turtle")))
    right = third_judge(triples, rdflib.Graph().parse(path), monkeypatch)
    profile = load_shapes([path]).profile
    for engine in ENGINES:
        assert told(results_of_others(triples, profile, engine)) == right, engine


def test_pairs_of_our_own_have_every_kind_of_target() -> None:
    texts = [own_shapes(random.Random(seed)) for seed in range(40)]
    for target in TARGETS:
        assert any(target in text for text in texts)
