"""Describes a release: VoID for every named graph, and a small DCAT catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..rdf.namespaces import DCAT, DCTERMS, ELM, ESCO, FOAF, MC, OWL, PROV, SD, SPDX, VOID, VOID_EXT, XSD
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, Term, local_name
from ..resources import QUERIES
from ..sparql.named_queries import load_queries
from ..store.graph_table import Properties
from ..store.protocol import Store
from .partitions import Values, short_name, values_of

_VERSION = OWL + "versionInfo"
_SKILL = ESCO + "Skill"
_TO_SKILL = ELM + "relatedESCOSkill"
_EXAMPLES = (MC + "MicroCredential", _SKILL)

Counts = Mapping[str, Mapping[str, int]]


def describe_release(
    store: Store,
    release: int,
    base_url: str,
    created: datetime,
    sources: Sequence[Mapping[str, Any]],
    properties: Properties,
) -> Sequence[Triple]:
    """Return the description of a release, to be computed once: one query, and one for each class of a graph.

    Each named graph is a `void:Dataset` under its own name with `void:triples`, partitions by class and property, and
    where it came from. The part of a class has parts for the properties of its things, with the classes and datatypes
    of their values, which editors complete by. Parts are named by what they are. Statements with elm:relatedESCOSkill
    make a `void:Linkset` to every graph that describes skills.

    Args:
        store: what was published, derived graph included.
        release: its number.
        base_url: the start of every name given here.
        created: when it was published, with its time zone.
        sources: of each loaded graph `graph`, `loaded` (a time as text) and `files` (pairs of name and SHA-256).
        properties: of each graph, how many statements it has with each property.
    """
    queries = load_queries(QUERIES / "index")
    classes: dict[str, dict[str, int]] = {graph: {} for graph in properties}
    examples: dict[str, list[str]] = {graph: [] for graph in properties}
    for row in store.select(queries["classes"].text).rows:
        if row["class"].kind != "iri":
            continue  # nobody could ask for it by name
        graph, kind = row["graph"].value, row["class"].value
        classes[graph][kind] = int(row["count"].value)
        if kind in _EXAMPLES and row["example"].kind == "iri":
            examples[graph].append(row["example"].value)
    triples = list(_catalogue(release, base_url, created, sorted(properties)))
    for graph in sorted(properties):
        values = values_of(store, graph, classes[graph])
        triples.extend(_dataset(graph, base_url, properties[graph], classes[graph], values, examples[graph]))
    triples.extend(_linksets(base_url, properties, classes))
    for source in sources:
        triples.extend(_origin(base_url, source))
    return triples


def _catalogue(release: int, base_url: str, created: datetime, graphs: Sequence[str]) -> Iterator[Triple]:
    """Describe the release, a version of the data set that stays: the one that the catalogue names (DCAT)."""
    void, catalogue, service = (_iri(f"{base_url}/{name}") for name in ("void", "catalog", "sparql"))
    whole, dataset = _iri(f"{base_url}/void#release"), _iri(f"{base_url}/catalog#dataset")
    moment = Term("literal", created.isoformat(timespec="seconds"), None, XSD + "dateTime")
    title = "Micro-credentials and the skills they lead to"
    yield Triple(void, RDF_TYPE, _iri(VOID + "DatasetDescription"))
    yield Triple(void, FOAF + "primaryTopic", whole)
    yield Triple(catalogue, RDF_TYPE, _iri(DCAT + "Catalog"))
    yield Triple(catalogue, DCTERMS + "title", Term("literal", title, "en"))
    yield Triple(catalogue, DCAT + "dataset", dataset)
    yield Triple(catalogue, DCAT + "service", service)
    yield Triple(whole, RDF_TYPE, _iri(VOID + "Dataset"))
    yield Triple(whole, DCAT + "isVersionOf", dataset)
    yield Triple(whole, DCTERMS + "title", Term("literal", f"{title}, release {release}", "en"))
    yield Triple(whole, DCTERMS + "issued", moment)
    yield Triple(whole, _VERSION, Term("literal", str(release)))
    yield Triple(whole, VOID + "sparqlEndpoint", service)
    yield Triple(whole, VOID + "uriSpace", Term("literal", f"{base_url}/id/"))
    for graph in graphs:
        yield Triple(whole, VOID + "subset", _iri(graph))
    for kind in (DCAT + "DataService", SD + "Service"):
        yield Triple(service, RDF_TYPE, _iri(kind))
    yield Triple(service, DCTERMS + "title", Term("literal", "SPARQL endpoint", "en"))
    yield Triple(service, DCAT + "endpointURL", service)
    yield Triple(service, SD + "endpoint", service)
    yield Triple(service, DCAT + "servesDataset", dataset)


def _dataset(
    graph: str,
    base_url: str,
    properties: Mapping[str, int],
    classes: Mapping[str, int],
    values: Mapping[str, Mapping[str, Values]],
    examples: Sequence[str],
) -> Iterator[Triple]:
    dataset = _iri(graph)
    yield Triple(dataset, RDF_TYPE, _iri(VOID + "Dataset"))
    yield Triple(dataset, DCTERMS + "title", Term("literal", local_name(graph)))
    yield Triple(dataset, VOID + "sparqlEndpoint", _iri(f"{base_url}/sparql"))
    yield Triple(dataset, VOID + "triples", _count(sum(properties.values())))
    for namespace in sorted(set(map(_namespace, (*properties, *classes)))):
        yield Triple(dataset, VOID + "vocabulary", _iri(namespace))
    for example in examples:
        yield Triple(dataset, VOID + "exampleResource", _iri(example))
    for name, count in classes.items():
        part = _part(base_url, graph, f"class-{short_name(name)}")
        yield from _partition(dataset, "class", part, name)
        yield Triple(part, VOID + "entities", _count(count))
        for property_, found in values.get(name, {}).items():
            yield from _property_partition(part, property_, found)
    for name, count in properties.items():
        part = _part(base_url, graph, f"property-{short_name(name)}")
        yield from _partition(dataset, "property", part, name)
        yield Triple(part, VOID + "triples", _count(count))


def _property_partition(of_class: Term, name: str, values: Values) -> Iterator[Triple]:
    part = _iri(f"{of_class.value}-{short_name(name)}")
    yield from _partition(of_class, "property", part, name)
    for value in sorted(values.classes):
        yield from _partition(part, "class", _iri(f"{part.value}-{short_name(value)}"), value)
    for value in sorted(values.datatypes):
        yield from _partition(part, "datatype", _iri(f"{part.value}-{short_name(value)}"), value, VOID_EXT)


def _partition(whole: Term, by: str, part: Term, name: str, vocabulary: str = VOID) -> Iterator[Triple]:
    yield Triple(whole, f"{vocabulary}{by}Partition", part)
    yield Triple(part, vocabulary + by, _iri(name))


def _namespace(name: str) -> str:
    """Return a name up to its last `#` or `/` or, when it has neither, as a URN, up to its last `:`."""
    return re.sub(r"[^#/]*\Z", "", name) or re.sub(r"[^:]*\Z", "", name)


def _linksets(base_url: str, properties: Counts, classes: Counts) -> Iterator[Triple]:
    skills = [graph for graph in sorted(classes) if _SKILL in classes[graph]]
    for graph in sorted(properties):
        if _TO_SKILL not in properties[graph]:
            continue
        links = _part(base_url, graph, "skills")
        yield Triple(links, RDF_TYPE, _iri(VOID + "Linkset"))
        yield Triple(links, VOID + "linkPredicate", _iri(_TO_SKILL))
        yield Triple(links, VOID + "subjectsTarget", _iri(graph))
        for target in skills:
            yield Triple(links, VOID + "objectsTarget", _iri(target))
        yield Triple(links, VOID + "triples", _count(properties[graph][_TO_SKILL]))


def _origin(base_url: str, source: Mapping[str, Any]) -> Iterator[Triple]:
    graph = source["graph"]
    loaded = Term("literal", source["loaded"], None, XSD + "dateTime")
    yield Triple(_iri(graph), DCTERMS + "modified", loaded)
    for number, (name, checksum) in enumerate(source["files"], start=1):
        file, sum_ = (_part(base_url, graph, f"{part}-{number}") for part in ("file", "checksum"))
        yield Triple(_iri(graph), PROV + "wasDerivedFrom", file)
        yield Triple(file, DCTERMS + "title", Term("literal", name))
        yield Triple(file, SPDX + "checksum", sum_)
        yield Triple(sum_, SPDX + "algorithm", _iri(SPDX + "checksumAlgorithm_sha256"))
        yield Triple(sum_, SPDX + "checksumValue", Term("literal", checksum, None, XSD + "hexBinary"))


def _part(base_url: str, graph: str, name: str) -> Term:
    return _iri(f"{base_url}/void#{local_name(graph)}-{name}")


def _count(number: int) -> Term:
    return Term("literal", str(number), None, XSD + "integer")


def _iri(text: str) -> Term:
    return Term("iri", text)
