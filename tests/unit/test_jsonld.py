"""A JSON-LD document of one thing says exactly what the triples say, nested the way people read it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from service.rdf.jsonld import document, load_context, text_from_document
from service.rdf.jsonld_context import JsonLdContext
from service.rdf.namespaces import ELM, MC, XSD
from service.rdf.statements import Triple
from service.rdf.syntax import text_from_triples, triples_from_text
from service.rdf.terms import RDF_TYPE, Term
from service.web.models.record_schema import record_schemas
from tests.conftest import ROOT

EX = "http://example.org/"
CONTEXT = {
    "@context": {
        "@version": 1.1,
        "id": "@id",
        "type": "@type",
        "ex": EX,
        "xsd": XSD,
        "Course": "ex:Course",
        "title": {"@id": "ex:title", "@container": "@language"},
        "names": {"@id": "ex:name", "@container": ["@language", "@set"]},
        "code": {"@id": "ex:code"},
        "count": {"@id": "ex:count", "@type": "xsd:integer"},
        "modified": {"@id": "ex:modified", "@type": "xsd:date"},
        "mode": {"@id": "ex:mode", "@type": "@vocab", "@container": "@set"},
        "online": "ex:mode/online",
        "ects": {"@id": "ex:ects", "@type": "xsd:decimal"},
        "part": {"@id": "ex:part", "@type": "@id", "@container": "@set"},
        "skills": {"@id": "ex:skill", "@type": "@id", "@container": "@set"},
        "offers": {"@reverse": "ex:offerOf", "@type": "@id"},
    }
}
SAMPLE = f"""
@prefix ex: <{EX}> .
@prefix xsd: <{XSD}> .
<{EX}x> a ex:Course , ex:Thing ;
  ex:title "Kurssi"@fi , "Course"@en , "Class"@en , "untagged" ;
  ex:name "Nimi"@fi ;
  ex:code "A1" , 7 , true ; ex:count 5 , "05"^^xsd:integer , "five" ;
  ex:modified "2026-01-31"^^xsd:date , "2026"^^xsd:gYear ;
  ex:mode <{EX}mode/online> , <{EX}mode/other> ;
  ex:skill <{EX}s1> ;
  ex:part <{EX}x#outcome-10> , <{EX}x#outcome-2> ;
  ex:unknown <{EX}s1> , "say \\"hi\\""@en-GB .
