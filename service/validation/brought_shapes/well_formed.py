"""Shapes refused when they are loaded: ill-formed ones, broken queries, and what nobody evaluates here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import rdflib
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from ...errors import InvalidArgument
from ...rdf.namespaces import SHACL
from ...rdf.patterns import compiled
from ...rdf.syntax import triples_from_text
from ...rdf.terms import local_name
from ..engines.engine import validate
from ..engines.queries import check_query, shapes_of_shapes
from ..naming import ShapeNames
from ..paths import path_from_shapes
from ..profiles import Profile
from ..words.sentences import sentences
from .others import source_of
from .shape_nodes import PARAMETERS, TARGETS, declared_parameters, shape_nodes

_DASH = "http://datashapes.org/dash#"
# What a shape may say that asks for nothing (SHACL §2.1.4, 2.1.5, 2.3.2, and annotations of §7).
_ASKING_NOTHING = frozenset(
    (
        SH.declare, SH.deactivated, SH.defaultValue, SH.description, SH.group, SH.message, SH.name, SH.order, SH.path,
        SH.prefixes, SH.severity, SH.shapesGraph, SH.suggestedShapesGraph, SH.labelTemplate, SH.parameter, SH.optional,
        SH.validator, SH.nodeValidator, SH.propertyValidator, SH.select, SH.ask, SH.resultAnnotation,
    )
)  # fmt: skip
# Parameters of components that the DASH vocabulary declares in a file of its own.
_DASH_PARAMETERS = frozenset(
    _DASH + name
    for name in (
        "closedByTypes", "coExistsWith", "hasValueIn", "hasValueWithClass", "nonRecursive", "reifiableBy", "rootClass",
        "singleLine", "stem", "subSetOf", "symmetric", "uniqueValueForClass", "uniqueValuesForClass", "uriStart",
    )
)  # fmt: skip
_NOT_EVALUATED = {
    SHACL + "expression": "expressions of SHACL Advanced Features",
    SHACL + "js": "JavaScript",
    SHACL + "rule": "rules of SHACL Advanced Features",
    SHACL + "target": "targets of SHACL Advanced Features",
    SHACL + "values": "values of SHACL Advanced Features",
    **dict.fromkeys(_DASH_PARAMETERS, "DASH, which is declared in none of these files"),
    **{
        SHACL + name: "SHACL 1.2"
        for name in (
            "maxListLength", "memberShape", "minListLength", "nodeByExpression", "reificationRequired", "reifierShape",
            "rootClass", "shapeWhere", "singleLine", "someValue", "subsetOf", "targetShape", "targetWhere",
            "uniqueMembers", "uniqueValuesFor",
        )
    },
}  # fmt: skip


def check_shapes(shapes: rdflib.Graph, files: str) -> None:
    """Refuse shapes that could not be evaluated as they are written; what they are about does not matter.

    Raises:
        InvalidArgument: the first thing that is wrong, with the shape and the reason.
    """
    nodes = shape_nodes(shapes)
    if not nodes:
        raise InvalidArgument(f"there are no shapes in {files}")
    names = ShapeNames(shapes)
    for shape in sorted(nodes, key=str):
        _check_shape(shapes, shape, _called(names, shape))
    for query, text in _queries(shapes):
        owner = next((s for s in shapes.subjects(None, query) if s in nodes), query)
        try:
            check_query(text, _bound_beforehand(shapes, query))
        except InvalidArgument as error:
            raise InvalidArgument(f"{_called(names, owner)}: its query cannot be used: {error}") from error
    for problem in (*_ill_formed(shapes, names), *_not_evaluated(shapes, nodes, names)):
        raise InvalidArgument(problem)


def _check_shape(shapes: rdflib.Graph, shape: Node, called: str) -> None:
    paths = list(shapes.objects(shape, SH.path))
    is_property = (shape, RDF.type, SH.PropertyShape) in shapes or (None, SH.property, shape) in shapes
    if is_property and not paths:
        raise InvalidArgument(f"{called}: a property shape needs a sh:path")
    if len(paths) > 1:
        raise InvalidArgument(f"{called}: a shape has one sh:path at most, this one {len(paths)}")
    for path in paths:
        try:
            path_from_shapes(shapes, path)
        except (InvalidArgument, RecursionError) as error:
            raise InvalidArgument(f"{called}: its sh:path cannot be used: {error}") from error
    flags = "".join(sorted({flag for text in shapes.objects(shape, SH.flags) for flag in str(text)}))
    for pattern in map(str, shapes.objects(shape, SH.pattern)):
        if _repeats_repetition(pattern):
            raise InvalidArgument(f"{called}: the pattern {pattern[:100]!r} repeats a repetition and may never end")
        try:
            compiled(pattern, flags)
        except ValueError as error:
            raise InvalidArgument(f"{called}: the pattern {pattern[:100]!r} cannot be used: {error}") from error


def _ill_formed(shapes: rdflib.Graph, names: ShapeNames) -> Iterator[str]:
    """Yield what the shapes of shapes (SHACL, appendix C) find."""
    meta = Profile("shapes", {}, shapes_of_shapes(), {})
    triples = list(triples_from_text(shapes.serialize(format="nt").encode()))
    for result in validate(triples, meta):
        if result.component.startswith("Xone"):
            continue  # of paths: those are read above
        focus = result.focus.value
        node: Node = rdflib.BNode(focus) if result.focus.kind == "bnode" else rdflib.URIRef(focus)
        source = source_of(result)
        number = len(list(shapes.objects(node, rdflib.URIRef(result.path)))) if result.path else 0
        reason = sentences(meta.graph, source, result.component, result.path, number) if source is not None else {}
        value = "" if result.value is None else f", got {result.value.value!r}"
        about = f"sh:{local_name(result.path)}" if result.path.startswith(SHACL) else result.path
        yield f"{_called(names, node)}: ill-formed {about}: {reason.get('en', result.component)}{value}"


def unknown_terms(shapes: rdflib.Graph) -> dict[str, int]:
    """Return the terms in the namespace of SHACL that shapes use and SHACL does not have, each with how often."""
    known = PARAMETERS | _ASKING_NOTHING | frozenset(TARGETS)
    found: dict[str, int] = {}
    for shape in shape_nodes(shapes):
        for predicate in shapes.predicates(shape):
            if str(predicate).startswith(SHACL) and predicate not in known:
                found[_short(str(predicate))] = found.get(_short(str(predicate)), 0) + 1
    return found


def _not_evaluated(shapes: rdflib.Graph, nodes: frozenset[Node], names: ShapeNames) -> Iterator[str]:
    declared = {str(each) for each in declared_parameters(shapes)}
    for subject, _, value in shapes.triples((None, SH.entailment, None)):
        yield f"{subject}: sh:entailment asks for {value}, and nothing is inferred here"
    # Rules belong to classes too, which are shapes by nothing else.
    asking = nodes | {subject for each in _NOT_EVALUATED for subject in shapes.subjects(rdflib.URIRef(each))}
    for shape in sorted(asking, key=str):
        if any(str(value) in ("true", "1") for value in shapes.objects(shape, SH.deactivated)):
            continue
        for predicate in sorted({str(each) for each in shapes.predicates(shape)} - declared):
            what = _NOT_EVALUATED.get(predicate)
            if what:
                yield (
                    f"{_called(names, shape)}: {_short(predicate)} ({what}) is not evaluated here, "
                    "so results could be missing"
                )
    texts = " ".join(text for _, text in _queries(shapes))
    for kind in (SH.SPARQLFunction, SH.JSFunction):
        for function in shapes.subjects(RDF.type, kind):
            if re.search(rf"\b{re.escape(local_name(str(function)))}>?\s*\(", texts):
                yield f"{function}: functions are not evaluated here, and a query calls this one"
    for validator in (*shapes.subjects(RDF.type, SH.JSValidator), *shapes.subjects(SH.jsFunctionName)):
        yield f"{_called(names, validator)}: JavaScript is not evaluated here"


def _queries(shapes: rdflib.Graph) -> Iterator[tuple[Node, str]]:
    for each in (SH.select, SH.ask):
        for query, text in sorted(shapes.subject_objects(each), key=str):
            yield query, str(text)


def _bound_beforehand(shapes: rdflib.Graph, query: Node) -> frozenset[str]:
    """Return the names of the parameters of the components that a query is the validator of."""
    kinds = (SH.validator, SH.nodeValidator, SH.propertyValidator)
    components = {component for kind in kinds for component in shapes.subjects(kind, query)}
    parameters = (each for component in components for each in shapes.objects(component, SH.parameter))
    return frozenset(local_name(str(path)) for each in parameters for path in shapes.objects(each, SH.path))


def _called(names: ShapeNames, shape: Node) -> str:
    if not isinstance(shape, rdflib.BNode):
        return f"shape {shape}"
    around = names.of(shape).shape
    return f"a shape without a name in {around}" if around else "a shape without a name"


def _short(predicate: str) -> str:
    return predicate.replace(SHACL, "sh:").replace(_DASH, "dash:")


def _repeats_repetition(pattern: str) -> bool:
    """Tell whether a group that repeats without end holds something that does: Python may backtrack for ever on it."""
    text = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    groups = [False]
    for place, character in enumerate(text):
        if character == "(":
            groups.append(False)
        elif character == ")" and len(groups) > 1:
            inner = groups.pop()
            endless = re.match(r"[*+]|\{\d*,\}", text[place + 1 :]) is not None
            if inner and endless:
                return True
            groups[-1] = groups[-1] or inner
        elif re.match(r"[*+]|\{\d*,\}", text[place:]):
            groups[-1] = True
    return False
