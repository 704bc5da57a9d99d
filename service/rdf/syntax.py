"""Reads and writes RDF in every syntax, as streams, without a store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import IO, Protocol

import pyoxigraph as ox

from ..errors import InvalidArgument, QuerySyntaxError
from .media_types import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE
from .oxigraph_terms import node_from_term, quad_from_triple, subject_from_term, triple_from_quad
from .statements import Triple

_SYNTAX_PLACE = re.compile(r"error at (\d+):(\d+):")


_FORMATS = {
    TURTLE: ox.RdfFormat.TURTLE,
    JSON_LD: ox.RdfFormat.JSON_LD,
    N_TRIPLES: ox.RdfFormat.N_TRIPLES,
    RDF_XML: ox.RdfFormat.RDF_XML,
    TRIG: ox.RdfFormat.TRIG,
    N_QUADS: ox.RdfFormat.N_QUADS,
}


RDF_MEDIA_TYPES = tuple(_FORMATS)


class Output(Protocol):
    """What a stream of bytes can be written to."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes."""
        ...

    def flush(self) -> None:
        """Hand on what was taken."""
        ...


def syntax_error(error: SyntaxError) -> QuerySyntaxError:
    """Return our error for the engine's, with the line and column it names."""
    message = str(error)
    place = _SYNTAX_PLACE.search(message)
    return QuerySyntaxError(message, int(place[1]) if place else None, int(place[2]) if place else None)


def triples_from_text(
    data: bytes | IO[bytes], media_type: str = N_TRIPLES, base_iri: str | None = None
) -> Iterator[Triple]:
    """Read RDF as a stream; the graph names of a dataset are dropped.

    Raises:
        InvalidArgument: it does not parse; the message names line and column.
    """
    try:
        for quad in ox.parse(data, format=_FORMATS[media_type], base_iri=base_iri):
            yield triple_from_quad(quad)
    except SyntaxError as error:
        raise InvalidArgument(f"not {media_type}: {error}") from error


def text_from_triples(triples: Iterable[Triple], media_type: str, prefixes: Mapping[str, str] | None = None) -> bytes:
    """Write triples in any of `RDF_MEDIA_TYPES`; prefixes are used where the format has them."""
    output = BytesIO()
    write_triples(triples, output, media_type, prefixes)
    return output.getvalue()


def write_triples(
    triples: Iterable[Triple], output: Output, media_type: str, prefixes: Mapping[str, str] | None = None
) -> None:
    """Write triples as a stream in any of `RDF_MEDIA_TYPES`; prefixes are used where the format has them."""
    ox.serialize(
        (ox.Triple(subject_from_term(t.subject), ox.NamedNode(t.predicate), node_from_term(t.object)) for t in triples),
        output,  # type: ignore[arg-type]  # only write and flush are called
        format=_FORMATS[media_type],
        prefixes=dict(prefixes or {}),
    )


def nquads_from_triples(triples: Iterable[Triple], graph: str) -> bytes:
    """Write triples as N-Quads of one named graph."""
    name = ox.NamedNode(graph)
    return ox.serialize((quad_from_triple(triple, name) for triple in triples), format=ox.RdfFormat.N_QUADS) or b""


def normal_statements(nquads: bytes) -> frozenset[Triple]:
    """Return the statements of N-Quads as the engine keeps them, which rewrites numbers and durations.

    Raises:
        InvalidArgument: they do not parse.
    """
    store = ox.Store()
    try:
        store.extend(ox.parse(nquads, format=ox.RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise InvalidArgument(f"the statements are not N-Quads: {error}") from error
    return frozenset(triple_from_quad(quad) for quad in store)


def statements_by_graph(nquads: bytes) -> dict[str, tuple[Triple, ...]]:
    """Return the statements of N-Quads by the name of their graph, which is empty for the default graph."""
    found: dict[str, list[Triple]] = {}
    for quad in ox.parse(nquads, format=ox.RdfFormat.N_QUADS):
        name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
        found.setdefault(name, []).append(triple_from_quad(quad))
    return {graph: tuple(triples) for graph, triples in found.items()}