<{EX}x#outcome-2> ex:title "Two"@en ; ex:skill <{EX}s1> .
<{EX}x#outcome-10> ex:title "Ten"@en ; ex:part <{EX}x> .
<{EX}s1> ex:title "Skill"@en .
<{EX}x#offer> a ex:Offer ; ex:offerOf <{EX}x> ; ex:part [ ex:code "inner" ] .
<{EX}y> ex:backTo <{EX}s1> .
<{EX}elsewhere> ex:code "loose" .
"""


SKILL = f"""
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix elm: <{ELM}> .
@prefix mc: <{MC}> .
@prefix ex: <{EX}> .
ex:x elm:isPartOf ex:module ; mc:countsTowards ex:module , ex:programme ; dcterms:title "X"@en .
ex:module dcterms:title "Osa"@fi ; mc:ects 5.5 .
"""


def context() -> JsonLdContext:
    return JsonLdContext.parse(CONTEXT, "http://localhost/context.jsonld")


def expanded_by_oxigraph(found: dict[str, Any], inline: dict[str, Any]) -> rdflib.Graph:
    text = json.dumps({**found, "@context": inline["@context"]}).encode()
    return graph(list(triples_from_text(text, "application/ld+json")))


def expanded_by_rdflib(found: dict[str, Any], inline: dict[str, Any]) -> rdflib.Graph:
    return rdflib.Graph().parse(data=json.dumps({**found, "@context": inline["@context"]}), format="json-ld")


def graph(triples: list[Triple]) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text_from_triples(triples, "application/n-triples"), format="nt")


def sample() -> list[Triple]:
    return list(triples_from_text(SAMPLE.encode(), "text/turtle"))


@pytest.mark.parametrize("expand", [expanded_by_oxigraph, expanded_by_rdflib])
def test_expanding_the_document_gives_the_same_triples(expand: Any) -> None:
    found = document(EX + "x", sample(), context())
    assert isomorphic(expand(found, CONTEXT), graph(sample()))


def test_title_is_a_map_of_one_text_by_language_and_what_it_cannot_hold_stands_under_the_iri() -> None:
    found = document(EX + "x", sample(), context())
    assert found["title"] == {"en": "Class", "fi": "Kurssi"}
    assert found[EX + "title"] == [{"@value": "Course", "@language": "en"}, {"@value": "untagged"}]


def test_key_has_one_value_of_its_datatype_and_the_rest_stands_under_the_iri() -> None:
    found = document(EX + "x", sample(), context())
    assert (found["code"], found["count"], found["modified"]) == ("A1", 5, "2026-01-31")
    assert found[EX + "code"] == [{"@value": "7", "@type": "xsd:integer"}, {"@value": "true", "@type": "xsd:boolean"}]
    assert found[EX + "count"] == [{"@value": "05", "@type": "xsd:integer"}, {"@value": "five"}]
    assert found[EX + "modified"] == [{"@value": "2026", "@type": "xsd:gYear"}]


def test_decimal_is_a_number_in_plain_json_and_a_text_in_json_ld() -> None:
    # JSON-LD 1.1 §8.2.2: a number with a fraction becomes "2.5E0", which is no xsd:decimal.
    for text, number in (("2.5", 2.5), ("5", 5), ("0.1", 0.1)):
        value = [Triple(Term("iri", EX + "x"), EX + "ects", Term("literal", text, None, XSD + "decimal"))]
        assert document(EX + "x", value, context())["ects"] == text
        assert document(EX + "x", value, context(), plain=True)["ects"] == number
    for text in (
        "five",
        "1e3",
        "05",
        "+5",
        "123456789012",
        "0.1234567890123456789",
    ):  # numbers would not give them back
        value = [Triple(Term("iri", EX + "x"), EX + "ects", Term("literal", text, None, XSD + "decimal"))]
        found = document(EX + "x", value, context(), plain=True)
        assert found[EX + "ects"] == [{"@value": text, "@type": "xsd:decimal"}]


def test_type_is_an_array_even_when_it_has_one_value() -> None:
    offer = document(EX + "x", sample(), context())["offers"][0]
    assert offer["type"] == ["ex:Offer"]


def test_parts_are_nested_in_the_order_of_their_numbers() -> None:
    parts = document(EX + "x", sample(), context())["part"]
    assert [part["id"] for part in parts] == [EX + "x#outcome-2", EX + "x#outcome-10"]


def test_a_part_that_points_back_names_the_root_and_does_not_repeat_it() -> None:
    assert document(EX + "x", sample(), context())["part"][1]["part"] == [{"id": EX + "x"}]


def test_what_a_record_mentions_twice_is_written_in_full_once() -> None:
    text = text_from_document(document(EX + "x", sample(), context())).decode()
    assert text.count('"Skill"') == 1


def test_what_is_written_in_full_elsewhere_has_its_names_wherever_it_stands() -> None:
    title = SKILL.encode()
    found = document(EX + "x", list(triples_from_text(title, "text/turtle")), load_ours())
    assert found["countsTowards"][0] == {"id": EX + "module", "title": {"fi": "Osa"}}
    assert found["isPartOf"][0]["title"] == {"fi": "Osa"}
    assert found["isPartOf"][0]["ects"] == "5.5"


def test_a_set_stays_a_list_with_one_value() -> None:
    assert document(EX + "x", sample(), context())["skills"] == [{"id": EX + "s1", "title": {"en": "Skill"},
        "@reverse": {"ex:backTo": [{"id": EX + "y"}]}}]  # fmt: skip


def test_a_value_of_a_list_of_codes_is_a_thing_whether_more_is_known_of_it_or_not() -> None:
    found = document(EX + "x", sample(), context())["mode"]
    assert found == [{"id": EX + "mode/online"}, {"id": EX + "mode/other"}]


def test_an_unconnected_node_is_kept() -> None:
    assert document(EX + "x", sample(), context())["@included"] == [{"id": EX + "elsewhere", "code": "loose"}]


def test_the_order_of_the_triples_does_not_matter() -> None:
    triples = sample()
    forwards, backwards = document(EX + "x", triples, context()), document(EX + "x", triples[::-1], context())
    assert text_from_document(backwards) == text_from_document(forwards)


def test_a_long_chain_is_cut_into_pieces_and_loses_nothing() -> None:
    chain = [Triple(Term("iri", f"{EX}{n}"), EX + "part", Term("iri", f"{EX}{n + 1}")) for n in range(3000)]
    found = document(EX + "0", chain, context())
    assert isomorphic(expanded_by_oxigraph(found, CONTEXT), graph(chain))


def test_a_thing_without_statements_is_its_name() -> None:
    assert document(EX + "x", [], context()) == {"@context": "http://localhost/context.jsonld", "id": EX + "x"}


iris = st.sampled_from([Term("iri", f"{EX}{name}") for name in ("x", "x#1", "x#2", "y", "mode/online", "Course")])
plain = st.sampled_from(["", "5", "05", "true", "a", "2026-01-31", "é\n"])
literals = st.one_of(
    st.builds(lambda v: Term("literal", v), plain),
    st.builds(lambda v, tag: Term("literal", v, tag), plain, st.sampled_from(["fi", "en", "sv-fi"])),
    st.builds(
        lambda v, d: Term("literal", v, None, XSD + d),
        plain,
        st.sampled_from(["integer", "date", "boolean", "decimal"]),
    ),
)
names = ("title", "name", "code", "count", "modified", "mode", "part", "skill", "offerOf", "other")
statements = st.one_of(
    st.builds(Triple, iris, st.sampled_from([EX + name for name in names]), st.one_of(iris, literals)),
    st.builds(Triple, iris, st.just(RDF_TYPE), iris),
)


@given(st.lists(statements, max_size=25))
def test_any_graph_survives_the_round_trip(triples: list[Triple]) -> None:
    text = json.dumps({**document(EX + "x", triples, context()), "@context": CONTEXT["@context"]}).encode()
    assert set(triples_from_text(text, "application/ld+json")) == set(triples)


def validator(of: JsonLdContext) -> jsonschema.Draft202012Validator:
    schemas = record_schemas(of)
    for schema in schemas.values():  # a key of the context is what it is; no other one is a value without a list
        schema["additionalProperties"] = {**schema["additionalProperties"], "type": "array"}
    return jsonschema.Draft202012Validator({**schemas["Record"], "components": {"schemas": schemas}})


@given(st.lists(statements, max_size=25))
def test_no_graph_changes_the_shape(triples: list[Triple]) -> None:
    validator(context()).validate(document(EX + "x", triples, context(), plain=True))


@given(st.data())
def test_no_graph_changes_the_shape_of_our_own_keys(data: st.DataObject) -> None:
    ours = load_ours()
    properties = [definition.iri for definition in ours.definitions] + [
        RDF_TYPE,
        ELM + "learningAchievementSpecification",
    ]
    own = st.builds(Triple, iris, st.sampled_from(properties), st.one_of(iris, literals))
    validator(ours).validate(document(EX + "x", data.draw(st.lists(own, max_size=25)), ours, plain=True))


def load_ours() -> JsonLdContext:
    return load_context(ROOT / "ontology" / "context.jsonld", "http://localhost/context.jsonld")


def test_our_own_context_is_read_whole() -> None:
    ours = load_ours()
    assert (ours.id_key, ours.type_key) == ("id", "type")
