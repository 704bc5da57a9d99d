"""Requirement trees written as RDF, in the terms of ontology/requirements.ttl: reading them again is the identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from service.rdf.namespaces import DCTERMS, EQF_LEVELS, MC, XSD
from service.rdf.statements import Triple
from service.rdf.terms import RDF_TYPE, Term
from service.stacking.requirements.from_rdf import CLASSES, FILTER_SETS, NESTED_FILTERS, main_text
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Manual, Requirement, Rules, Skill, SomeOf


def triples_from_tree(root: Requirement) -> Iterator[Triple]:
    """Yield the statements of a tree whose ids are IRIs; filters get the id of their leaf and `-filter`."""
    return _node(root, None)


def _node(node: Requirement, position: int | None) -> Iterator[Triple]:
    subject = Term("iri", node.id)
    yield Triple(subject, RDF_TYPE, _mc(CLASSES[type(node)]))
    if position is not None:
        yield _number(subject, "position", position)
    titles = node.label
    if isinstance(node, Manual):
        if node.label and node.text == main_text(node.label):
            titles = {}
            yield from _texts(subject, "description", node.label)
        else:
            yield from _texts(subject, "description", {"": node.text})
    yield from _texts(subject, "title", titles)
    if isinstance(node, SomeOf | Credits | Count | Skill):
        yield _number(subject, "minimum", node.minimum)
    if isinstance(node, SomeOf | Credits | Count) and node.maximum is not None:
        yield _number(subject, "maximum", node.maximum)
    if isinstance(node, Skill):
        yield Triple(subject, MC + "skill", Term("iri", node.skill))
    if isinstance(node, Credits | Count | Skill):
        yield from _rules(subject, node.rules)
    if isinstance(node, Credits | Count) and node.filter != Filter():
        yield Triple(subject, MC + "filter", Term("iri", f"{node.id}-filter"))
        yield from _filter(f"{node.id}-filter", node.filter)
    if isinstance(node, AllOf | SomeOf):
        for number, part in enumerate(node.parts, start=1):
            yield Triple(subject, MC + "part", Term("iri", part.id))
            yield from _node(part, number)


def _rules(subject: Term, rules: Rules) -> Iterator[Triple]:
    if rules.share_group is not None:
        yield Triple(subject, MC + "shareGroup", Term("literal", rules.share_group))
    if rules.counted_elsewhere:
        yield Triple(subject, MC + "countedElsewhere", Term("literal", "true", None, XSD + "boolean"))
    for name, number in (
        ("maximumShared", rules.maximum_shared),
        ("minimumGrade", rules.minimum_grade),
        ("maximumPriorLearning", rules.maximum_rpl),
        ("weight", None if rules.weight == 1 else rules.weight),
    ):
        if number is not None:
            yield _number(subject, name, number)
    if rules.minimum_level is not None:
        yield Triple(subject, MC + "minimumLevel", Term("iri", f"{EQF_LEVELS}{rules.minimum_level}"))
    if rules.maximum_age is not None:
        age = Term("literal", f"P{rules.maximum_age}Y", None, XSD + "duration")
        yield Triple(subject, MC + "maximumAge", age)


def _filter(iri: str, asked: Filter) -> Iterator[Triple]:
    subject = Term("iri", iri)
    yield Triple(subject, RDF_TYPE, _mc("Filter"))
    for name, slot in FILTER_SETS.items():
        for value in sorted(getattr(asked, name)):
            yield Triple(subject, MC + slot, Term("iri", value))
    for slot, level in (("minimumLevel", asked.minimum_level), ("maximumLevel", asked.maximum_level)):
        if level is not None:
            yield Triple(subject, MC + slot, Term("iri", f"{EQF_LEVELS}{level}"))
    for name, slot in NESTED_FILTERS.items():
        for number, part in enumerate(getattr(asked, name), start=1):
            yield Triple(subject, MC + slot, Term("iri", f"{iri}-{slot}-{number}"))
            yield from _filter(f"{iri}-{slot}-{number}", part)


def _texts(subject: Term, name: str, texts: Mapping[str, str]) -> Iterator[Triple]:
    for tag, text in texts.items():
        yield Triple(subject, DCTERMS + name, Term("literal", text, tag or None))


def _number(subject: Term, name: str, number: int | Decimal) -> Triple:
    text, kind = (str(number), "integer") if isinstance(number, int) else (format(number, "f"), "decimal")
    return Triple(subject, MC + name, Term("literal", text, None, XSD + kind))


def _mc(name: str) -> Term:
    return Term("iri", MC + name)
