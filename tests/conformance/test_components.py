"""Where engines differ, the text of SHACL decides: each case names what it says, and the fault of pySHACL or `shacl`.

`plain` tells what pySHACL 0.40 by itself answers: the day it answers as SHACL does, our component can go.
"""

from __future__ import annotations

from typing import NamedTuple

import pyshacl
import pyshacl.shape
import pytest
import rdflib
from rdflib import SH, XSD

from service.rdf.datatypes import is_well_typed
from service.rdf.syntax import triples_from_text
from service.validation.engines.engine import EngineName, validate
from service.validation.engines.rdflib_graphs import graph_from_triples
from service.validation.profiles import Profile

ENGINES: tuple[EngineName | None, ...] = (None, "reference")
PREFIXES = f"@prefix ex: <http://e/> . @prefix sh: <{SH}> . @prefix xsd: <{XSD}> . @prefix rdfs: <{rdflib.RDFS}> .\n"


class Case(NamedTuple):
    """A constraint, values, whether SHACL wants a result, and whether plain pySHACL gives one (None: it fails)."""

    constraint: str
    values: str
    wrong: bool
    plain: bool | None


CASES = {
    # §4.3.1: compared by SPARQL's `<`, an error of which is a violation; §11 of XPath's functions, XML Schema 1.1 3.3.7
    "a truth value is no number": Case("sh:maxExclusive 20", "true", True, False),
    "moments in zones and without, far apart": Case(
        'sh:maxInclusive "2026-01-05T00:00:00Z"^^xsd:dateTime', '"2026-01-03T00:00:00"^^xsd:dateTime', False, True
    ),
    "moments in zones and without, near": Case(
        'sh:maxInclusive "2026-01-05T00:00:00Z"^^xsd:dateTime', '"2026-01-04T20:00:00"^^xsd:dateTime', True, True
    ),
    "text in a language is not compared": Case('sh:maxInclusive "b"', '"a"@en', True, True),
    "blank nodes are not compared": Case("sh:lessThan ex:other", "_:b", True, None),
    "IRIs are not compared": Case("sh:lessThan ex:other", "ex:a", True, True),
    "texts in languages are not compared": Case("sh:lessThan ex:title", '"a"@en', True, False),
    # §4.1.2: an ill-typed literal has no datatype
    "weeks are no duration": Case("sh:datatype xsd:duration", '"P4W"^^xsd:duration', True, False),
    "a duration of days has no years": Case(
        "sh:datatype xsd:dayTimeDuration", '"P1Y"^^xsd:dayTimeDuration', True, False
    ),
    "an exponent may have a sign": Case("sh:datatype xsd:double", '"5e+00"^^xsd:double', False, False),
    "no text has the datatype of all": Case("sh:datatype rdfs:Literal", '"a"', True, False),
    "the end of a day is a moment": Case(
        "sh:datatype xsd:dateTime", '"2026-01-01T24:00:00"^^xsd:dateTime', False, True
    ),
    # §4.4
    "a pattern may name categories": Case(r'sh:pattern "^\\p{Lu}\\p{Ll}+$"', '"Åbo"', False, None),
    "of categories too": Case(r'sh:pattern "^\\p{Lu}\\p{Ll}+$"', '"åbo"', True, None),
    "the dot may stand for a line break": Case('sh:pattern "^a.b$" ; sh:flags "s"', r'"a\nb"', False, True),
    "a pattern may be plain text": Case('sh:pattern "a.b" ; sh:flags "q"', '"axb"', True, False),
    "the end is the end": Case('sh:pattern "^a$"', r'"a\n"', True, False),
    "a class may be less another": Case(r'sh:pattern "^[a-z-[aeiou]]+$"', '"bcd"', False, True),
    "blank nodes have no length": Case("sh:minLength 0", "_:b", True, False),
    "ranges of languages have parts": Case('sh:languageIn ( "zh-Hant" )', '"x"@zh-Hant-TW', False, True),
    "and do not match more than they say": Case('sh:languageIn ( "zh-Hant" )', '"x"@zh', True, True),
    "only true asks for unique languages": Case('sh:uniqueLang "1"^^xsd:boolean', '"a"@en , "b"@en', False, True),
}


