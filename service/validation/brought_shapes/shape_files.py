"""Files of shapes and of background statements, in any syntax of RDF, also packed; nothing is fetched."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

import rdflib
from rdflib.namespace import OWL, SH
from rdflib.term import Node

from ...errors import InvalidArgument
from ...negotiation import FORMATS
from ...rdf.media_types import JSON_LD, RDF_XML, TURTLE
from ...rdf.statements import Triple
from ...rdf.syntax import RDF_MEDIA_TYPES, triples_from_text
from ...rdf.terms import Term

_LARGEST_MB = 20
_PACKED = ".gz"
_OTHER_NAMES = {"xml": RDF_XML, "owl": RDF_XML, "json": JSON_LD}
# What pySHACL knows without a declaration, and many shapes rely on.
_KNOWN = {"owl": str(OWL), "rdf": str(rdflib.RDF), "rdfs": str(rdflib.RDFS)}


def read_triples(path: Path) -> tuple[Triple, ...]:
    """Return the statements of a file by the ending of its name; one that says nothing is taken for Turtle.

    Relative IRIs are resolved against the file.

    Raises:
        InvalidArgument: it cannot be read, is too large or does not parse; the message names it.
    """
    data = _bytes(path)
    media_type = _media_type(path)
    try:
        return tuple(triples_from_text(data, media_type, path.absolute().as_uri()))
    except InvalidArgument as error:
        raise InvalidArgument(f"{path.name}: {error}") from error


def read_files(paths: Iterable[Path]) -> tuple[Triple, ...]:
    """Return the statements of some files; blank nodes of different files stay different."""
    return tuple(
        Triple(_of_file(t.subject, number), t.predicate, _of_file(t.object, number))
        for number, path in enumerate(paths)
        for t in read_triples(path)
    )


def with_prefixes(shapes: rdflib.Graph) -> None:
    """Write the prefixes that a query may use before it, those of imported ontologies too (SHACL §5.2.1).

    Raises:
        InvalidArgument: a declaration is broken, or two say different things of one prefix.
    """
    for property_iri in (SH.select, SH.ask, SH.construct, SH.update):
        for query, text in list(shapes.subject_objects(property_iri)):
            prefixes = _prefixes(shapes, query)
            declared = {**{p: n for p, n in _KNOWN.items() if p not in prefixes}, **prefixes}
            head = " ".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in sorted(declared.items()))
            if isinstance(text, rdflib.Literal):
                shapes.remove((query, property_iri, text))
                shapes.add((query, property_iri, rdflib.Literal(f"{head}\n{text}")))


def _prefixes(shapes: rdflib.Graph, query: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    ontologies = {each for start in shapes.objects(query, SH.prefixes) for each in _imported(shapes, start)}
    for declaration in {each for ontology in ontologies for each in shapes.objects(ontology, SH.declare)}:
        prefix, namespace = shapes.value(declaration, SH.prefix), shapes.value(declaration, SH.namespace)
        if prefix is None or namespace is None:
            raise InvalidArgument("a sh:declare needs one sh:prefix and one sh:namespace")
        if found.setdefault(str(prefix), str(namespace)) != str(namespace):
            raise InvalidArgument(f"the prefix {prefix} is declared in two ways for one query")
    return found


def _imported(shapes: rdflib.Graph, start: Node) -> Iterable[Node | None]:
    return shapes.transitive_objects(start, OWL.imports)


def _bytes(path: Path) -> bytes:
    most = _LARGEST_MB * 1024 * 1024
    try:
        if path.suffix == _PACKED:
            with gzip.open(path) as file:
                data = file.read(most + 1)
        else:
            with path.open("rb") as file:
                data = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"{path.name} cannot be read: {reason}") from error
    if len(data) > most:
        raise InvalidArgument(f"{path.name}: shapes may have {_LARGEST_MB} MiB at most")
    return data


def _media_type(path: Path) -> str:
    name = path.name.lower().removesuffix(_PACKED).rpartition(".")[2]
    media_type = FORMATS.get(name, _OTHER_NAMES.get(name, TURTLE))
    return media_type if media_type in RDF_MEDIA_TYPES else TURTLE


def _of_file(term: Term, number: int) -> Term:
    return Term("bnode", f"s{number}{term.value}") if term.kind == "bnode" else term
