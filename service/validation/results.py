"""The results of a SHACL engine: one for each broken constraint, the same whichever engine ran."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from ..rdf.namespaces import SHACL
from ..rdf.statements import Triple
from ..rdf.terms import Term

Severity = Literal["violation", "warning", "info"]
_SEVERITIES: dict[str, Severity] = {
    SHACL + "Violation": "violation",
    SHACL + "Warning": "warning",
    SHACL + "Info": "info",
}


class Result(NamedTuple):
    """One validation result.

    `shape` is the IRI of the shape that raised it or, when that one has no name, of the nearest shape around it that
    has; empty when there is none. `component` is the local name of the constraint component, such as
    `MinCountConstraintComponent`. `value` is the offending value, None when the constraint is about what is absent.
    `path` is the property the shape looks at, empty when that is no single property. `source` is the label of the
    shape that raised it when that is a blank node of the shapes graph. `severity_iri` is a severity that SHACL does not
    define. `messages` are what the query of a constraint says, its places filled.
    """

    focus: Term
    shape: str
    severity: Severity
    value: Term | None
    component: str
    path: str
    source: str = ""
    severity_iri: str = ""
    messages: tuple[str, ...] = ()


class Engine(Protocol):
    """Shapes, parsed once, that validate many graphs; `parallel` when threads may share it and gain by it."""

    parallel: bool

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        """Return the results on a graph in a stable order; two results that look alike stay two.

        Raises:
            InvalidArgument: the shapes cannot be evaluated on this graph.
        """
        ...

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        """Return the results on a graph given as N-Triples or N-Quads, graph names ignored.

        `around` states the types of things described elsewhere: nobody wants results on those, but some may come.

        Raises:
            InvalidArgument: the text does not parse, or the shapes cannot be evaluated on it.
        """
        ...


def severity_from_iri(iri: str) -> Severity:
    """Return our word for a `sh:severity`; what SHACL does not define counts as a violation."""
    return _SEVERITIES.get(iri, "violation")


def custom_severity(iri: str) -> str:
    """Return a severity that SHACL does not define, empty for those that it does."""
    return "" if iri in _SEVERITIES else iri


def in_order(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return results sorted: engines report them in any order."""
    return tuple(sorted(results, key=_place))


def distinct(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return results without repeats: a shape that is reached in two ways says everything twice."""
    return tuple(dict.fromkeys(results))


def without_words(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return what engines must agree on: each fills the places of a message in its own way."""
    return in_order(result._replace(messages=()) for result in results)


def _place(result: Result) -> tuple[object, ...]:
    focus, shape, _, value, component, path, source, _, messages = result
    return focus[:2], shape, source, path, component, str(value), messages
