"""Describes the SPARQL endpoint: languages, formats, features and graphs, computed once for each release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from ...rdf.namespaces import RDFS, SD, SHACL, VOID, VOID_EXT, W3C_FORMATS, XSD
from ...rdf.results import PREFIXES, write_graph
from ...rdf.statements import Triple
from ...rdf.syntax import triples_from_text
from ...rdf.terms import RDF_TYPE, Term
from ...releases.readers import Reader

_RESULT_FORMATS = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "JSON-LD", "N-Triples", "RDF_XML", "TriG", "N-Quads",
)  # fmt: skip
_PARTITIONS = frozenset(
    VOID + name for name in ("class", "classPartition", "entities", "property", "propertyPartition")
) | {VOID_EXT + "datatype", VOID_EXT + "datatypePartition"}  # fmt: skip


@dataclass(slots=True)
class _Graph:
    """A named graph: how many statements it has, and the parts of its description that tell of classes."""

    size: int = 0
    classes: list[Term] = field(default_factory=list)


def description_bytes(reader: Reader, base_url: str, media_type: str, *, federated: bool, updates: bool) -> bytes:
    """Return the service description in a graph format.

    `federated` says that some endpoints may be called by SERVICE, `updates` that there is a key to send updates with.

    Named graphs, their sizes, and which classes have which properties come from the description of the release, so that
    editors that know the endpoint only complete what is typed; a remote engine has none.
    """
    return _written(reader.path, base_url, media_type, federated, updates)


@lru_cache(maxsize=32)
def _written(release: Path | None, base_url: str, media_type: str, federated: bool, updates: bool) -> bytes:
    graphs, parts = _graphs(release / "description.nt", base_url) if release else ({}, [])
    output = BytesIO()
    write_graph(_describe(base_url, graphs, parts, federated, updates), output, media_type)
    return output.getvalue()


def _graphs(path: Path, base_url: str) -> tuple[Mapping[str, _Graph], Sequence[Triple]]:
    """Return the graphs by name, and what the description says of the parts of their classes."""
    graphs: dict[str, _Graph] = {}
    parts = []
    with path.open("rb") as file:
        for triple in triples_from_text(file):
            name = triple.subject.value
            if name.startswith(f"{base_url}/graph/") and triple.predicate == VOID + "triples":
                graphs.setdefault(name, _Graph()).size = int(triple.object.value)
            elif name.startswith(f"{base_url}/graph/") and triple.predicate == VOID + "classPartition":
                graphs.setdefault(name, _Graph()).classes.append(triple.object)
            elif name.startswith(f"{base_url}/void#") and "-class-" in name and triple.predicate in _PARTITIONS:
                parts.append(triple)
    return dict(sorted(graphs.items())), parts


def _describe(
    base_url: str, graphs: Mapping[str, _Graph], parts: Sequence[Triple], federated: bool, updates: bool
) -> Iterator[Triple]:
    service, dataset, union = (_iri(f"{base_url}/sparql{part}") for part in ("", "#dataset", "#union"))
    yield Triple(service, RDF_TYPE, _iri(SD + "Service"))
    yield Triple(service, SD + "endpoint", service)
    yield Triple(service, SD + "supportedLanguage", _iri(SD + "SPARQL11Query"))
    yield Triple(service, SD + "feature", _iri(SD + "UnionDefaultGraph"))
    if federated:
        yield Triple(service, SD + "feature", _iri(SD + "BasicFederatedQuery"))
    if updates:
        update = _iri(f"{base_url}/sparql/update")
        yield Triple(update, RDF_TYPE, _iri(SD + "Service"))
        yield Triple(update, SD + "endpoint", update)
        yield Triple(update, SD + "supportedLanguage", _iri(SD + "SPARQL11Update"))
    for name in _RESULT_FORMATS:
        yield Triple(service, SD + "resultFormat", _iri(W3C_FORMATS + name))
    yield Triple(service, SD + "defaultDataset", dataset)
    yield Triple(service, RDFS + "seeAlso", _iri(f"{base_url}/queries"))
    yield Triple(dataset, RDF_TYPE, _iri(SD + "Dataset"))
    yield Triple(dataset, SD + "defaultGraph", union)
    yield Triple(union, RDF_TYPE, _iri(SD + "Graph"))
    for prefix, namespace in PREFIXES.items():
        declared = _iri(f"{base_url}/sparql#prefix-{prefix}")
        yield Triple(service, SHACL + "declare", declared)
        yield Triple(declared, SHACL + "prefix", Term("literal", prefix))
        yield Triple(declared, SHACL + "namespace", Term("literal", namespace, None, XSD + "anyURI"))
    for number, (name, found) in enumerate(graphs.items(), start=1):
        named, graph = _iri(f"{base_url}/sparql#named-{number}"), _iri(f"{base_url}/sparql#graph-{number}")
        yield Triple(dataset, SD + "namedGraph", named)
        yield Triple(named, RDF_TYPE, _iri(SD + "NamedGraph"))
        yield Triple(named, SD + "name", _iri(name))
        yield Triple(named, SD + "graph", graph)
        yield Triple(graph, RDF_TYPE, _iri(SD + "Graph"))
        yield Triple(graph, VOID + "triples", Term("literal", str(found.size), None, XSD + "integer"))
        for part in found.classes:
            yield Triple(graph, VOID + "classPartition", part)
    yield from parts


def _iri(text: str) -> Term:
    return Term("iri", text)
