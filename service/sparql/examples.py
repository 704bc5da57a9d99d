"""Offers the named queries as examples: for the tabs of the editor, and as data that other editors read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..rdf.namespaces import DCTERMS, OWL, RDFS, SCHEMA, SHACL, XSD
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, Term
from .binding import bind
from .named_queries import Form, NamedQuery

_PREFIX = re.compile(r"^PREFIX (\w+): <([^>]+)>$", re.MULTILINE)


class Example(NamedTuple):
    """A named query with the values of its example filled in."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    form: Form
    text: str


def examples(queries: Mapping[str, NamedQuery]) -> list[Example]:
    """Return the named queries ready to run, by summary."""
    return sorted(map(_example, queries.values()), key=lambda example: example.summary)


def example_triples(base_url: str, found: Sequence[Example]) -> Iterator[Triple]:
    """Return examples as `sh:SPARQLExecutable`, with the prefixes they use, in the pattern of the SIB's endpoints.

    An example is named `{base}/queries/{name}` and states its text by `sh:select`, `sh:ask` or `sh:construct`.
    """
    prefixes = Term("iri", f"{base_url}/queries#prefixes")
    for example in found:
        query = Term("iri", f"{base_url}/queries/{example.name}")
        yield Triple(query, RDF_TYPE, Term("iri", SHACL + "SPARQLExecutable"))
        yield Triple(query, RDF_TYPE, Term("iri", f"{SHACL}SPARQL{example.form.capitalize()}Executable"))
        yield Triple(query, RDFS + "label", Term("literal", example.name))
        yield Triple(query, RDFS + "comment", Term("literal", example.summary, "en"))
        if example.description:
            yield Triple(query, DCTERMS + "description", Term("literal", example.description, "en"))
        for tag in example.tags:
            yield Triple(query, SCHEMA + "keywords", Term("literal", tag))
        yield Triple(query, SHACL + "prefixes", prefixes)
        yield Triple(query, SHACL + example.form.lower(), Term("literal", example.text))
        yield Triple(query, SCHEMA + "target", Term("iri", f"{base_url}/sparql"))
    yield Triple(prefixes, RDF_TYPE, Term("iri", OWL + "Ontology"))
    for prefix, namespace in sorted({pair for example in found for pair in _PREFIX.findall(example.text)}):
        declared = Term("iri", f"{base_url}/queries#prefix-{prefix}")
        yield Triple(prefixes, SHACL + "declare", declared)
        yield Triple(declared, SHACL + "prefix", Term("literal", prefix))
        yield Triple(declared, SHACL + "namespace", Term("literal", namespace, None, XSD + "anyURI"))


def _example(query: NamedQuery) -> Example:
    text = bind(query, query.example).strip() + "\n"
    return Example(query.name, query.summary, query.description, query.tags, query.form, text)
