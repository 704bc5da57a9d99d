"""Writes SPARQL results as JSON, XML, CSV and TSV, and triples in the RDF formats, as streams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring

import pyoxigraph as ox

from ..errors import InvalidArgument, NotAcceptable
from .media_types import CSV, JSON, RDF_XML, RESULTS_JSON, RESULTS_XML, TSV, XML
from .namespaces import ADMS, DCTERMS, ELM, ESCO, FOAF, MC, OWL, RDF, RDFS, ROV, SKOS, XSD
from .statements import Row, Triple
from .syntax import RDF_MEDIA_TYPES, Output, write_triples
from .terms import Term, sparql_from_term

SELECT_TYPES = (RESULTS_JSON, RESULTS_XML, CSV, TSV, JSON, XML)
ASK_TYPES = (RESULTS_JSON, RESULTS_XML, JSON, XML)
GRAPH_TYPES = RDF_MEDIA_TYPES

PREFIXES: Mapping[str, str] = {
    "adms": ADMS,
    "dcterms": DCTERMS,
    "elm": ELM,
    "esco": ESCO,
    "foaf": FOAF,
    "mc": MC,
    "owl": OWL,
    "rdf": RDF,
    "rdfs": RDFS,
    "rov": ROV,
    "skos": SKOS,
    "xsd": XSD,
}
"""The prefixes that our Turtle, TriG and RDF/XML use."""

_XML_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_XML_SPECIAL = re.compile(r'[&<>"\r]')
# XML 1.0 has no way to write these characters, escaped or not.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CSV_SPECIAL = re.compile(r'[",\r\n]')
_XML_NAME_AT_END = re.compile(r"[^\W\d][\w.-]*\Z")


def solution_chunks(variables: Sequence[str], rows: Iterable[Row], media_type: str) -> Iterator[bytes]:
    """Return the answer to a SELECT in one of `SELECT_TYPES`, piece by piece."""
    for piece in _WRITERS[media_type](variables, rows):
        yield piece.encode()


def boolean_text(answer: bool, media_type: str) -> bytes:
    """Return the answer to an ASK in one of `ASK_TYPES`."""
    word = "true" if answer else "false"
    if media_type in (RESULTS_XML, XML):
        return f"{_XML_START}<head></head><boolean>{word}</boolean></sparql>\n".encode()
    return f'{{"head":{{}},"boolean":{word}}}\n'.encode()


def write_graph(triples: Iterable[Triple], output: Output, media_type: str) -> None:
    """Write triples in one of `GRAPH_TYPES`, as a stream.

    Raises:
        NotAcceptable: RDF/XML cannot hold one of them.
    """
    if media_type == RDF_XML:
        write_triples(_fit_for_xml(triples), _CarriageReturns(output), media_type, PREFIXES)
    else:
        write_triples(triples, output, media_type, PREFIXES)


def _json(variables: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    quote = encode_basestring
    yield f'{{"head":{{"vars":[{",".join(quote(name) for name in variables)}]}},"results":{{"bindings":['
    keys = [(name, quote(name) + ":") for name in variables]
    separator = "\n"
    for row in rows:
        yield separator + "{" + ",".join(key + _json_term(row[name]) for name, key in keys if name in row) + "}"
        separator = ",\n"
    yield "\n]}}\n"


def _json_term(term: Term) -> str:
    kind, value, language, datatype = term
    text = encode_basestring(value)
    if kind == "iri":
        return f'{{"type":"uri","value":{text}}}'
    if kind == "bnode":
        return f'{{"type":"bnode","value":{text}}}'
    if language:
        return f'{{"type":"literal","xml:lang":{encode_basestring(language)},"value":{text}}}'
    if datatype:
        return f'{{"type":"literal","datatype":{encode_basestring(datatype)},"value":{text}}}'
    return f'{{"type":"literal","value":{text}}}'


_XML_START = '<?xml version="1.0" encoding="UTF-8"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'


def _xml(variables: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    names = "".join(f'<variable name="{_xml_text(name)}"/>' for name in variables)
    yield f"{_XML_START}<head>{names}</head><results>\n"
    for row in rows:
        bindings = "".join(
            f'<binding name="{_xml_text(name)}">{_xml_term(row[name])}</binding>' for name in variables if name in row
        )
        yield f"<result>{bindings}</result>\n"
    yield "</results></sparql>\n"


def _xml_term(term: Term) -> str:
    text = _xml_text(term.value)
    if term.kind == "iri":
        return f"<uri>{text}</uri>"
    if term.kind == "bnode":
        return f"<bnode>{text}</bnode>"
    if term.language:
        return f'<literal xml:lang="{_xml_text(term.language)}">{text}</literal>'
    if term.datatype:
        return f'<literal datatype="{_xml_text(term.datatype)}">{text}</literal>'
    return f"<literal>{text}</literal>"


def _xml_text(text: str) -> str:
    """Escape text; characters that XML 1.0 cannot hold become U+FFFD, the replacement character."""
    return _XML_SPECIAL.sub(lambda found: _XML_ESCAPES[found[0]], _NOT_XML.sub("\ufffd", text))


def _csv(variables: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield ",".join(variables) + "\r\n"
    for row in rows:
        yield ",".join(_csv_value(row[name]) if name in row else "" for name in variables) + "\r\n"


def _csv_value(term: Term) -> str:
    text = f"_:{term.value}" if term.kind == "bnode" else term.value
    return '"' + text.replace('"', '""') + '"' if _CSV_SPECIAL.search(text) else text


def _tsv(variables: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield "\t".join(f"?{name}" for name in variables) + "\n"
    for row in rows:
        yield "\t".join(sparql_from_term(row[name]) if name in row else "" for name in variables) + "\n"


_WRITERS = {RESULTS_JSON: _json, JSON: _json, RESULTS_XML: _xml, XML: _xml, CSV: _csv, TSV: _tsv}


def _fit_for_xml(triples: Iterable[Triple]) -> Iterator[Triple]:
    for triple in triples:
        if not _XML_NAME_AT_END.search(triple.predicate):
            raise NotAcceptable(f"RDF/XML has no way to write the property {triple.predicate}: ask for Turtle")
        if _NOT_XML.search(triple.object.value):
            raise NotAcceptable("RDF/XML has no way to write the control characters in a text: ask for Turtle")
        yield triple


class _CarriageReturns:
    """Write carriage returns as references, or whoever reads the XML gets line feeds (XML 1.0 §2.11)."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, data: bytes) -> int:
        self._output.write(data.replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        self._output.flush()


def check_solutions(data: bytes, media_type: str) -> None:
    """Read the answer of another endpoint to a SELECT, as JSON or XML, to its end.

    Raises:
        InvalidArgument: it does not parse, or answers an ASK.
    """
    kind = ox.QueryResultsFormat.from_media_type(media_type)
    assert kind is not None
    try:
        found = ox.parse_query_results(data, format=kind)
        if isinstance(found, ox.QueryBoolean):
            raise InvalidArgument("it is the answer to an ASK")
        for _ in found:
            pass
    except SyntaxError as error:
        raise InvalidArgument(str(error)) from error
