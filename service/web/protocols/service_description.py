"""Describes the SPARQL endpoint: languages, formats, features and graphs, computed once for each release."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from ...rdf.namespaces import RDFS, SD, VOID, W3C_FORMATS, XSD
from ...rdf.results import write_graph
from ...rdf.statements import Triple
from ...rdf.syntax import triples_from_text
from ...rdf.terms import RDF_TYPE, Term
from ...releases.readers import Reader

_RESULT_FORMATS = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "JSON-LD", "N-Triples", "RDF_XML", "TriG", "N-Quads",
)  # fmt: skip


def description_bytes(reader: Reader, base_url: str, media_type: str, *, federated: bool, updates: bool) -> bytes:
    """Return the service description in a graph format.

    `federated` says that some endpoints may be called by SERVICE, `updates` that there is a key to send updates with.

    Named graphs and their sizes come from the `void:triples` of the release description; a remote engine has none.
    """
    return _written(reader.path, base_url, media_type, federated, updates)


@lru_cache(maxsize=32)
def _written(release: Path | None, base_url: str, media_type: str, federated: bool, updates: bool) -> bytes:
    sizes = _graph_sizes(release / "description.nt", base_url) if release else {}
    output = BytesIO()
    write_graph(_describe(base_url, sizes, federated, updates), output, media_type)
    return output.getvalue()


def _graph_sizes(path: Path, base_url: str) -> dict[str, int]:
    sizes = {}
    with path.open("rb") as file:
        for triple in triples_from_text(file):
            named = triple.subject.kind == "iri" and triple.subject.value.startswith(f"{base_url}/graph/")
            if named and triple.predicate == VOID + "triples":
                sizes[triple.subject.value] = int(triple.object.value)
    return dict(sorted(sizes.items()))


def _describe(base_url: str, sizes: dict[str, int], federated: bool, updates: bool) -> Iterator[Triple]:
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
    for number, (name, size) in enumerate(sizes.items(), start=1):
        named, graph = _iri(f"{base_url}/sparql#named-{number}"), _iri(f"{base_url}/sparql#graph-{number}")
        yield Triple(dataset, SD + "namedGraph", named)
        yield Triple(named, RDF_TYPE, _iri(SD + "NamedGraph"))
        yield Triple(named, SD + "name", _iri(name))
        yield Triple(named, SD + "graph", graph)
        yield Triple(graph, RDF_TYPE, _iri(SD + "Graph"))
        yield Triple(graph, VOID + "triples", Term("literal", str(size), None, XSD + "integer"))


def _iri(text: str) -> Term:
    return Term("iri", text)