def shapes(constraint: str) -> rdflib.Graph:
    text = f"{PREFIXES} ex:S a sh:NodeShape ; sh:targetNode ex:x ; sh:property [ sh:path ex:p ; {constraint} ] ."
    return graph_from_triples(triples_from_text(text.encode(), "text/turtle"))  # rdflib would read 1 as true


def data(values: str) -> bytes:
    return f"{PREFIXES} ex:x ex:p {values} ; ex:other ex:b , 5 ; ex:title 'b'@en .".encode()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_result_is_as_shacl_says(name: str, engine: EngineName | None) -> None:
    case = CASES[name]
    triples = list(triples_from_text(data(case.values), "text/turtle"))
    assert bool(validate(triples, Profile("x", {}, shapes(case.constraint), {}), engine)) is case.wrong


@pytest.mark.parametrize("name", CASES)
def test_pyshacl_by_itself_answers_as_it_did(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    monkeypatch.delattr(pyshacl.shape, "CONSTRAINT_PARAMS", raising=False)
    graph = rdflib.Graph().parse(data=data(case.values), format="turtle")
    try:
        conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes(case.constraint))
        plain = None if isinstance(report, Exception) else not conforms
    except Exception:  # noqa: BLE001 - pySHACL lets all kinds through
        plain = None
    monkeypatch.undo()
    assert plain is case.plain


# By the grammars of XML Schema 1.1 part 2, chapter 3.
LITERALS = {
    "integer": ("1 +1 -0 01", "1.0 a 1e3"),
    "byte": ("127 -128", "128 -129"),
    "unsignedByte": ("-0 255", "256 -1"),
    "positiveInteger": ("1", "0 -1"),
    "decimal": ("1 1. +.5 05.0 9999999999999999999999999.1", ". 1e3 INF"),
    "double": ("1 5e+00 5E0 INF +INF -INF NaN", "inf nan 1e 1_0 Infinity"),
    "boolean": ("true false 1 0", "TRUE yes"),
    "dateTime": (
        "2026-01-01T00:00:00 2026-01-01T24:00:00 2024-02-29T00:00:00Z -0001-01-01T00:00:00 2026-01-01T00:00:00+14:00",
        "2026-01-01T24:00:01 2026-02-29T00:00:00Z 2026-01-01T00:00:00+14:01 2026-01-01T00:00 2026-01-01",
    ),
    "date": ("2026-01-01 2026-01-01Z", "2026-13-01 20260101 2026-1-1"),
    "time": ("24:00:00 12:00:00Z", "12:00 25:00:00"),
    "duration": ("P1Y P1D -P1D PT1.5S P1Y2M3DT4H5M6S", "P4W PT P P1YT PT1.5H P-1D"),
    "dayTimeDuration": ("P1D PT36H", "P1Y P4W"),
    "yearMonthDuration": ("P1Y P1Y1M", "P1D"),
    "dateTimeStamp": ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00"),
    "gYear": ("2026 -2026 2026Z", "26"),
    "gMonth": ("--01", "--13 --1--"),
    "gDay": ("---31", "---32"),
    "gMonthDay": ("--02-29", "--02-30"),
    "gYearMonth": ("2026-01", "2026-13"),
    "hexBinary": ("0a 0A", "0 xx"),
    "base64Binary": ("YQ== YWI= YWJj", "YQ= Y YR=="),
    "language": ("en en-US", "en_US abcdefghij"),
    "NCName": ("a a-b", "a:b 1"),
    "NMTOKEN": ("1 a:b", "a/b"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", LITERALS)
def test_datatypes_are_those_of_xml_schema(name: str, engine: EngineName | None) -> None:
    good, bad = (texts.split() for texts in LITERALS[name])
    values = " , ".join(f'"{text}"^^xsd:{name}' for text in (*good, *bad))
    triples = list(triples_from_text(data(values), "text/turtle"))
    found = validate(triples, Profile("x", {}, shapes(f"sh:datatype xsd:{name}"), {}), engine)
    assert {result.value.value for result in found if result.value} == set(bad)
    assert [text for text in (*good, *bad) if is_well_typed(text, XSD + name)] == good
