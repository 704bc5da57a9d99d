"""The W3C test suite for SHACL, Core and SPARQL: each report is what the suite expects, by every engine.

The data are read as `pinoamo check` reads documents, all at once, and held to shapes as `--shapes` and `--format ttl`
do, by the same function; a few go through the command itself.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import rdflib
from rdflib import RDF, SH, Namespace
from rdflib.term import Node

from service.errors import InvalidArgument
from service.settings import Settings
from service.validation.brought_shapes.official import load_shapes
from service.validation.context import ListedConcepts
from service.validation.documents import Document, read_documents
from service.validation.engines.engine import EngineName
from service.validation.profiles import Profile
from service.validation.report import document_report
from tests.conftest import ROOT, SHARED
from tests.support.commands import environment

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
SUITE = SHARED / "w3c-shacl" / "tests"
ENGINES: tuple[EngineName, ...] = ("fast", "reference", "both")
# What a library does against the standard.
KNOWN: Mapping[tuple[str, EngineName], str] = {
    ("sparql/pre-binding/shapesGraph-001", "reference"): "pySHACL 0.40 does not support $shapesGraph",
}
THROUGH_THE_COMMAND = (
    "core/node/and-001", "core/path/path-complex-002", "core/property/datatype-ill-formed",
    "core/targets/targetNode-001", "sparql/node/prefixes-001", "sparql/pre-binding/unsupported-sparql-001",
)  # fmt: skip

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not SUITE.is_dir(), reason="needs the W3C SHACL test suite beside the checkout (../shared/data/w3c-shacl)"
    ),
]


class Case(NamedTuple):
    """One test of the suite; `expected` is the report's node in `manifest`, or `sht:Failure`."""

    name: str
    manifest: rdflib.Graph
    expected: Node
    data: Path
    shapes: Path


def cases() -> Iterator[Case]:
    """Yield the tests of every file: one of them is in no manifest that includes others."""
    for file in sorted(SUITE.rglob("*.ttl")):
        graph = parsed(file) if "mf:entries" in file.read_text("utf-8") else rdflib.Graph()
        for entries in graph.objects(None, MF.entries):
            for entry in graph.items(entries):
                action = graph.value(entry, MF.action)
                yield Case(
                    f"{file.parent.relative_to(SUITE)}/{path_of(entry).stem}",
                    graph,
                    node_of(graph, entry, MF.result),
                    path_of(node_of(graph, action, SHT.dataGraph)),
                    path_of(node_of(graph, action, SHT.shapesGraph)),
                )


def node_of(graph: rdflib.Graph, subject: Node | None, predicate: rdflib.URIRef) -> Node:
    found = graph.value(subject, predicate)
    assert found is not None
    return found


def path_of(iri: Node) -> Path:
    return Path(str(iri).removeprefix("file://"))


def parsed(path: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(path, format="turtle", publicID=path.as_uri())


CASES = {case.name: case for case in cases()}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Document]:
    paths = list(dict.fromkeys(case.data for case in CASES.values()))
    settings = Settings(data=tmp_path_factory.mktemp("w3c") / "var")
    return dict(zip(paths, read_documents(paths, settings), strict=True))


def test_the_suite_is_whole() -> None:
    counts = Counter(name.split("/")[0] for name in CASES)
    assert counts == {"core": 98, "sparql": 23}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_report_is_what_the_suite_expects(
    name: str, engine: EngineName, documents: Mapping[Path, Document], request: pytest.FixtureRequest
) -> None:
    if (name, engine) in KNOWN:
        request.applymarker(pytest.mark.xfail(reason=KNOWN[name, engine], strict=True))
    case = CASES[name]
    if case.expected == SHT.Failure:
        with pytest.raises(InvalidArgument):
            reported(case, engine, documents[case.data])
        return
    assert_as_expected(case, reported(case, engine, documents[case.data]))


@cache
def shapes_in(path: Path) -> Profile:
    return load_shapes([path]).profile


def reported(case: Case, engine: EngineName, document: Document) -> bytes:
    profile = shapes_in(case.shapes)
    return document_report(document, [profile], ListedConcepts(), engine).body


@pytest.mark.parametrize("name", THROUGH_THE_COMMAND)
def test_command_reports_what_the_suite_expects(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    command = [sys.executable, "-m", "service.cli.main", "check", str(case.data), "--shapes", str(case.shapes)]
    done = subprocess.run(
        [*command, "--format", "ttl"], capture_output=True, cwd=ROOT, check=False, env=environment(tmp_path)
    )
    if case.expected == SHT.Failure:
        assert (done.returncode, done.stdout) == (2, b"")
        return
    conforms = case.manifest.value(case.expected, SH.conforms) == rdflib.Literal(True)
    assert done.returncode == (0 if conforms else 1), done.stderr.decode()
    assert_as_expected(case, done.stdout)


def assert_as_expected(case: Case, body: bytes) -> None:
    found = rdflib.Graph().parse(data=body, format="turtle")
    report = found.value(None, RDF.type, SH.ValidationReport)
    if report is None:  # nothing is about anything in the data
        assert body.startswith(b"# ")
        assert case.manifest.value(case.expected, SH.conforms) == rdflib.Literal(True)
        return
    assert found.value(report, SH.conforms) == case.manifest.value(case.expected, SH.conforms)
    assert results(found, report) == results(case.manifest, case.expected)
    assert messages(case.manifest, case.expected) <= messages(found, report)


def results(graph: rdflib.Graph, report: Node) -> Counter[tuple[str | None, ...]]:
    """Return the results of a report as often as each is there, with paths in canonical words."""
    parts = (SH.focusNode, SH.value, SH.resultSeverity, SH.sourceConstraintComponent)
    return Counter(
        (
            *(word(graph.value(result, part)) for part in parts),
            path_words(graph, graph.value(result, SH.resultPath)),
            word(graph.value(result, SH.sourceShape)),
        )
        for result in graph.objects(report, SH.result)
    )


def word(node: Node | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, rdflib.BNode):
        return "a blank node"
    return node.n3()


def path_words(graph: rdflib.Graph, path: Node | None) -> str | None:
    """Return a property path in words that do not depend on how its nodes are called."""
    if not isinstance(path, rdflib.BNode):
        return None if path is None else path.n3()
    if (path, RDF.first, None) in graph:
        assert {*graph.predicates(path)} == {RDF.first, RDF.rest}
        return f"( {' '.join(str(path_words(graph, part)) for part in graph.items(path))} )"
    parts = (f"{predicate.n3()} {path_words(graph, part)}" for predicate, part in graph.predicate_objects(path))
    return f"[ {' ; '.join(sorted(parts))} ]"


def messages(graph: rdflib.Graph, report: Node) -> set[Node]:
    return {text for result in graph.objects(report, SH.result) for text in graph.objects(result, SH.resultMessage)}
