"""pySHACL's constraint components where SHACL asks for something else than pySHACL 0.40 does.

Each names the fault it is there for; a test in tests/conformance/test_components.py fails when it can go.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

import pyshacl.shape
import rdflib
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.constraint_component import ConstraintComponent
from rdflib.namespace import SH
from rdflib.term import Node

from ...rdf.datatypes import is_well_typed
from ...rdf.namespaces import XSD
from ...rdf.ordering import order
from ...rdf.patterns import compiled
from ...rdf.terms import Term

_STRING = rdflib.URIRef(XSD + "string")
_LANGUAGE_TEXT = rdflib.RDF.langString

Values = Mapping[Node, Iterable[Node]]


def use_components() -> None:
    """Put these components in place of pySHACL's for the rest of the program."""
    parameters = dict(CONSTRAINT_PARAMETERS_MAP)
    for component in (
        _Datatype, _LanguageIn, _LessThan, _LessThanOrEquals, _MaxExclusive, _MaxInclusive, _MinExclusive,
        _MinInclusive, _MinLength, _Pattern, _UniqueLang,
    ):  # fmt: skip
        parameters[component.parameter] = component
    # pySHACL looks the table up here, and fills it when it is not there.
    pyshacl.shape.CONSTRAINT_PARAMS = (ALL_CONSTRAINT_PARAMETERS, parameters)  # type: ignore[attr-defined]


class _Component(ConstraintComponent):
    """A component that looks at one value node after another, once for each value of its parameter."""

    parameter: ClassVar[rdflib.URIRef]

    def __init__(self, shape: Any) -> None:
        super().__init__(shape)
        self._asked = sorted(set(shape.objects(self.parameter)))

    @classmethod
    def constraint_parameters(cls) -> list[rdflib.URIRef]:
        """See pySHACL."""
        return [cls.parameter]

    @classmethod
    def constraint_name(cls) -> str:
        """See pySHACL."""
        return str(cls.shacl_constraint_component).removeprefix(str(SH))

    def evaluate(
        self, executor: Any, target_graph: Any, focus_value_nodes: Values, _evaluation_path: list[object]
    ) -> tuple[bool, list[Any]]:
        """See pySHACL."""
        reports = [
            self.make_v_result(target_graph, cast(Any, focus), value_node=cast(Any, value))
            for asked in self._asked
            for focus, values in focus_value_nodes.items()
            for value in self.wrong(asked, focus, list(values), target_graph)
        ]
        return not reports, reports

    @abstractmethod
    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        """Yield the value of each result."""


class _Datatype(_Component):
    """Literals by XML Schema 1.1: pySHACL takes P4W for a duration and 24:00:00 for no time."""

    parameter = SH.datatype
    shacl_constraint_component = SH.DatatypeConstraintComponent

    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        for value in values:
            is_one = isinstance(value, rdflib.Literal) and _datatype(value) == asked
            if not is_one or not is_well_typed(str(value), str(asked)):
                yield value


class _Bound(_Component):
    """Bounds by SPARQL's operators: pySHACL cannot compare dateTimes with and without a zone, nor durations."""

    allowed: ClassVar[tuple[int, ...]]

    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        return (value for value in values if _order(value, asked) not in self.allowed)


class _MinInclusive(_Bound):
    parameter = SH.minInclusive
    shacl_constraint_component = SH.MinInclusiveConstraintComponent
    allowed = (0, 1)


class _MinExclusive(_Bound):
    parameter = SH.minExclusive
    shacl_constraint_component = SH.MinExclusiveConstraintComponent
    allowed = (1,)


class _MaxInclusive(_Bound):
    parameter = SH.maxInclusive
    shacl_constraint_component = SH.MaxInclusiveConstraintComponent
    allowed = (0, -1)


class _MaxExclusive(_Bound):
    parameter = SH.maxExclusive
    shacl_constraint_component = SH.MaxExclusiveConstraintComponent
    allowed = (-1,)


class _LessThan(_Component):
    """Pairs by SPARQL's operators: pySHACL fails on blank nodes and compares IRIs as texts."""

    parameter = SH.lessThan
    shacl_constraint_component = SH.LessThanConstraintComponent
    allowed: ClassVar[tuple[int, ...]] = (-1,)

    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        others = list(data.objects(focus, asked))
        return (value for value in values for other in others if _order(value, other) not in self.allowed)


class _LessThanOrEquals(_LessThan):
    parameter = SH.lessThanOrEquals
    shacl_constraint_component = SH.LessThanOrEqualsConstraintComponent
    allowed = (-1, 0)


class _Pattern(_Component):
    r"""Patterns of XPath: pySHACL hands them to Python, which knows no `\p{L}`, and knows no flags but i and m."""

    parameter = SH.pattern
    shacl_constraint_component = SH.PatternConstraintComponent

    def __init__(self, shape: Any) -> None:
        super().__init__(shape)
        self._flags = "".join(sorted({flag for flags in shape.objects(SH.flags) for flag in str(flags)}))

    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        pattern = compiled(str(asked), self._flags)
        return (value for value in values if isinstance(value, rdflib.BNode) or not pattern.search(str(value)))


class _MinLength(_Component):
    """Blank nodes have no length: pySHACL gives them one of 0."""

    parameter = SH.minLength
    shacl_constraint_component = SH.MinLengthConstraintComponent

    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        return (value for value in values if isinstance(value, rdflib.BNode) or len(str(value)) < int(str(asked)))


class _LanguageIn(_Component):
    """Ranges of languages as `langMatches` has them: pySHACL knows a range to be the first part of a tag only."""

    parameter = SH.languageIn
    shacl_constraint_component = SH.LanguageInConstraintComponent

    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        ranges = [str(each).lower() for each in self.shape.sg.graph.items(asked)]
        for value in values:
            tag = (value.language or "").lower() if isinstance(value, rdflib.Literal) else ""
            if not tag or not any(each in ("*", tag) or tag.startswith(each + "-") for each in ranges):
                yield value


class _UniqueLang(_Component):
    """Only `true` asks for it: pySHACL takes 1 for the same (core/property/uniqueLang-002 of the W3C suite)."""

    parameter = SH.uniqueLang
    shacl_constraint_component = SH.UniqueLangConstraintComponent

    def wrong(self, asked: Node, focus: Node, values: list[Node], data: rdflib.Graph) -> Iterator[Node | None]:
        if str(asked) != "true":
            return
        tags = [value.language.lower() for value in values if isinstance(value, rdflib.Literal) and value.language]
        yield from (None for tag in set(tags) if tags.count(tag) > 1)


def _datatype(literal: rdflib.Literal) -> rdflib.URIRef:
    return _LANGUAGE_TEXT if literal.language else literal.datatype or _STRING


def _order(one: Node, other: Node) -> int | None:
    if not isinstance(one, rdflib.Literal) or not isinstance(other, rdflib.Literal):
        return None
    return order(_term(one), _term(other))


def _term(literal: rdflib.Literal) -> Term:
    datatype = str(literal.datatype) if literal.datatype and literal.datatype != _STRING else None
    return Term("literal", str(literal), literal.language, datatype)
