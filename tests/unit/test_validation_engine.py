"""Both SHACL engines read the same shapes and report the same results; expected ones follow from SHACL's own text."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.namespace import RDFS

from service.errors import InvalidArgument
from service.rdf.namespaces import XSD
from service.rdf.statements import Triple
from service.rdf.syntax import triples_from_text
from service.rdf.terms import Term
from service.validation.engines.engine import BothEngines, EngineName, engine_for, validate
from service.validation.profiles import Profile
from service.validation.results import Result

EX = "http://example.org/"
PREFIXES = f"""
@prefix ex: <{EX}> . @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <{XSD}> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
SHAPE = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:P . ex:P a sh:PropertyShape ; sh:path ex:p ; "
ENGINES: tuple[EngineName, ...] = ("fast", "reference")
THING = Term("iri", EX + "thing")


def profile(shapes: str) -> Profile:
    return Profile("test", {}, rdflib.Graph().parse(data=PREFIXES + shapes, format="turtle"), {})


def results(shapes: str, data: str, engine: EngineName | None) -> tuple[Result, ...]:
    triples = list(triples_from_text((PREFIXES + data).encode(), "text/turtle"))
    return validate(triples, profile(shapes), engine)


CASES = {
    "absent value": ("sh:minCount 1", "", [("MinCount", None)]),
    "too many values": ("sh:maxCount 1", "ex:p 1 , 2", [("MaxCount", None)]),
    "wrong class": ("sh:class ex:D", "ex:p ex:other", [("Class", Term("iri", EX + "other"))]),
    "wrong datatype": (
        "sh:datatype xsd:dateTime",
        'ex:p "2026-13-01T00:00:00Z"^^xsd:dateTime',
        [("Datatype", Term("literal", "2026-13-01T00:00:00Z", None, XSD + "dateTime"))],
    ),
    "blank text": ('sh:pattern "\\\\S"', 'ex:p "  "@fi', [("Pattern", Term("literal", "  ", "fi"))]),
    "two texts in one language": ("sh:uniqueLang true", 'ex:p "a"@fi , "b"@fi', [("UniqueLang", None)]),
    "below the least": (
        "sh:minInclusive 1.5",
        'ex:p "1.4"^^xsd:decimal',
        [("MinInclusive", Term("literal", "1.4", None, XSD + "decimal"))],
    ),
    "not in the list": ("sh:in ( ex:a ex:b )", "ex:p ex:c", [("In", Term("iri", EX + "c"))]),
    "needed value absent": ("sh:hasValue ex:a", "ex:p ex:c", [("HasValue", None)]),
    "none that qualifies": (
        "sh:qualifiedValueShape ex:Q ; sh:qualifiedMinCount 1 . ex:Q a sh:NodeShape ; sh:hasValue ex:a",
        "ex:p ex:c",
        [("QualifiedMinCount", None)],
    ),
    "value against a shape": (
        "sh:node ex:Q . ex:Q a sh:NodeShape ; sh:property [ sh:path ex:q ; sh:minCount 1 ]",
        "ex:p ex:c",
        [("Node", Term("iri", EX + "c"))],
    ),
    "neither of two": (
        "sh:or ( ex:Q ex:R ) . ex:Q a sh:NodeShape ; sh:hasValue ex:a . ex:R a sh:NodeShape ; sh:hasValue ex:b",
        "ex:p ex:c",
        [("Or", Term("iri", EX + "c"))],
    ),
    "forbidden shape": (
        "sh:not ex:Q . ex:Q a sh:NodeShape ; sh:hasValue ex:c",
        "ex:p ex:c",
        [("Not", Term("iri", EX + "c"))],
    ),
    "later than": (
        "sh:lessThanOrEquals ex:q",
        'ex:p "2026-02-01T00:00:00Z"^^xsd:dateTime ; ex:q "2026-01-01T00:00:00Z"^^xsd:dateTime',
        [("LessThanOrEquals", Term("literal", "2026-02-01T00:00:00Z", None, XSD + "dateTime"))],
    ),
    "nothing wrong": ("sh:minCount 1", "ex:p 1", []),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_each_constraint_is_reported_with_focus_shape_and_value(case: str, engine: EngineName) -> None:
    constraint, statements, expected = CASES[case]
    found = results(SHAPE + constraint + " .", f"ex:thing a ex:C ; {statements} .", engine)
    assert found == tuple(
        Result(THING, EX + "P", "violation", value, component + "ConstraintComponent", EX + "p")
        for component, value in expected
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "path",
    ["( ex:q ex:r )", "[ sh:inversePath ex:q ]", "[ sh:alternativePath ( ex:q ex:r ) ]", "[ sh:oneOrMorePath ex:q ]"],
)
def test_every_kind_of_path_is_followed(path: str, engine: EngineName) -> None:
    shapes = f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:P . ex:P sh:path {path} ; sh:minCount 1 ."
    reached = "ex:thing a ex:C ; ex:q ex:b . ex:b ex:q ex:thing ; ex:r 1 ."
    assert results(shapes, reached, engine) == ()
    assert [r.shape for r in results(shapes, "ex:thing a ex:C .", engine)] == [EX + "P"]


STEPS = st.lists(st.sampled_from(["ex:p", "ex:q", "[ sh:inversePath ex:p ]"]), min_size=1, max_size=3)
NODES = st.sampled_from(["ex:a", "ex:b", "ex:c"])


# The reference engine follows paths as they are written.
@given(
    alternatives=st.lists(STEPS, min_size=2, max_size=5),
    statements=st.lists(st.tuples(NODES, st.sampled_from(["ex:p", "ex:q"]), NODES), max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_alternatives_that_begin_alike_reach_what_they_reach_as_they_are_written(
    alternatives: list[list[str]], statements: list[tuple[str, str, str]]
) -> None:
    path = " ".join(steps[0] if len(steps) == 1 else f"( {' '.join(steps)} )" for steps in alternatives)
    shapes = (
        "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property ex:P . "
        f"ex:P sh:path [ sh:alternativePath ( {path} ) ] ; sh:nodeKind sh:Literal ; sh:maxCount 1 ."
    )
    data = "ex:a ex:r ex:r ." + " ".join(f"{s} {p} {o} ." for s, p, o in statements)
    assert results(shapes, data, "fast") == results(shapes, data, "reference")


@pytest.mark.parametrize("engine", ENGINES)
def test_query_constraint_reports_its_value(engine: EngineName) -> None:
    shapes = """ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:severity sh:Warning ; sh:sparql [
        sh:select "SELECT $this ?value WHERE { $this <http://example.org/p> ?value . FILTER (?value > 5) }" ] ."""
    found = results(shapes, "ex:thing a ex:C ; ex:p 3 , 7 .", engine)
    value = Term("literal", "7", None, XSD + "integer")
    assert found == (Result(THING, EX + "S", "warning", value, "SPARQLConstraintComponent", ""),)


@pytest.mark.parametrize("engine", ENGINES)
def test_shape_without_name_goes_under_the_named_one_around_it(engine: EngineName) -> None:
    inner = "[ sh:path ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ]"
    shapes = f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property {inner} ."
    found = results(shapes, "ex:thing a ex:C ; ex:p ex:b .", engine)
    assert [(r.focus.value, r.shape) for r in found] == [(EX + "b", EX + "S")]


@pytest.mark.parametrize("engine", ENGINES)
def test_blank_nodes_keep_their_names(engine: EngineName) -> None:
    data = b"_:one a <http://example.org/C> . _:two a <http://example.org/C> ; <http://example.org/p> _:three ."
    triples = list(triples_from_text(data, "text/turtle"))
    by_type = {t.subject for t in triples if t.object.value == EX + "C"}
    inner = next(t.object for t in triples if t.predicate == EX + "p")
    shapes = profile(SHAPE + "sh:minCount 1 ; sh:nodeKind sh:IRI .")
    found = validate(triples, shapes, engine)
    assert {r.focus for r in found} == by_type
    assert [r.value for r in found if r.component.startswith("NodeKind")] == [inner]


IS_A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
C, D, P = f"<{EX}C>", f"<{EX}D>", f"<{EX}p>"
OWN = {
    "names one": f"<{THING.value}> {IS_A} {C} .\n<{THING.value}> {P} <{EX}elsewhere> .\n",
    "is two things": f"<{THING.value}>\t{IS_A}  {C} .\n<{THING.value}> {IS_A} {D} <{EX}graph> .\n",
    "is something by way of another": f"<{THING.value}> {IS_A} <{EX}Sub> .\n<{EX}Sub> <{RDFS.subClassOf}> {C} .\n",
    "says so only in a text": f'<{THING.value}> {P} "a {IS_A} {C} .\\n<x> {IS_A} {C} ." .\n',
    "has blank nodes": f"_:b {IS_A} {C} .\n<{THING.value}> {IS_A} {C} .\n",
    "stands without a line break": f"<{THING.value}> {IS_A} {C} .",
}


@pytest.mark.parametrize("closed", ["", "sh:closed true ; "])
@pytest.mark.parametrize("case", OWN)
def test_engines_agree_on_what_is_described_here_whatever_is_known_around_it(case: str, closed: str) -> None:
    shapes = profile(SHAPE.replace("sh:targetClass ex:C", f"{closed}sh:targetClass ex:C , ex:D") + "sh:class ex:C .")
    around = f"\n<{EX}elsewhere> {IS_A} {C} .\n<{EX}elsewhere> {IS_A} {D} .\n".encode()
    own = OWN[case].encode()
    fast, reference = (
        [r for r in engine_for(shapes, name).run_text(own, around) if r.focus.value != EX + "elsewhere"]
        for name in ("fast", "reference")
    )
    assert fast == reference


def test_fast_engine_puts_nothing_to_the_test_that_is_described_elsewhere() -> None:
    shapes = profile(SHAPE + "sh:minCount 1 .")
    around = f"<{EX}elsewhere> {IS_A} {C} .\n".encode()
    found = engine_for(shapes, "fast").run_text(f"<{EX}here> {IS_A} {C} .\n".encode(), around)
    assert [result.focus.value for result in found] == [EX + "here"]


@pytest.mark.parametrize("engine", ENGINES)
def test_subclass_stated_in_the_data_is_targeted(engine: EngineName) -> None:
    data = "ex:thing a ex:Sub . ex:Sub rdfs:subClassOf ex:C ."
    assert [r.focus for r in results(SHAPE + "sh:minCount 1 .", data, engine)] == [THING]


@pytest.mark.parametrize("engine", ENGINES)
def test_text_is_handed_back_as_it_was_written(engine: EngineName) -> None:
    data = 'ex:thing a ex:C ; ex:p "PT135H"^^xsd:duration , "rivi\\n\\"toinen\\" ä \\\\"@fi , "05.0"^^xsd:decimal .'
    found = results(SHAPE + "sh:nodeKind sh:IRI .", data, engine)
    assert {(r.value.value, r.value.language) for r in found if r.value} == {
        ("PT135H", None), ('rivi\n"toinen" ä \\', "fi"), ("05.0", None),
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["reference", None])
def test_two_spellings_of_a_duration_compare_as_one_value(engine: EngineName | None) -> None:
    shape = SHAPE + 'sh:minInclusive "P5DT15H"^^xsd:dayTimeDuration ; sh:maxInclusive "P5DT15H"^^xsd:dayTimeDuration .'
    same = 'ex:thing a ex:C ; ex:p "PT135H"^^xsd:dayTimeDuration .'
    other = 'ex:thing a ex:C ; ex:p "PT134H"^^xsd:dayTimeDuration .'
    assert results(shape, same, engine) == ()
    assert [r.component for r in results(shape, other, engine)] == ["MinInclusiveConstraintComponent"]


def test_pattern_only_python_can_compile_falls_back_to_the_reference(caplog: pytest.LogCaptureFixture) -> None:
    shapes = profile(SHAPE + 'sh:pattern "^(?!x)" .')
    data = b'<http://example.org/thing> a <http://example.org/C> ; <http://example.org/p> "xy" .'
    with caplog.at_level(logging.WARNING):
        first, second = (validate(list(triples_from_text(data, "text/turtle")), shapes) for _ in range(2))
    assert [r.component for r in first] == ["PatternConstraintComponent"]
    assert first == second
    assert len(caplog.records) == 1


def test_pattern_no_engine_can_compile_is_an_error_not_a_pass() -> None:
    with pytest.raises(InvalidArgument):
        results(SHAPE + 'sh:pattern "(" .', 'ex:thing a ex:C ; ex:p "x" .', "reference")


def test_fast_engine_forced_on_shapes_it_cannot_express_is_refused() -> None:
    bound = 'sh:maxInclusive "PT1H"^^xsd:dayTimeDuration'
    with pytest.raises(InvalidArgument):
        engine_for(profile(f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; {bound} ."), "fast")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ignored", ["", "; sh:ignoredProperties ( rdf:type )"])
def test_closed_shape_sees_only_what_blank_nodes_really_say(ignored: str, engine: EngineName) -> None:
    shapes = f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:closed true {ignored} ."
    found = results(shapes, "_:b a ex:C ; ex:p 1 .", engine)
    expected = {EX + "p"} if ignored else {EX + "p", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"}
    assert {r.path for r in found} == expected


class _Silent:
    """An engine that sees nothing."""

    parallel = False

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        return ()

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        return ()


def test_disagreement_is_logged_and_the_reference_counts(caplog: pytest.LogCaptureFixture) -> None:
    reference = engine_for(profile(SHAPE + "sh:minCount 1 ."), "reference")
    data = b"<http://example.org/thing> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/C> .\n"
    with caplog.at_level(logging.WARNING):
        found = BothEngines(_Silent(), reference).run_text(data)
    assert [r.shape for r in found] == [EX + "P"]
    assert EX + "P" in caplog.text


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", [b"<http://x/a> <http://x/b>\n", b'<http://x/a> <http://x/b> "\xff" .\n'])
def test_text_that_does_not_parse_is_refused(text: bytes, engine: EngineName) -> None:
    with pytest.raises(InvalidArgument):
        validate(text, profile(SHAPE + "sh:minCount 1 ."), engine)


def test_graph_too_deep_for_the_reference_is_refused_not_a_crash() -> None:
    chain = " ".join(f"ex:c{n} rdfs:subClassOf ex:c{n - 1} ." for n in range(1, 3000))
    with pytest.raises(InvalidArgument, match="cannot be evaluated on this graph"):
        results(SHAPE + "sh:minCount 1 .", f"ex:c0 rdfs:subClassOf ex:C . {chain} ex:thing a ex:c2999 .", "reference")


def test_blank_nodes_that_share_their_parts_are_not_spelt_out() -> None:
    """Spelt out, the top of twelve layers of twelve would be a text of 12 to the power of 12 parts."""
    layers, width = range(12), range(12)
    parts = " ".join(f"_:n{n}x{a} ex:part _:n{n + 1}x{b} ." for n in layers for a in width for b in width)
    for engine in ENGINES:
        found = results(SHAPE + "sh:minCount 1 .", f"_:n0x0 a ex:C . {parts}", engine)
        assert [result.shape for result in found] == [EX + "P"]


def test_reference_asks_only_shapes_that_have_a_target() -> None:
    others = " ".join(f"ex:N{n} a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:minCount 9 ] ." for n in range(5))
    assert [r.shape for r in results(SHAPE + f"sh:minCount 1 . {others}", "ex:thing a ex:C .", "reference")] == [
        EX + "P"
    ]


def test_query_of_shapes_is_right_on_one_graph_after_another() -> None:
    shapes = profile("""ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [
        sh:select "SELECT $this ?value WHERE { $this <http://example.org/p> ?value . FILTER (?value > 5) }" ] .""")
    engine = engine_for(shapes, "reference")
    for number, found in ((7, 1), (3, 0), (8, 1)):
        data = f"{PREFIXES} ex:thing a ex:C ; ex:p {number} .".encode()
        assert len(engine.run(list(triples_from_text(data, "text/turtle")))) == found


@pytest.mark.parametrize("engine", ENGINES)
def test_query_in_shapes_reads_no_file(engine: EngineName, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text(f"<{EX}thing> <{EX}secret> 1 .")
    shapes = f"""ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:select
        "SELECT $this FROM <{secret.as_uri()}> WHERE {{ $this <{EX}secret> ?o }}" ] ."""
    assert results(shapes, "ex:thing a ex:C .", engine) == ()
