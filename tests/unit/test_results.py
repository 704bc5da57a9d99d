"""Result formats, read back by independent parsers or compared with the wording of the W3C recommendations."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from rdflib import Dataset, Graph
from rdflib.compare import isomorphic

from service.errors import NotAcceptable
from service.rdf.media_types import CSV, TSV
from service.rdf.media_types import RESULTS_JSON as JSON
from service.rdf.media_types import RESULTS_XML as XML
from service.rdf.namespaces import XSD
from service.rdf.results import GRAPH_TYPES, boolean_text, solution_chunks, write_graph
from service.rdf.statements import Triple
from service.rdf.terms import Term

TRICKY = 'tab\t quote" comma, line\nreturn\r back\\slash <&> åäö 🎓'
ROWS = [
    {"x": Term("iri", "http://example.org/a?b=1&c=<>"), "label": Term("literal", TRICKY)},
    {"x": Term("bnode", "b0"), "label": Term("literal", "kurssi", "fi")},
    {"label": Term("literal", "5.0", None, XSD + "decimal")},
    {},
]
NAMES = ("x", "label", "never")
RESULTS = "{http://www.w3.org/2005/sparql-results#}"


def text(media_type: str) -> bytes:
    return b"".join(solution_chunks(NAMES, ROWS, media_type))


def test_json_results_keep_order_and_omit_the_datatype_of_plain_text() -> None:
    assert json.loads(text(JSON)) == {
        "head": {"vars": ["x", "label", "never"]},
        "results": {
            "bindings": [
                {
                    "x": {"type": "uri", "value": "http://example.org/a?b=1&c=<>"},
                    "label": {"type": "literal", "value": TRICKY},
                },
                {
                    "x": {"type": "bnode", "value": "b0"},
                    "label": {"type": "literal", "value": "kurssi", "xml:lang": "fi"},
                },
                {"label": {"type": "literal", "value": "5.0", "datatype": XSD + "decimal"}},
                {},
            ]
        },
    }


def test_json_results_without_rows_are_whole() -> None:
    assert json.loads(b"".join(solution_chunks((), [], JSON))) == {"head": {"vars": []}, "results": {"bindings": []}}


def test_xml_results_survive_a_parser() -> None:
    root = ET.fromstring(text(XML))
    assert [v.get("name") for v in root.iter(RESULTS + "variable")] == ["x", "label", "never"]
    results = list(root.iter(RESULTS + "result"))
    assert [[b.get("name") for b in result] for result in results] == [["x", "label"], ["x", "label"], ["label"], []]
    assert results[0][0][0].tag == RESULTS + "uri"
    assert results[0][0][0].text == "http://example.org/a?b=1&c=<>"
    assert results[0][1][0].text == TRICKY
    assert results[1][0][0].tag == RESULTS + "bnode"
    assert results[1][1][0].get("{http://www.w3.org/XML/1998/namespace}lang") == "fi"
    assert results[2][0][0].get("datatype") == XSD + "decimal"


def test_xml_results_stay_well_formed_with_characters_that_xml_cannot_hold() -> None:
    chunks = solution_chunks(("x",), [{"x": Term("literal", "a\x00b\x1fc\uffff")}], XML)
    assert ET.fromstring(b"".join(chunks)).find(f".//{RESULTS}literal").text == "a\ufffdb\ufffdc\ufffd"  # type: ignore[union-attr]


def test_csv_results_are_bare_values_with_crlf_lines() -> None:
    written = text(CSV).decode()
    assert list(csv.reader(io.StringIO(written, newline=""))) == [
        ["x", "label", "never"],
        ["http://example.org/a?b=1&c=<>", TRICKY, ""],
        ["_:b0", "kurssi", ""],
        ["", "5.0", ""],
        ["", "", ""],
    ]
    assert written.startswith("x,label,never\r\n")
    assert written.endswith("\r\n,5.0,\r\n,,\r\n")


def test_tsv_results_are_turtle_terms() -> None:
    assert text(TSV).decode().split("\n") == [
        "?x\t?label\t?never",
        '<http://example.org/a?b=1&c=<>>\t"tab\\t quote\\" comma, line\\nreturn\\r back\\\\slash <&> åäö 🎓"\t',
        '_:b0\t"kurssi"@fi\t',
        '\t"5.0"^^<http://www.w3.org/2001/XMLSchema#decimal>\t',
        "\t\t",
        "",
    ]


@pytest.mark.parametrize("answer", [True, False])
def test_boolean_results(answer: bool) -> None:
    assert json.loads(boolean_text(answer, JSON)) == {"head": {}, "boolean": answer}
    root = ET.fromstring(boolean_text(answer, XML))
    assert [child.tag for child in root] == [RESULTS + "head", RESULTS + "boolean"]
    assert root[1].text == str(answer).lower()


TRIPLES = [
    Triple(Term("iri", "http://e/a"), "http://purl.org/dc/terms/title", Term("literal", TRICKY, "fi")),
    Triple(Term("iri", "http://e/a"), "http://e/ns#value", Term("literal", "5.0", None, XSD + "decimal")),
    Triple(Term("bnode", "b"), "http://e/ns#knows", Term("bnode", "b")),
]


@pytest.mark.parametrize("media_type", GRAPH_TYPES)
def test_every_graph_format_holds_the_same_triples(media_type: str) -> None:
    output = io.BytesIO()
    write_graph(TRIPLES, output, media_type)
    names = {
        "text/turtle": "turtle", "application/ld+json": "json-ld", "application/n-triples": "nt",
        "application/rdf+xml": "xml", "application/trig": "trig", "application/n-quads": "nquads",
    }  # fmt: skip
    dataset = Dataset(default_union=True)
    dataset.parse(data=output.getvalue(), format=names[media_type])
    found = Graph()
    for subject, predicate, value, _ in dataset.quads():
        found.add((subject, predicate, value))
    escaped = 'tab\\t quote\\" comma, line\\nreturn\\r back\\\\slash <&> åäö 🎓'
    expected = Graph().parse(
        data=f"""<http://e/a> <http://purl.org/dc/terms/title> "{escaped}"@fi .
        <http://e/a> <http://e/ns#value> "5.0"^^<{XSD}decimal> . _:n <http://e/ns#knows> _:n .""",
        format="turtle",
    )
    assert isomorphic(found, expected)


def test_turtle_uses_prefixes() -> None:
    output = io.BytesIO()
    write_graph(TRIPLES, output, "text/turtle")
    assert b"dcterms:title" in output.getvalue()


@pytest.mark.parametrize(
    "triple",
    [
        Triple(Term("iri", "http://e/a"), "http://e/ns#1", Term("literal", "x")),
        Triple(Term("iri", "http://e/a"), "http://e/ns#", Term("literal", "x")),
        Triple(Term("iri", "http://e/a"), "http://e/ns#a", Term("literal", "\x01")),
    ],
)
def test_what_rdf_xml_cannot_hold_is_refused_not_mangled(triple: Triple) -> None:
    with pytest.raises(NotAcceptable, match="ask for Turtle"):
        write_graph([triple], io.BytesIO(), "application/rdf+xml")
